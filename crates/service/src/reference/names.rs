//! The many names of sequences and of assemblies.

use super::InstalledReference;

/// A contig's name without what differs between sources: `chr1` is `1`, `chrM` is `MT`.
pub(super) fn plain(name: &str) -> &str {
    let short = match name.get(..3) {
        Some(start) if start.eq_ignore_ascii_case("chr") && name.len() > 3 => &name[3..],
        _ => name,
    };
    if short.eq_ignore_ascii_case("m") || short.eq_ignore_ascii_case("mt") { "MT" } else { short }
}

/// Assemblies by the words that headers and people use for them.
const ASSEMBLIES: &[(&str, &[&str])] = &[
    ("GRCh38", &["grch38", "hg38", "b38"]),
    ("GRCh37", &["grch37", "hg19", "b37", "hs37", "human_g1k"]),
    ("NCBI36", &["ncbi36", "hg18", "b36"]),
    ("T2T-CHM13", &["chm13", "hs1"]),
    ("rCRS", &["rcrs", "nc_012920"]),
    ("GRCm39", &["grcm39", "mm39"]),
    ("GRCm38", &["grcm38", "mm10"]),
    ("GRCz11", &["grcz11", "danrer11"]),
    ("BDGP6", &["bdgp6", "dm6"]),
    ("WBcel235", &["wbcel235", "ce11"]),
    ("TAIR10", &["tair10"]),
    ("R64", &["r64", "saccer3"]),
];

/// The assembly that a text speaks of. No letter or digit stands before the word: `grcb37` is not `b37`.
pub(super) fn assembly_in(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let stands_alone = |word: &str| {
        text.match_indices(word)
            .any(|(at, _)| !text[..at].chars().next_back().is_some_and(char::is_alphanumeric))
    };
    ASSEMBLIES
        .iter()
        .find(|(_, words)| words.iter().any(|word| stands_alone(word)))
        .map(|(assembly, _)| *assembly)
}

impl InstalledReference {
    /// The assembly under its usual name.
    pub(super) fn usual_assembly(&self) -> &str {
        assembly_in(&self.assembly).unwrap_or(&self.assembly)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("chr1", "1")]
    #[case("CHRX", "X")]
    #[case("chrM", "MT")]
    #[case("mt", "MT")]
    #[case("chr", "chr")]
    #[case("GL000207.1", "GL000207.1")]
    #[case("ü1", "ü1")]
    fn contigs(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(plain(name), expected);
    }

    #[rstest]
    #[case("##reference=file:///data/hs37d5.fa", Some("GRCh37"))]
    #[case("##reference=GRCh38.p14", Some("GRCh38"))]
    #[case("##contig=<ID=1,assembly=b37>", Some("GRCh37"))]
    #[case("##reference=file:///lab37/genome.fa", None)]
    #[case("##reference=R64-1-1", Some("R64"))]
    #[case("##reference=my own", None)]
    fn assemblies(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(assembly_in(text), expected);
    }
}
