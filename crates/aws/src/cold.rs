//! Cold storage, twice: objects of S3 in a class that gives back on request only, and archives of a Glacier vault.
//!
//! Both stream: no more of an archive is held than two parts of [`parts::PART_BYTES`], and nobody can see it before its
//! checksum was found right.

mod parts;
mod storage_class;
mod vault;

use std::{str::FromStr as _, sync::Arc, time::Duration};

use gas_service::{
    id::{ArchiveId, JobId},
    job::RetrievalTier,
    ports::{ColdStorage, Queue},
};
use uuid::Uuid;

use self::{storage_class::StorageClassArchive, vault::VaultArchive};
use crate::{clients::Clients, settings::AwsSettings, settings::ColdStorageSettings};

/// How long S3 Glacier Flexible Retrieval and vaults take at most, as AWS says: "1–5 minutes", "3–5 hours".
const EXPEDITED_TIME: Duration = Duration::from_mins(5);
const STANDARD_TIME: Duration = Duration::from_hours(5);

/// The cold storage that is set. `queue` gets the message of a retrieval that is done without any wait.
pub(crate) fn open(clients: &Clients, settings: &AwsSettings, queue: Arc<dyn Queue>) -> Arc<dyn ColdStorage> {
    match &settings.cold_storage {
        ColdStorageSettings::StorageClass { bucket, class, restored_days } => Arc::new(StorageClassArchive {
            s3: clients.s3.clone(),
            queue,
            bucket: bucket.clone(),
            prefix: settings.key_prefix(),
            class: *class,
            restored_days: *restored_days,
        }),
        ColdStorageSettings::Vault { vault } => Arc::new(VaultArchive::new(
            clients.glacier.clone(),
            clients.dynamodb.clone(),
            vault,
            &settings.tables.archives,
            &settings.topics.job_thaw,
        )),
    }
}

/// Whether the id is one that [`ArchiveId::generate`] makes. Nothing is ever stored, asked for or deleted under
/// another, so that no id leads out of the archive.
fn is_generated(id: &str) -> bool {
    const JOB: usize = 36;
    let (Some(job), Some(own)) = (id.get(..JOB), id.get(JOB..)) else { return false };
    let Some(own) = own.strip_prefix('-') else { return false };
    let same = |uuid: Uuid| ArchiveId(format!("{job}-{}", uuid.simple())).0 == id;
    JobId::from_str(job).is_ok_and(|id| id.to_string() == job) && Uuid::try_parse(own).is_ok_and(same)
}

/// The time within which a retrieval is done, where both tiers are offered.
fn time_of(tier: RetrievalTier) -> Duration {
    match tier {
        RetrievalTier::Expedited => EXPEDITED_TIME,
        RetrievalTier::Standard => STANDARD_TIME,
    }
}

/// An id that cannot name an archive.
#[derive(Debug, thiserror::Error)]
#[error("the archive's id is not one that this service makes")]
struct StrangeId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_ids_are_known() {
        assert!(is_generated(&ArchiveId::generate(JobId::generate()).0));
    }

    #[test]
    fn other_ids_are_not() {
        let good = ArchiveId::generate(JobId::generate()).0;
        let job = JobId::generate().to_string();
        let others =
            ["", "..", "nothing", "../../gas.db", "🧬", &job, &good.to_uppercase(), &format!("{good}/x")];
        for other in others {
            assert!(!is_generated(other), "{other}");
        }
    }
}
