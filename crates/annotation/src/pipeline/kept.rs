//! Why a line is kept as it was.

use crate::contig::Contig;
use crate::error::quoted;
use crate::known::source::stretch;
use crate::variant::{Alternative, agrees};
use crate::vcf::insert_info::has_entry;
use crate::vcf::line::Line;

/// A reason to keep a line as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    ContigNotInReference,
    PositionOutsideContig,
    ReferenceDiffers,
    NoAlternative,
    AlternativeNotUnderstood,
    AllelesNotAnnotated,
}

impl Kept {
    pub(crate) const ALL: [Self; 6] = [
        Self::ContigNotInReference,
        Self::PositionOutsideContig,
        Self::ReferenceDiffers,
        Self::NoAlternative,
        Self::AlternativeNotUnderstood,
        Self::AllelesNotAnnotated,
    ];

    /// Why a record on a contig of the reference cannot be annotated, if it cannot.
    ///
    /// VEP has rows for a lone `<*>`.
    pub(crate) fn of(line: &Line<'_>, position: u64, contig: &Contig<'_>, exact_vep: bool) -> Option<Self> {
        let reference_allele = line.reference_allele();
        let Some(stretch) = stretch(contig.sequence, position, reference_allele.len()) else {
            return Some(Self::PositionOutsideContig);
        };
        if !agrees(reference_allele, stretch) {
            return Some(Self::ReferenceDiffers);
        }
        if exact_vep && line.alternatives().split(|byte| *byte == b',').any(|allele| allele == b"<*>") {
            return None;
        }
        let forms = || line.alternatives().split(|byte| *byte == b',').map(Alternative::of);
        // A missing ALT beside a SVTYPE is how the first files with structural variants had it.
        let names_structure = line.alternatives() == b"." && has_entry(line.info(), b"SVTYPE");
        if !names_structure && forms().all(|form| form == Alternative::None) {
            return Some(Self::NoAlternative);
        }
        let useless = !names_structure
            && forms().all(|form| matches!(form, Alternative::None | Alternative::Malformed));
        useless.then_some(Self::AlternativeNotUnderstood)
    }

    /// What a record shows that is kept for this reason.
    pub(crate) fn describe(self, line: &Line<'_>, position: u64, contig: &Contig<'_>) -> String {
        match self {
            Self::ContigNotInReference => quoted(line.contig()),
            Self::PositionOutsideContig => {
                format!("position {position} of {}, which has {} bases", contig.name, contig.sequence.len())
            }
            Self::ReferenceDiffers => {
                let given = line.reference_allele();
                let known = stretch(contig.sequence, position, given.len()).unwrap_or_default();
                let (given, known) = (quoted(given), quoted(known));
                format!("REF is {given} where the reference has {known} at {}:{position}", contig.name)
            }
            Self::NoAlternative | Self::AlternativeNotUnderstood | Self::AllelesNotAnnotated => {
                format!("ALT is {}", quoted(line.alternatives()))
            }
        }
    }

    /// Its stable name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ContigNotInReference => "contig_not_in_reference",
            Self::PositionOutsideContig => "position_outside_contig",
            Self::ReferenceDiffers => "reference_differs",
            Self::NoAlternative => "no_alternative",
            Self::AlternativeNotUnderstood => "alternative_not_understood",
            Self::AllelesNotAnnotated => "alleles_not_annotated",
        }
    }

    /// What it means, as a sentence.
    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::ContigNotInReference => "The reference has no sequence of the name in CHROM.",
            Self::PositionOutsideContig => {
                "The position is 0, or REF reaches past the end of the sequence, so the file may be of another assembly."
            }
            Self::ReferenceDiffers => {
                "REF is not what the reference has at the position, so the file may be of another assembly."
            }
            Self::NoAlternative => "ALT names no allele, as in `.` or `<NON_REF>`.",
            Self::AlternativeNotUnderstood => "ALT has nothing but alleles that no version of VCF knows.",
            Self::AllelesNotAnnotated => {
                "ALT has nothing but alleles whose consequence is not predicted, as `*`, one that equals REF, or a structural variant without an end."
            }
        }
    }
}
