//! What can be set about the AWS back end: the names of what `deploy/aws` made.

use std::time::Duration;

use gas_service::message::QueueName;
use serde::{Deserialize, Serialize};

/// Settings of the AWS back end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSettings {
    /// The region; empty is as the environment or the instance says.
    pub region: String,
    /// Whether buckets are addressed by path rather than by host name, as emulators want it.
    pub path_style: bool,
    /// How long one try of one call may take.
    #[serde(with = "humantime_serde")]
    pub attempt_timeout: Duration,
    /// The secret of Secrets Manager that holds further settings by their dotted names; empty is none.
    pub secret: String,
    /// What each object's key begins with, before `<user id>/<job id>~<file name>`; empty is nothing.
    pub prefix: String,
    /// Where objects lie.
    pub buckets: BucketNames,
    /// Where rows lie.
    pub tables: TableNames,
    /// Topics to publish to.
    pub topics: TopicNames,
    /// Queues to take from.
    pub queues: QueueAddresses,
    /// Where archives lie.
    pub cold_storage: ColdStorageSettings,
    /// Configuration set of SES for bounces and complaints; empty is none.
    pub mail_configuration_set: String,
}

impl AwsSettings {
    /// What each object's key begins with, its slash included; empty is nothing.
    pub(crate) fn key_prefix(&self) -> String {
        let prefix = self.prefix.trim_end_matches('/');
        if prefix.is_empty() { String::new() } else { format!("{prefix}/") }
    }
}

/// Buckets by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketNames {
    /// What users upload.
    pub inputs: String,
    /// What annotators write.
    pub results: String,
}

/// DynamoDB tables by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableNames {
    /// Jobs.
    pub jobs: String,
    /// Users, links, sessions, tokens.
    pub accounts: String,
    /// Uploads that the service agreed to take.
    pub uploads: String,
    /// Who did what.
    pub audit: String,
    /// Archives in a Glacier vault, which chooses their names itself; empty when there is none.
    pub archives: String,
}

/// SNS topics by ARN. Messages with a delay, and those of queues without a topic, go to the queue itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicNames {
    /// Jobs to annotate.
    pub job_requests: String,
    /// Ends of jobs.
    pub job_results: String,
    /// Retrievals that are done; Glacier publishes to it.
    pub job_thaw: String,
}

impl TopicNames {
    /// The topic that publishes to that queue.
    pub fn of(&self, queue: QueueName) -> Option<&str> {
        let topic = match queue {
            QueueName::JobRequests => &self.job_requests,
            QueueName::JobResults => &self.job_results,
            QueueName::JobThaw => &self.job_thaw,
            QueueName::JobArchive | QueueName::JobRestore => return None,
        };
        Some(topic.as_str()).filter(|topic| !topic.is_empty())
    }
}

/// The SQS queues.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is described at `QueueName`")]
pub struct QueueAddresses {
    pub job_requests: QueueAddress,
    pub job_results: QueueAddress,
    pub job_archive: QueueAddress,
    pub job_restore: QueueAddress,
    pub job_thaw: QueueAddress,
}

impl QueueAddresses {
    /// The queue of that name.
    pub fn of(&self, queue: QueueName) -> &QueueAddress {
        match queue {
            QueueName::JobRequests => &self.job_requests,
            QueueName::JobResults => &self.job_results,
            QueueName::JobArchive => &self.job_archive,
            QueueName::JobRestore => &self.job_restore,
            QueueName::JobThaw => &self.job_thaw,
        }
    }
}

/// An SQS queue and where its dead letters go.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueAddress {
    /// The queue's URL.
    pub url: String,
    /// The URL of its dead-letter queue.
    pub dead_letters: String,
}

/// Where archives lie. The defaults are here and not in the file of defaults: what that says of a bucket would stand
/// beside what a file says of a vault, and be unknown there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ColdStorageSettings {
    /// A bucket, in a storage class that gives back on request.
    StorageClass {
        /// The bucket.
        #[serde(default)]
        bucket: String,
        /// The class.
        #[serde(default)]
        class: StorageClass,
        /// For how many days what was given back can be read.
        #[serde(default = "two_days")]
        restored_days: u16,
    },
    /// A Glacier vault. AWS opens none for new customers.
    Vault {
        /// The vault, of this account.
        vault: String,
    },
}

fn two_days() -> u16 {
    2
}

/// The storage classes of S3 that give back on request only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageClass {
    /// S3 Glacier Flexible Retrieval: minutes (Expedited) or 3 to 5 hours (Standard).
    #[default]
    Glacier,
    /// S3 Glacier Deep Archive: within 12 hours; no Expedited.
    DeepArchive,
}
