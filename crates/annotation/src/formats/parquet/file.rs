//! The file: groups of rows, each of one region where that makes no small groups.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

use crate::formats::heading::Layout;
use crate::formats::parquet::encode::{Encoded, encode};
use crate::formats::parquet::next_value;
use crate::formats::parquet::schema::{Column, columns, schema};

/// A group is packed once it has so many rows, or bytes before they are packed; that bounds the memory.
const MOST_ROWS: usize = 200_000;
const MOST_BYTES: usize = 64 << 20;
/// A group goes on into the next sequence while it has fewer rows.
const FEWEST_ROWS: usize = 20_000;

/// A file that is being written.
pub(crate) struct ParquetFile<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Column>,
    threads: usize,
    /// The values of each column in the group to come.
    cells: Vec<Vec<u8>>,
    rows: usize,
    bytes: usize,
    contig: Vec<u8>,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(crate) fn new(output: W, layout: &Layout, threads: usize) -> io::Result<Self> {
        let columns = columns(layout);
        let origins = layout.origins.iter().map(|origin| {
            let (key, value) = origin.split_once('=').unwrap_or((origin, ""));
            KeyValue::new(key.to_owned(), value.to_owned())
        });
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_created_by(concat!("gas ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(origins.collect()))
            .build();
        let file = schema(&columns)
            .and_then(|schema| SerializedFileWriter::new(output, schema, Arc::new(properties)))
            .map_err(unwritten)?;
        let cells = vec![Vec::new(); columns.len()];
        let threads =
            if threads == 0 { thread::available_parallelism().map_or(1, usize::from) } else { threads };
        Ok(Self { file, columns, threads, cells, rows: 0, bytes: 0, contig: Vec::new() })
    }

    /// Takes in what a worker collected, sequence by sequence.
    pub(crate) fn take(&mut self, mut collected: &[u8]) -> io::Result<()> {
        while let Some(rows) = take_number(&mut collected) {
            let mut parts = Vec::with_capacity(self.cells.len());
            for _ in 0..self.cells.len() {
                let length = take_number(&mut collected).unwrap_or(0).min(collected.len());
                let (part, rest) = collected.split_at(length);
                parts.push(part);
                collected = rest;
            }
            self.take_part(rows, &parts)?;
        }
        Ok(())
    }

    /// Takes in rows of one sequence, whose name is the first value of the first column.
    fn take_part(&mut self, rows: usize, parts: &[&[u8]]) -> io::Result<()> {
        let first = parts.first().copied().unwrap_or_default();
        let contig = next_value(first, &mut 0).map_or(&b""[..], |range| &first[range]);
        if contig != self.contig {
            if self.rows >= FEWEST_ROWS {
                self.write_group().map_err(unwritten)?;
            }
            self.contig.clear();
            self.contig.extend_from_slice(contig);
        }
        for (cells, part) in self.cells.iter_mut().zip(parts) {
            cells.extend_from_slice(part);
            self.bytes += part.len();
        }
        self.rows += rows;
        if self.rows >= MOST_ROWS || self.bytes >= MOST_BYTES {
            self.write_group().map_err(unwritten)?;
        }
        Ok(())
    }

    /// Packs the columns side by side, and writes them in their order.
    fn write_group(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let cells: Vec<Bytes> = self.cells.iter_mut().map(|cells| std::mem::take(cells).into()).collect();
        (self.rows, self.bytes) = (0, 0);
        let (description, properties) = (self.file.schema_descr(), self.file.properties());
        let encoded = encode_all(&self.columns, &cells, description, properties, self.threads)?;
        let mut group = self.file.next_row_group()?;
        for Encoded { bytes, close } in encoded {
            group.append_column(&bytes, close)?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes what is left, and what the file must end with.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write_group().map_err(unwritten)?;
        self.file.finish().map_err(unwritten)?;
        self.file.inner_mut().flush()
    }
}

/// Packs all columns, each thread every so many of them.
fn encode_all(
    columns: &[Column],
    cells: &[Bytes],
    description: &SchemaDescriptor,
    properties: &WriterPropertiesPtr,
    threads: usize,
) -> Result<Vec<Encoded>> {
    let encode_one = |index: usize| {
        encode(columns[index].kind, cells[index].clone(), description.column(index), properties)
    };
    let threads = threads.min(cells.len()).max(1);
    let share = |number: usize| (number..cells.len()).step_by(threads).map(encode_one).collect();
    let shares: Result<Vec<Vec<Encoded>>> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|number| scope.spawn(move || share(number))).collect();
        let own = share(0);
        let panicked = |_| Err(ParquetError::General("a thread that packs columns stopped".to_owned()));
        let others = others.into_iter().map(|other| other.join().unwrap_or_else(panicked));
        std::iter::once(own).chain(others).collect()
    });
    let mut shares: Vec<_> = shares?.into_iter().map(Vec::into_iter).collect();
    Ok((0..cells.len()).filter_map(|index| shares[index % threads].next()).collect())
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*number)).ok()
}

/// What the system said, where it is the system that said something.
fn unwritten(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}
