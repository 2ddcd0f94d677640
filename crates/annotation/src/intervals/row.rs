//! One line of a file of intervals.

use crate::error::quoted;
use crate::genes::gff3::Attributes;
use crate::genes::gtf;
use crate::intervals::columns::{Cell, Columns};
use crate::intervals::source::IntervalFormat;
use crate::output::csq::append_escaped;

/// The parts of a line.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    columns: &'a Columns,
    texts: Vec<&'a str>,
}

/// The bases that a line names, counted from 1, the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// A line whose interval has no bases, or that has no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Some bases.
    Bases(Span),
    /// The place between two bases: the number of the one before it.
    Between(u64),
    /// Nothing stands where the position would be.
    Nowhere,
    /// The end lies before the start.
    Backwards,
}

/// The side of a feature at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
    Unknown,
}

impl<'a> Row<'a> {
    /// Cuts a line.
    ///
    /// # Errors
    /// A clause when it has fewer columns than are read of it.
    pub(crate) fn read(text: &'a str, columns: &'a Columns) -> Result<Self, String> {
        let texts: Vec<&str> =
            if columns.tabs { text.split('\t').collect() } else { text.split_whitespace().collect() };
        let needed = [Some(columns.chrom), Some(columns.start), columns.end].into_iter().flatten().max();
        match needed.filter(|needed| *needed >= texts.len()) {
            Some(needed) => Err(format!(
                "it has {} columns where the {} lines before it have at least {}",
                texts.len(),
                columns.format.name(),
                needed + 1
            )),
            None => Ok(Self { columns, texts }),
        }
    }

    fn text(&self, column: usize) -> &'a str {
        self.texts.get(column).map_or("", |text| text.trim())
    }

    /// Name of the sequence.
    pub(crate) fn contig(&self) -> &'a str {
        self.text(self.columns.chrom)
    }

    /// Kind of a feature of GFF3 or GTF.
    pub(crate) fn kind(&self) -> &'a str {
        self.text(2)
    }

    /// Where the interval is.
    ///
    /// # Errors
    /// A clause when what stands there is no number.
    pub(crate) fn place(&self) -> Result<Place, String> {
        let Some(start) = number(self.text(self.columns.start))? else { return Ok(Place::Nowhere) };
        let first = start + u64::from(self.columns.zero_based);
        let Some(end) = self.columns.end else {
            return Ok(Place::Bases(Span { first, last: first }));
        };
        let Some(last) = number(self.text(end))? else { return Ok(Place::Nowhere) };
        Ok(match (first, last) {
            (0, _) => Place::Nowhere,
            _ if last + 1 < first => Place::Backwards,
            _ if last < first && self.columns.zero_based => Place::Between(last),
            _ if last < first => Place::Backwards,
            _ => Place::Bases(Span { first, last }),
        })
    }

    /// At which side it begins.
    pub(crate) fn begins(&self) -> Side {
        match self.columns.strand.map(|column| self.text(column)) {
            Some("+") => Side::Left,
            Some("-") => Side::Right,
            _ => Side::Unknown,
        }
    }

    /// Appends name and fields, joined with `|`, as they may stand in CSQ. `unnamed` is written for an interval that has no
    /// name.
    pub(crate) fn append_values(&self, unnamed: &str, values: &mut Vec<u8>) {
        let begin = values.len();
        for cell in &self.columns.name {
            if self.append(cell, values) {
                break;
            }
        }
        if values.len() == begin {
            append_escaped(values, unnamed, b"_");
        }
        for cell in &self.columns.fields {
            values.push(b'|');
            self.append(cell, values);
        }
    }

    /// Appends a value; false when there is none.
    fn append(&self, cell: &Cell, values: &mut Vec<u8>) -> bool {
        let begin = values.len();
        match cell {
            Cell::Column(column) => append_value(self.text(*column), values),
            Cell::Attribute(key) => {
                let found = attribute(self.text(8), key, self.columns.format);
                append_value(&found.unwrap_or_default(), values);
            }
        }
        values.len() > begin
    }
}

/// No sequence is that long, and sums of two such numbers still are numbers.
const MOST_DIGITS: usize = 18;

