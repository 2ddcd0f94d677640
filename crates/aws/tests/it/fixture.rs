//! The AWS back end on emulators, with resources of its own for each test.

pub(crate) mod buckets;
pub(crate) mod cold;
pub(crate) mod mail;
pub(crate) mod queues;
mod tables;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use gas_aws::{AwsSettings, BucketNames, QueueAddresses, TableNames, TopicNames};
use gas_service::{
    contract::{Fixture, Limits},
    message::QueueName,
    ports::{Ports, SystemClock},
    reference::InstalledReferences,
    settings::SiteSettings,
};
use uuid::Uuid;

pub(crate) const LIMITS: Limits = Limits {
    max_receives: 3,
    expedited_time: Duration::from_secs(2),
    standard_time: Duration::from_secs(5),
    expedited_at_once: 1,
};

pub(crate) struct AwsFixture {
    /// How the emulators are reached.
    pub(crate) shared: SdkConfig,
    pub(crate) settings: AwsSettings,
    ports: Ports,
}

/// A fresh back end.
pub(crate) async fn open() -> AwsFixture {
    let shared = emulators().await;
    let settings = resources(&shared).await;
    let ports = ports_by(&shared, &settings);
    AwsFixture { shared, settings, ports }
}

/// What another program that was given the same names sees.
pub(crate) fn ports_by(shared: &SdkConfig, settings: &AwsSettings) -> Ports {
    let references = Arc::new(InstalledReferences::default());
    gas_aws::open_by(shared, settings, &site(), Arc::new(SystemClock), references)
}

/// How the emulators are reached. Without them nothing is asked of AWS itself.
pub(crate) async fn emulators() -> SdkConfig {
    let running = std::env::var("GAS_TEST_MINISTACK").is_ok();
    assert!(running, "these tests need emulators: run them by `scripts/with-emulators`");
    gas_aws::configuration(&unnamed()).await
}

/// Makes the resources that `deploy/aws` makes, under names that nobody else has.
async fn resources(shared: &SdkConfig) -> AwsSettings {
    let name = format!("gas-{}", Uuid::now_v7());
    let (buckets, tables) = tokio::join!(buckets::make(shared, &name), tables::make(shared, &name));
    let (topics, queues) = queues::make(shared, &name).await;
    let cold_storage = cold::make(shared, &name, &topics).await;
    let mail_configuration_set = mail::make(shared, &name).await;
    AwsSettings { buckets, tables, topics, queues, cold_storage, mail_configuration_set, ..unnamed() }
}

/// Settings without the names of resources.
pub(crate) fn unnamed() -> AwsSettings {
    AwsSettings {
        region: String::new(),
        path_style: true,
        attempt_timeout: Duration::from_secs(30),
        secret: String::new(),
        prefix: String::new(),
        buckets: BucketNames::default(),
        tables: TableNames::default(),
        topics: TopicNames::default(),
        queues: QueueAddresses::default(),
        cold_storage: cold::none(),
        mail_configuration_set: String::new(),
    }
}

pub(crate) fn site() -> SiteSettings {
    SiteSettings {
        address: "http://localhost:8080".to_owned(),
        mail_from: "Genomics Annotation Service <gas@example.org>".to_owned(),
    }
}

#[async_trait]
impl Fixture for AwsFixture {
    fn ports(&self) -> Ports {
        self.ports.clone()
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
        queues::tell_ages(&self.shared, &self.settings.queues).await;
    }

    async fn send_raw(&self, queue: QueueName, text: &str) {
        queues::send_raw(&self.shared, self.settings.queues.of(queue), text).await;
    }

    async fn half_written(&self) -> u64 {
        let objects = buckets::half_written(&self.shared, &self.settings).await;
        objects + cold::half_written(&self.shared, &self.settings).await
    }
}
