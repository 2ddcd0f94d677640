//! One call of Stripe's API: its version, the key, limits, repetitions.

use std::time::Duration;

use gas_service::notation::{hexadecimal, percent_encoded};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::objects::{List, Listed};

/// The version of the API in whose words everything here is written.
pub const API_VERSION: &str = "2025-09-30.clover";
/// How often a call is tried. The pauses between double.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// How long one try may take: all of them together less than a request of a browser may take.
const TRY_TIME: Duration = Duration::from_secs(8);
/// A longer answer is none of those that are asked for here.
const LARGEST_ANSWER: usize = 4 << 20;
/// Most pages of a list that are read, of a hundred each.
const LIST_PAGES: usize = 100;
/// What follows such a call.
pub(crate) type Answer<T> = Result<T, StripeError>;
/// Names and values of a form or a query.
pub(crate) type Fields<'a> = [(&'a str, &'a str)];

/// Why Stripe did not do as asked. Keys are in no message.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// No answer came.
    #[error("Stripe could not be reached at `{api}`")]
    Unreachable {
        /// Where it was looked for.
        api: String,
        /// What happened.
        #[source]
        cause: reqwest::Error,
    },
    /// The answer is a refusal.
    #[error("Stripe refused with status {status}{}: {message}", code.as_ref().map(|code| format!(" (`{code}`)")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Stripe's word for it.
        code: Option<String>,
        /// Stripe's sentence.
        message: String,
    },
    /// The answer is not one of those that this program knows.
    #[error("Stripe's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// The answer does not end.
    #[error("Stripe's answer has more than {LARGEST_ANSWER} bytes")]
    TooLong,
    /// The answer is as it should be, but says something that cannot be.
    #[error("{0}")]
    Unexpected(String),
}

impl StripeError {
    /// Whether Stripe does not know the object that was asked for.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => {
                code.as_deref() == Some("resource_missing") || (code.is_none() && *status == 404)
            }
            _ => false,
        }
    }
}

/// The shape of a refusal.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: RefusalError,
}

#[derive(Default, Deserialize)]
struct RefusalError {
    code: Option<String>,
    message: Option<String>,
}

/// Stripe's API with a key to it.
pub(crate) struct Client {
    http: reqwest::Client,
    api: String,
    key: SecretString,
}

impl Client {
    pub(crate) fn new(api: &str, key: SecretString) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(TRY_TIME)
            .connect_timeout(TRY_TIME / 2)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("gas/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, api: api.trim().trim_end_matches('/').to_owned(), key })
    }

    /// Where the API is.
    pub(crate) fn api(&self) -> &str {
        &self.api
    }

