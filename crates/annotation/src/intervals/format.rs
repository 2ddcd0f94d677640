//! Which format a file of intervals has, told by its first lines.

use crate::error::quoted;
use crate::genes::format::{Format, Layout};
use crate::intervals::columns::{Columns, Shape};
use crate::intervals::source::{IntervalFormat, IntervalSource};

/// What the lines before the first interval say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// Names of the columns, from a line that begins with `#`.
    heading: Option<Vec<String>>,
    /// The `type` of a track line.
    track: Option<String>,
}

impl Beginning {
    /// Takes in a line that holds no interval.
    pub(crate) fn read(&mut self, remark: &str) {
        if let Some(rest) = remark.strip_prefix("track ") {
            self.track = rest.split_whitespace().find_map(|word| word.strip_prefix("type=")).map(unquoted);
        } else if let Some(names) = remark.strip_prefix('#').filter(|names| names.contains('\t')) {
            self.heading =
                Some(names.trim_start_matches('#').split('\t').map(|name| name.trim().to_owned()).collect());
        }
    }

    /// Whether a first line names the columns, without the `#` by which others are told: a recipe asks for a column of a
    /// name that it has.
    pub(crate) fn is_heading(&self, line: &str, source: &IntervalSource) -> bool {
        let names = source.columns.names();
        self.heading.is_none()
            && !names.is_empty()
            && names.iter().all(|name| line.split('\t').any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// Takes a line for the heading.
    pub(crate) fn read_heading(&mut self, line: &str) {
        self.heading = Some(line.split('\t').map(|name| name.trim().to_owned()).collect());
    }

    /// Finds out where lines like this one have their parts. `is_contig` tells names of sequences.
    ///
    /// # Errors
    /// A clause that says what the line looks like and what can be done.
    pub(crate) fn columns(
        &self,
        line: &str,
        source: &IntervalSource,
        is_contig: impl Fn(&str) -> bool,
    ) -> Result<Columns, String> {
        let shape = match source.format {
            Some(format) => self.forced(format, line),
            None => self.recognised(line, source, is_contig)?,
        };
        if !source.types.is_empty() && !matches!(shape.format, IntervalFormat::Gff3 | IntervalFormat::Gtf) {
            return Err(format!("`types` are those of GFF3 and GTF, and this is {}", shape.format.name()));
        }
        Columns::of(&shape, source)
    }

    fn forced(&self, format: IntervalFormat, line: &str) -> Shape {
        let (tabs, count) = cut(line);
        match (&self.heading, format) {
            (Some(names), IntervalFormat::Table | IntervalFormat::GenePred) => {
                Shape::headed(format, names.clone())
            }
            (_, IntervalFormat::GenePred) => gene_pred(line, count),
            (_, IntervalFormat::Table) => Shape::new(format, true, bin_of(line), count),
            _ => Shape::new(format, tabs, &[], count),
        }
    }

    fn recognised(
        &self,
        line: &str,
        source: &IntervalSource,
        is_contig: impl Fn(&str) -> bool,
    ) -> Result<Shape, String> {
        if let Some(kind) = self.track.as_deref().filter(|kind| kind.to_ascii_lowercase().starts_with("wig"))
        {
            return Err(format!(
                "it is of the type `{}`, which is not read; make a bedGraph of it with `wigToBigWig` and `bigWigToBedGraph`",
                quoted(kind.as_bytes())
            ));
        }
        let (tabs, count) = cut(line);
        let columns: Vec<&str> =
            if tabs { line.split('\t').collect() } else { line.split_whitespace().collect() };
        if let Some(Format::GenePred(_)) = Format::of(line) {
            return Ok(match &self.heading {
                Some(names) => Shape::headed(IntervalFormat::GenePred, names.clone()),
                None => gene_pred(line, count),
            });
        }
        if let Some(names) = self.heading.as_ref().filter(|names| names.len() >= 2 && names.len() == count) {
            let shape = Shape::headed(IntervalFormat::Table, names.clone());
            if !source.columns.is_empty() || Columns::of(&shape, source).is_ok() {
                return Ok(shape);
            }
        }
        if !source.columns.is_empty() && source.columns.chrom.is_some() {
            return Ok(Shape::new(IntervalFormat::Table, tabs, &[], count));
        }
        of_columns(&columns, tabs, self.track.as_deref(), is_contig).ok_or_else(|| {
            "it is no line of BED, bedGraph, GFF3, GTF, genePred or a table of UCSC with its sequence in the first or second \
             column; say `format` or `columns` in a recipe"
                .to_owned()
        })
    }
}

/// What the columns of a line without a heading look like.
fn of_columns(
    columns: &[&str],
    tabs: bool,
    track: Option<&str>,
    is_contig: impl Fn(&str) -> bool,
) -> Option<Shape> {
    let count = columns.len();
    let are_numbers = |first: usize| {
        columns.get(first..first + 2).is_some_and(|pair| pair.iter().all(|text| is_number(text)))
    };
    let has_bin = count >= 4 && is_number(columns[0]) && are_numbers(2);
    if has_bin && (!are_numbers(1) || (!is_contig(columns[0]) && is_contig(columns[1]))) {
        return Some(Shape::new(IntervalFormat::Table, true, &["bin"], count));
    }
    if are_numbers(1) {
        let is_graph =
            track.map_or(count == 4 && is_decimal(columns[3]), |kind| kind.eq_ignore_ascii_case("bedGraph"));
        let format = if is_graph { IntervalFormat::BedGraph } else { IntervalFormat::Bed };
        return Some(Shape::new(format, tabs, &[], count));
    }
    let is_feature = tabs && count >= 8 && are_numbers(3) && matches!(columns[6], "+" | "-" | "." | "?");
    is_feature.then(|| {
        let is_gtf = Format::of(&columns.join("\t")) == Some(Format::Gtf);
        let format = if is_gtf { IntervalFormat::Gtf } else { IntervalFormat::Gff3 };
        Shape::new(format, true, &[], count)
    })
}

fn gene_pred(line: &str, count: usize) -> Shape {
    let before: &[&str] = match Format::of(line) {
        Some(Format::GenePred(Layout::Bin)) => &["bin"],
        // What refFlat puts first is what others have as `name2`.
        Some(Format::GenePred(Layout::GeneName)) => &["name2"],
        _ => &[],
    };
    Shape::new(IntervalFormat::GenePred, true, before, count)
}

/// The columns before those of BED in a table of UCSC's database.
fn bin_of(line: &str) -> &'static [&'static str] {
    let columns: Vec<&str> = line.split('\t').collect();
    let has_bin = columns.len() >= 4
        && [0, 2, 3].iter().all(|index| is_number(columns[*index]))
        && !is_number(columns[1]);
    if has_bin { &["bin"] } else { &[] }
}

/// Whether columns stand between tabs, and how many there are.
fn cut(line: &str) -> (bool, usize) {
    match line.split('\t').count() {
        1 => (false, line.split_whitespace().count()),
        count => (true, count),
    }
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['"', '\'']).to_owned()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::columns::Cell;
    use crate::intervals::source::{IntervalColumn, IntervalField};
    use rstest::rstest;

