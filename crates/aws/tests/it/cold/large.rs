//! Archives of several parts.

use std::time::Duration;

use gas_service::{
    contract::Fixture as _,
    job::RetrievalTier,
    ports::{ColdStorageError, Ports},
};
use tokio::io::AsyncReadExt as _;

use super::{archive, stream};
use crate::fixture::{AwsFixture, cold};

/// Two whole parts and a little.
const LENGTH: usize = 33_000_000;

async fn come_back(fixture: AwsFixture) {
    let ports = fixture.ports();
    let (archive, content, sha256) = archive(LENGTH);
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    let now = ports.clock.now();
    let retrieval = ports.cold.start_retrieval(&archive, RetrievalTier::Standard, now).await.unwrap();
    assert_eq!(retrieval.expected, now + Duration::from_hours(5));
    fixture.pass(fixture.limits().standard_time + Duration::from_secs(1)).await;
    let mut opened = ports.cold.open_retrieved(&retrieval.retrieval_id, ports.clock.now()).await.unwrap();
    let mut read = Vec::new();
    opened.read_to_end(&mut read).await.unwrap();
    assert!(read == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_come_back_from_the_storage_class() {
    come_back(cold::open_storage_class().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_come_back_from_the_vault() {
    come_back(cold::open_vault().await).await;
}

async fn are_refused(fixture: &AwsFixture, ports: &Ports) {
    let (archive, content, _) = archive(LENGTH);
    let refused = ports.cold.store(&archive, stream(&content), "0123").await;
    assert!(matches!(refused, Err(ColdStorageError::Checksum { .. })));
    assert_eq!(fixture.half_written().await, 0);
    let asked = ports.cold.start_retrieval(&archive, RetrievalTier::Standard, ports.clock.now()).await;
    assert!(matches!(asked, Err(ColdStorageError::NoSuchArchive(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_than_promised_are_refused_by_the_storage_class() {
    let fixture = cold::open_storage_class().await;
    are_refused(&fixture, &fixture.ports()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_than_promised_are_refused_by_the_vault() {
    let fixture = cold::open_vault().await;
    are_refused(&fixture, &fixture.ports()).await;
}
