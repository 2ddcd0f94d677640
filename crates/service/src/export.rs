//! All that the service knows of a user, as one zip that is made while it is read.
//!
//! A thread writes the zip, as the format's writers are synchronous; it hands pieces over to whoever reads, waits for them,
//! and ends when they stand still. What could not be included is listed in the zip itself. A zip that broke off lacks its
//! end, which no reader takes for a whole one.

mod content;
mod pieces;

use std::{
    collections::HashSet,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::runtime::Handle;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use self::pieces::Pieces;
use crate::{account::User, desk::Desk, id::UserId, ports::BoxRead};

/// Whose exports this process makes now.
#[derive(Clone, Default)]
pub(crate) struct Exports(Arc<Mutex<HashSet<UserId>>>);

/// The right to make one; given back when it is dropped.
pub(crate) struct Turn {
    exports: Exports,
    user: UserId,
}

impl Exports {
    /// None while another export of that user goes on.
    pub(crate) fn take_turn(&self, user: UserId) -> Option<Turn> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.insert(user).then(|| Turn { exports: self.clone(), user })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.exports.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

/// Begins an export.
pub(crate) fn begin(desk: Desk, user: User, turn: Turn) -> BoxRead {
    let idle = desk.settings.rendering.idle_limit;
    // It lasts until it is written and read, or given up.
    let turn = Arc::new(turn);
    let (pieces, reader) = pieces::channel(Handle::current(), idle);
    let writing = Arc::clone(&turn);
    tokio::task::spawn_blocking(move || {
        let _turn = writing;
        let mut export = Export { desk, user, handle: Handle::current(), idle };
        if let Err(error) = export.write(pieces) {
            tracing::warn!(user_id = %export.user.user_id, error = format!("{error:#}"), "an export broke off");
        }
    });
    reader.into_read(turn)
}

/// An export under way.
struct Export {
    desk: Desk,
    user: User,
    handle: Handle,
    /// How long neither a file's next bytes nor a reader may take.
    idle: std::time::Duration,
}

type Zip = ZipWriter<zip::write::StreamWriter<Pieces>>;

/// How a file lies in the zip. Sizes are not known beforehand, and may be beyond four GiB.
fn options(compressed: bool) -> SimpleFileOptions {
    let method = if compressed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    SimpleFileOptions::default().compression_method(method).large_file(true)
}

fn add(zip: &mut Zip, name: &str, text: &[u8]) -> anyhow::Result<()> {
    zip.start_file(name, options(false))?;
    Ok(zip.write_all(text)?)
}

fn stood_still(_: tokio::time::error::Elapsed) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long")
}
