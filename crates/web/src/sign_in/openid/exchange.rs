//! Requests to providers: no redirects, little time, small answers.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::{Client, redirect};

/// Most bytes of an answer; documents of providers have a few thousand.
const MOST_BYTES: usize = 512 * 1024;
/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What asks providers.
#[derive(Clone, Debug)]
pub(super) struct Exchange(Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("the request did not come to its end")]
    Failed(#[source] reqwest::Error),
    #[error("the answer has more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("the answer cannot be understood")]
    Unreadable(#[source] http::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self::Failed(error.without_url())
    }
}

impl Exchange {
    /// `time_limit` is for a request with its whole answer. A redirect is an answer like any other, so what a provider
    /// says leads nowhere but where its documents say.
    pub(super) fn new(time_limit: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT.min(time_limit))
            .timeout(time_limit)
            .user_agent(concat!("gas/", env!("CARGO_PKG_VERSION")));
        Ok(Self(client.build()?))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(bytes) = answer.chunk().await? {
            if body.len() + bytes.len() > MOST_BYTES {
                return Err(NoAnswer::TooLarge);
            }
            body.extend_from_slice(&bytes);
        }
        response.body(body).map_err(NoAnswer::Unreadable)
    }
}

impl<'c> AsyncHttpClient<'c> for Exchange {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + Sync + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
