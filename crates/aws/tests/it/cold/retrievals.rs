//! Retrievals of which AWS tells nothing, or nothing good.

use std::time::Duration;

use gas_aws::{ColdStorageSettings, StorageClass};
use gas_service::{
    contract::Fixture as _,
    job::RetrievalTier::{Expedited, Standard},
    message::{Message, QueueName},
    ports::{ColdStorageError, Delivery, Ports},
};

use super::{archive, stream};
use crate::fixture::{cold, ports_by};

async fn next_event(ports: &Ports) -> Delivery {
    let (visibility, wait) = (Duration::from_secs(30), Duration::from_secs(20));
    ports.queue.take_next(QueueName::JobThaw, visibility, wait).await.unwrap().expect("an event")
}

/// S3 sends no event then, and whoever waits for one would wait until the result is overdue.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_already_is_told_at_once() {
    let mut fixture = cold::open_storage_class().await;
    fixture.settings.prefix = "gas".to_owned();
    let ports = ports_by(&fixture.shared, &fixture.settings);
    let (archive_id, content, sha256) = archive(1_000);
    ports.cold.store(&archive_id, stream(&content), &sha256).await.unwrap();
    ports.cold.start_retrieval(&archive_id, Standard, ports.clock.now()).await.unwrap();
    let of_s3 = next_event(&ports).await;
    ports.queue.finish(&of_s3).await.unwrap();
    let now = ports.clock.now();
    let again = ports.cold.start_retrieval(&archive_id, Standard, now).await.unwrap();
    assert_eq!(again.expected, now);
    let ours = next_event(&ports).await;
    assert_eq!(ours.message, of_s3.message);
    let retrieval_id = again.retrieval_id.clone();
    assert_eq!(ours.message, Message::RetrievalDone { archive_id, retrieval_id });
    assert!(ports.cold.open_retrieved(&again.retrieval_id, now).await.is_ok());
}

/// Asked once more while it is under way, as a restorer does that died in between.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_restored_can_be_asked_for_again() {
    let ports = cold::open_storage_class().await.ports();
    let (archive, content, sha256) = archive(1_000);
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    let now = ports.clock.now();
    let first = ports.cold.start_retrieval(&archive, Standard, now).await.unwrap();
    assert_eq!(ports.cold.start_retrieval(&archive, Standard, now).await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_archive_has_no_expedited_retrievals_and_takes_twelve_hours() {
    let mut fixture = cold::open_storage_class().await;
    let ColdStorageSettings::StorageClass { bucket, class, .. } = &mut fixture.settings.cold_storage else {
        panic!("a storage class was opened")
    };
    *class = StorageClass::DeepArchive;
    let bucket = bucket.clone();
    let ports = ports_by(&fixture.shared, &fixture.settings);
    let (archive, content, sha256) = archive(1_000);
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    let now = ports.clock.now();
    let refused = ports.cold.start_retrieval(&archive, Expedited, now).await;
    assert!(matches!(refused, Err(ColdStorageError::NoExpeditedCapacity)));
    let started = ports.cold.start_retrieval(&archive, Standard, now).await.unwrap();
    assert_eq!(started.expected, now + Duration::from_hours(12));
    let s3 = aws_sdk_s3::config::Builder::from(&fixture.shared).force_path_style(true).build();
    let head = aws_sdk_s3::Client::from_conf(s3).head_object().bucket(bucket).key(&archive.0).send().await;
    let head = head.unwrap();
    assert_eq!(head.storage_class().unwrap().as_str(), "DEEP_ARCHIVE");
    assert_eq!(head.server_side_encryption().unwrap().as_str(), "AES256");
}

/// The sweeper starts another when the result is overdue.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_of_the_vault_is_never_ready_and_another_can_be_started() {
    let (fixture, front) = cold::open_vault_with_front().await;
    let ports = fixture.ports();
    let (archive, content, sha256) = archive(1_000);
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    let failed = ports.cold.start_retrieval(&archive, Standard, ports.clock.now()).await.unwrap();
    front.fail(&failed.retrieval_id);
    fixture.pass(fixture.limits().standard_time + Duration::from_secs(1)).await;
    let opened = ports.cold.open_retrieved(&failed.retrieval_id, ports.clock.now()).await;
    assert!(matches!(opened, Err(ColdStorageError::NotReady(id)) if id == failed.retrieval_id));
    let another = ports.cold.start_retrieval(&archive, Standard, ports.clock.now()).await.unwrap();
    assert_ne!(another.retrieval_id, failed.retrieval_id);
    fixture.pass(fixture.limits().standard_time + Duration::from_secs(1)).await;
    assert!(ports.cold.open_retrieved(&another.retrieval_id, ports.clock.now()).await.is_ok());
}

/// What was fetched of an archive that another has replaced is not given for the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_retrieval_of_a_replaced_archive_is_not_ready() {
    let fixture = cold::open_vault().await;
    let ports = fixture.ports();
    let (archive, content, sha256) = archive(1_000);
    ports.cold.store(&archive, stream(&content[1..]), &super::sha256(&content[1..])).await.unwrap();
    let early = ports.cold.start_retrieval(&archive, Standard, ports.clock.now()).await.unwrap();
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    fixture.pass(fixture.limits().standard_time + Duration::from_secs(1)).await;
    let opened = ports.cold.open_retrieved(&early.retrieval_id, ports.clock.now()).await;
    assert!(matches!(opened, Err(ColdStorageError::NotReady(_))));
}
