//! A source of intervals as a recipe or the command line names it.

use std::path::PathBuf;

use serde::Deserialize;

use crate::output::header::FIELDS;
use crate::presentation::fields::HGVSG;
use crate::record::transcript_fields::TranscriptField;
use crate::reference::build::BuildError;
use crate::reference::manifest::Provenance;

/// Intervals that are shown of one variant, unless a source says otherwise.
const DEFAULT_MOST: u32 = 50;
/// Most that a source can ask for.
const LARGEST_MOST: u32 = 10_000;
/// Most sources of one reference: each has a bit of a word.
pub(crate) const MOST_SOURCES: usize = 64;

/// A file of intervals whose names become a CSQ field.
///
/// Intervals are kept as the file has them: several may lie over one another, and hold one another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalSource {
    /// Name of the source, and of its CSQ field.
    pub id: String,
    /// The file, plain, gzip or bgzip.
    #[serde(rename = "file")]
    pub path: PathBuf,
    /// What is told of a variant.
    #[serde(default)]
    pub mode: IntervalMode,
    /// Its format; told by its first lines when left out.
    #[serde(default)]
    pub format: Option<IntervalFormat>,
    /// Which column holds what, where that is not as the format has it.
    #[serde(default)]
    pub columns: IntervalColumns,
    /// How the file counts the first base of a sequence, where that is not as the format has it: 0 for half-open intervals
    /// from 0 (BED, UCSC's tables), 1 for closed intervals from 1 (GFF).
    #[serde(default)]
    pub base: Option<u8>,
    /// Bases before the start of an interval, on its strand, that count as its own: a gene's promoter. On both sides of an
    /// interval without a strand.
    #[serde(default)]
    pub upstream: u32,
    /// Bases after the end of an interval, on its strand, that count as its own. On both sides of an interval without a
    /// strand.
    #[serde(default)]
    pub downstream: u32,
    /// Kinds of features that are taken from GFF3 or GTF (the third column), such as `gene`; all when empty.
    #[serde(default)]
    pub types: Vec<String>,
    /// Other columns that become CSQ fields beside the name.
    #[serde(default)]
    pub fields: Vec<IntervalField>,
    /// Whether the number of all overlapping intervals becomes the CSQ field `ID_count`.
    #[serde(default)]
    pub count: bool,
    /// Most intervals that are shown of one variant, the first ones by their start.
    #[serde(default = "default_most")]
    pub most: u32,
    /// Where it is from.
    #[serde(default)]
    pub provenance: Provenance,
}

/// What is told of a variant by its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntervalMode {
    /// The names of all intervals that it overlaps, by their start.
    #[default]
    Overlap,
    /// The names of the intervals that it overlaps or, if there are none, of the nearest ones, and how many bases away they
    /// are: `ID_distance` is 0 for an overlap and 1 for neighbours.
    Nearest,
    /// How many intervals it overlaps.
    Count,
}

/// A format of intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntervalFormat {
    /// Three columns or more: sequence, start, end, name, score, strand.
    Bed,
    /// Four columns: sequence, start, end, value.
    BedGraph,
    /// GFF version 3.
    Gff3,
    /// GTF, also known as GFF 2.5.
    Gtf,
    /// A table of gene models as UCSC has them.
    GenePred,
    /// Any other table with tabs, such as the dumps of UCSC's database.
    Table,
}

impl IntervalFormat {
    /// Its name, for people and recipes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bed => "bed",
            Self::BedGraph => "bedgraph",
            Self::Gff3 => "gff3",
            Self::Gtf => "gtf",
            Self::GenePred => "genepred",
            Self::Table => "table",
        }
    }
}

/// Which column holds what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalColumns {
    /// The sequence's name.
    pub chrom: Option<IntervalColumn>,
    /// The first base, or in files that count from 0 the one before it.
    pub start: Option<IntervalColumn>,
    /// The last base; an interval of one base when there is no such column.
    pub end: Option<IntervalColumn>,
    /// The name.
    pub name: Option<IntervalColumn>,
    /// `+` or `-`.
    pub strand: Option<IntervalColumn>,
}

