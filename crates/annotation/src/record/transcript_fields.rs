//! The CSQ fields after FLAGS that say more of a transcript: only those that the reference has something for.
//!
//! Source: Ensembl VEP `Constants.pm`, `@FLAG_FIELDS`, for their order; `OutputFactory.pm` for their values.

use crate::genes::transcript::Tags;
use crate::output::csq::{append_escaped, append_number};
use crate::pipeline::options::Options;
use crate::reference::Reference;

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TranscriptField {
    Canonical,
    Mane,
    ManeSelect,
    ManePlusClinical,
    Tsl,
    Appris,
    Ccds,
    Ensp,
    HgvsOffset,
}

impl TranscriptField {
    /// All fields in their order.
    const ALL: [Self; 9] = [
        Self::Canonical,
        Self::Mane,
        Self::ManeSelect,
        Self::ManePlusClinical,
        Self::Tsl,
        Self::Appris,
        Self::Ccds,
        Self::Ensp,
        Self::HgvsOffset,
    ];

    /// Names of all, in order.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// Its name in CSQ.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Canonical => "CANONICAL",
            Self::Mane => "MANE",
            Self::ManeSelect => "MANE_SELECT",
            Self::ManePlusClinical => "MANE_PLUS_CLINICAL",
            Self::Tsl => "TSL",
            Self::Appris => "APPRIS",
            Self::Ccds => "CCDS",
            Self::Ensp => "ENSP",
            Self::HgvsOffset => "HGVS_OFFSET",
        }
    }

    /// Fields that say something of some transcript, by their names.
    pub(crate) fn told_by<'t>(tags: impl Iterator<Item = Tags<'t>>) -> Vec<String> {
        let mut told = [false; Self::ALL.len()];
        for tags in tags {
            for (told, field) in told.iter_mut().zip(Self::ALL) {
                *told |= field.is_told(&tags);
            }
        }
        let fields = told.iter().zip(Self::ALL).filter(|(told, _)| **told);
        fields.map(|(_, field)| field.name().to_owned()).collect()
    }

    /// Fields of rows of a reference, in order.
    pub(crate) fn of(reference: &Reference, options: &Options) -> Vec<Self> {
        let told = &reference.manifest().transcript_fields;
        let is_shown = |field: &Self| match field {
            Self::HgvsOffset => options.hgvs,
            _ => told.iter().any(|name| name == field.name()),
        };
        Self::ALL.into_iter().filter(is_shown).collect()
    }

    /// Whether it is the same for all variants on a transcript. Those that are not come last.
    pub(crate) fn is_fixed(self) -> bool {
        self != Self::HgvsOffset
    }

    fn is_told(self, tags: &Tags<'_>) -> bool {
        match self {
            Self::Canonical => tags.canonical,
            Self::Mane => tags.mane_select || tags.mane_plus_clinical,
            Self::ManeSelect => tags.mane_select,
            Self::ManePlusClinical => tags.mane_plus_clinical,
            Self::Tsl => tags.support_level > 0,
            Self::Appris => tags.appris != [0; 2],
            Self::Ccds => !tags.ccds.is_empty(),
            Self::Ensp => !tags.protein_id.is_empty(),
            Self::HgvsOffset => false,
        }
    }

    /// Appends its value; `offset` is how far HGVS moved the change, on the contig.
    fn append(self, tags: &Tags<'_>, offset: i64, csq: &mut Vec<u8>) {
        match self {
            Self::Canonical if tags.canonical => csq.extend_from_slice(b"YES"),
            Self::Mane => append_mane(tags, csq),
            Self::ManeSelect if tags.mane_select => append_escaped(csq, tags.mane_counterpart, b"_"),
            Self::ManePlusClinical if tags.mane_plus_clinical => {
                append_escaped(csq, tags.mane_counterpart, b"_");
            }
            Self::Tsl if tags.support_level > 0 => append_number(csq, tags.support_level),
            Self::Appris if tags.appris != [0; 2] => csq.extend_from_slice(&tags.appris),
            Self::Ccds => append_escaped(csq, tags.ccds, b"_"),
            Self::Ensp => append_escaped(csq, tags.protein_id, b"_"),
            Self::HgvsOffset if offset != 0 => append_number(csq, offset),
            _ => {}
        }
    }
}

fn append_mane(tags: &Tags<'_>, csq: &mut Vec<u8>) {
    csq.extend_from_slice(match (tags.mane_select, tags.mane_plus_clinical) {
        (true, true) => b"MANE_Select&MANE_Plus_Clinical",
        (true, false) => b"MANE_Select",
        (false, true) => b"MANE_Plus_Clinical",
        (false, false) => b"",
    });
}

/// Appends the fields that are the same for all variants on a transcript, each after a `|`.
pub(crate) fn append_fixed(fields: &[TranscriptField], tags: &Tags<'_>, csq: &mut Vec<u8>) {
    for field in fields.iter().filter(|field| field.is_fixed()) {
        csq.push(b'|');
        field.append(tags, 0, csq);
    }
}

/// Appends the fields that each variant has its own of, each after a `|`; `offset` is how far HGVS moved the change,
/// on the contig.
pub(crate) fn append_varying(fields: &[TranscriptField], offset: i64, csq: &mut Vec<u8>) {
    for field in fields.iter().skip_while(|field| field.is_fixed()) {
        csq.push(b'|');
        field.append(&Tags::default(), offset, csq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: Tags<'static> = Tags {
        canonical: true,
        mane_select: true,
        mane_plus_clinical: false,
        basic: true,
        support_level: 5,
        appris: *b"P1",
        ccds: "CCDS1.1",
        protein_id: "ENSP1",
        mane_counterpart: "NM_1.1",
    };

    #[test]
    fn values_are_those_of_vep() {
        let values = TranscriptField::ALL.map(|field| {
            let mut csq = Vec::new();
            field.append(&TAGS, -3, &mut csq);
            String::from_utf8(csq).unwrap()
        });
        assert_eq!(values, ["YES", "MANE_Select", "NM_1.1", "", "5", "P1", "CCDS1.1", "ENSP1", "-3"]);
        let mut csq = Vec::new();
        for field in TranscriptField::ALL {
            field.append(&Tags::default(), 0, &mut csq);
        }
        assert_eq!(csq, b"");
    }

    #[test]
    fn fields_that_nothing_is_said_in_are_left_out() {
        let coding = Tags { protein_id: "P", support_level: 1, ..Tags::default() };
        assert_eq!(TranscriptField::told_by([coding, Tags::default()].into_iter()), ["TSL", "ENSP"]);
        assert!(TranscriptField::told_by([Tags::default()].into_iter()).is_empty());
    }
}
