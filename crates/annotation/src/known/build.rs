//! Building the store of known alleles from the files that a reference lists.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::genes::account::Account;
use crate::known::info_field::FieldType;
use crate::known::source::fields::Field;
use crate::known::source::{FindContig, SourceReader, Stop};
use crate::known::store::layout::NAMES;
use crate::known::store::sort::Sorter;
use crate::known::store::table::Table;
use crate::known::store::write::StoreWriter;
use crate::reference::build::BuildError;
use crate::reference::build::digest::Hashing;
use crate::reference::part::BuildId;
use crate::reference::plan::KnownSource;

/// Most collections of one reference: each has a bit of a word.
const MOST_SOURCES: usize = 64;
/// Memory of alleles that are sorted at once.
const SORTED_BYTES: usize = 64 << 20;

/// What a file of known alleles gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KnownCount {
    /// Name of the collection.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// Records read.
    pub records: u64,
    /// Alleles taken; several records may have the same one.
    pub alleles: u64,
    /// Alleles left out: their REF is not the reference's, their contig unknown, or they are no bases.
    pub left_out: u64,
    /// Records that should have come before the one above them. They are sorted, which takes longer.
    pub unsorted: u64,
}

/// What all files of a collection gave together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownCollection {
    /// Name of the collection.
    pub id: String,
    /// Records read.
    pub records: u64,
    /// Distinct alleles.
    pub alleles: u64,
    /// Alleles of records that were joined with those of an earlier record: the same allele again.
    pub merged: u64,
    /// Bytes that the collection takes in `known.bin`.
    pub bytes: u64,
    /// What was left out, by reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
}

/// What came of all collections.
#[derive(Debug, Default)]
pub(crate) struct BuiltKnown {
    pub(crate) counts: Vec<KnownCount>,
    /// SHA-256 of the files, in the order of the plan.
    pub(crate) checksums: Vec<String>,
    pub(crate) collections: Vec<KnownCollection>,
    /// Types of the CSQ fields, in their order.
    pub(crate) types: Vec<FieldType>,
    /// Whether an allele can have several values of each.
    several: Vec<bool>,
}

impl BuiltKnown {
    /// Names of the fields of which an allele can have several values.
    pub(crate) fn fields_with_several(&self, sources: &[KnownSource]) -> Vec<String> {
        let fields = columns(sources).into_iter().zip(&self.several);
        fields.filter(|(_, several)| **several).map(|(name, _)| name).collect()
    }
}

/// Distinct ids of collections, in the order of their bits.
pub(crate) fn source_ids(sources: &[KnownSource]) -> Vec<String> {
    distinct(sources.iter().map(|source| source.id.clone()))
}