    fn source() -> IntervalSource {
        IntervalSource::new("X", "x.txt".into())
    }

    fn columns(remarks: &[&str], line: &str, source: &IntervalSource) -> Result<Columns, String> {
        let mut beginning = Beginning::default();
        for remark in remarks {
            beginning.read(remark);
        }
        beginning.columns(line, source, |name| name.starts_with("chr") || name == "1")
    }

    #[rstest]
    #[case::three_columns("chr1\t0\t9", "bed", 0, 1, &[])]
    #[case::with_spaces("chr1 0 9 name", "bed", 0, 1, &[3])]
    #[case::cyto_band("chr1\t0\t2300000\tp36.33\tgneg", "bed", 0, 1, &[3])]
    #[case::chromosome_of_digits("1\t0\t2300000\tp36.33\tgneg", "bed", 0, 1, &[3])]
    #[case::graph("chr1\t0\t9\t0.5", "bedgraph", 0, 1, &[3])]
    #[case::super_dups("585\tchr1\t10000\t87112\tchr15:101906152\t0\t-\tchr15", "table", 1, 2, &[4])]
    #[case::bin_and_digits("585\t1\t10000\t87112\tx\t0\t-", "table", 1, 2, &[4])]
    #[case::gene_pred("585\tNM_1\tchr1\t-\t0\t9\t0\t9\t1\t0,\t9,\t0\tABC\tcmpl\tcmpl\t0,", "genepred", 2, 4, &[12, 1])]
    #[case::ref_flat("ABC\tNM_1\tchr1\t-\t0\t9\t0\t9\t1\t0,\t9,", "genepred", 2, 4, &[0, 1])]
    fn a_line_tells_where_its_parts_are(
        #[case] line: &str,
        #[case] format: &str,
        #[case] chrom: usize,
        #[case] start: usize,
        #[case] name: &[usize],
    ) {
        let columns = columns(&[], line, &source()).unwrap();
        assert_eq!((columns.format.name(), columns.chrom, columns.start), (format, chrom, start));
        assert_eq!(columns.name, name.iter().map(|name| Cell::Column(*name)).collect::<Vec<_>>());
        assert!(columns.zero_based && columns.end == Some(start + 1));
    }

