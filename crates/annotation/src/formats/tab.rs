//! Tab-delimited text as Ensembl VEP writes it with `--tab`: a line for each row of CSQ.
//!
//! Source: Ensembl VEP `OutputFactory/Tab.pm`, `OutputFactory/BaseTab.pm`; `Constants.pm` for the order of the columns.

mod descriptions;
mod order;

use crate::formats::Cells;
use crate::formats::cells::append_cell;
use crate::formats::heading::Layout;
use crate::formats::record::Record;
use crate::vcf::line::Line;

use self::descriptions::description;
use self::order::{Cell, cells};

/// What a file begins with.
pub(crate) fn opening(layout: &Layout) -> Vec<u8> {
    let mut text = Vec::new();
    for origin in &layout.origins {
        text.extend_from_slice(format!("## {origin}\n").as_bytes());
    }
    text.extend_from_slice(b"## Column descriptions:\n");
    let names = || cells(&layout.columns).into_iter().map(|cell| cell.name(&layout.columns));
    for name in names() {
        text.extend_from_slice(format!("## {name} : {}\n", description(name)).as_bytes());
    }
    text.push(b'#');
    text.extend_from_slice(names().collect::<Vec<_>>().join("\t").as_bytes());
    text.push(b'\n');
    text
}

/// Writes lines; one for each thread.
#[derive(Debug)]
pub(crate) struct TabWriter {
    cells: Vec<Cell>,
    whose: Cells,
    name: Vec<u8>,
    location: Vec<u8>,
    text: Vec<u8>,
}

impl TabWriter {
    pub(crate) fn new(layout: &Layout, whose: Cells) -> Self {
        let cells = cells(&layout.columns);
        Self { cells, whose, name: Vec::new(), location: Vec::new(), text: Vec::new() }
    }

    /// Appends a line for each row; a record without rows has one that names it and nothing else.
    pub(crate) fn write(&mut self, line: &Line<'_>, record: &Record<'_>, out: &mut Vec<u8>) {
        self.write_place(line, record);
        let mut is_alone = true;
        for row in record.rows() {
            is_alone = false;
            self.write_row(|column| row.get(column), out);
        }
        if is_alone {
            self.write_row(|_| b"", out);
        }
    }

    fn write_place(&mut self, line: &Line<'_>, record: &Record<'_>) {
        self.text.clear();
        record.place.append_name(line, &mut self.text);
        self.name.clear();
        append_cell(&self.text, self.whose, &mut self.name);
        self.text.clear();
        self.text.extend_from_slice(line.contig());
        self.text.push(b':');
        record.place.append_stretch(&mut self.text);
        self.location.clear();
        append_cell(&self.text, self.whose, &mut self.location);
    }

    fn write_row<'a>(&self, get: impl Fn(usize) -> &'a [u8], out: &mut Vec<u8>) {
        for cell in &self.cells {
            match cell {
                Cell::Name => out.extend_from_slice(&self.name),
                Cell::Location => out.extend_from_slice(&self.location),
                Cell::Column(column) => append_cell(get(*column), self.whose, out),
            }
            out.push(b'\t');
        }
        // The last column ends the line instead.
        if let Some(last) = out.last_mut() {
            *last = b'\n';
        }
    }
}
