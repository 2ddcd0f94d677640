//! Connections that break while an object is read.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::{BehaviorVersion, SdkConfig};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use gas_service::job::StoredFile;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use super::described;
use crate::fixture;

const LENGTH: usize = 1_000_000;

/// Plays S3: sends at most so many bytes of the object, then breaks the connection.
struct Breaking {
    object: Vec<u8>,
    most: usize,
    /// The ranges and versions that were asked for.
    asked: Mutex<Vec<(Option<String>, Option<String>)>>,
}

async fn answer(State(breaking): State<Arc<Breaking>>, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    breaking.asked.lock().unwrap().push((header("range"), header("if-match")));
    let range = header("range").map(|range| range["bytes=".len()..range.len() - 1].parse().unwrap());
    let first: usize = range.unwrap_or(0);
    let last = breaking.object.len() - 1;
    let sent =
        Bytes::copy_from_slice(&breaking.object[first..breaking.object.len().min(first + breaking.most)]);
    // Only when the first bytes are on their way.
    let broken = stream::iter((first + sent.len() <= last).then_some(())).then(|()| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(std::io::Error::other("gone"))
    });
    let body = Body::from_stream(stream::iter([Ok(sent)]).chain(broken));
    let length = [("content-length", (last + 1 - first).to_string()), ("etag", "\"version\"".to_owned())];
    if range.is_none() {
        return (length, body).into_response();
    }
    let content_range = [("content-range", format!("bytes {first}-{last}/{}", last + 1))];
    (StatusCode::PARTIAL_CONTENT, length, content_range, body).into_response()
}

/// Reads the object; also returns what was asked for.
async fn read(most: usize) -> (std::io::Result<Vec<u8>>, Vec<u8>, Arc<Breaking>) {
    let object: Vec<u8> = (0..LENGTH).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let breaking = Arc::new(Breaking { object: object.clone(), most, asked: Mutex::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(Arc::clone(&breaking));
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    let fixture = fixture::open().await;
    // Made anew, as an endpoint in the environment goes before one of a configuration that was made of it.
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(fixture.shared.region().cloned())
        .credentials_provider(fixture.shared.credentials_provider().unwrap())
        .endpoint_url(address)
        .build();
    let objects = fixture::ports_by(&shared, &fixture.settings).objects;
    let file: StoredFile = described("a.vcf", &object);
    let mut bytes = Vec::new();
    let reading = objects.open(&file, 0).await.unwrap().read_to_end(&mut bytes).await;
    (reading.map(|_| bytes), object, breaking)
}

#[tokio::test]
async fn a_broken_transfer_goes_on_where_it_was_with_the_same_version() {
    let (bytes, object, breaking) = Box::pin(read(LENGTH / 3)).await;
    assert!(bytes.unwrap() == object);
    let asked = breaking.asked.lock().unwrap();
    assert_eq!(asked[0], (None, None));
    assert!(asked.len() > 2, "{asked:?}");
    for (range, version) in &asked[1..] {
        assert!(range.is_some());
        assert_eq!(version.as_deref(), Some("\"version\""));
    }
}

#[tokio::test]
async fn a_transfer_that_breaks_again_and_again_fails() {
    let (bytes, _, breaking) = Box::pin(read(LENGTH / 10)).await;
    assert!(bytes.is_err());
    assert_eq!(breaking.asked.lock().unwrap().len(), 4);
}
