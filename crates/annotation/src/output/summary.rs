//! The summary of a run, for programs: plots and pages are drawn from it.

use serde::{Deserialize, Serialize};

use crate::output::haplotypes::HaplotypesSummary;
use crate::vcf::open::Packing;

/// Version of the summary's shape.
pub(crate) const FORMAT: u32 = 1;

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Version of this shape.
    pub format: u32,
    /// Program and version.
    pub program: String,
    /// What the input was annotated with.
    pub reference: ReferenceSummary,
    /// The input.
    pub input: InputSummary,
    /// Time that the run took.
    pub seconds: f64,
    /// Lines with variants.
    pub records: RecordsSummary,
    /// Alleles of the annotated records.
    pub alleles: AllelesSummary,
    /// Alleles by their most severe consequence, in order of rank.
    pub consequences: Vec<ConsequenceSummary>,
    /// Rows of CSQ by each of their consequences, in order of rank.
    pub consequences_of_transcripts: Vec<RowsSummary>,
    /// Alleles by the impact of their most severe consequence.
    pub impacts: ImpactsSummary,
    /// Contigs in the order of the input.
    pub contigs: Vec<ContigSummary>,
    /// Alleles that collections of known alleles have.
    pub known: Vec<KnownSummary>,
    /// Alleles of whose places intervals have something to say.
    #[serde(default)]
    pub intervals: Vec<IntervalsSummary>,
    /// Genes with the most alleles that may matter.
    pub genes: Vec<GeneSummary>,
    /// Joint consequences of the alleles of one haplotype, when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub haplotypes: Option<HaplotypesSummary>,
    /// What must be said loudly.
    pub notes: Vec<String>,
}

/// A reference, as a summary names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceSummary {
    /// Short name.
    pub name: String,
    /// Assembly.
    pub assembly: String,
    /// Id of its build.
    pub build: String,
    /// Its sources, one line each: what it is, file, release, licence, what to cite.
    pub sources: Vec<String>,
}

/// An input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputSummary {
    /// Its name.
    pub file_name: String,
    /// As in `VCFv4.2`, if it says so.
    pub file_format: Option<String>,
    /// Samples that its header names.
    pub samples: u64,
    /// How it is packed.
    pub packing: Packing,
    /// Its size as it is, packed or not.
    pub bytes: u64,
}

/// Lines with variants: `read` is `annotated` and all of `kept` together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsSummary {
    /// All.
    pub read: u64,
    /// Those that got annotations.
    pub annotated: u64,
    /// Those that are as they were, by reason.
    pub kept: Vec<KeptSummary>,
}

/// Lines kept as they were for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSummary {
    /// Stable name of the reason.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first_line: Option<u64>,
    /// What the first of them shows.
    pub first: Option<String>,
    /// What the reason means.
    pub explanation: String,
}

/// Alleles of the annotated records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllelesSummary {
    /// All.
    pub total: u64,
    /// By kind; only kinds that occur.
    pub by_kind: std::collections::BTreeMap<String, u64>,
    /// Changes of one base, A and G or C and T for each other.
    pub transitions: u64,
    /// Other changes of one base.
    pub transversions: u64,
    /// Their ratio, where there are transversions.
    pub ts_tv: Option<f64>,
    /// Alleles that have no rows, by reason; only reasons that occur. They are not among `total`.
    #[serde(default)]
    pub without_rows: Vec<WithoutRowsSummary>,
}

/// Alleles that have no rows for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutRowsSummary {
    /// Stable name of the reason.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// What the reason means.
    pub explanation: String,
}

/// Alleles of one most severe consequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsequenceSummary {
    /// Name in the Sequence Ontology.
    pub term: String,
    /// Its impact.
    pub impact: String,
    /// How many.
    pub alleles: u64,
}

/// Rows that have a consequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsSummary {
    /// Name in the Sequence Ontology.
    pub term: String,
    /// How many.
    pub rows: u64,
}

/// Alleles by impact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct ImpactsSummary {
    /// Of high impact.
    pub high: u64,
    /// Of moderate impact.
    pub moderate: u64,
    /// Of low impact.
    pub low: u64,
    /// Of no predicted impact.
    pub modifier: u64,
}

/// A contig of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContigSummary {
    /// As the input calls it.
    pub name: String,
    /// Whether the reference has it.
    pub in_reference: bool,
    /// Its length, if the reference has it.
    pub length: Option<u64>,
    /// Records on it.
    pub records: u64,
    /// Those that got annotations.
    pub annotated: u64,
    /// Bases of each of its bins.
    pub bin_size: Option<u64>,
    /// Alleles of high, moderate, low and no predicted impact along it.
    pub bins: Vec<[u64; 4]>,
}

/// A collection of known alleles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSummary {
    /// Its id.
    pub source: String,
    /// Alleles of the input that it has.
    pub alleles: u64,
}

/// A source of intervals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntervalsSummary {
    /// Its id.
    pub source: String,
    /// Alleles of whose places it has something to say.
    pub alleles: u64,
    /// Those of them of which it has more intervals than are shown.
    pub cut: u64,
}

/// A gene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneSummary {
    /// Its symbol; may be empty.
    pub symbol: String,
    /// Its id.
    pub gene: String,
    /// Alleles with an impact above MODIFIER on it.
    pub alleles: u64,
}
