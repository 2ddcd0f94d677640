//! An embedded back end in a temporary directory, with a clock that moves when told.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use gas_embedded::{ColdStorageSettings, Embedded, EmbeddedSettings};
use gas_service::{
    contract::{Fixture, Limits},
    message::QueueName,
    ports::{Clock, Ports},
    reference::InstalledReferences,
    settings::SiteSettings,
};
use jiff::Timestamp;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

pub(crate) const LIMITS: Limits = Limits {
    max_receives: 3,
    expedited_time: Duration::from_secs(10),
    standard_time: Duration::from_mins(1),
    expedited_at_once: 2,
};

/// Stands still until it is moved.
pub(crate) struct ManualClock(Mutex<Timestamp>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct EmbeddedFixture {
    pub(crate) data: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ports: Ports,
}

/// A fresh back end.
pub(crate) async fn open() -> EmbeddedFixture {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock(Mutex::new(Timestamp::now())));
    let ports = open_again(data.path(), &clock).await;
    EmbeddedFixture { data, clock, ports }
}

/// What another program that opens the same data directory sees.
pub(crate) async fn open_again(data: &Path, clock: &Arc<ManualClock>) -> Ports {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    let references = Arc::new(InstalledReferences::default());
    Embedded::open(data, &settings(), &site(), clock, references).await.unwrap().ports
}

pub(crate) fn site() -> SiteSettings {
    SiteSettings {
        address: "http://localhost:8080".to_owned(),
        mail_from: "Genomics Annotation Service <gas@example.org>".to_owned(),
    }
}

pub(crate) fn settings() -> EmbeddedSettings {
    EmbeddedSettings {
        cold_storage: ColdStorageSettings {
            expedited_time: LIMITS.expedited_time,
            standard_time: LIMITS.standard_time,
            expedited_at_once: LIMITS.expedited_at_once,
        },
        max_receives: LIMITS.max_receives,
        smtp: None,
    }
}

#[async_trait]
impl Fixture for EmbeddedFixture {
    fn ports(&self) -> Ports {
        self.ports.clone()
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    async fn pass(&self, time: Duration) {
        *self.clock.0.lock().unwrap() += time;
    }

    async fn send_raw(&self, queue: QueueName, text: &str) {
        let options = SqliteConnectOptions::new().filename(self.data.path().join("gas.db"));
        let mut connection = options.connect().await.unwrap();
        sqlx::query("INSERT INTO message (queue, body, visible_at) VALUES (?, ?, 0)")
            .bind(queue.as_str())
            .bind(text)
            .execute(&mut connection)
            .await
            .unwrap();
    }

    async fn half_written(&self) -> u64 {
        files_below(&self.data.path().join("tmp")).len() as u64
    }
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
