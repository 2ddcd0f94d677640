//! What every request handler has at hand.

use std::{sync::Arc, time::Duration};

use gas_service::desk::Desk;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::{
    client_address::Network,
    events::Streams,
    health::Stored,
    rate_limit::{RateLimiter, RateLimits},
    sign_in::openid::Providers,
};

/// How the web face is set up.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// Whether browsers shall send the session cookie over HTTPS only; set it wherever there is HTTPS.
    pub secure_cookies: bool,
    /// Whether browsers shall use HTTPS for all hosts beneath this one, too.
    pub hsts_subdomains: bool,
    /// Whether mail that went no further than this machine is shown at `/outbox`, to callers on this machine, if the site's
    /// address is one of it.
    pub show_outbox: bool,
    /// The program's version.
    pub version: String,
    /// When this process began to serve.
    pub started: Timestamp,
    /// How long a request may take until its answer begins; uploads are exempt.
    pub time_limit: Duration,
    /// How long an upload may be silent before it is given up.
    pub upload_idle_limit: Duration,
    /// Proxies whose word about where a request comes from is taken.
    pub trusted_proxies: Vec<Network>,
    /// How many requests one address and one user may make.
    pub rate_limits: RateLimits,
    /// From where `/metrics` may be read.
    pub metrics_from: Vec<Network>,
    /// What opens `/metrics` from elsewhere, sent as a bearer token; none is nothing.
    pub metrics_token: Option<SecretString>,
    /// How often a job under way is looked at for its event stream.
    pub event_interval: Duration,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self {
            secure_cookies: false,
            hsts_subdomains: false,
            show_outbox: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: Timestamp::now(),
            time_limit: Duration::from_secs(30),
            upload_idle_limit: Duration::from_mins(1),
            trusted_proxies: Vec::new(),
            rate_limits: RateLimits::default(),
            metrics_from: Vec::new(),
            metrics_token: None,
            event_interval: Duration::from_millis(300),
        }
    }
}

/// What every request handler has at hand; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Everything that can be asked of the service.
    pub desk: Desk,
    /// How the web face is set up.
    pub options: Arc<WebOptions>,
    /// What this process counted, for `/metrics`; none shows the figures from the tables only.
    pub metrics: Option<PrometheusHandle>,
    /// Cancelled when the process is to end; open event streams then close, so that nothing waits for them.
    pub shutdown: CancellationToken,
    pub(crate) providers: Providers,
    pub(crate) streams: Arc<Streams>,
    pub(crate) stored: Arc<Stored>,
    pub(crate) rate_limiter: Arc<RateLimiter>,
}

impl App {
    /// An app on this desk, without process metrics.
    pub fn new(desk: Desk, options: WebOptions) -> Self {
        Self {
            desk,
            rate_limiter: Arc::new(RateLimiter::new(&options.rate_limits)),
            options: Arc::new(options),
            metrics: None,
            shutdown: CancellationToken::new(),
            providers: Providers::default(),
            streams: Arc::default(),
            stored: Arc::default(),
        }
    }

    /// The same with providers that vouch for people.
    #[must_use]
    pub fn with_providers(self, providers: Providers) -> Self {
        Self { providers, ..self }
    }

    /// The same with the metrics of this process.
    #[must_use]
    pub fn with_metrics(self, handle: PrometheusHandle) -> Self {
        Self { metrics: Some(handle), ..self }
    }
}
