//! The ports of the service on one machine: an SQLite file and folders beside it.
//!
//! ```text
//! DATA/gas.db     accounts, subscriptions, jobs, uploads, queues, archives, the audit trail
//! DATA/objects/   inputs and results
//! DATA/cold/      archives
//! DATA/outbox/    mail, when no mail server is configured
//! DATA/tmp/       half-written files, a folder for each running program
//! DATA/gas.lock   held while a program opens the data directory
//! ```
//!
//! Several programs may have the same data directory open, such as the server and a command that makes a
//! token.

mod accounts;
mod audit_trail;
mod cold_storage;
mod database;
mod directory;
mod files;
mod identities;
mod job_store;
mod mailer;
mod object_store;
mod operation;
mod process_folder;
mod queue;
mod settings;
mod subscriptions;
mod upload_store;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gas_service::{
    ports::{Clock, FreeOfCharge, Mailer, Outbox, Ports, References},
    settings::SiteSettings,
};
use lettre::message::Mailbox;

pub use self::settings::{ColdStorageSettings, EmbeddedSettings, SmtpSettings};
use self::{
    accounts::SqliteAccounts,
    audit_trail::SqliteAuditTrail,
    cold_storage::{FileColdStorage, shelf::Shelf},
    database::Database,
    directory::SqliteDirectory,
    identities::SqliteIdentities,
    job_store::SqliteJobStore,
    mailer::{FileOutbox, SmtpMailer},
    object_store::FileObjectStore,
    operation::SqliteOperation,
    process_folder::ProcessFolder,
    queue::SqliteQueue,
    subscriptions::SqliteSubscriptions,
    upload_store::SqliteUploadStore,
};

/// Why a data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A folder could not be made, read or locked.
    #[error("preparing the data directory `{path}` failed; is there space, and may this user write there?")]
    Folder {
        /// The data directory.
        path: PathBuf,
        /// What happened.
        #[source]
        cause: io::Error,
    },
    /// The database could not be opened, or is from a newer version of this program.
    #[error("opening the database `{path}` failed")]
    Database {
        /// The file.
        path: PathBuf,
        /// What happened.
        #[source]
        cause: sqlx::Error,
    },
    /// The sender of mail is no address.
    #[error("the sender of mail, `{address}`, is not an address like `GAS <gas@example.org>`")]
    MailFrom {
        /// What was configured.
        address: String,
        /// What is wrong with it.
        #[source]
        cause: lettre::address::AddressError,
    },
    /// The mail server's address cannot be understood. It may hold a password, so it is not shown.
    #[error("the mail server's address cannot be understood (expected `smtps://user:password@host`)")]
    MailServer(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An open data directory.
pub struct Embedded {
    /// All ports on it.
    pub ports: Ports,
    database: Arc<Database>,
}

impl Embedded {
    /// Opens a data directory, making what is missing, and clears away what a program that died left behind. What is
    /// not a matter of storing, the clock and the references, comes from the caller.
    pub async fn open(
        data: &Path,
        settings: &EmbeddedSettings,
        site: &SiteSettings,
        clock: Arc<dyn Clock>,
        references: Arc<dyn References>,
    ) -> Result<Self, OpenError> {
        let mail_from: Mailbox = site
            .mail_from
            .parse()
            .map_err(|cause| OpenError::MailFrom { address: site.mail_from.clone(), cause })?;
        let opening = Opening::begin(data.to_owned()).await?;
        let file = data.join("gas.db");
        let database = Database::open(&file).await;
        let database = Arc::new(database.map_err(|cause| OpenError::Database { path: file, cause })?);
        let queue =
            Arc::new(SqliteQueue::new(Arc::clone(&database), Arc::clone(&clock), settings.max_receives));
        let cold = FileColdStorage {
            database: Arc::clone(&database),
            queue: Arc::clone(&queue),
            shelf: Shelf { root: data.join("cold") },
            folder: Arc::clone(&opening.folder),
            settings: settings.cold_storage.clone(),
        };
        let (mailer, outbox) = mail(data, settings, mail_from, &opening.folder, &clock)?;
        let ports = Ports {
            accounts: Arc::new(SqliteAccounts { database: Arc::clone(&database) }),
            email_changes: Arc::new(SqliteAccounts { database: Arc::clone(&database) }),
            deletions: Arc::new(SqliteAccounts { database: Arc::clone(&database) }),
            identities: Arc::new(SqliteIdentities { database: Arc::clone(&database) }),
            directory: Arc::new(SqliteDirectory { database: Arc::clone(&database) }),
            jobs: Arc::new(SqliteJobStore { database: Arc::clone(&database) }),
            uploads: Arc::new(SqliteUploadStore { database: Arc::clone(&database) }),
            objects: Arc::new(FileObjectStore { root: data.join("objects"), folder: opening.folder }),
            queue,
            cold: Arc::new(cold),
            mailer,
            outbox,
            billing: Arc::new(FreeOfCharge::Demo),
            subscriptions: Arc::new(SqliteSubscriptions { database: Arc::clone(&database) }),
            audit: Arc::new(SqliteAuditTrail { database: Arc::clone(&database) }),
            operation: Arc::new(SqliteOperation { database: Arc::clone(&database) }),
            references,
            clock,
        };
        Ok(Self { ports, database })
    }

    /// Ends all connections and writes the log of the database back into it. Other holders of the ports get
    /// errors from then on.
    pub async fn close(self) {
        self.database.close().await;
    }
}

/// The mailer, and where its mail can be read if it goes no further.
#[expect(clippy::type_complexity, reason = "the two are taken apart at once")]
fn mail(
    data: &Path,
    settings: &EmbeddedSettings,
    from: Mailbox,
    folder: &Arc<ProcessFolder>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Mailer>, Option<Arc<dyn Outbox>>), OpenError> {
    let clock = Arc::clone(clock);
    if let Some(smtp) = &settings.smtp {
        let mailer = SmtpMailer::new(smtp, from, clock).map_err(OpenError::MailServer)?;
        return Ok((Arc::new(mailer), None));
    }
    let outbox = Arc::new(FileOutbox { root: data.join("outbox"), folder: Arc::clone(folder), from, clock });
    Ok((Arc::<FileOutbox>::clone(&outbox), Some(outbox)))
}

/// A data directory while it is being opened: no other program opens it meanwhile.
struct Opening {
    folder: Arc<ProcessFolder>,
    _lock: File,
}

impl Opening {
    async fn begin(data: PathBuf) -> Result<Self, OpenError> {
        let path = data.clone();
        let prepared = files::blocking(move || Self::prepare(&data)).await;
        prepared.map_err(|cause| OpenError::Folder { path, cause })
    }

    fn prepare(data: &Path) -> io::Result<Self> {
        for name in ["objects/inputs", "objects/results", "cold", "outbox"] {
            files::folder(data, name)?;
        }
        let tmp = files::folder(data, "tmp")?;
        let lock = File::options().create(true).truncate(false).write(true).open(data.join("gas.lock"))?;
        lock.lock()?;
        let folder = ProcessFolder::claim(&tmp)?;
        ProcessFolder::sweep(&tmp)?;
        Ok(Self { folder: Arc::new(folder), _lock: lock })
    }
}
