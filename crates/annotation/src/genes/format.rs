//! Which format a file of genes has, told by its first line that says anything.

/// A format of gene models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// GFF version 3, as Ensembl, GENCODE and `RefSeq` write it.
    Gff3,
    /// GTF, also known as GFF 2.5.
    Gtf,
    /// A table of UCSC: genePred, extended or not, with and without `bin`, or refFlat.
    GenePred(Layout),
}

/// Which columns stand before those of genePred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// None: `name chrom strand txStart ...`.
    Plain,
    /// `bin`, as in the tables of UCSC's database.
    Bin,
    /// `geneName`, as in refFlat.
    GeneName,
}

/// Columns of genePred from the strand on that hold one number each.
const NUMBERS_AFTER_STRAND: usize = 5;

impl Format {
    /// The format that a line is of, if it is of any.
    pub(crate) fn of(line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split('\t').collect();
        if let Some(layout) = layout_of(&columns) {
            return Some(Self::GenePred(layout));
        }
        let attributes = columns.get(8)?.trim_start();
        let key = attributes.split([' ', '=', ';']).next().unwrap_or_default();
        let is_gtf = attributes[key.len()..].starts_with(' ') && !key.is_empty();
        Some(if is_gtf { Self::Gtf } else { Self::Gff3 })
    }

    /// Its name, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gff3 => "GFF3",
            Self::Gtf => "GTF",
            Self::GenePred(Layout::GeneName) => "refFlat",
            Self::GenePred(_) => "genePred",
        }
    }
}

fn layout_of(columns: &[&str]) -> Option<Layout> {
    let is_gene_pred = |strand: usize| {
        let numbers = columns.get(strand + 1..=strand + NUMBERS_AFTER_STRAND);
        columns.len() >= strand + NUMBERS_AFTER_STRAND + 3
            && matches!(columns[strand], "+" | "-")
            && numbers.is_some_and(|numbers| numbers.iter().all(|number| is_number(number)))
    };
    if is_gene_pred(2) {
        return Some(Layout::Plain);
    }
    is_gene_pred(3).then(|| if is_number(columns[0]) { Layout::Bin } else { Layout::GeneName })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::ensembl("1\te\tgene\t1\t9\t.\t+\t.\tID=gene:G;Name=a b", Some(Format::Gff3))]
    #[case::no_attributes("1\te\tgene\t1\t9\t.\t+\t.\t.", Some(Format::Gff3))]
    #[case::gtf("1\te\texon\t1\t9\t.\t+\t.\tgene_id \"G\"; transcript_id \"T\";", Some(Format::Gtf))]
    #[case::gtf_without_quotes("1\te\texon\t1\t9\t.\t+\t.\tgene_id G; level 2", Some(Format::Gtf))]
    #[case("NM_1.1\tchr1\t+\t0\t9\t0\t9\t1\t0,\t9,", Some(Format::GenePred(Layout::Plain)))]
    #[case("0\tNM_1.1\tchr1\t-\t0\t9\t0\t9\t1\t0,\t9,\t0\tG", Some(Format::GenePred(Layout::Bin)))]
    #[case("GENE\tNM_1.1\tchr1\t-\t0\t9\t0\t9\t1\t0,\t9,", Some(Format::GenePred(Layout::GeneName)))]
    #[case::three_columns("chr1\t0\t9", None)]
    #[case::nothing("", None)]
    fn a_line_tells(#[case] line: &str, #[case] expected: Option<Format>) {
        assert_eq!(Format::of(line), expected);
    }
}
