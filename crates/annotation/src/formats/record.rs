//! An annotated line, cut into the parts that formats are made of.

use std::ops::Range;

use crate::formats::columns::{Columns, Known};
use crate::formats::place::VepPlace;
use crate::vcf::line::Line;

/// The start of the entry of INFO that holds the rows.
const ENTRY: &[u8] = b"CSQ=";

/// The rows of one record, and where Ensembl VEP places it. Its memory is used again for the next one.
#[derive(Debug)]
pub(crate) struct Record<'l> {
    columns: &'l Columns,
    /// The value of `CSQ`.
    csq: Vec<u8>,
    /// Where each field of each row is within `csq`.
    fields: Vec<Range<usize>>,
    /// Where the fields of each row end within `fields`.
    row_ends: Vec<usize>,
    /// The entry of INFO, key included, within INFO.
    entry: Option<Range<usize>>,
    pub(crate) place: VepPlace,
}

/// One row of `CSQ`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    csq: &'a [u8],
    fields: &'a [Range<usize>],
    columns: &'a Columns,
}

impl<'a> Row<'a> {
    /// A field by its column; empty when the row is too short.
    pub(crate) fn get(&self, column: usize) -> &'a [u8] {
        self.fields.get(column).map_or(&[], |range| &self.csq[range.clone()])
    }

    /// A field that formats ask for; empty when there is no such column.
    pub(crate) fn of(&self, column: Known) -> &'a [u8] {
        self.columns.find(column).map_or(&[], |column| self.get(column))
    }
}

impl<'l> Record<'l> {
    pub(crate) fn new(columns: &'l Columns) -> Self {
        Self {
            columns,
            csq: Vec::new(),
            fields: Vec::new(),
            row_ends: Vec::new(),
            entry: None,
            place: VepPlace::default(),
        }
    }

    /// Cuts a line.
    pub(crate) fn read(&mut self, line: &Line<'_>) {
        self.csq.clear();
        self.fields.clear();
        self.row_ends.clear();
        self.place.set(line);
        self.entry = find_entry(line.info());
        if let Some(entry) = &self.entry {
            let value = &line.info()[entry.start + ENTRY.len()..entry.end];
            self.csq.extend_from_slice(value);
            self.cut();
        }
    }

    fn cut(&mut self) {
        let mut begin = 0;
        for (end, byte) in self.csq.iter().enumerate() {
            match byte {
                b'|' => {
                    self.fields.push(begin..end);
                    begin = end + 1;
                }
                b',' => {
                    self.fields.push(begin..end);
                    self.row_ends.push(self.fields.len());
                    begin = end + 1;
                }
                _ => {}
            }
        }
        self.fields.push(begin..self.csq.len());
        self.row_ends.push(self.fields.len());
    }

    /// The rows in their order; none of a record that was kept as it was.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let begins = std::iter::once(0).chain(self.row_ends.iter().copied());
        begins.zip(&self.row_ends).map(|(begin, end)| Row {
            csq: &self.csq,
            fields: &self.fields[begin..*end],
            columns: self.columns,
        })
    }

    /// Parts of INFO before and after the annotations, which are nothing but the parts of the input; `.` for none.
    pub(crate) fn info_of_input<'a>(&self, line: &Line<'a>) -> (&'a [u8], &'a [u8]) {
        let info: &'a [u8] = line.info();
        let Some(entry) = &self.entry else { return (info, b"") };
        let before = info[..entry.start].strip_suffix(b";").unwrap_or(&info[..entry.start]);
        let after = &info[entry.end..];
        match (entry.start, after) {
            (0, b"") => (b".", b""),
            (0, after) => (after.strip_prefix(b";").unwrap_or(after), b""),
            _ => (before, after),
        }
    }
}

/// Finds the entry with the annotations.
fn find_entry(info: &[u8]) -> Option<Range<usize>> {
    let mut from = 0;
    loop {
        let start = from + memchr::memmem::find(&info[from..], ENTRY)?;
        if start == 0 || info[start - 1] == b';' {
            let end = memchr::memchr(b';', &info[start..]).map_or(info.len(), |length| start + length);
            return Some(start..end);
        }
        from = start + ENTRY.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn columns() -> Columns {
        Columns::new(["Allele", "Consequence", "X"].map(str::to_owned).into())
    }

    #[test]
    fn rows_are_cut_into_fields() {
        let columns = columns();
        let mut record = Record::new(&columns);
        for _ in 0..2 {
            let line =
                Line::split(b"1\t5\t.\tA\tG\t.\t.\tXCSQ=1;CSQ=G|stop_gained|,T|a&b|c|too_much;Z\tGT\t0/1")
                    .unwrap();
            record.read(&line);
            let rows: Vec<_> =
                record.rows().map(|row| [row.get(0), row.of(Known::Consequence), row.get(2)]).collect();
            assert_eq!(rows, [[&b"G"[..], b"stop_gained", b""], [b"T", b"a&b", b"c"]]);
            assert_eq!(record.rows().next().unwrap().get(9), b"");
        }
        record.read(&Line::split(b"1\t5\t.\tA\tG\t.\t.\tXCSQ=1").unwrap());
        assert_eq!(record.rows().count(), 0);
    }

    #[rstest]
    #[case("AC=1;CSQ=x", "AC=1")]
    #[case("AC=1;CSQ=x;ANN=y", "AC=1;ANN=y")]
    #[case("CSQ=x;ANN=y", "ANN=y")]
    #[case("CSQ=x", ".")]
    #[case("AC=1;;CSQ=x", "AC=1;")]
    #[case(".", ".")]
    fn info_without_annotations(#[case] info: &str, #[case] expected: &str) {
        let columns = columns();
        let mut record = Record::new(&columns);
        let text = format!("1\t5\t.\tA\tG\t.\t.\t{info}");
        let line = Line::split(text.as_bytes()).unwrap();
        record.read(&line);
        let (before, after) = record.info_of_input(&line);
        assert_eq!([before, after].concat(), expected.as_bytes());
    }
}