/// Distinct names of the CSQ fields of all sources, in order.
pub(crate) fn columns(sources: &[KnownSource]) -> Vec<String> {
    distinct(sources.iter().flat_map(|source| source.fields.iter().map(|field| field.column(source))))
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// Builds `known.bin` from all files of known alleles. What cannot be used is counted in `account`.
pub(crate) struct KnownBuild<'b, 's> {
    pub(crate) sources: &'b [KnownSource],
    pub(crate) find_contig: &'b FindContig<'s>,
    pub(crate) account: &'b mut Account,
    /// Where files are made.
    pub(crate) directory: &'b Path,
    pub(crate) build: BuildId,
}

/// A column of one collection: which field it is, and the type of its values as far as they were read.
struct Column {
    field: usize,
    kind: Option<FieldType>,
}

impl KnownBuild<'_, '_> {
    /// Writes the part with this name.
    pub(crate) fn write(mut self, name: &str) -> Result<BuiltKnown, BuildError> {
        let directory = self.directory;
        let unwritten = |source| BuildError::Write { path: directory.to_owned(), source };
        let fields = columns(self.sources);
        let mut types: Vec<Option<FieldType>> = vec![None; fields.len()];
        let mut built = BuiltKnown {
            checksums: vec![String::new(); self.sources.len()],
            several: vec![false; fields.len()],
            ..BuiltKnown::default()
        };
        let mut writer = StoreWriter::create(&directory.join(name), self.build).map_err(unwritten)?;
        let ids = source_ids(self.sources);
        self.check_number(&ids)?;
        for id in ids {
            let of_collection: Vec<&KnownSource> =
                self.sources.iter().filter(|source| source.id == id).collect();
            let mut columns = Self::columns_of(&of_collection, &fields);
            let table = self.read_collection(&of_collection, &fields, &mut columns, &mut built)?;
            for (column, joined) in columns.iter().zip(table.joined.iter().skip(1)) {
                built.several[column.field] |= *joined || types[column.field].is_some();
                note_type(&mut types[column.field], column.kind);
            }
            let numbers = columns.iter().map(|column| u32::try_from(column.field).unwrap_or(NAMES));
            let bytes = writer
                .add(&table, &[NAMES].into_iter().chain(numbers).collect::<Vec<_>>())
                .map_err(unwritten)?;
            built.collections.push(self.sum_up(id, &built.counts, &table, bytes));
        }
        writer.finish().map_err(unwritten)?;
        built.types = types.into_iter().map(|kind| kind.unwrap_or(FieldType::String)).collect();
        Ok(built)
    }

    fn check_number(&self, ids: &[String]) -> Result<(), BuildError> {
        let Some(id) = ids.get(MOST_SOURCES) else { return Ok(()) };
        let path = self.sources.iter().find(|source| source.id == *id).map(|source| source.path.clone());
        let reason = format!("a reference can have {MOST_SOURCES} collections, this is one more");
        Err(BuildError::Source { path: path.unwrap_or_default(), line: None, reason })
    }

    fn columns_of(sources: &[&KnownSource], fields: &[String]) -> Vec<Column> {
        let names = distinct(
            sources.iter().flat_map(|source| source.fields.iter().map(|field| field.column(source))),
        );
        let field = |name| fields.iter().position(|field| *field == name).unwrap_or_default();
        names.into_iter().map(|name| Column { field: field(name), kind: None }).collect()
    }

    /// Reads the files of a collection into one sorted table.
    fn read_collection(
        &mut self,
        sources: &[&KnownSource],
        fields: &[String],
        columns: &mut [Column],
        built: &mut BuiltKnown,
    ) -> Result<Table, BuildError> {
        let directory = self.directory;
        let unwritten = |source| BuildError::Write { path: directory.to_owned(), source };
        let values = columns.len() + 1;
        let mut sorter = Sorter::new(directory, values, SORTED_BYTES);
        for source in sources {
            let fault = |line, reason| BuildError::Source { path: source.path.clone(), line, reason };
            let of_source = source.fields.iter().filter_map(|field| {
                let name = field.column(source);
                let column = columns.iter().position(|column| fields[column.field] == name)?;
                Some(Field::new(&field.key, field.percentage, column + 1))
            });
            let reader =
                SourceReader::new(source, of_source.collect(), values, self.find_contig, self.account);
            let file = File::open(&source.path)
                .map_err(|error| fault(None, format!("it cannot be opened ({error})")))?;
            let mut file = Hashing::new(file);
            let read = reader.read(&mut file, &mut |draft| sorter.push(draft));
            let (count, read_fields) = read.map_err(|stop| match stop {
                Stop::Source { line, reason } => fault(line, reason),
                Stop::Write(error) => unwritten(error),
            })?;
            for field in read_fields {
                note_type(&mut columns[field.column - 1].kind, Some(field.kind()));
            }
            built.counts.push(count);
            let (_, sha256) = file.finish().map_err(|error| fault(None, error.to_string()))?;
            let place = self.sources.iter().position(|known| std::ptr::eq(known, *source));
            if let Some(checksum) = place.and_then(|place| built.checksums.get_mut(place)) {
                *checksum = sha256;
            }
        }
        sorter.finish().map_err(unwritten)
    }

    fn sum_up(&self, id: String, counts: &[KnownCount], table: &Table, bytes: u64) -> KnownCollection {
        let of_collection = || counts.iter().filter(|count| count.source == id);
        let taken: u64 = of_collection().map(|count| count.alleles).sum();
        let suffix = format!(" ({id})");
        let left_out = self.account.iter().filter_map(|(reason, left_out)| {
            Some((reason.strip_suffix(suffix.as_str())?.to_owned(), left_out.count))
        });
        KnownCollection {
            records: of_collection().map(|count| count.records).sum(),
            alleles: table.alleles,
            merged: taken - table.alleles,
            bytes,
            left_out: left_out.collect(),
            id,
        }
    }
}

/// A field that is filled with values of several types is text.
fn note_type(known: &mut Option<FieldType>, kind: Option<FieldType>) {
    *known = match (*known, kind) {
        (None, kind) => kind,
        (known, None) => known,
        (Some(one), Some(other)) if one == other => Some(one),
        _ => Some(FieldType::String),
    };
}
