//! Who may read the outbox: somebody at this very machine, and only when mail goes no further and the site is for this
//! machine alone.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, Uri, header, request::Parts},
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
        let shown = app.options.show_outbox && is_of_this_machine(&app.desk.settings.site.address);
        let outbox = app.desk.ports.outbox.as_ref().filter(|_| shown);
        match outbox {
            Some(outbox) if near && addressed_directly(&parts.headers) => Ok(Self(Arc::clone(outbox))),
            _ => Err(WebError::NotFound),
        }
    }
}

/// Whether a site that is reached at this address is one for this machine alone. Behind a proxy that tells nothing of its
/// callers every request seems to come from here; but then the site has a name of its own.
#[must_use]
pub fn is_of_this_machine(address: &str) -> bool {
    let address = address.parse::<Uri>().ok();
    address.as_ref().and_then(Uri::host).is_some_and(|host| {
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host.eq_ignore_ascii_case("localhost") || number.is_ok_and(|number| number.is_loopback())
    })
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
    #[case("http://localhost:8080", true)]
    #[case("http://LOCALHOST", true)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://127.8.0.1", true)]
    #[case("http://[::1]:8080/gas", true)]
    #[case("https://gas.example.org", false)]
    #[case("http://localhost.evil.example", false)]
    #[case("http://127.0.0.1.evil.example", false)]
    #[case("http://localhost@gas.example.org", false)]
    #[case("http://192.168.1.5:8080", false)]
    #[case("http://0.0.0.0:8080", false)]
    #[case("", false)]
    fn only_addresses_of_this_machine_count(#[case] address: &str, #[case] is_here: bool) {
        assert_eq!(is_of_this_machine(address), is_here);
    }

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
