//! What can be set about the web face.

use std::time::Duration;

use gas_web::{WebOptions, client_address::Network, rate_limit::RateLimits, server::ConnectionLimits};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// The web face.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebSettings {
    /// Whether people reach the site by HTTPS: cookies then travel by it only, and browsers are told to use nothing else.
    /// Without it the site's address tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secure_cookies: Option<bool>,
    /// Whether what browsers are told about HTTPS holds for all hosts beneath this one, too.
    pub(crate) hsts_subdomains: bool,
    /// How long a request may take until its answer begins.
    #[serde(with = "humantime_serde")]
    pub(crate) time_limit: Duration,
    /// How long an upload may be silent.
    #[serde(with = "humantime_serde")]
    pub(crate) upload_idle_limit: Duration,
    /// Proxies whose word about where a request comes from is taken.
    pub(crate) trusted_proxies: Vec<Network>,
    /// From where `/metrics` may be read.
    pub(crate) metrics_from: Vec<Network>,
    /// What opens `/metrics` from elsewhere; empty is nothing.
    #[serde(serialize_with = "masked")]
    pub(crate) metrics_token: SecretString,
    /// Limits on connections.
    pub(crate) connections: ConnectionLimits,
    /// How many requests one address and one user may make.
    pub(crate) rate_limits: RateLimits,
}

/// A secret as it may be shown: whether it is there.
fn masked<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.expose_secret().is_empty() { "" } else { super::secret::MASK })
}

impl WebSettings {
    /// The same for the web face itself, of a site at this address.
    pub(crate) fn options(&self, address: &str) -> WebOptions {
        let token = Some(self.metrics_token.clone()).filter(|token| !token.expose_secret().is_empty());
        WebOptions {
            secure_cookies: self.secure_cookies.unwrap_or_else(|| address.starts_with("https://")),
            hsts_subdomains: self.hsts_subdomains,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time_limit: self.time_limit,
            upload_idle_limit: self.upload_idle_limit,
            trusted_proxies: self.trusted_proxies.clone(),
            rate_limits: self.rate_limits.clone(),
            metrics_from: self.metrics_from.clone(),
            metrics_token: token,
            ..WebOptions::default()
        }
    }
}
