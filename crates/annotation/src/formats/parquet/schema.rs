//! Which columns a file has, and of which types.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::Result;
use parquet::schema::types::{Type, TypePtr};

use crate::formats::columns::is_list;
use crate::formats::heading::{Layout, ValueType};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A column of the line, counted from 0; `.` is nothing.
    Line(usize),
    /// A field of the row.
    Field(usize),
    /// The start of a stretch, as of `12-14`.
    Start(usize),
    /// The end of a stretch.
    End(usize),
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Whole numbers of 32 bits.
    Int,
    /// Whole numbers of 64 bits; never nothing.
    Position,
    Double,
    /// True, or nothing.
    Flag,
    /// Lists of text.
    List,
    /// Lists of whole numbers of 32 bits.
    Ints,
    /// Lists of doubles.
    Doubles,
}

impl Kind {
    /// Whether the values are lists.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Ints | Self::Doubles)
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) kind: Kind,
}

/// The columns of VCF that come first.
const LINE: [(&str, Kind); 7] = [
    ("CHROM", Kind::Text),
    ("POS", Kind::Position),
    ("ID", Kind::Text),
    ("REF", Kind::Text),
    ("ALT", Kind::Text),
    ("QUAL", Kind::Double),
    ("FILTER", Kind::Text),
];

/// Fields of CSQ with whole numbers, and flags.
const INTS: [&str; 4] = ["DISTANCE", "STRAND", "TSL", "HGVS_OFFSET"];
const FLAGS: [&str; 2] = ["CANONICAL", "PICK"];

/// All columns in their order.
pub(crate) fn columns(layout: &Layout) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (index, (name, kind)) in LINE.iter().enumerate() {
        columns.push(Column { name: (*name).to_owned(), source: Source::Line(index), kind: *kind });
    }
    for (index, name) in layout.columns.names().iter().enumerate() {
        if let Some(place) = name.strip_suffix("_position") {
            columns.push(Column {
                name: format!("{place}_start"),
                source: Source::Start(index),
                kind: Kind::Int,
            });
            columns.push(Column {
                name: format!("{place}_end"),
                source: Source::End(index),
                kind: Kind::Int,
            });
        } else {
            let kind = kind_of(name, layout);
            columns.push(Column { name: name.clone(), source: Source::Field(index), kind });
        }
    }
    make_unique(&mut columns);
    columns
}

fn kind_of(name: &str, layout: &Layout) -> Kind {
    let typed = layout.types.iter().find(|(column, _)| column == name).map(|(_, value_type)| *value_type);
    match typed {
        // Several known alleles may be the same allele, each with a number of its own.
        Some(ValueType::Integer) => Kind::Ints,
        Some(ValueType::Float) => Kind::Doubles,
        Some(ValueType::Flag) => Kind::Flag,
        None if is_list(name) => Kind::List,
        None if INTS.contains(&name) => Kind::Int,
        None if FLAGS.contains(&name) => Kind::Flag,
        None => Kind::Text,
    }
}

/// Readers take names that differ in case only for the same.
fn make_unique(columns: &mut [Column]) {
    for index in 0..columns.len() {
        while columns[..index].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(&columns[index].name)) {
            columns[index].name.push('_');
        }
    }
}

/// The schema of some columns.
pub(crate) fn schema(columns: &[Column]) -> Result<TypePtr> {
    let fields = columns.iter().map(Column::parquet_type).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("annotations").with_fields(fields).build()?))
}

impl Column {
    fn parquet_type(&self) -> Result<TypePtr> {
        let physical = match self.kind {
            Kind::Text | Kind::List => Physical::BYTE_ARRAY,
            Kind::Int | Kind::Ints => Physical::INT32,
            Kind::Position => Physical::INT64,
            Kind::Double | Kind::Doubles => Physical::DOUBLE,
            Kind::Flag => Physical::BOOLEAN,
        };
        let is_list = self.kind.is_list();
        let is_required = is_list || self.kind == Kind::Position;
        let repetition = if is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let logical = (physical == Physical::BYTE_ARRAY).then_some(LogicalType::String);
        let name = if is_list { "element" } else { &self.name };
        let value = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build()?;
        if !is_list {
            return Ok(Arc::new(value));
        }
        let repeated = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![Arc::new(value)])
            .build()?;
        let list = Type::group_type_builder(&self.name)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(repeated)])
            .build()?;
        Ok(Arc::new(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::columns::Columns;

    #[test]
    fn fields_become_typed_columns() {
        let names = ["Allele", "Consequence", "cDNA_position", "DISTANCE", "CANONICAL", "X_AF", "X_N", "ref"];
        let layout = Layout {
            columns: Columns::new(names.map(str::to_owned).into()),
            types: vec![("X_AF".into(), ValueType::Float), ("X_N".into(), ValueType::Integer)],
            ..Layout::default()
        };
        let columns = columns(&layout);
        let told: Vec<String> =
            columns[7..].iter().map(|column| format!("{} {:?}", column.name, column.kind)).collect();
        assert_eq!(
            told.join(", "),
            "Allele Text, Consequence List, cDNA_start Int, cDNA_end Int, DISTANCE Int, CANONICAL Flag, X_AF Doubles, X_N Ints, ref_ Text"
        );
        assert_eq!(schema(&columns).unwrap().get_fields().len(), columns.len());
    }
}
