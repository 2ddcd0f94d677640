//! The Sequence Ontology terms that name consequences, with Ensembl's ranks and impacts.
//!
//! Source: Ensembl Variation `Utils/Constants.pm`, `%OVERLAP_CONSEQUENCES` (release 115). The order of the variants
//! of [`Term`] is the rank; a set of terms is a bit mask, so that the terms of a row come out in rank order for free.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// How severe a consequence is, by Ensembl's four classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Impact {
    /// Assumed to disrupt the protein.
    High,
    /// May change how well the protein works.
    Moderate,
    /// Mostly harmless.
    Low,
    /// No prediction: non-coding, or no evidence.
    Modifier,
}

impl Impact {
    /// As the CSQ field `IMPACT` shows it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Moderate => "MODERATE",
            Self::Low => "LOW",
            Self::Modifier => "MODIFIER",
        }
    }
}

macro_rules! terms {
    ($($variant:ident $name:literal $impact:ident,)*) => {
        /// A consequence; earlier variants are more severe.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Term {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Term {
            /// All terms in order of rank.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The Sequence Ontology's name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Ensembl's impact.
            pub(crate) const fn impact(self) -> Impact {
                match self { $(Self::$variant => Impact::$impact,)* }
            }
        }
    };
}

terms! {
    TranscriptAblation "transcript_ablation" High,
    SpliceAcceptor "splice_acceptor_variant" High,
    SpliceDonor "splice_donor_variant" High,
    StopGained "stop_gained" High,
    Frameshift "frameshift_variant" High,
    StopLost "stop_lost" High,
    StartLost "start_lost" High,
    TranscriptAmplification "transcript_amplification" High,
    FeatureElongation "feature_elongation" High,
    FeatureTruncation "feature_truncation" High,
    InframeInsertion "inframe_insertion" Moderate,
    InframeDeletion "inframe_deletion" Moderate,
    Missense "missense_variant" Moderate,
    ProteinAltering "protein_altering_variant" Moderate,
    SpliceDonorFifthBase "splice_donor_5th_base_variant" Low,
    SpliceRegion "splice_region_variant" Low,
    SpliceDonorRegion "splice_donor_region_variant" Low,
    SplicePolypyrimidineTract "splice_polypyrimidine_tract_variant" Low,
    IncompleteTerminalCodon "incomplete_terminal_codon_variant" Low,
    StartRetained "start_retained_variant" Low,
    StopRetained "stop_retained_variant" Low,
    Synonymous "synonymous_variant" Low,
    CodingSequence "coding_sequence_variant" Modifier,
    MatureMirna "mature_miRNA_variant" Modifier,
    FivePrimeUtr "5_prime_UTR_variant" Modifier,
    ThreePrimeUtr "3_prime_UTR_variant" Modifier,
    NonCodingTranscriptExon "non_coding_transcript_exon_variant" Modifier,
    Intron "intron_variant" Modifier,
    NmdTranscript "NMD_transcript_variant" Modifier,
    NonCodingTranscript "non_coding_transcript_variant" Modifier,
    CodingTranscript "coding_transcript_variant" Modifier,
    UpstreamGene "upstream_gene_variant" Modifier,
    DownstreamGene "downstream_gene_variant" Modifier,
    TfbsAblation "TFBS_ablation" Moderate,
    TfbsAmplification "TFBS_amplification" Modifier,
    TfBindingSite "TF_binding_site_variant" Modifier,
    RegulatoryRegionAblation "regulatory_region_ablation" Modifier,
    RegulatoryRegionAmplification "regulatory_region_amplification" Modifier,
    RegulatoryRegion "regulatory_region_variant" Modifier,
    Intergenic "intergenic_variant" Modifier,
    Sequence "sequence_variant" Modifier,
}

impl Term {
    /// The term of a name.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        static NAMES: LazyLock<FxHashMap<&[u8], Term>> =
            LazyLock::new(|| Term::ALL.iter().map(|term| (term.name().as_bytes(), *term)).collect());
        NAMES.get(name).copied()
    }
}

/// A set of terms: bit `n` stands for the term of rank `n + 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Terms(u64);

impl Terms {
    /// The set of one term.
    pub(crate) const fn of(term: Term) -> Self {
        Self(1 << term as u8)
    }

    pub(crate) fn insert(&mut self, term: Term) {
        self.0 |= 1 << term as u8;
    }

    pub(crate) fn insert_if(&mut self, term: Term, holds: bool) {
        if holds {
            self.insert(term);
        }
    }

    pub(crate) const fn contains(self, term: Term) -> bool {
        self.0 & (1 << term as u8) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The terms, most severe first.
    pub(crate) fn iter(self) -> impl Iterator<Item = Term> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let term = *Term::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(term)
        })
    }

    /// The most severe term.
    pub(crate) fn most_severe(self) -> Option<Term> {
        self.iter().next()
    }

    /// The impact of the most severe term.
    pub(crate) fn impact(self) -> Option<Impact> {
        self.most_severe().map(Term::impact)
    }
}

impl FromIterator<Term> for Terms {
    fn from_iter<I: IntoIterator<Item = Term>>(terms: I) -> Self {
        terms.into_iter().fold(Self::default(), |set, term| set.union(Self::of(term)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn there_are_41_terms_and_their_ranks_are_those_of_ensembl() {
        assert_eq!(Term::ALL.len(), 41);
        assert_eq!(Term::SpliceAcceptor as u8 + 1, 2);
        assert_eq!(Term::StopLost as u8 + 1, 6);
        assert_eq!(Term::Missense as u8 + 1, 13);
        assert_eq!(Term::SplicePolypyrimidineTract as u8 + 1, 18);
        assert_eq!(Term::DownstreamGene as u8 + 1, 33);
        assert_eq!(Term::Intergenic as u8 + 1, 40);
    }

    #[rstest]
    #[case(&[Term::NonCodingTranscript, Term::Intron], "intron_variant&non_coding_transcript_variant", Impact::Modifier)]
    #[case(&[Term::SpliceRegion, Term::Missense], "missense_variant&splice_region_variant", Impact::Moderate)]
    #[case(&[Term::Frameshift, Term::StopGained], "stop_gained&frameshift_variant", Impact::High)]
    fn terms_come_by_rank(#[case] terms: &[Term], #[case] expected: &str, #[case] impact: Impact) {
        let set: Terms = terms.iter().copied().collect();
        assert_eq!(set.iter().map(Term::name).collect::<Vec<_>>().join("&"), expected);
        assert_eq!(set.impact(), Some(impact));
    }

    #[test]
    fn the_last_terms_fit_and_an_empty_set_has_none() {
        assert_eq!(Terms::of(Term::Sequence).most_severe(), Some(Term::Sequence));
        assert_eq!(Terms::default().most_severe(), None);
    }
}
