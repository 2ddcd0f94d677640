//! The ports of the service on Amazon Web Services.
//!
//! ```text
//! S3           inputs and results, presigned for browsers; the archive, in a cold storage class
//! DynamoDB     jobs, accounts, uploads, the audit trail
//! SNS, SQS     messages: topics `job-requests`, `job-results`, `job-thaw`, and a queue for each kind of work
//! SES          mail
//! Lambda       the notifier as a function
//! Secrets      settings that are secret, in Secrets Manager
//! Glacier      the archive of those who have vaults
//! ```
//!
//! Tables, buckets, topics and queues are made by `deploy/aws`, not by this crate, and named in [`AwsSettings`].

mod clients;
mod cold;
mod failure;
mod lambda;
mod mail;
mod notice;
mod objects;
mod patience;
mod queues;
mod secrets;
mod settings;
mod tables;

use std::sync::Arc;

use aws_config::SdkConfig;
use gas_service::{
    ports::{Clock, FreeOfCharge, Ports, References},
    settings::SiteSettings,
};

pub use self::clients::configuration;
pub use self::lambda::{FunctionError, serve_notifier};
pub use self::notice::instance_is_to_go;
pub use self::secrets::{SecretError, read_secret};
pub use self::settings::{
    AwsSettings, BucketNames, ColdStorageSettings, QueueAddress, QueueAddresses, StorageClass, TableNames,
    TopicNames,
};
use self::{
    clients::Clients,
    mail::SesMailer,
    objects::S3ObjectStore,
    queues::SqsQueue,
    tables::{
        DynamoAccounts, DynamoAuditTrail, DynamoIdentities, DynamoJobStore, DynamoOperation,
        DynamoSubscriptions, DynamoUploadStore, Layout, Table, Turns,
    },
};

/// The ports on the resources that the settings name. Credentials and endpoints come from where every AWS program
/// takes them: environment, profile, instance role. Asks nothing of AWS yet.
pub async fn open(
    settings: &AwsSettings,
    site: &SiteSettings,
    clock: Arc<dyn Clock>,
    references: Arc<dyn References>,
) -> Ports {
    open_by(&configuration(settings).await, settings, site, clock, references)
}

/// The same by a configuration at hand, such as one with an endpoint of its own.
pub fn open_by(
    shared: &SdkConfig,
    settings: &AwsSettings,
    site: &SiteSettings,
    clock: Arc<dyn Clock>,
    references: Arc<dyn References>,
) -> Ports {
    let clients = Clients::new(shared, settings);
    let objects = S3ObjectStore::new(clients.s3.clone(), shared.credentials_provider(), settings);
    let (dynamodb, tables) = (&clients.dynamodb, &settings.tables);
    let queue = Arc::new(SqsQueue::new(&clients, settings, Arc::clone(&clock)));
    let accounts = Arc::new(DynamoAccounts::new(Table::new(dynamodb, &tables.accounts, "id")));
    Ports {
        identities: Arc::new(DynamoIdentities::new(Table::new(dynamodb, &tables.accounts, "id"))),
        accounts: accounts.clone(),
        email_changes: accounts.clone(),
        deletions: accounts.clone(),
        directory: accounts,
        jobs: Arc::new(DynamoJobStore {
            table: Table::new(dynamodb, &tables.jobs, "job_id"),
            layout: Layout::new(settings),
            turns: Turns::new(),
        }),
        uploads: Arc::new(DynamoUploadStore { table: Table::new(dynamodb, &tables.uploads, "upload_id") }),
        objects: Arc::new(objects),
        cold: cold::open(&clients, settings, queue.clone()),
        queue,
        mailer: Arc::new(SesMailer::new(&clients, settings, &site.mail_from)),
        outbox: None,
        billing: Arc::new(FreeOfCharge::Demo),
        subscriptions: Arc::new(DynamoSubscriptions { table: Table::new(dynamodb, &tables.accounts, "id") }),
        audit: Arc::new(DynamoAuditTrail { client: dynamodb.clone(), table: tables.audit.clone() }),
        operation: Arc::new(DynamoOperation { table: Table::new(dynamodb, &tables.accounts, "id") }),
        references,
        clock,
    }
}
