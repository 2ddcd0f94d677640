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
    pub(crate) without_rows: Vec<WithoutRows>,
}

/// Alleles that have no rows for one reason.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WithoutRows {
    pub(crate) reason: String,
    pub(crate) count: u64,
    pub(crate) explanation: String,
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
    pub(crate) bin_size: Option<u64>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_a_file_of_another_assembly_can_be_read() {
        let json = r#"{"format":1,"program":"gas 0.1.0","reference":{"name":"human-mt","assembly":"rCRS"},
            "input":{"file_name":"a.vcf","file_format":null,"samples":107,"packing":"plain","bytes":5},"seconds":0.1,
            "records":{"read":3,"annotated":0,"kept":[{"reason":"contig_not_in_reference","count":3,
                "first_line":12,"first":"1","explanation":"No such sequence."}]},
            "alleles":{"total":0,"by_kind":{},"transitions":0,"transversions":0,"ts_tv":null},
            "consequences":[],"impacts":{"HIGH":0,"MODERATE":0,"LOW":0,"MODIFIER":4},
            "contigs":[{"name":"1","in_reference":false,"length":null,"records":3,"annotated":0,
                "bin_size":null,"bins":[]}],
            "known":[],"genes":[],"notes":["Nothing was annotated."]}"#;
        let summary: Summary = serde_json::from_str(json).unwrap();
        assert_eq!(summary.records.kept[0].count, summary.records.read);
        assert_eq!(summary.impacts.modifier, 4);
        assert_eq!(summary.contigs[0].bin_size, None);
    }

    #[test]
    fn what_is_missing_is_empty() {
        let summary: Summary = serde_json::from_str("{}").unwrap();
        assert_eq!(summary.records.read, 0);
    }
}
