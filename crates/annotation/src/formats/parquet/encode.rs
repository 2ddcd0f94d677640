//! Giving the values of a column their type, and packing them.

use bytes::Bytes;
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, ColumnWriterImpl, get_column_writer};
use parquet::data_type::{BoolType, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use crate::formats::parquet::next_value;
use crate::formats::parquet::rows::number;
use crate::formats::parquet::schema::Kind;

/// Rows that are handed on at once.
const ROWS: usize = 8192;

/// A packed column of a group of rows.
pub(crate) struct Encoded {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

/// Packs a column's values.
pub(crate) fn encode(
    kind: Kind,
    cells: Bytes,
    description: ColumnDescPtr,
    properties: &WriterPropertiesPtr,
) -> Result<Encoded> {
    let mut out = TrackedWrite::new(Vec::new());
    let pages = Box::new(SerializedPageWriter::new(&mut out));
    let mut writer = get_column_writer(description, properties.clone(), pages);
    let mut cells = Cells { cells, at: 0 };
    match (&mut writer, kind) {
        (ColumnWriter::ByteArrayColumnWriter(writer), Kind::List) => {
            write_lists::<ByteArrayType>(&mut cells, writer, |cells, range| Some(cells.slice(range).into()))?;
        }
        (ColumnWriter::Int32ColumnWriter(writer), Kind::Ints) => {
            write_lists::<Int32Type>(&mut cells, writer, |cells, range| number(&cells[range]))?;
        }
        (ColumnWriter::DoubleColumnWriter(writer), Kind::Doubles) => {
            write_lists::<DoubleType>(&mut cells, writer, |cells, range| number(&cells[range]))?;
        }
        (ColumnWriter::ByteArrayColumnWriter(writer), _) => {
            write_values::<ByteArrayType>(&mut cells, writer, |cells, range| {
                Some(cells.slice(range).into())
            })?;
        }
        (ColumnWriter::Int32ColumnWriter(writer), _) => {
            write_values::<Int32Type>(&mut cells, writer, |cells, range| number(&cells[range]))?;
        }
        (ColumnWriter::Int64ColumnWriter(writer), _) => {
            let mut positions = Vec::with_capacity(ROWS);
            while cells.fill(|cells, range| positions.push(number(&cells[range]).unwrap_or(0))) {
                writer.write_batch(&positions, None, None)?;
                positions.clear();
            }
        }
        (ColumnWriter::DoubleColumnWriter(writer), _) => {
            write_values::<DoubleType>(&mut cells, writer, |cells, range| number(&cells[range]))?;
        }
        (ColumnWriter::BoolColumnWriter(writer), _) => {
            write_values::<BoolType>(&mut cells, writer, |_, _| Some(true))?;
        }
        _ => return Err(ParquetError::NYI("columns of other types".to_owned())),
    }
    let close = writer.close()?;
    Ok(Encoded { bytes: Bytes::from(out.into_inner()?), close })
}

/// The values of a column, taken one after the other.
struct Cells {
    cells: Bytes,
    at: usize,
}

impl Cells {
    /// Gives the next values to `take`; false when there are no more.
    fn fill(&mut self, mut take: impl FnMut(&Bytes, std::ops::Range<usize>)) -> bool {
        let mut count = 0;
        while count < ROWS
            && let Some(range) = next_value(&self.cells, &mut self.at)
        {
            take(&self.cells, range);
            count += 1;
        }
        count > 0
    }
}

fn write_values<T: DataType>(
    cells: &mut Cells,
    writer: &mut ColumnWriterImpl<'_, T>,
    read: impl Fn(&Bytes, std::ops::Range<usize>) -> Option<T::T>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::with_capacity(ROWS), Vec::with_capacity(ROWS));
    while cells.fill(|cells, range| {
        let value = if range.is_empty() { None } else { read(cells, range) };
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }) {
        writer.write_batch(&values, Some(&levels), None)?;
        values.clear();
        levels.clear();
    }
    Ok(())
}

/// Parts of a list are of level 2, a list without any is of level 1, and one that there is not is of level 0.
fn write_lists<T: DataType>(
    cells: &mut Cells,
    writer: &mut ColumnWriterImpl<'_, T>,
    read: impl Fn(&Bytes, std::ops::Range<usize>) -> Option<T::T>,
) -> Result<()> {
    let (mut values, mut levels, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    while cells.fill(|cells, range| {
        let count = values.len();
        let mut begin = range.start;
        let ends = memchr::memchr_iter(b'&', &cells[range.clone()]).map(|at| range.start + at);
        for end in ends.chain([range.end]).filter(|_| !range.is_empty()) {
            if let Some(value) = read(cells, begin..end) {
                repetitions.push(i16::from(values.len() > count));
                levels.push(2);
                values.push(value);
            }
            begin = end + 1;
        }
        if values.len() == count {
            levels.push(i16::from(!range.is_empty()));
            repetitions.push(0);
        }
    }) {
        writer.write_batch(&values, Some(&levels), Some(&repetitions))?;
        values.clear();
        levels.clear();
        repetitions.clear();
    }
    Ok(())
}
