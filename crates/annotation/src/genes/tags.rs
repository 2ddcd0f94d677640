//! What annotators say of a transcript beside its coordinates: which one to look at first, and how sure they are.
//!
//! Source: the attributes of Ensembl's, GENCODE's and NCBI's files; Ensembl VEP `OutputFactory.pm`,
//! `BaseTranscriptVariationAllele_to_output_hash`, for how each is shown.

use crate::genes::features::{CodingSequence, Node};
use crate::genes::gff3::Attributes;
use crate::genes::transcript::Tags;

/// The tags of a transcript on its way into a reference; see `transcript::Tags`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent tags")]
pub(crate) struct DraftTags {
    pub(crate) canonical: bool,
    pub(crate) mane_select: bool,
    pub(crate) mane_plus_clinical: bool,
    pub(crate) basic: bool,
    pub(crate) support_level: u8,
    pub(crate) appris: [u8; 2],
    pub(crate) ccds: String,
    pub(crate) protein_id: String,
    pub(crate) mane_counterpart: String,
}

impl DraftTags {
    /// The same as they will be read from the reference.
    pub(crate) fn view(&self) -> Tags<'_> {
        Tags {
            canonical: self.canonical,
            mane_select: self.mane_select,
            mane_plus_clinical: self.mane_plus_clinical,
            basic: self.basic,
            support_level: self.support_level,
            appris: self.appris,
            ccds: &self.ccds,
            protein_id: &self.protein_id,
            mane_counterpart: &self.mane_counterpart,
        }
    }
}

/// Tags of a transcript with its coding sequence, where it has one.
pub(crate) fn of_transcript(node: &Node, coding: Option<&CodingSequence>) -> DraftTags {
    let attributes = node.feature.as_ref().map(|feature| feature.attributes()).unwrap_or_default();
    let of_coding = coding.map(CodingSequence::attributes).unwrap_or_default();
    // NCBI writes `MANE Select`.
    let tags: Vec<String> = attributes.each("tag").map(|tag| tag.replace(' ', "_")).collect();
    let has = |wanted: &str| tags.iter().any(|tag| tag == wanted);
    let (mane_select, mane_plus_clinical) = (has("MANE_Select"), has("MANE_Plus_Clinical"));
    let reference = |attributes, name| cross_reference(attributes, name).unwrap_or_default();
    let is_mane = mane_select || mane_plus_clinical;
    DraftTags {
        canonical: has("Ensembl_canonical"),
        mane_select,
        mane_plus_clinical,
        basic: has("basic"),
        support_level: support_level(attributes),
        appris: tags.iter().find_map(|tag| appris(tag)).unwrap_or_default(),
        ccds: attributes.first(&["ccdsid", "ccds_id"]).unwrap_or_else(|| reference(of_coding, "CCDS")),
        protein_id: of_coding.get("protein_id").unwrap_or_default(),
        mane_counterpart: if is_mane { reference(attributes, "Ensembl") } else { String::new() },
    }
}

/// What a database calls the feature, as NCBI tells it.
fn cross_reference(attributes: Attributes<'_>, database: &str) -> Option<String> {
    let mut references = ["Dbxref", "dbxref", "db_xref"].into_iter().flat_map(|key| attributes.each(key));
    references.find_map(|entry| {
        entry.split_once(':').filter(|(name, _)| *name == database).map(|(_, id)| id.to_owned())
    })
}

/// `1` of `1 (assigned to previous version 11)`; 0 for `NA`.
fn support_level(attributes: Attributes<'_>) -> u8 {
    let level = attributes.first(&["transcript_support_level", "tsl"]).unwrap_or_default();
    let digits = level.split(|letter: char| !letter.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// `P1` of `appris_principal_1`, `A2` of `appris_alternative_2`.
fn appris(tag: &str) -> Option<[u8; 2]> {
    let (kind, grade) = tag.strip_prefix("appris_")?.split_once('_')?;
    let letter = match kind {
        "principal" => b'P',
        "alternative" => b'A',
        _ => return None,
    };
    match grade.as_bytes() {
        [digit] if digit.is_ascii_digit() => Some([letter, *digit]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genes::features::Feature;

    fn tags(transcript: &str, coding: &str) -> DraftTags {
        let feature = Feature { kind: "mRNA".into(), strand: None, attributes: transcript.into() };
        let node = Node { feature: Some(feature), ..Node::default() };
        let coding = CodingSequence { id: String::new(), parts: Vec::new(), attributes: coding.into() };
        of_transcript(&node, Some(&coding))
    }

    #[test]
    fn ensembl() {
        let found = tags(
            "tag=basic,Ensembl_canonical,MANE_Select,appris_principal_1;ccdsid=CCDS1.2;transcript_support_level=1 (assigned to previous version 11)",
            "protein_id=ENSP1;version=3",
        );
        let expected = DraftTags {
            canonical: true,
            mane_select: true,
            basic: true,
            support_level: 1,
            appris: *b"P1",
            ccds: "CCDS1.2".into(),
            protein_id: "ENSP1".into(),
            ..DraftTags::default()
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn ncbi() {
        let found = tags(
            "Dbxref=Ensembl:ENST1.9,GeneID:7157;tag=MANE Plus Clinical",
            "Dbxref=CCDS:CCDS11118.1,GeneID:7157;protein_id=NP_1.1",
        );
        assert!(found.mane_plus_clinical && !found.mane_select && !found.canonical);
        assert_eq!((found.mane_counterpart.as_str(), found.ccds.as_str()), ("ENST1.9", "CCDS11118.1"));
        assert_eq!(tags("Dbxref=Ensembl:ENST1.9", "").mane_counterpart, "");
    }

    #[test]
    fn words_that_say_nothing() {
        let found =
            tags("tag=appris_candidate_longest,appris_principal_x,CCDS;transcript_support_level=NA", "");
        assert_eq!(found, DraftTags::default());
        assert_eq!(tags("tag=appris_alternative_2", "").appris, *b"A2");
    }
}
