use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use gas_service::ports::{BackendError, Clock, Mail, Mailer, Outbox, OutboxMail, WhileDoing as _};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use lettre::message::Mailbox;
use mail_parser::MessageParser;
use uuid::Uuid;

use super::{Fault, compose};
use crate::{files, process_folder::ProcessFolder};

/// How many mails are kept, the newest.
const KEPT: usize = 1000;
/// Names sort by time; what follows the time tells mails of the same instant apart.
const NAME: &str = "%Y%m%dT%H%M%S.%9f";

/// Puts mail into a folder, one `.eml` file each, where its owner and the outbox page find it.
#[derive(Clone)]
pub(crate) struct FileOutbox {
    pub(crate) root: PathBuf,
    pub(crate) folder: Arc<ProcessFolder>,
    pub(crate) from: Mailbox,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Mailer for FileOutbox {
    async fn send(&self, mail: &Mail) -> Result<(), BackendError> {
        self.keep(mail).await.while_doing(|| format!("putting mail to `{}` into the outbox", mail.to))
    }
}

#[async_trait]
impl Outbox for FileOutbox {
    async fn newest(&self, limit: usize) -> Result<Vec<OutboxMail>, BackendError> {
        let root = self.root.clone();
        let read = move || {
            let mut names = sorted_names(&root)?;
            names.reverse();
            Ok(names.into_iter().take(limit).filter_map(|name| read(&root.join(name))).collect())
        };
        files::blocking(read).await.while_doing(|| "reading the outbox")
    }

    async fn find(&self, id: &str) -> Result<Option<OutboxMail>, BackendError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if !id.chars().all(plain) || id.starts_with('.') {
            return Ok(None);
        }
        let path = self.root.join(format!("{id}.eml"));
        files::blocking(move || Ok(read(&path))).await.while_doing(|| format!("reading mail `{id}`"))
    }
}

impl FileOutbox {
    async fn keep(&self, mail: &Mail) -> Result<(), Fault> {
        let bytes = compose(mail, &self.from, &*self.clock)?.formatted();
        let distinction = Uuid::now_v7().simple().to_string();
        let name = format!("{}-{distinction}.eml", self.clock.now().strftime(NAME));
        let (folder, root) = (Arc::clone(&self.folder), self.root.clone());
        let write = move || {
            let written = files::write_at_once(&folder, &bytes)?;
            files::put_in_place(written, &root.join(name), &root)?;
            forget_oldest(&root)
        };
        Ok(files::blocking(write).await?)
    }
}

fn sorted_names(root: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "eml") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn forget_oldest(root: &Path) -> io::Result<()> {
    let names = sorted_names(root)?;
    let surplus = names.len().saturating_sub(KEPT);
    for name in names.iter().take(surplus) {
        files::remove(&root.join(name), root)?;
    }
    Ok(())
}

/// Reads a mail of ours; none if it is gone, or is somebody else's.
fn read(path: &Path) -> Option<OutboxMail> {
    let id = path.file_stem()?.to_str()?.to_owned();
    let sent = time_of(&id)?;
    let bytes = fs::read(path).ok()?;
    let message = MessageParser::default().parse(&bytes)?;
    let mail = Mail {
        to: message.to()?.first()?.address()?.parse().ok()?,
        subject: message.subject()?.to_owned(),
        text: message.body_text(0)?.replace("\r\n", "\n"),
        html: message.body_html(0)?.replace("\r\n", "\n"),
    };
    Some(OutboxMail { id, sent, mail })
}

fn time_of(id: &str) -> Option<Timestamp> {
    let (time, _) = id.split_once('-')?;
    let time = DateTime::strptime("%Y%m%dT%H%M%S.%f", time).ok()?;
    Some(time.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}
