//! Downloading one file: resumed where it broke off, tried again, and checked before it gets its name.

use std::path::{Path, PathBuf};

use reqwest::{Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use tokio::{fs::File, io::AsyncWriteExt as _};

use super::{
    cache::{Cache, remove_file},
    checksum::{Digests, Expected},
    error::FetchError,
    lock::Lock,
    progress::{Bar, Board},
    recipe::{Download, GOOGLE},
    request::{Http, Trouble, passing, send},
    space,
};

/// Bytes that make a try a success of sorts: a server that breaks off after each few bytes is given up on.
const PROGRESS: u64 = 1 << 16;
/// A file is fetched anew so often when its checksum is wrong.
const MOST_FETCHES: usize = 2;

/// A file that is whole and checked.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) digests: Digests,
    /// What the publisher said of it.
    pub(super) published: String,
    pub(super) last_modified: Option<String>,
}

/// What the server said of a file that is not whole yet; it lies beside its part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    url: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl State {
    fn of(response: &Response, url: &str) -> Self {
        let text = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        Self { url: url.to_owned(), etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// What a request for the rest can be bound to (RFC 9110, 13.1.5: no weak tag).
    fn validator(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        strong.or(self.last_modified.as_deref())
    }
}

/// Fetches a file, unless it is there, and checks it.
pub(super) async fn fetch(
    http: &Http,
    wanted: &Download,
    cache: &Cache,
    lock: &Lock,
    board: &Board,
) -> Result<Fetched, FetchError> {
    let bar = board.file(&wanted.file);
    let mut file = Transfer { http, wanted, cache, bar: &bar };
    let expected = file.published().await?;
    let mut last = None;
    for _ in 0..MOST_FETCHES {
        let digests = file.whole().await?;
        let size = wanted.from.size.unwrap_or(digests.size);
        if size != digests.size {
            file.forget()?;
            return Err(FetchError::Size {
                url: wanted.from.url.clone(),
                expected: size,
                found: digests.size,
            });
        }
        if let Some(wrong) = expected.iter().find(|expected| !expected.agrees(&digests)) {
            last = Some((wrong.to_string(), wrong.same_of(&digests).to_string()));
            file.forget()?;
            continue;
        }
        return file.finish(digests, &expected, lock);
    }
    let (expected, found) = last.unwrap_or_default();
    Err(FetchError::Checksum { url: wanted.from.url.clone(), expected, found })
}

/// One file on its way.
struct Transfer<'f> {
    http: &'f Http,
    wanted: &'f Download,
    cache: &'f Cache,
    bar: &'f Bar,
}