    #[rstest]
    #[case("1\te\tgene\t1\t9\t.\t+\t.\tID=gene:G;Name=a", "gff3")]
    #[case("1\te\tgene\t1\t9\t.\t+\t.\tgene_id \"G\"; gene_name \"A\";", "gtf")]
    fn features_count_from_one(#[case] line: &str, #[case] format: &str) {
        let columns = columns(&[], line, &source()).unwrap();
        assert_eq!((columns.format.name(), columns.zero_based), (format, false));
        assert_eq!((columns.start, columns.end, columns.strand), (3, Some(4), Some(6)));
    }

    #[test]
    fn a_heading_names_the_columns() {
        let heading = "#bin\tswScore\tgenoName\tgenoStart\tgenoEnd\tgenoLeft\tstrand\trepName";
        let line = "585\t463\tchr1\t10000\t10468\t-248\t+\t(CCCTAA)n";
        let field = IntervalField { column: IntervalColumn::Name("SWSCORE".into()), name: None };
        let with_field = IntervalSource { fields: vec![field], ..source() };
        let columns = columns(&[heading], line, &with_field).unwrap();
        assert_eq!((columns.chrom, columns.start, columns.end, columns.strand), (2, 3, Some(4), Some(6)));
        assert_eq!((columns.name, columns.fields), (vec![Cell::Column(7)], vec![Cell::Column(1)]));
    }

    #[test]
    fn a_track_line_tells_graph_from_names() {
        let line = "chr1\t0\t9\t7157";
        let of = |track: &str| columns(&[track], line, &source()).unwrap().format.name();
        assert_eq!(of("track type=bed name=entrez"), "bed");
        assert_eq!(of("track name=\"x y\" type=\"bedGraph\""), "bedgraph");
        let error = columns(&["track type=wiggle_0"], line, &source()).unwrap_err();
        assert!(error.contains("wigToBigWig"), "{error}");
    }

    #[test]
    fn a_recipe_has_the_last_word() {
        let mut chosen = source();
        chosen.columns.chrom = Some(IntervalColumn::Number(2));
        chosen.columns.start = Some(IntervalColumn::Number(3));
        chosen.base = Some(1);
        let columns = columns(&[], "x\tchr1\t10\t20", &chosen).unwrap();
        assert_eq!((columns.chrom, columns.start, columns.end, columns.zero_based), (1, 2, None, false));
    }

    #[rstest]
    #[case("rs1\tA\tG", "no line of BED")]
    #[case("chr1\tx\ty\tz", "no line of BED")]
    #[case("", "no line of BED")]
    fn what_is_no_interval_is_refused_with_advice(#[case] line: &str, #[case] reason: &str) {
        let error = columns(&[], line, &source()).unwrap_err();
        assert!(error.contains(reason) && error.contains("recipe"), "{error}");
    }

    #[test]
    fn a_column_that_there_is_not_is_told_with_those_that_there_are() {
        let field = |name: &str| IntervalSource {
            fields: vec![IntervalField { column: name.into(), name: None }],
            ..source()
        };
        let error = columns(&[], "chr1\t0\t9\tA\t7", &field("strand")).unwrap_err();
        assert_eq!(error, "there is no column `strand`; there are chrom, start, end, name, score");
        let error = columns(&[], "chr1\t0\t9", &field("12")).unwrap_err();
        assert_eq!(error, "there is no column 12; its lines have 3");
        let types = IntervalSource { types: vec!["gene".into()], ..source() };
        assert!(columns(&[], "chr1\t0\t9", &types).unwrap_err().contains("`types`"));
    }
}
