//! Who may read the outbox: somebody at this very machine, and only when mail goes no further.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use gas_service::ports::Outbox;

use crate::{app::App, error::WebError};

/// The outbox, for callers that may read it; to all others there is none.
pub(crate) struct OutboxReader(pub(crate) Arc<dyn Outbox>);

impl FromRequestParts<App> for OutboxReader {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let near = peer.is_some_and(|ConnectInfo(peer)| peer.ip().is_loopback());
        let outbox = app.desk.ports.outbox.as_ref().filter(|_| app.options.show_outbox);
        match outbox {
            Some(outbox) if near && addressed_directly(&parts.headers) => Ok(Self(Arc::clone(outbox))),
            _ => Err(WebError::NotFound),
        }
    }
}

/// A proxy on this machine makes everybody look near, and a hostile page may give its own host's name our
/// address: neither is somebody who typed the address of this machine.
fn addressed_directly(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
        && !proxied.iter().any(|header| headers.contains_key(*header))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("localhost:8080", None, true)]
    #[case("127.0.0.1", None, true)]
    #[case("[::1]:8080", None, true)]
    #[case("gas.example.org", None, false)]
    #[case("localhost.evil.example:8080", None, false)]
    #[case("localhost", Some("x-forwarded-for"), false)]
    #[case("localhost", Some("via"), false)]
    fn only_direct_requests_count(
        #[case] host: &str,
        #[case] proxied: Option<&'static str>,
        #[case] direct: bool,
    ) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(name) = proxied {
            headers.insert(name, "203.0.113.1".parse().unwrap());
        }
        assert_eq!(addressed_directly(&headers), direct);
    }
}
