//! Where a line of a format has its parts.

use crate::error::quoted;
use crate::intervals::source::{IntervalColumn, IntervalFormat, IntervalSource};

/// Names of BED's columns.
const BED: [&str; 12] = [
    "chrom",
    "start",
    "end",
    "name",
    "score",
    "strand",
    "thickStart",
    "thickEnd",
    "itemRgb",
    "blockCount",
    "blockSizes",
    "blockStarts",
];
/// Names of the columns of GFF3 and GTF but for the last.
const GFF: [&str; 8] = ["seqid", "source", "type", "start", "end", "score", "strand", "phase"];
/// Names of genePred's columns, as UCSC has them.
const GENE_PRED: [&str; 15] = [
    "name",
    "chrom",
    "strand",
    "txStart",
    "txEnd",
    "cdsStart",
    "cdsEnd",
    "exonCount",
    "exonStarts",
    "exonEnds",
    "score",
    "name2",
    "cdsStartStat",
    "cdsEndStat",
    "exonFrames",
];
/// What headings call the parts of an interval; of several that are there, the first counts.
const CHROM: [&str; 8] = ["chrom", "genoName", "tName", "chr", "chromosome", "seqname", "seqid", "chr_id"];
const START: [&str; 6] = ["chromStart", "genoStart", "txStart", "tStart", "start", "chr_pos"];
const END: [&str; 6] = ["chromEnd", "genoEnd", "txEnd", "tEnd", "end", "stop"];
const NAME: [&str; 4] = ["name2", "geneSymbol", "name", "repName"];
const STRAND: [&str; 1] = ["strand"];
/// Attributes of GFF that name a feature; the first that is there counts.
const NAMING: [&str; 6] = ["Name", "gene_name", "gene", "gene_id", "transcript_id", "ID"];

/// Where a value stands in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// In a column, counted from 0.
    Column(usize),
    /// In an attribute of the ninth column.
    Attribute(String),
}

/// Where a line has the parts of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) format: IntervalFormat,
    /// Columns stand between tabs, else between white space.
    pub(crate) tabs: bool,
    pub(crate) chrom: usize,
    pub(crate) start: usize,
    /// None for intervals of one base.
    pub(crate) end: Option<usize>,
    /// The first of these that is there.
    pub(crate) name: Vec<Cell>,
    pub(crate) strand: Option<usize>,
    /// Whether the first base of a sequence has the number 0, and the end is the base after the last.
    pub(crate) zero_based: bool,
    pub(crate) fields: Vec<Cell>,
}

impl Columns {
    /// The columns of lines that have these names, given what the source says of them.
    pub(crate) fn of(shape: &Shape, source: &IntervalSource) -> Result<Self, String> {
        let chosen = &source.columns;
        let place = |column: &Option<IntervalColumn>, usual: &[&str]| match column {
            Some(column) => shape.number(column).map(Some),
            None => Ok(usual.iter().find_map(|name| shape.find(name))),
        };
        let needed = |column: Option<usize>, what: &str| {
            column.ok_or_else(|| {
                format!(
                    "no column is known for the {what} of its intervals; say `columns.{what}` in a recipe"
                )
            })
        };
        let name = match &chosen.name {
            Some(column) => vec![shape.cell(column)?],
            None if shape.is_gff() => NAMING.map(|key| Cell::Attribute(key.to_owned())).to_vec(),
            None => NAME.iter().filter_map(|name| shape.find(name)).map(Cell::Column).collect(),
        };
        Ok(Self {
            format: shape.format,
            tabs: shape.tabs,
            chrom: needed(place(&chosen.chrom, &CHROM)?, "chrom")?,
            start: needed(place(&chosen.start, &START)?, "start")?,
            // Who says where the start is and is silent about the end has intervals of one base.
            end: match (&chosen.end, &chosen.start) {
                (None, Some(_)) => None,
                (end, _) => place(end, &END)?,
            },
            name,
            strand: place(&chosen.strand, &STRAND)?,
            zero_based: source.base.map_or(!shape.is_gff(), |base| base == 0),
            fields: source
                .fields
                .iter()
                .map(|field| shape.cell(&field.column))
                .collect::<Result<_, String>>()?,
        })
    }
}

/// What is known of the lines of a file before their parts are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) format: IntervalFormat,
    pub(crate) tabs: bool,
    /// Names of its columns, as far as they have any.
    names: Vec<String>,
    /// How many columns the first line has.
    count: usize,
}

impl Shape {
    /// The shape of a format whose columns have names of their own, before which others stand.
    pub(crate) fn new(format: IntervalFormat, tabs: bool, before: &[&str], count: usize) -> Self {
        let own: &[&str] = match format {
            IntervalFormat::Bed | IntervalFormat::Table => &BED,
            // VEP, too, takes the value for the name (`File/BigWig.pm`, `_create_records`).
            IntervalFormat::BedGraph => &["chrom", "start", "end", "name"],
            IntervalFormat::Gff3 | IntervalFormat::Gtf => &GFF,
            IntervalFormat::GenePred => &GENE_PRED,
        };
        let names = before.iter().chain(own).take(count).map(|name| (*name).to_owned()).collect();
        Self { format, tabs, names, count }
    }

    /// The shape of a table whose heading names its columns.
    pub(crate) fn headed(format: IntervalFormat, names: Vec<String>) -> Self {
        let count = names.len();
        Self { format, tabs: true, names, count }
    }

    fn is_gff(&self) -> bool {
        matches!(self.format, IntervalFormat::Gff3 | IntervalFormat::Gtf)
    }

    /// The column of a name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        if name == "score" && self.format == IntervalFormat::BedGraph {
            return Some(3);
        }
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    fn number(&self, column: &IntervalColumn) -> Result<usize, String> {
        match column {
            IntervalColumn::Number(number) => (*number as usize)
                .checked_sub(1)
                .filter(|index| *index < self.count)
                .ok_or_else(|| format!("there is no column {number}; its lines have {}", self.count)),
            IntervalColumn::Name(name) => self.find(name).ok_or_else(|| {
                let known: Vec<String> = self.names.iter().map(|name| quoted(name.as_bytes())).collect();
                format!("there is no column `{name}`; there are {}", known.join(", "))
            }),
        }
    }

    fn cell(&self, column: &IntervalColumn) -> Result<Cell, String> {
        match column {
            IntervalColumn::Name(name) if self.is_gff() && self.find(name).is_none() => {
                Ok(Cell::Attribute(name.clone()))
            }
            _ => self.number(column).map(Cell::Column),
        }
    }
}
