//! The connections: how many, how long their requests' heads may take, how large they may be, and how long an answer may wait
//! to be taken.

mod places;
mod stalling;

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use self::{
    places::{Place, Places},
    stalling::Stalling,
};
use crate::client_address::Network;

/// How long to wait when no more files can be opened, or the like.
const PAUSE: Duration = Duration::from_millis(100);

/// Limits on connections.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionLimits {
    /// How many there may be at once; whoever comes then waits.
    pub at_once: usize,
    /// How many of them one address may have, or of IPv6 one network of 64 bits; more are closed at once. 0 is no limit.
    pub per_address: usize,
    /// How long the head of a request may take to come; so long may a connection also be idle between two.
    #[serde(with = "humantime_serde")]
    pub header_time: Duration,
    /// Most bytes of a request's line and headers together.
    pub header_bytes: usize,
    /// Most headers of a request.
    pub headers: usize,
    /// How long a client may take no byte of its answer.
    #[serde(with = "humantime_serde")]
    pub write_time: Duration,
}

/// Answers requests until told to stop, and those under way then. Connections of trusted proxies are many people's, so they
/// are not counted by address.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &ConnectionLimits,
    trusted_proxies: Vec<Network>,
    stop: &CancellationToken,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_header_size(limits.header_bytes)
        .max_headers(limits.headers);
    let slots = Arc::new(Semaphore::new(limits.at_once));
    let places = Places::new(limits.per_address, trusted_proxies);
    let open = TaskTracker::new();
    while let Some(Accepted { stream, peer, held }) = next(&listener, &slots, &places, stop).await {
        let stream = Stalling::new(stream, limits.write_time);
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let stop = stop.clone();
        open.spawn(async move {
            let mut connection = pin!(connection);
            let ended = stop.run_until_cancelled(connection.as_mut()).await;
            let ended = if let Some(ended) = ended {
                ended
            } else {
                connection.as_mut().graceful_shutdown();
                connection.await
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(held);
        });
    }
    drop(listener);
    open.close();
    open.wait().await;
}

struct Accepted {
    stream: TcpStream,
    peer: SocketAddr,
    /// What it keeps from others as long as it is open.
    held: (OwnedSemaphorePermit, Place),
}

/// The next connection, once there is room for one; none when it is time to stop.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    places: &Arc<Places>,
    stop: &CancellationToken,
) -> Option<Accepted> {
    stop.run_until_cancelled(async {
        let slot = Arc::clone(slots).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let Some(place) = places.take(peer.ip()) else {
                        metrics::counter!("gas_connections_refused_total").increment(1);
                        tracing::debug!(%peer, "an address has as many connections as it may");
                        continue;
                    };
                    // What is written is whole; without it small answers wait for nothing.
                    let _ = stream.set_nodelay(true);
                    return Some(Accepted { stream, peer, held: (slot, place) });
                }
                Err(error) if is_the_client_s(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    })
    .await
    .flatten()
}

fn is_the_client_s(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
