//! What differs in nothing but size and time from what the contract tests, with less of both.

use std::time::Duration;

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use gas_service::{
    id::{JobId, UserId},
    job::{Bucket, ObjectKey, StoredFile},
    ports::{ObjectStore as _, ObjectStoreError},
};
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

use super::*;
use crate::{ColdStorageSettings, clients};

/// A store in new buckets of the emulator.
async fn store() -> S3ObjectStore {
    assert!(std::env::var("GAS_TEST_MINISTACK").is_ok(), "run this by `scripts/with-emulators`");
    let name = format!("gas-{}", Uuid::now_v7());
    let vault = ColdStorageSettings::Vault { vault: String::new() };
    let settings = AwsSettings {
        region: String::new(),
        path_style: true,
        attempt_timeout: Duration::from_secs(30),
        secret: String::new(),
        prefix: String::new(),
        buckets: crate::BucketNames { inputs: format!("{name}-inputs"), results: format!("{name}-results") },
        tables: crate::TableNames::default(),
        topics: crate::TopicNames::default(),
        queues: crate::QueueAddresses::default(),
        cold_storage: vault,
        mail_configuration_set: String::new(),
    };
    let shared = clients::configuration(&settings).await;
    let s3 = clients::Clients::new(&shared, &settings).s3;
    for bucket in [&settings.buckets.inputs, &settings.buckets.results] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    S3ObjectStore::new(s3, shared.credentials_provider(), &settings)
}

fn key() -> ObjectKey {
    ObjectKey::of_job(UserId::generate(), JobId::generate(), &"it's \"quoted\" 🧬+%.vcf".parse().unwrap())
}

async fn put(store: &S3ObjectStore, bytes: &[u8]) -> StoredFile {
    let stream = Box::pin(std::io::Cursor::new(bytes.to_vec()));
    store.put(Bucket::Inputs, &key(), stream, None).await.unwrap()
}

async fn open_uploads(store: &S3ObjectStore) -> usize {
    store.s3.list_multipart_uploads().bucket(&store.inputs).send().await.unwrap().uploads().len()
}

#[tokio::test]
async fn what_is_too_large_for_one_call_is_copied_in_parts() {
    let mut store = store().await;
    store.sizes = Sizes { copied_whole: 1_000_000, copied_part: 1_000_000, ..Sizes::default() };
    let bytes: Vec<u8> = (0_u32..1_000_000).flat_map(u32::to_le_bytes).skip(3).collect();
    let original = put(&store, &bytes).await;
    let copy = store.copy(&original, &key()).await.unwrap();
    let mut read = Vec::new();
    store.open(&copy, 0).await.unwrap().read_to_end(&mut read).await.unwrap();
    assert!(read == bytes);
    let place = store.place(Bucket::Inputs, &copy.key);
    let head = store.s3.head_object().bucket(place.bucket).key(place.key).send().await.unwrap();
    assert!(head.e_tag().unwrap().ends_with("-4\""), "four parts");

    let absent = StoredFile { key: key(), ..original.clone() };
    let refused = store.copy(&absent, &key()).await;
    assert!(matches!(refused, Err(ObjectStoreError::NoSuchObject(of)) if of == absent.key));
    let other = StoredFile { size: original.size - 1, ..original };
    assert!(matches!(store.copy(&other, &key()).await, Err(ObjectStoreError::OtherSize { .. })));
    assert_eq!(open_uploads(&store).await, 0);
}

/// Of two links that were signed at the same time only the one of a short life has ended: however slow the machine is,
/// the other is in its life, and the first one is not.
#[tokio::test]
async fn a_link_works_for_its_life_only() {
    let mut store = store().await;
    let file = put(&store, b"bytes").await;
    let lasting = store.download_address(&file, "a.vcf").await.unwrap().unwrap();
    store.link_life = Duration::from_secs(1);
    let ended = store.download_address(&file, "a.vcf").await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(reqwest::get(&ended).await.unwrap().status(), reqwest::StatusCode::FORBIDDEN);
    assert_eq!(reqwest::get(&lasting).await.unwrap().text().await.unwrap(), "bytes");
}

/// S3 tells a checksum of the parts' checksums, which is none of the bytes; the emulator's is told to be so, too.
#[tokio::test]
async fn the_checksum_of_an_object_in_parts_is_found_by_reading_it() {
    let store = store().await;
    let (key, place) = (key(), store.place(Bucket::Inputs, &key()));
    let place = Place { key: key.as_str().to_owned(), ..place };
    let begun = store.s3.create_multipart_upload().bucket(&place.bucket).key(&place.key);
    let id = begun
        .checksum_algorithm(aws_sdk_s3::types::ChecksumAlgorithm::Sha256)
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let sent = store.s3.upload_part().bucket(&place.bucket).key(&place.key).upload_id(&id).part_number(1);
    let sent = sent.body(bytes::Bytes::from_static(b"bytes").into()).send().await.unwrap();
    let part = CompletedPart::builder().part_number(1).set_e_tag(sent.e_tag).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let done = store.s3.complete_multipart_upload().bucket(&place.bucket).key(&place.key).upload_id(&id);
    done.multipart_upload(parts).send().await.unwrap();
    let found = store.find(Bucket::Inputs, &key).await.unwrap().unwrap();
    assert_eq!(
        (found.size, found.sha256.as_str()),
        (5, "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9")
    );
}
