//! What a reference is to be built from.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::intervals::source::{self, IntervalSource};
use crate::reference::build::BuildError;
use crate::reference::manifest::Provenance;

/// The files that a reference is built from.
#[derive(Clone, Debug, Default)]
pub struct BuildPlan {
    /// Short name, as `human-mt`.
    pub name: String,
    /// Assembly, as `GRCh38`.
    pub assembly: String,
    /// Sequences: FASTA, plain, gzip or bgzip.
    pub fasta: PathBuf,
    /// Where the sequences are from.
    pub fasta_provenance: Provenance,
    /// Genes: GFF3, GTF, or genePred as UCSC's tables have it; plain, gzip or bgzip.
    pub genes: PathBuf,
    /// Where the genes are from.
    pub genes_provenance: Provenance,
    /// Other names of the sequences: a file whose lines hold the names of one each; plain, gzip or bgzip.
    pub synonyms: Option<PathBuf>,
    /// Known alleles.
    pub known: Vec<KnownSource>,
    /// Intervals.
    pub intervals: Vec<IntervalSource>,
}

/// A VCF of known alleles. Several files of one collection share an id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSource {
    /// Name of the collection, as `MITOMAP`.
    pub id: String,
    /// The VCF, plain, gzip or bgzip.
    #[serde(rename = "file")]
    pub path: PathBuf,
    /// What of its INFO is shown.
    #[serde(default)]
    pub fields: Vec<KnownField>,
    /// Where it is from.
    #[serde(default)]
    pub provenance: Provenance,
}

/// An INFO field of known alleles that becomes a CSQ field.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownField {
    /// Key in the source's INFO.
    pub key: String,
    /// Name of the CSQ field; the collection's id and the key, unless given. Fields of one name are
    /// one field, filled from all its files.
    pub name: Option<String>,
    /// Whether the source gives percentages, which are shown as fractions.
    #[serde(default)]
    pub percentage: bool,
}

impl KnownField {
    /// Name of the CSQ field.
    pub(crate) fn column(&self, source: &KnownSource) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}_{}", source.id, self.key))
    }
}

/// A recipe as it is written: a TOML file beside the files that it names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    name: String,
    assembly: String,
    sequence: RecipeFile,
    genes: RecipeFile,
    #[serde(default)]
    synonyms: Option<PathBuf>,
    #[serde(default)]
    alleles: Vec<KnownSource>,
    #[serde(default)]
    intervals: Vec<IntervalSource>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeFile {
    file: PathBuf,
    #[serde(default)]
    provenance: Provenance,
}

impl BuildPlan {
    /// Whether all names can stand where they will: in header lines, paths and CSQ.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let fields =
            self.known.iter().flat_map(|source| source.fields.iter().map(|field| field.column(source)));
        let fields: Vec<String> = fields.collect();
        source::check(&self.intervals, &fields)?;
        let fields = fields.into_iter().chain(source::names(&self.intervals));
        let ids = self.known.iter().map(|source| source.id.clone());
        let unfit = |name: &String| {
            name.is_empty()
                || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        match std::iter::once(self.name.clone()).chain(ids).chain(fields).find(unfit) {
            Some(name) => Err(BuildError::Name { name }),
            None => Ok(()),
        }
    }

    /// Reads a recipe; the files that it names lie beside it.
    pub fn from_recipe(path: &Path) -> Result<Self, BuildError> {
        let unreadable = |reason: String| BuildError::Source { path: path.to_owned(), line: None, reason };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let recipe: Recipe = toml::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let beside = |file: PathBuf| path.parent().unwrap_or(Path::new("")).join(file);
        Ok(Self {
            name: recipe.name,
            assembly: recipe.assembly,
            fasta: beside(recipe.sequence.file),
            fasta_provenance: recipe.sequence.provenance,
            genes: beside(recipe.genes.file),
            genes_provenance: recipe.genes.provenance,
            synonyms: recipe.synonyms.map(&beside),
            known: recipe
                .alleles
                .into_iter()
                .map(|source| KnownSource { path: beside(source.path.clone()), ..source })
                .collect(),
            intervals: recipe
                .intervals
                .into_iter()
                .map(|source| IntervalSource { path: beside(source.path.clone()), ..source })
                .collect(),
        })
    }
}