/// A position; none where its column is empty or says that there is none.
fn number(text: &str) -> Result<Option<u64>, String> {
    if ["", ".", "-", "NA", "NR", "NULL", "\\N"].contains(&text) {
        return Ok(None);
    }
    let is_number = text.len() <= MOST_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number);
    number.map(Some).ok_or_else(|| format!("`{}` is no position", quoted(text.as_bytes())))
}

/// What is missing is written as `.` in these formats, and without anything in CSQ.
fn append_value(text: &str, values: &mut Vec<u8>) {
    let text = text.trim();
    if text == "." {
        return;
    }
    if text.chars().any(char::is_control) {
        let printable: String = text.chars().filter(|letter| !letter.is_control()).collect();
        append_escaped(values, &printable, b"_");
    } else {
        append_escaped(values, text, b"_");
    }
}

/// The value of a key in the ninth column.
fn attribute(text: &str, key: &str, format: IntervalFormat) -> Option<String> {
    match format {
        IntervalFormat::Gtf => gtf::value_of(text, key).map(str::to_owned),
        _ => Attributes(text).get(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn columns(format: IntervalFormat, end: Option<usize>) -> Columns {
        Columns {
            format,
            tabs: true,
            chrom: 0,
            start: 1,
            end,
            name: vec![Cell::Column(3)],
            strand: None,
            zero_based: true,
            fields: vec![Cell::Column(4), Cell::Column(5)],
        }
    }

    const fn bases(first: u64, last: u64) -> Place {
        Place::Bases(Span { first, last })
    }

    #[rstest]
    #[case::bed("0\t9", Some(2), bases(1, 9))]
    #[case::one_base("8\t9", Some(2), bases(9, 9))]
    #[case::no_end("8", None, bases(9, 9))]
    #[case::between("9\t9", Some(2), Place::Between(9))]
    #[case::backwards("10\t9", Some(2), Place::Backwards)]
    #[case::empty("\t9", Some(2), Place::Nowhere)]
    #[case::not_available("NA\tNA", Some(2), Place::Nowhere)]
    fn places(#[case] positions: &str, #[case] end: Option<usize>, #[case] expected: Place) {
        let (text, columns) = (format!("chr1\t{positions}"), columns(IntervalFormat::Bed, end));
        assert_eq!(Row::read(&text, &columns).unwrap().place(), Ok(expected));
    }

    #[rstest]
    #[case("chr1\tten\t20", "`ten` is no position")]
    #[case("chr1\t1e5\t20", "`1e5` is no position")]
    #[case("chr1\t-1\t20", "`-1` is no position")]
    #[case("chr1\t1\t9999999999999999999", "is no position")]
    #[case("chr1\t1", "it has 2 columns")]
    fn what_is_no_interval_is_refused(#[case] text: &str, #[case] reason: &str) {
        let columns = columns(IntervalFormat::Bed, Some(2));
        let error = Row::read(text, &columns).and_then(|row| row.place()).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    #[rstest]
    #[case("a b,c;d|e\u{7}\t5\t.", "a_b&c%3Bd&e|5|")]
    #[case(".\t", "chr1:1-9||")]
    fn values_cannot_be_taken_for_marks(#[case] cells: &str, #[case] expected: &str) {
        let (text, columns) = (format!("chr1\t0\t9\t{cells}"), columns(IntervalFormat::Bed, Some(2)));
        let mut values = Vec::new();
        Row::read(&text, &columns).unwrap().append_values("chr1:1-9", &mut values);
        assert_eq!(String::from_utf8(values).unwrap(), expected);
    }

    #[rstest]
    #[case(IntervalFormat::Gff3, "ID=gene:G;Name=a%2Cb", "Name", Some("a,b"))]
    #[case(IntervalFormat::Gtf, "gene_id \"G\"; gene_name \"A;B\";", "gene_name", Some("A;B"))]
    #[case(IntervalFormat::Gtf, "gene_id \"G\";", "gene", None)]
    fn attributes(
        #[case] format: IntervalFormat,
        #[case] text: &str,
        #[case] key: &str,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(attribute(text, key, format).as_deref(), expected);
    }
}
