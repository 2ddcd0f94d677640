//! Why an alternative has no rows, of a record that may have rows for others.

/// A reason not to annotate an alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRows {
    NoAlternative,
    OverlappingDeletion,
    Unchanged,
    Repeated,
    NotUnderstood,
    NotSupported,
    Incomplete,
    TooLong,
}

impl NoRows {
    pub(crate) const ALL: [Self; 8] = [
        Self::NoAlternative,
        Self::OverlappingDeletion,
        Self::Unchanged,
        Self::Repeated,
        Self::NotUnderstood,
        Self::NotSupported,
        Self::Incomplete,
        Self::TooLong,
    ];

    /// Its stable name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoAlternative => "no_alternative",
            Self::OverlappingDeletion => "overlapping_deletion",
            Self::Unchanged => "unchanged",
            Self::Repeated => "repeated",
            Self::NotUnderstood => "not_understood",
            Self::NotSupported => "structural_not_supported",
            Self::Incomplete => "structural_incomplete",
            Self::TooLong => "structural_too_long",
        }
    }

    /// What it means, as a sentence.
    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::NoAlternative => "`<NON_REF>` or `<*>` beside other alternatives: none that is known.",
            Self::OverlappingDeletion => "`*`: the bases are gone by a deletion that begins before them.",
            Self::Unchanged => "The alternative equals REF.",
            Self::Repeated => "The alternative stands in ALT twice; it has rows once.",
            Self::NotUnderstood => "No version of VCF knows such an alternative.",
            Self::NotSupported => "A symbolic allele that is none of DEL, DUP, INS, INV, CNV, CN and BND.",
            Self::Incomplete => "INFO does not say where the variant ends, or that it ends before it begins.",
            Self::TooLong => "The variant is longer than the longest that is annotated.",
        }
    }
}
