//! The columns of `CSQ` rows, as the header names them.

/// Columns that some format treats in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Allele,
    Consequence,
    FeatureType,
    ExistingVariation,
}

impl Known {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Allele, "Allele"),
        (Self::Consequence, "Consequence"),
        (Self::FeatureType, "Feature_type"),
        (Self::ExistingVariation, "Existing_variation"),
    ];
}

/// Columns with lists of words, which have `&` between them.
const LISTS: [&str; 19] = [
    "Consequence",
    "FLAGS",
    "Existing_variation",
    "MANE",
    "RefSeq",
    "SWISSPROT",
    "TREMBL",
    "UNIPARC",
    "UNIPROT_ISOFORM",
    "REFSEQ_MATCH",
    "DOMAINS",
    "miRNA",
    "CLIN_SIG",
    "SOMATIC",
    "PHENO",
    "PUBMED",
    "TRANSCRIPTION_FACTORS",
    "CELL_TYPE",
    "NEAREST",
];

/// Whether the values of a column are lists.
pub(crate) fn is_list(column: &str) -> bool {
    LISTS.contains(&column)
}

/// The names of the columns, and where those are that formats ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    names: Vec<String>,
    known: [Option<usize>; Known::ALL.len()],
}

impl Columns {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let known = Known::ALL.map(|(_, wanted)| names.iter().position(|name| name == wanted));
        Self { names, known }
    }

    /// Reads the header's line of `CSQ`; none when it does not name the columns.
    pub(crate) fn of_header_line(line: &[u8]) -> Option<Self> {
        const MARK: &str = "Format: ";
        let text = String::from_utf8_lossy(line);
        let list = &text[text.find(MARK)? + MARK.len()..];
        let list = list.split('"').next()?.trim();
        let names: Vec<String> = list.split('|').map(|name| name.trim().to_owned()).collect();
        names.iter().all(|name| !name.is_empty()).then(|| Self::new(names))
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a column is, if there is such a one.
    pub(crate) fn find(&self, column: Known) -> Option<usize> {
        self.known[column as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ours(
        "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"From gas. Format: Allele|Consequence\">",
        Some(2)
    )]
    #[case::more_after(
        "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"x Format: Allele|Consequence|X\",Source=\"VEP\">",
        Some(3)
    )]
    #[case::other_program("##INFO=<ID=CSQ,Number=.,Type=String,Description=\"made by other means\">", None)]
    #[case::gap("##INFO=<ID=CSQ,Description=\"Format: Allele||X\">", None)]
    fn header_lines(#[case] line: &str, #[case] columns: Option<usize>) {
        let read = Columns::of_header_line(line.as_bytes());
        assert_eq!(read.as_ref().map(|read| read.names().len()), columns);
        if let Some(read) = read {
            assert_eq!((read.find(Known::Consequence), read.find(Known::ExistingVariation)), (Some(1), None));
        }
    }
}
