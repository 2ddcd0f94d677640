//! Sequences of a reference, and the many names that files give them.

/// A sequence of the reference: a view, cheap to copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contig<'r> {
    /// Its name in the reference's FASTA.
    pub(crate) name: &'r str,
    /// All bases, upper case.
    pub(crate) sequence: &'r [u8],
}

/// Names of the human mitochondrion (rCRS) and, but for the accession, of other mitochondria.
const MITOCHONDRIAL: [&str; 4] = ["MT", "M", "chrM", "chrMT"];
const RCRS: &str = "NC_012920.1";
const RCRS_LENGTH: u64 = 16_569;

/// What Ensembl calls the organelles of yeast, nematodes, flies and plants, with NCBI's table of their genetic code.
const ORGANELLES: [(&str, u8); 5] =
    [("Mito", 3), ("MtDNA", 5), ("mitochondrion_genome", 5), ("Mt", STANDARD_CODE), ("Pt", 11)];

const STANDARD_CODE: u8 = 1;
const VERTEBRATE_MITOCHONDRIAL_CODE: u8 = 2;

/// NCBI's table of a contig's genetic code, where nobody tells it.
pub(crate) fn genetic_code(name: &str, is_mitochondrial: bool) -> u8 {
    let of_organelle = ORGANELLES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
    let other = if is_mitochondrial { VERTEBRATE_MITOCHONDRIAL_CODE } else { STANDARD_CODE };
    of_organelle.unwrap_or(other)
}

/// Whether a contig is a mitochondrion by its name alone.
pub(crate) fn is_mitochondrial_name(name: &str) -> bool {
    name == RCRS
        || MITOCHONDRIAL.iter().any(|known| known.eq_ignore_ascii_case(name))
        || ORGANELLES.iter().any(|(known, _)| *known == name && *known != "Pt")
}

/// Lengths of the human chromosomes 1 to 22, X and Y with the version of their accession at NCBI.
type Assembly = [(u64, u8); 24];

const GRCH38: Assembly = [
    (248_956_422, 11),
    (242_193_529, 12),
    (198_295_559, 12),
    (190_214_555, 12),
    (181_538_259, 10),
    (170_805_979, 12),
    (159_345_973, 14),
    (145_138_636, 11),
    (138_394_717, 12),
    (133_797_422, 11),
    (135_086_622, 10),
    (133_275_309, 12),
    (114_364_328, 11),
    (107_043_718, 9),
    (101_991_189, 10),
    (90_338_345, 10),
    (83_257_441, 11),
    (80_373_285, 10),
    (58_617_616, 10),
    (64_444_167, 11),
    (46_709_983, 9),
    (50_818_468, 11),
    (156_040_895, 11),
    (57_227_415, 10),
];

const GRCH37: Assembly = [
    (249_250_621, 10),
    (243_199_373, 11),
    (198_022_430, 11),
    (191_154_276, 11),
    (180_915_260, 9),
    (171_115_067, 11),
    (159_138_663, 13),
    (146_364_022, 10),
    (141_213_431, 11),
    (135_534_747, 10),
    (135_006_516, 9),
    (133_851_895, 11),
    (115_169_878, 10),
    (107_349_540, 8),
    (102_531_392, 9),
    (90_354_753, 9),
    (81_195_210, 10),
    (78_077_248, 9),
    (59_128_983, 9),
    (63_025_520, 10),
    (48_129_895, 8),
    (51_304_566, 10),
    (155_270_560, 10),
    (59_373_566, 9),
];

/// Other names of a contig: with and without `chr`, of the mitochondrion, of human chromosomes at
/// NCBI. An accession is given only to a sequence of its length, since it names one assembly's.
pub(crate) fn synonyms(name: &str, length: u64) -> Vec<String> {
    let mut synonyms = Vec::new();
    if is_mitochondrial_name(name) {
        synonyms.extend(MITOCHONDRIAL.map(str::to_owned));
        if length == RCRS_LENGTH {
            synonyms.push(RCRS.to_owned());
        }
        return synonyms;
    }
    let bare = name.strip_prefix("chr").unwrap_or(name);
    synonyms.push(bare.to_owned());
    synonyms.push(format!("chr{bare}"));
    for assembly in [&GRCH38, &GRCH37] {
        for (index, (known_length, version)) in assembly.iter().enumerate() {
            let chromosome = chromosome_name(index);
            let accession = format!("NC_{:06}.{version}", index + 1);
            if *known_length == length && (bare == chromosome || bare == accession) {
                synonyms.extend([format!("chr{chromosome}"), chromosome, accession]);
            }
        }
    }
    synonyms
}

fn chromosome_name(index: usize) -> String {
    match index {
        22 => "X".to_owned(),
        23 => "Y".to_owned(),
        _ => (index + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("MT", 16_569, &["chrM", "M", "NC_012920.1"])]
    #[case("chrM", 16_569, &["MT", "M", "NC_012920.1"])]
    #[case("NC_012920.1", 16_569, &["MT", "chrM"])]
    #[case("1", 248_956_422, &["chr1", "NC_000001.11"])]
    #[case("chrX", 155_270_560, &["X", "NC_000023.10"])]
    #[case("NC_000021.9", 46_709_983, &["21", "chr21"])]
    #[case("scaffold_7", 100, &["chrscaffold_7"])]
    fn names_of_one_contig(#[case] name: &str, #[case] length: u64, #[case] expected: &[&str]) {
        let synonyms = synonyms(name, length);
        for name in expected {
            assert!(synonyms.iter().any(|synonym| synonym == name), "{name} in {synonyms:?}");
        }
    }

    #[rstest]
    #[case("MT", 2)]
    #[case("chrM", 2)]
    #[case("Mito", 3)]
    #[case("mitochondrion_genome", 5)]
    #[case("Mt", 1)]
    #[case("Pt", 11)]
    #[case("1", 1)]
    fn genetic_codes(#[case] name: &str, #[case] code: u8) {
        assert_eq!(genetic_code(name, is_mitochondrial_name(name)), code);
        assert_eq!(genetic_code("1", true), 2);
    }

    #[test]
    fn an_accession_names_one_assembly_only() {
        assert!(!synonyms("1", 249_250_621).contains(&"NC_000001.11".to_owned()));
        assert!(!synonyms("chrM", 16_571).contains(&RCRS.to_owned()));
        assert!(!synonyms("21", 100).iter().any(|name| name.starts_with("NC_")));
    }
}
