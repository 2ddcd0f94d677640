//! Requests that are tried again: which answers are worth it, and how long to wait.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use reqwest::{Client, Response, StatusCode, Url, header, redirect};

use super::{Manner, error::FetchError};

/// Longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// Longest wait of our own.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);
const CONNECT_PATIENCE: Duration = Duration::from_secs(30);
const MOST_REDIRECTS: usize = 8;
/// Bytes of the largest list of checksums.
const LARGEST_LIST: usize = 16 << 20;

/// A client that knows how to be patient.
pub(super) struct Http {
    pub(super) client: Client,
    attempts: u32,
    first_wait: Duration,
}

/// Why a try failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another try would fail, too.
    Final(FetchError),
    /// Another try may succeed.
    Passing {
        cause: String,
        /// What the server asks for.
        wait: Option<Duration>,
        /// Whether this try brought something that the next one need not.
        progressed: bool,
    },
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        Self::Final(error)
    }
}

impl Http {
    pub(super) fn new(manner: &Manner) -> Result<Self, FetchError> {
        let policy = redirect::Policy::custom(|attempt| {
            if attempt.previous().len() > MOST_REDIRECTS {
                attempt.error("it is redirected too often")
            } else if is_safe(attempt.url()) {
                attempt.follow()
            } else {
                attempt.error("it is redirected to an address that is not safe")
            }
        });
        let client = Client::builder()
            .user_agent(concat!("gas/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_PATIENCE)
            .read_timeout(manner.patience)
            .redirect(policy)
            .build()
            .map_err(FetchError::Client)?;
        Ok(Self { client, attempts: manner.attempts.max(1), first_wait: manner.first_wait })
    }

    /// Tries until it succeeds, fails for good, or has failed so many times in a row without bringing anything.
    pub(super) async fn patiently<T>(
        &self,
        url: &str,
        mut attempt: impl AsyncFnMut() -> Result<T, Trouble>,
    ) -> Result<T, FetchError> {
        let mut failures = 0;
        loop {
            let (cause, wait, progressed) = match attempt().await {
                Ok(found) => return Ok(found),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Passing { cause, wait, progressed }) => (cause, wait, progressed),
            };
            failures = if progressed { 1 } else { failures + 1 };
            if failures >= self.attempts {
                return Err(FetchError::GaveUp { url: url.to_owned(), attempts: failures, cause });
            }
            if let Some(wait) = wait.filter(|wait| *wait > LONGEST_WAIT) {
                return Err(FetchError::ComeBack { url: url.to_owned(), wait });
            }
            tokio::time::sleep(wait.unwrap_or_else(|| backoff(self.first_wait, failures))).await;
        }
    }

    /// A small text, such as a list of checksums.
    pub(super) async fn text(&self, url: &str) -> Result<String, FetchError> {
        self.patiently(url, async || {
            let mut response = send(self.client.get(url), url).await?;
            let mut text = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| passing(&error))? {
                text.extend_from_slice(&chunk);
                if text.len() > LARGEST_LIST {
                    let (found, expected) = (text.len() as u64, LARGEST_LIST as u64);
                    return Err(FetchError::Size { url: url.to_owned(), expected, found }.into());
                }
            }
            Ok(String::from_utf8_lossy(&text).into_owned())
        })
        .await
    }

    /// The headers of an answer.
    pub(super) async fn head(&self, url: &str) -> Result<header::HeaderMap, FetchError> {
        self.patiently(url, async || Ok(send(self.client.head(url), url).await?.headers().clone())).await
    }
}

/// Sends a request; an answer that is none, or is no success, is trouble.
pub(super) async fn send(request: reqwest::RequestBuilder, url: &str) -> Result<Response, Trouble> {
    let response = request.header(header::ACCEPT_ENCODING, "identity").send().await.map_err(|error| {
        if error.is_redirect() {
            Trouble::Final(FetchError::Address { url: url.to_owned() })
        } else {
            passing(&error)
        }
    })?;
    let status = response.status();
    // A range that cannot be satisfied is for the caller to understand.
    if status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(response);
    }
    if !is_passing(status) {
        return Err(FetchError::Refused { url: url.to_owned(), status: status.as_u16() }.into());
    }
    let wait =
        response.headers().get(header::RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
    Err(Trouble::Passing {
        cause: format!("the server answers {}", status.as_u16()),
        wait,
        progressed: false,
    })
}

/// A connection that broke.
pub(super) fn passing(error: &reqwest::Error) -> Trouble {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Trouble::Passing { cause: format!("the connection failed ({cause})"), wait: None, progressed: false }
}

fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
    let then =
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(date.timestamp().as_second()).ok()?);
    Some(then.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Twice as long each time.
fn backoff(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_BACKOFF)
}

/// Refuses addresses that are not safe: others could change what comes from them.
pub(super) fn check_address(url: &str) -> Result<(), FetchError> {
    let safe = Url::parse(url).is_ok_and(|url| is_safe(&url));
    if safe { Ok(()) } else { Err(FetchError::Address { url: url.to_owned() }) }
}

fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine =
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://ftp.ensembl.org/pub", true)]
    #[case("http://127.0.0.1:8080/x", true)]
    #[case("http://[::1]:8080/x", true)]
    #[case("http://localhost/x", true)]
    #[case("http://ftp.ensembl.org/pub", false)]
    #[case("http://127.0.0.1.example.org/x", false)]
    #[case("ftp://127.0.0.1/x", false)]
    #[case("file:///etc/passwd", false)]
    #[case("", false)]
    fn addresses(#[case] url: &str, #[case] is_safe: bool) {
        assert_eq!(check_address(url).is_ok(), is_safe);
    }

    #[test]
    fn waits_grow_and_end() {
        let wait = |failures| backoff(Duration::from_secs(1), failures).as_secs();
        assert_eq!([1, 2, 3, 4, 9, 99].map(wait), [1, 2, 4, 8, 60, 60]);
    }

    #[test]
    fn servers_ask_in_seconds_or_for_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
