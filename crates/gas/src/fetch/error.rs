//! What can go wrong with a download, said so that its reader can do something about it.

use std::{io, path::PathBuf, time::Duration};

/// A file that could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The server says that it does not have it, or does not give it.
    #[error("{url} cannot be had: the server answers {status}{}", remedy_of(*status))]
    Refused { url: String, status: u16 },
    /// All tries failed.
    #[error(
        "fetching {url} failed {attempts} times in a row, the last time because {cause}; what was fetched is kept, try again later"
    )]
    GaveUp { url: String, attempts: u32, cause: String },
    /// The server asks for more patience than there is.
    #[error("{url}: the server asks to wait for {} seconds; try again then", wait.as_secs())]
    ComeBack { url: String, wait: Duration },
    /// An address that is not safe to fetch from.
    #[error("{url} is no address that is fetched from: only `https://` is, and `http://` on this machine")]
    Address { url: String },
    /// More or fewer bytes than the recipe says.
    #[error(
        "{url} has {found} bytes where the recipe says {expected}; the recipe is out of date, or the server is wrong"
    )]
    Size { url: String, expected: u64, found: u64 },
    /// Other content than its publisher says.
    #[error(
        "{url} does not have the checksum that its publisher gives, not even when fetched again: {expected} is expected, {found} found"
    )]
    Checksum { url: String, expected: String, found: String },
    /// The list of checksums does not name the file.
    #[error("{list} has no checksum of `{file}`")]
    NotListed { list: String, file: String },
    /// Other content than when it was first fetched.
    #[error(
        "{url} is not the file that was fetched first: its SHA-256 was {before}, and is {now}; if that is meant, accept it with `--update`"
    )]
    Changed { url: String, before: String, now: String },
    /// No room.
    #[error("there is not enough room in `{}`: about {needed} are needed, {free} are free", folder.display())]
    NoSpace { folder: PathBuf, needed: bytesize::ByteSize, free: bytesize::ByteSize },
    /// The disk.
    #[error("writing `{}` failed ({source})", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// Another process fetches the same.
    #[error("another process is fetching into `{}`", folder.display())]
    Busy { folder: PathBuf },
    /// The client could not be made.
    #[error("no connection can be made ({0})")]
    Client(#[source] reqwest::Error),
}

fn remedy_of(status: u16) -> &'static str {
    match status {
        404 | 410 => "; the file may have moved, look for a newer version of this program",
        401 | 403 => "; the server asks who you are, or does not serve you",
        _ => "",
    }
}
