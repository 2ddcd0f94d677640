//! Files of a job as they lie in the object store.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::{JobId, UserId},
    upload::FileName,
};

/// The two places for objects; each back end has its own name for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// What users upload.
    Inputs,
    /// What annotators write.
    Results,
}

impl Bucket {
    /// The short name: `inputs` or `results`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Results => "results",
        }
    }
}

/// Where in its bucket an object is: `<user id>/<job id>~<file name>`; a back end may put a prefix before it.
///
/// Built from validated parts only, so it never leads out of the owner's folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key of a job's file.
    pub fn of_job(user: UserId, job: JobId, name: &FileName) -> Self {
        Self(format!("{user}/{job}~{name}"))
    }

    /// The key as text, with `/` between its two parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An object that was stored whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Which bucket.
    pub bucket: Bucket,
    /// Where in the bucket.
    pub key: ObjectKey,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// The result of a job: a stored file and the name under which it is downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultFile {
    /// Name for the download, such as `sample.annot.vcf`.
    pub name: FileName,
    /// Where it is, or was before it was archived and will be again.
    pub file: StoredFile,
}