impl IntervalColumns {
    /// Whether nothing is said of any.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Names, not numbers, of the columns that are said.
    pub(crate) fn names(&self) -> Vec<&str> {
        let all = [&self.chrom, &self.start, &self.end, &self.name, &self.strand];
        let name = |column: &&'_ IntervalColumn| matches!(column, IntervalColumn::Name(_));
        let named = all.into_iter().flatten().filter(name);
        named
            .filter_map(
                |column| if let IntervalColumn::Name(name) = column { Some(name.as_str()) } else { None },
            )
            .collect()
    }
}

/// A column by its number, counted from 1, or by its name: in the file's heading, the format's own (`score`), or the key of
/// an attribute of GFF3 and GTF.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum IntervalColumn {
    /// Counted from 1.
    Number(u32),
    /// By name, whether in capitals or not.
    Name(String),
}

impl From<&str> for IntervalColumn {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Number)
    }
}

impl std::fmt::Display for IntervalColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A column of a source that becomes a CSQ field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalField {
    /// Which column.
    pub column: IntervalColumn,
    /// Name of the CSQ field; the source's id and the column, unless given.
    pub name: Option<String>,
}

fn default_most() -> u32 {
    DEFAULT_MOST
}

impl IntervalSource {
    /// A source of which nothing is known but its name and file.
    pub fn new(id: &str, path: PathBuf) -> Self {
        Self {
            id: id.to_owned(),
            path,
            mode: IntervalMode::default(),
            format: None,
            columns: IntervalColumns::default(),
            base: None,
            upstream: 0,
            downstream: 0,
            types: Vec::new(),
            fields: Vec::new(),
            count: false,
            most: DEFAULT_MOST,
            provenance: Provenance::default(),
        }
    }

    /// Names of its CSQ fields, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = vec![self.id.clone()];
        if self.mode == IntervalMode::Nearest {
            names.push(format!("{}_distance", self.id));
        }
        if self.count {
            names.push(format!("{}_count", self.id));
        }
        let own = |field: &IntervalField| {
            field.name.clone().unwrap_or_else(|| format!("{}_{}", self.id, field.column))
        };
        names.extend(self.fields.iter().map(own));
        names
    }

    /// Says in a clause what contradicts itself.
    fn contradiction(&self) -> Option<String> {
        if self.base.is_some_and(|base| base > 1) {
            return Some("`base` is 0 or 1: how the file counts the first base of a sequence".to_owned());
        }
        if self.mode == IntervalMode::Count && (self.count || !self.fields.is_empty()) {
            return Some(
                "with the mode `count` there is nothing but the number of intervals to show".to_owned(),
            );
        }
        (self.most == 0 || self.most > LARGEST_MOST)
            .then(|| format!("`most` is a number from 1 to {LARGEST_MOST}"))
    }
}

/// Names of the CSQ fields of all sources, in order.
pub(crate) fn names(sources: &[IntervalSource]) -> Vec<String> {
    sources.iter().flat_map(IntervalSource::names).collect()
}

/// Whether the sources can be told apart by their fields, and from `others`, and say nothing that contradicts itself.
pub(crate) fn check(sources: &[IntervalSource], others: &[String]) -> Result<(), BuildError> {
    let fault = |source: &IntervalSource, reason: String| BuildError::Source {
        path: source.path.clone(),
        line: None,
        reason: format!("the intervals `{}`: {reason}", source.id),
    };
    let ours = FIELDS.into_iter().chain(TranscriptField::names()).chain([HGVSG]);
    let mut known: Vec<String> = ours.map(str::to_owned).chain(others.to_vec()).collect();
    for (number, source) in sources.iter().enumerate() {
        if number >= MOST_SOURCES {
            return Err(fault(
                source,
                format!("a reference can have {MOST_SOURCES} sources, this is one more"),
            ));
        }
        if let Some(reason) = source.contradiction() {
            return Err(fault(source, reason));
        }
        for name in source.names() {
            if known.contains(&name) {
                return Err(fault(
                    source,
                    format!("there is a CSQ field `{name}` already; give it another name"),
                ));
            }
            known.push(name);
        }
    }
    Ok(())
}