impl Transfer<'_> {
    fn url(&self) -> &str {
        &self.wanted.from.url
    }

    /// All checksums that the recipe or the publisher gives.
    async fn published(&self) -> Result<Vec<Expected>, FetchError> {
        let from = &self.wanted.from;
        let not_listed =
            |list: &str| FetchError::NotListed { list: list.to_owned(), file: self.wanted.file.clone() };
        let mut expected = Vec::new();
        for text in [&from.sha256, &from.md5].into_iter().flatten() {
            expected.push(Expected::of_hexadecimal(text).ok_or_else(|| not_listed("the recipe"))?);
        }
        match from.checksum_from.as_deref() {
            None => {}
            Some(GOOGLE) => {
                let headers = self.http.head(self.url()).await?;
                let values = headers.get_all(GOOGLE).iter().filter_map(|value| value.to_str().ok());
                expected.push(Expected::of_google(values).ok_or_else(|| not_listed(self.url()))?);
            }
            Some(list) => {
                let text = self.http.text(list).await?;
                expected.push(Expected::of_list(&text, &self.wanted.file).ok_or_else(|| not_listed(list))?);
            }
        }
        Ok(expected)
    }

    /// Brings the file, or finds that it is there, and reads its checksums.
    async fn whole(&mut self) -> Result<Digests, FetchError> {
        let finished = self.cache.path(&self.wanted.file);
        let place = if finished.exists() {
            finished
        } else {
            let url = self.url().to_owned();
            self.http.patiently(&url, async || self.attempt().await).await?;
            self.cache.part(&self.wanted.file)
        };
        self.bar.say("checking");
        let read = place.clone();
        let digests = tokio::task::spawn_blocking(move || Digests::of(&read)).await;
        let digests = digests.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        digests.map_err(|source| FetchError::Write { path: place, source })
    }

    /// One request, for the rest of what is there or for all.
    async fn attempt(&self) -> Result<(), Trouble> {
        let (part, before) = (self.cache.part(&self.wanted.file), self.state());
        let there = part.metadata().map_or(0, |metadata| metadata.len());
        let mut request = self.http.client.get(self.url());
        let resumed = before.validator().filter(|_| there > 0);
        if let Some(validator) = resumed {
            request =
                request.header(header::RANGE, format!("bytes={there}-")).header(header::IF_RANGE, validator);
        }
        let response = send(request, self.url()).await?;
        let begin = match response.status() {
            StatusCode::PARTIAL_CONTENT if resumed.is_some() => {
                // A server that gives another part than it was asked for is not asked for parts again.
                if first_byte(&response) != Some(there) {
                    self.forget()?;
                    return Err(again("the server gives another part than it was asked for"));
                }
                there
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                if whole_length(&response) == Some(there) {
                    return Ok(());
                }
                self.forget()?;
                return Err(again("the server has less than there was before"));
            }
            _ => 0,
        };
        self.receive(response, begin, &part).await
    }

    async fn receive(&self, mut response: Response, begin: u64, part: &Path) -> Result<(), Trouble> {
        let total = response.content_length().map(|rest| begin + rest);
        if let (Some(expected), Some(found)) = (self.wanted.from.size, total)
            && expected != found
        {
            return Err(FetchError::Size { url: self.url().to_owned(), expected, found }.into());
        }
        space::require(self.cache.folder(), total.unwrap_or(begin) - begin)?;
        let fault = |source| FetchError::Write { path: part.to_owned(), source };
        if begin == 0 {
            self.keep_state(&State::of(&response, self.url()))?;
        }
        let mut options = File::options();
        let options = options.create(true).write(true).append(begin > 0).truncate(begin == 0);
        let mut file = options.open(part).await.map_err(fault)?;
        self.bar.begin(begin, total);
        let mut there = begin;
        let outcome = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    file.write_all(&chunk).await.map_err(fault)?;
                    there += chunk.len() as u64;
                    self.bar.add(chunk.len() as u64);
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(passing(&error)),
            }
        };
        file.flush().await.map_err(fault)?;
        file.sync_all().await.map_err(fault)?;
        let progressed = there - begin >= PROGRESS;
        match outcome {
            Ok(()) if total.is_none_or(|total| total == there) => Ok(()),
            Ok(()) => {
                Err(Trouble::Passing { cause: "the connection broke off".into(), wait: None, progressed })
            }
            Err(Trouble::Passing { cause, wait, .. }) => Err(Trouble::Passing { cause, wait, progressed }),
            Err(other) => Err(other),
        }
    }

    fn state(&self) -> State {
        let text = std::fs::read_to_string(self.cache.state(&self.wanted.file)).unwrap_or_default();
        let state: State = toml::from_str(&text).unwrap_or_default();
        if state.url == self.url() { state } else { State::default() }
    }

    fn keep_state(&self, state: &State) -> Result<(), FetchError> {
        let path = self.cache.state(&self.wanted.file);
        let text = toml::to_string(state).unwrap_or_default();
        std::fs::write(&path, text).map_err(|source| FetchError::Write { path, source })
    }

    /// Begins from nothing.
    fn forget(&self) -> Result<(), FetchError> {
        let file = &self.wanted.file;
        let all: [PathBuf; 3] = [self.cache.path(file), self.cache.part(file), self.cache.state(file)];
        all.iter().try_for_each(|path| remove_file(path))
    }

    /// Gives the file its name.
    fn finish(&self, digests: Digests, expected: &[Expected], lock: &Lock) -> Result<Fetched, FetchError> {
        let (wanted, url) = (self.wanted, self.url().to_owned());
        if let Some(before) = lock.sha256_of(&url).filter(|_| !wanted.from.changes)
            && before != digests.sha256
        {
            return Err(FetchError::Changed { url, before: before.to_owned(), now: digests.sha256 });
        }
        let (part, path) = (self.cache.part(&wanted.file), self.cache.path(&wanted.file));
        let last_modified = self.state().last_modified;
        if part.exists() && !path.exists() {
            std::fs::rename(&part, &path).map_err(|source| FetchError::Write { path, source })?;
        }
        let published: Vec<String> = expected.iter().map(ToString::to_string).collect();
        let published = published.join(", ");
        self.bar.done(digests.size, &published);
        Ok(Fetched { name: wanted.file.clone(), url, digests, published, last_modified })
    }
}

fn again(cause: &str) -> Trouble {
    Trouble::Passing { cause: cause.to_owned(), wait: None, progressed: false }
}

/// The first byte of `Content-Range: bytes 100-199/1000`.
fn first_byte(response: &Response) -> Option<u64> {
    content_range(response)?.split('-').next()?.parse().ok()
}

/// The length in `Content-Range: bytes */1000`.
fn whole_length(response: &Response) -> Option<u64> {
    content_range(response)?.split('/').nth(1)?.parse().ok()
}

fn content_range(response: &Response) -> Option<&str> {
    response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ").map(str::trim)
}
