use serde::{Deserialize, Serialize};

/// How much a consequence matters, in four steps; the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Impact {
    /// Non-coding, or beside a gene.
    Modifier,
    /// Unlikely to change the protein.
    Low,
    /// May change how well the protein works.
    Moderate,
    /// Likely takes the protein away.
    High,
}

impl Impact {
    /// All of them, the most severe first.
    pub const ALL: [Self; 4] = [Self::High, Self::Moderate, Self::Low, Self::Modifier];

    /// The name as in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Moderate => "MODERATE",
            Self::Low => "LOW",
            Self::Modifier => "MODIFIER",
        }
    }

    /// The impact of that name, in either case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|impact| impact.as_str().eq_ignore_ascii_case(name))
    }
}

/// The Sequence Ontology terms of consequences, the most severe first, in the order of Ensembl VEP 115.
pub const TERMS: [&str; 41] = [
    "transcript_ablation",
    "splice_acceptor_variant",
    "splice_donor_variant",
    "stop_gained",
    "frameshift_variant",
    "stop_lost",
    "start_lost",
    "transcript_amplification",
    "feature_elongation",
    "feature_truncation",
    "inframe_insertion",
    "inframe_deletion",
    "missense_variant",
    "protein_altering_variant",
    "splice_donor_5th_base_variant",
    "splice_region_variant",
    "splice_donor_region_variant",
    "splice_polypyrimidine_tract_variant",
    "incomplete_terminal_codon_variant",
    "start_retained_variant",
    "stop_retained_variant",
    "synonymous_variant",
    "coding_sequence_variant",
    "mature_miRNA_variant",
    "5_prime_UTR_variant",
    "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant",
    "intron_variant",
    "NMD_transcript_variant",
    "non_coding_transcript_variant",
    "coding_transcript_variant",
    "upstream_gene_variant",
    "downstream_gene_variant",
    "TFBS_ablation",
    "TFBS_amplification",
    "TF_binding_site_variant",
    "regulatory_region_ablation",
    "regulatory_region_amplification",
    "regulatory_region_variant",
    "intergenic_variant",
    "sequence_variant",
];

/// Where the most severe of several terms (joined by `&`) stands in the order; unknown ones come last.
pub(super) fn rank(terms: &[u8]) -> usize {
    let rank = |term: &[u8]| TERMS.iter().position(|known| known.as_bytes() == term);
    terms.split(|byte| *byte == b'&').filter_map(rank).min().unwrap_or(TERMS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_severe_term_counts() {
        assert_eq!(rank(b"intron_variant&splice_donor_variant"), 2);
        assert!(rank(b"never_heard_of") > rank(b"sequence_variant"));
        assert!(Impact::High > Impact::Moderate && Impact::Low > Impact::Modifier);
    }
}
