//! Why a line is kept as it was.

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
                "ALT has nothing but alleles whose consequence is not predicted, as `*` or one that equals REF."
            }
        }
    }
}