    /// Reads.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Fields<'_>) -> Answer<T> {
        self.call(&|| self.request(Method::GET, path).query(query)).await
    }

    /// Reads a list to its end. One with more pages than are read is none of those that are asked for here.
    pub(crate) async fn list<T: DeserializeOwned + Listed>(
        &self,
        path: &str,
        query: &Fields<'_>,
    ) -> Answer<Vec<T>> {
        let (found, all) = self.begin_of_list(path, query).await?;
        if !all {
            let told = format!("the list at `{path}` has more than {LIST_PAGES} pages");
            return Err(StripeError::Unexpected(told));
        }
        Ok(found)
    }

    /// Reads a list as far as it goes, and says whether that is to its end.
    pub(crate) async fn begin_of_list<T: DeserializeOwned + Listed>(
        &self,
        path: &str,
        query: &Fields<'_>,
    ) -> Answer<(Vec<T>, bool)> {
        let mut found: Vec<T> = Vec::new();
        for _ in 0..LIST_PAGES {
            let mut query = [query, &[("limit", "100")]].concat();
            if let Some(last) = found.last() {
                query.push(("starting_after", last.id()));
            }
            let page: List<T> = self.get(path, &query).await?;
            let ends = page.data.is_empty() || !page.has_more;
            found.extend(page.data);
            if ends {
                return Ok((found, true));
            }
        }
        Ok((found, false))
    }

    /// Makes or changes something. Within the same `occasion` the same request counts once, however often it is sent;
    /// Stripe then repeats its first answer, for a day.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: &Fields<'_>,
        occasion: &str,
    ) -> Answer<T> {
        let key = idempotency_key(path, form, occasion);
        let request = || self.request(Method::POST, path).header("idempotency-key", &key).form(form);
        self.call(&request).await
    }

    /// Removes or ends something; twice is as good as once.
    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        self.call(&|| self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.api));
        request.bearer_auth(self.key.expose_secret().trim()).header("stripe-version", API_VERSION)
    }

    /// Repeats what did not get through, or what Stripe was too busy for. All calls here may be sent twice.
    async fn call<T: DeserializeOwned>(&self, request: &(dyn Fn() -> RequestBuilder + Sync)) -> Answer<T> {
        let mut pause = FIRST_PAUSE;
        let mut tried = 1;
        loop {
            match self.once(request()).await {
                Err((error, true)) if tried < TRIES => {
                    tracing::warn!(%error, "a call of Stripe failed; it is tried again");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    tried += 1;
                }
                Err((error, _)) => return Err(error),
                Ok(bytes) => return serde_json::from_slice(&bytes).map_err(StripeError::Unreadable),
            }
        }
    }

    /// The answer, or what went wrong and whether another try may help.
    async fn once(&self, request: RequestBuilder) -> Result<Vec<u8>, (StripeError, bool)> {
        let lost = |cause: reqwest::Error| {
            (StripeError::Unreachable { api: self.api.clone(), cause: cause.without_url() }, true)
        };
        let response = request.send().await.map_err(lost)?;
        let (status, again) = (response.status(), may_try_again(response.status(), response.headers()));
        let Some(bytes) = limited(response).await.map_err(lost)? else {
            return Err((StripeError::TooLong, false));
        };
        if status.is_success() {
            return Ok(bytes);
        }
        let refusal: Refusal = serde_json::from_slice(&bytes).unwrap_or_default();
        let message = refusal.error.message.unwrap_or_else(|| "without a reason".to_owned());
        let message = message.chars().take(500).collect();
        Err((StripeError::Refused { status: status.as_u16(), code: refusal.error.code, message }, again))
    }
}

/// Stripe says so itself at times; else by the status.
fn may_try_again(status: StatusCode, headers: &HeaderMap) -> bool {
    match headers.get("stripe-should-retry").map(reqwest::header::HeaderValue::as_bytes) {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => status.is_server_error() || matches!(status.as_u16(), 409 | 429),
    }
}

/// The whole answer; none if it is too long.
async fn limited(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// Says that two requests are one: the same path and fields, on the same occasion. Stripe refuses a key that comes with
/// other fields, so they are all in it.
fn idempotency_key(path: &str, form: &Fields<'_>, occasion: &str) -> String {
    let mut digest = Sha256::new();
    for text in [path, occasion].into_iter().chain(form.iter().flat_map(|(name, value)| [*name, *value])) {
        digest.update(text.len().to_le_bytes());
        digest.update(text.as_bytes());
    }
    hexadecimal(&digest.finalize())
}

/// A path with an id in it.
pub(crate) fn path(collection: &str, id: &str) -> String {
    format!("/v1/{collection}/{}", percent_encoded(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_requests_of_one_occasion_have_one_key() {
        let form: &Fields<'_> = &[("a", "b"), ("c", "d")];
        let key = idempotency_key("/v1/customers", form, "today");
        assert_eq!(key, idempotency_key("/v1/customers", form, "today"));
        assert!(key.len() <= 255, "Stripe takes no longer ones");
        for other in [
            idempotency_key("/v1/customers", form, "tomorrow"),
            idempotency_key("/v1/other", form, "today"),
            idempotency_key("/v1/customers", &[("a", "bc"), ("", "d")], "today"),
        ] {
            assert_ne!(other, key);
        }
    }

    #[test]
    fn ids_stay_within_their_path() {
        assert_eq!(path("customers", "cus_1"), "/v1/customers/cus_1");
        assert!(!path("customers", "../charges?x=").contains("/charges"));
    }
}
