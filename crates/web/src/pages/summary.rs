//! The counts that the annotator left for the plots.

use gas_service::{
    desk::{Desk, FileKind},
    job::Job,
};
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;

/// Largest summary that is read, in bytes; a thousand contigs stay far below.
const LIMIT: u64 = 8 << 20;

/// What came out. Fields that later versions add are passed over, and ones that they drop are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    pub(crate) program: String,
    pub(crate) reference: ReferenceName,
    pub(crate) input: Input,
    pub(crate) records: Records,
    pub(crate) alleles: Alleles,
    pub(crate) consequences: Vec<Consequence>,
    pub(crate) impacts: Impacts,
    pub(crate) contigs: Vec<Contig>,
    pub(crate) known: Vec<Known>,
    pub(crate) genes: Vec<Gene>,
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReferenceName {
    pub(crate) name: String,
    pub(crate) assembly: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Input {
    pub(crate) file_format: Option<String>,
    pub(crate) samples: u64,
}

/// Every record that was read was annotated, or kept as it was for a reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Records {
    pub(crate) read: u64,
    pub(crate) annotated: u64,
    pub(crate) kept: Vec<Kept>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub(crate) reason: String,
    pub(crate) count: u64,
    pub(crate) first_line: Option<u64>,
    pub(crate) explanation: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Alleles {
    pub(crate) total: u64,
    pub(crate) transitions: u64,
    pub(crate) transversions: u64,
    pub(crate) ts_tv: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Consequence {
    pub(crate) term: String,
    pub(crate) impact: String,
    pub(crate) alleles: u64,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "UPPERCASE")]
pub(crate) struct Impacts {
    pub(crate) high: u64,
    pub(crate) moderate: u64,
    pub(crate) low: u64,
    pub(crate) modifier: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contig {
    pub(crate) name: String,
    pub(crate) in_reference: bool,
    pub(crate) length: Option<u64>,
    pub(crate) records: u64,
    pub(crate) bin_size: u64,
    /// Alleles of high, moderate, low and modifier impact.
    pub(crate) bins: Vec<[u64; 4]>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    pub(crate) source: String,
    pub(crate) alleles: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Gene {
    pub(crate) symbol: String,
    pub(crate) alleles: u64,
}

impl Summary {
    /// The summary of a job, if it has one that can be read; the page does without it otherwise.
    pub(crate) async fn read(desk: &Desk, job: &Job) -> Option<Self> {
        job.summary.as_ref()?;
        let read = async {
            let mut bytes = Vec::new();
            desk.read(job, FileKind::Summary).await?.take(LIMIT).read_to_end(&mut bytes).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(serde_json::from_slice(&bytes)?)
        };
        match read.await {
            Ok(summary) => Some(summary),
            Err(error) => {
                tracing::warn!(job_id = %job.job_id, %error, "a summary cannot be read, so its page has no plots");
                None
            }
        }
    }
}
