//! What a user hands in: the name of a file, and the server's own record of an upload.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{JobId, UploadId, UserId},
    job::StoredFile,
};

/// A file name that is safe to store, to show and to offer for download: no folder, no control character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

/// Why a file name was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFileName {
    /// Nothing was given.
    #[error("the file has no name; give it one that ends in `.vcf` or `.vcf.gz`")]
    Empty,
    /// Too long to be stored beside a job's id.
    #[error("the file name has {0} bytes, at most {max} are possible; shorten it", max = FileName::MAX_BYTES)]
    TooLong(usize),
    /// A path, not a name.
    #[error("the file name `{0}` leads to another folder; use a name without `/`, `\\` or a leading dot")]
    Path(String),
    /// Something that cannot be shown.
    #[error("the file name contains a control character; rename the file")]
    Control,
    /// Not a VCF by its name.
    #[error(
        "`{0}` does not end in `.vcf`, `.vcf.gz`, `.vcf.bgz` or `.bcf`; only VCF and BCF files can be annotated"
    )]
    NotVcf(String),
}

impl FileName {
    /// Longest name in bytes of UTF-8; leaves room for a job's id and our suffixes within 255.
    pub const MAX_BYTES: usize = 180;

    /// The name of an input: a safe name that ends as VCF files do.
    pub fn of_input(text: &str) -> Result<Self, InvalidFileName> {
        let name: Self = text.parse()?;
        let lower = name.0.to_lowercase();
        let stem = [".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"].iter().find_map(|end| lower.strip_suffix(end));
        match stem {
            Some(stem) if !stem.is_empty() => Ok(name),
            _ => Err(InvalidFileName::NotVcf(name.0)),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name says that the file is compressed; BCF is by nature.
    pub fn is_compressed(&self) -> bool {
        let lower = self.0.to_lowercase();
        [".gz", ".bgz", ".bcf"].iter().any(|end| lower.ends_with(end))
    }

    /// The result's name: `<stem>.annot.vcf`, with `.gz` when the input was compressed.
    #[must_use]
    pub fn result(&self) -> Self {
        let lower = self.0.to_lowercase();
        let end = [".vcf.bgz", ".vcf.gz", ".vcf", ".bcf"]
            .iter()
            .find(|end| lower.ends_with(*end))
            .map_or(0, |end| end.len());
        // The suffixes are ASCII, and lower-casing may change lengths before them but not theirs.
        let stem = self.0.get(..self.0.len().saturating_sub(end)).unwrap_or(&self.0);
        let suffix = if self.is_compressed() { ".gz" } else { "" };
        Self(format!("{stem}.annot.vcf{suffix}"))
    }

    /// The log's name: `<file name>.count.log`.
    #[must_use]
    pub fn log(&self) -> Self {
        Self(format!("{}.count.log", self.0))
    }

    /// The summary's name: `<file name>.summary.json`.
    #[must_use]
    pub fn summary(&self) -> Self {
        Self(format!("{}.summary.json", self.0))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for FileName {
    type Err = InvalidFileName;

    fn from_str(text: &str) -> Result<Self, InvalidFileName> {
        if text.is_empty() {
            return Err(InvalidFileName::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidFileName::Control);
        }
        if text.contains(['/', '\\']) || text.starts_with('.') {
            return Err(InvalidFileName::Path(text.chars().take(100).collect()));
        }
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidFileName::TooLong(text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Stored names were checked when they were made; ours are longer by a suffix.
        let text = String::deserialize(deserializer)?;
        if text.contains(['/', '\\']) || text.chars().any(char::is_control) {
            return Err(serde::de::Error::custom(InvalidFileName::Path(text)));
        }
        Ok(Self(text))
    }
}

/// The server's record of an upload it agreed to take. The client names it by its id and nothing else, so
/// neither owner nor key ever come from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Also the id of the job that it becomes, so that one upload is one job however often it is submitted.
    pub upload_id: UploadId,
    /// Who may use it.
    pub user_id: UserId,
    /// The id its job will have.
    pub job_id: JobId,
    /// The input's name.
    pub file_name: FileName,
    /// Largest size accepted in bytes, from the owner's plan when the record was made; none is unlimited.
    pub max_bytes: Option<u64>,
    /// The bytes, once they have all arrived.
    pub stored: Option<StoredFile>,
    /// When an upload that did not become a job is swept away.
    pub expires: Timestamp,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.vcf", "a.annot.vcf", "a.vcf.count.log")]
    #[case("a.vcf.gz", "a.annot.vcf.gz", "a.vcf.gz.count.log")]
    #[case("a.VCF.GZ", "a.annot.vcf.gz", "a.VCF.GZ.count.log")]
    #[case("a.bcf", "a.annot.vcf.gz", "a.bcf.count.log")]
    // A suffix is cut off once; stripping characters would have eaten the name.
    #[case("fcv.vcf.vcf", "fcv.vcf.annot.vcf", "fcv.vcf.vcf.count.log")]
    #[case("🧬 İ.vcf", "🧬 İ.annot.vcf", "🧬 İ.vcf.count.log")]
    fn names_of_results_and_logs(#[case] input: &str, #[case] result: &str, #[case] log: &str) {
        let name = FileName::of_input(input).unwrap();
        assert_eq!(name.result().as_str(), result);
        assert_eq!(name.log().as_str(), log);
    }

    #[rstest]
    #[case("")]
    #[case("../a.vcf")]
    #[case("..\\a.vcf")]
    #[case("/etc/passwd.vcf")]
    #[case(".vcf")]
    #[case("a.bam")]
    #[case("a\r\nX: y.vcf")]
    #[case(&format!("{}.vcf", "a".repeat(296)))]
    fn unsafe_or_foreign_names_are_refused(#[case] input: &str) {
        assert!(FileName::of_input(input).is_err());
    }
}
