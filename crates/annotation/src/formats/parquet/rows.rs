//! Cutting rows into the values of each column.

use std::str::FromStr;

use crate::error::{Fault, quoted};
use crate::formats::cells::append_plain;
use crate::formats::heading::Layout;
use crate::formats::parquet::append_value;
use crate::formats::parquet::schema::{Column, Kind, Source, columns};
use crate::formats::record::{Record, Row};
use crate::vcf::line::Line;

/// Collects rows, column by column; one for each thread.
#[derive(Debug)]
pub(crate) struct RowWriter {
    columns: Vec<Column>,
    /// The values of each column, one for each row.
    cells: Vec<Vec<u8>>,
    rows: u32,
    contig: Vec<u8>,
    value: Vec<u8>,
}

impl RowWriter {
    pub(crate) fn new(layout: &Layout) -> Self {
        let columns = columns(layout);
        let cells = vec![Vec::new(); columns.len()];
        Self { columns, cells, rows: 0, contig: Vec::new(), value: Vec::new() }
    }

    /// Takes in the rows of a record. A record without rows has one with nothing but the columns of its line.
    ///
    /// # Errors
    /// A value that is not of its column's type.
    pub(crate) fn write(
        &mut self,
        line: &Line<'_>,
        record: &Record<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if line.contig() != self.contig {
            self.finish(out);
            self.contig.clear();
            self.contig.extend_from_slice(line.contig());
        }
        let mut is_alone = true;
        for row in record.rows() {
            is_alone = false;
            self.write_row(line, Some(&row))?;
        }
        if is_alone {
            self.write_row(line, None)?;
        }
        Ok(())
    }

    fn write_row(&mut self, line: &Line<'_>, row: Option<&Row<'_>>) -> Result<(), Fault> {
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            let field = |index| row.map_or(&b""[..], |row| row.get(index));
            let value = match column.source {
                Source::Line(index) => match line.fixed(index) {
                    b"." => b"",
                    value => value,
                },
                Source::Field(index) => field(index),
                Source::Start(index) => end_of(field(index), 0),
                Source::End(index) => end_of(field(index), 1),
            };
            check(column, value)?;
            let is_field = matches!(column.source, Source::Field(_));
            if is_field && column.kind == Kind::Text && value.iter().any(|byte| matches!(byte, b'&' | b'%')) {
                self.value.clear();
                append_plain(value, b',', &mut self.value);
                append_value(&self.value, cells);
            } else {
                append_value(value, cells);
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Appends what was collected: the number of rows, then each column's values behind the number of their bytes.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.rows == 0 {
            return;
        }
        out.extend_from_slice(&self.rows.to_le_bytes());
        for cells in &mut self.cells {
            out.extend_from_slice(&u32::try_from(cells.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(cells);
            cells.clear();
        }
        self.rows = 0;
    }
}

/// One end of `12-14`, or of `12`; nothing for the end that is not known.
fn end_of(stretch: &[u8], which: usize) -> &[u8] {
    let stretch = stretch.split(|byte| *byte == b'/').next().unwrap_or_default();
    let mut ends = stretch.split(|byte| *byte == b'-');
    let first = ends.next().unwrap_or_default();
    let end = if which == 0 { first } else { ends.next().unwrap_or(first) };
    if end == b"?" { b"" } else { end }
}

/// A value as a number.
pub(super) fn number<T: FromStr>(value: &[u8]) -> Option<T> {
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn check(column: &Column, value: &[u8]) -> Result<(), Fault> {
    let parts = || value.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    let (fits, expected) = match column.kind {
        Kind::Text | Kind::List => return Ok(()),
        Kind::Int => (number::<i32>(value).is_some(), "whole number"),
        Kind::Position => (number::<i64>(value).is_some(), "whole number"),
        Kind::Double => (number::<f64>(value).is_some(), "number"),
        Kind::Ints => (parts().all(|part| number::<i32>(part).is_some()), "whole number"),
        Kind::Doubles => (parts().all(|part| number::<f64>(part).is_some()), "number"),
        Kind::Flag => (matches!(value, b"YES" | b"1"), "flag"),
    };
    if fits || (value.is_empty() && column.kind != Kind::Position) {
        return Ok(());
    }
    Err(Fault::ValueType { column: column.name.clone(), found: quoted(value), expected })
}
