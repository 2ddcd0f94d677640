//! `reference.toml`: what a reference is made of and where that came from.

use serde::{Deserialize, Serialize};

use crate::known::build::KnownCollection;
use crate::known::info_field::FieldType;
use crate::reference::part::BuildId;

/// Name of the manifest within a reference's directory.
pub(crate) const FILE_NAME: &str = "reference.toml";

/// What a reference says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout of the parts.
    pub format: u32,
    /// Short name, as `human-mt`.
    pub name: String,
    /// Assembly, as `GRCh38`.
    pub assembly: String,
    /// Id of this build, in hexadecimal; every part carries it.
    pub build: String,
    /// Program that built it.
    pub built_by: String,
    /// Names of the CSQ fields that known alleles add, in order.
    #[serde(default)]
    pub known_fields: Vec<String>,
    /// The types of their values, in the same order.
    #[serde(default)]
    pub known_types: Vec<FieldType>,
    /// Those of them of which an allele can have several values, joined with `&`, since several records have it.
    #[serde(default)]
    pub known_several: Vec<String>,
    /// Names of the CSQ fields after FLAGS for which the genes have something to say, in order.
    #[serde(default)]
    pub transcript_fields: Vec<String>,
    /// Ids of the collections of known alleles, in the order of their bits.
    #[serde(default)]
    pub known_sources: Vec<String>,
    /// Names of the CSQ fields that intervals add, in order.
    #[serde(default)]
    pub interval_fields: Vec<String>,
    /// Ids of the sources of intervals, in the order of their bits.
    #[serde(default)]
    pub interval_sources: Vec<String>,
    /// What each collection of known alleles gave.
    #[serde(default)]
    pub known: Vec<KnownCollection>,
    /// The files beside the manifest.
    pub parts: Vec<PartEntry>,
    /// The public files that the reference was built from.
    pub sources: Vec<Source>,
}

/// A file beside the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    /// Name of the file.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A public file that went into a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is: `sequence`, `genes`, or the id of a collection of known alleles or of intervals.
    pub id: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Which release it is, and what to cite.
    #[serde(flatten)]
    pub provenance: Provenance,
}

/// Where a file is from. All of it is for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Release or date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Terms under which it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// What to cite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
    /// Where it can be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A build id as it stands in the manifest.
pub(crate) fn build_id_of(text: &str) -> Option<BuildId> {
    let mut id = BuildId::default();
    if text.len() != 2 * id.len() || !text.is_ascii() {
        return None;
    }
    for (index, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_ids_go_there_and_back() {
        let id: BuildId = std::array::from_fn(|index| u8::try_from(index * 16).unwrap_or(255));
        assert_eq!(build_id_of(&hexadecimal(&id)), Some(id));
        assert_eq!(build_id_of("00"), None);
        assert_eq!(build_id_of(&"zz".repeat(16)), None);
    }
}
