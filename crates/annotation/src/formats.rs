//! The formats of the output. All but VCF itself are made from annotated lines: a line of VCF with its `CSQ`, whose columns
//! the header names. It makes no difference whether the engine wrote that line a moment ago or another program last year,
//! so converting a file and annotating into a format give the same bytes.

pub(crate) mod bcf;
pub(crate) mod cells;
pub(crate) mod columns;
pub(crate) mod heading;
pub(crate) mod json;
pub(crate) mod parquet;
pub(crate) mod place;
pub(crate) mod record;
pub(crate) mod tab;

use crate::error::{Misfit, Place};
use crate::formats::bcf::BcfWriter;
use crate::formats::heading::Layout;
use crate::formats::json::JsonWriter;
use crate::formats::parquet::rows::RowWriter;
use crate::formats::record::Record;
use crate::formats::tab::TabWriter;
use crate::vcf::batches::lines;
use crate::vcf::line::{Line, cut_ending};

/// A format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// VCF: the lines of the input with `CSQ` added to INFO.
    #[default]
    Vcf,
    /// BCF: the same in binary. It is always compressed by blocks.
    Bcf,
    /// Tab-delimited, a line for each allele and feature, as Ensembl VEP's `--tab`.
    Tab(Cells),
    /// An object of JSON on a line for each record, as Ensembl VEP's `--json`.
    JsonLines,
    /// Parquet, with typed columns and a row for each allele and feature. It cannot be compressed by blocks.
    Parquet,
}

/// For whom the cells of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// For spreadsheets as well: what one would compute has a `'` before it.
    #[default]
    Defused,
    /// For programs: as they are.
    Plain,
}

/// Makes text of a format from annotated lines; one for each thread.
#[derive(Debug)]
pub(crate) struct Renderer<'l> {
    record: Record<'l>,
    writer: Writer<'l>,
}

#[derive(Debug)]
enum Writer<'l> {
    Bcf(Box<BcfWriter<'l>>),
    Tab(TabWriter),
    Json(Box<JsonWriter<'l>>),
    Parquet(RowWriter),
}

impl<'l> Renderer<'l> {
    /// None for VCF, whose lines are as they are.
    pub(crate) fn new(layout: &'l Layout) -> Option<Self> {
        let writer = match layout.format {
            Format::Vcf => return None,
            Format::Bcf => Writer::Bcf(Box::new(BcfWriter::new(&layout.dictionary))),
            Format::Tab(whose) => Writer::Tab(TabWriter::new(layout, whose)),
            Format::JsonLines => Writer::Json(Box::new(JsonWriter::new(layout))),
            Format::Parquet => Writer::Parquet(RowWriter::new(layout)),
        };
        Some(Self { record: Record::new(&layout.columns), writer })
    }

    /// Appends what becomes of some whole lines, the first of which has this number.
    pub(crate) fn render(&mut self, text: &[u8], first_line: u64, out: &mut Vec<u8>) -> Result<(), Misfit> {
        for (number, line) in (first_line..).zip(lines(text)) {
            let (text, _) = cut_ending(line);
            if text.starts_with(b"#") || text.is_empty() {
                continue;
            }
            let line = Line::split(text).map_err(|fault| Misfit { place: Place::line(number), fault })?;
            if !matches!(self.writer, Writer::Bcf(_)) {
                self.record.read(&line);
            }
            let on_line = |fault| Misfit { place: Place::line(number), fault };
            match &mut self.writer {
                Writer::Bcf(writer) => writer.write(&line, out).map_err(on_line)?,
                Writer::Tab(writer) => writer.write(&line, &self.record, out),
                Writer::Json(writer) => writer.write(&line, &self.record, out),
                Writer::Parquet(writer) => {
                    writer.write(&line, &self.record, out).map_err(on_line)?;
                }
            }
        }
        if let Writer::Parquet(writer) = &mut self.writer {
            writer.finish(out);
        }
        Ok(())
    }
}
