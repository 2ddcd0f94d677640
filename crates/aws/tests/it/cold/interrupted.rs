//! Storing that is cut off: by a caller that goes away, or by the end of its process.

use std::time::Duration;

use gas_aws::ColdStorageSettings;
use gas_service::{
    contract::Fixture as _,
    id::ArchiveId,
    job::RetrievalTier,
    ports::{BoxRead, ColdStorageError, Ports},
};
use tokio::{io::AsyncReadExt as _, time::timeout};

use super::{archive, stream};
use crate::fixture::{AwsFixture, cold, ports_by};

/// The bytes, and then neither more nor an end.
fn silent(bytes: &[u8]) -> BoxRead {
    let (reader, writer) = tokio::io::duplex(1);
    // Open as long as the test runs.
    std::mem::forget(writer);
    Box::pin(std::io::Cursor::new(bytes.to_vec()).chain(reader))
}

async fn is_unknown(ports: &Ports, archive: &ArchiveId) -> bool {
    let asked = ports.cold.start_retrieval(archive, RetrievalTier::Standard, ports.clock.now()).await;
    matches!(asked, Err(ColdStorageError::NoSuchArchive(_)))
}

async fn is_given_up_when_nobody_waits(fixture: AwsFixture) {
    let ports = fixture.ports();
    let (archive, content, sha256) = archive(17_000_000);
    let storing = ports.cold.store(&archive, silent(&content), &sha256);
    timeout(Duration::from_secs(5), storing).await.unwrap_err();
    becomes("nothing is left half written", async || fixture.half_written().await == 0).await;
    assert!(is_unknown(&ports, &archive).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_storage_class_keeps_nothing_that_nobody_waits_for() {
    is_given_up_when_nobody_waits(cold::open_storage_class().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vault_keeps_nothing_that_nobody_waits_for() {
    is_given_up_when_nobody_waits(cold::open_vault().await).await;
}

/// Waits until it is so, however slow the machine is.
async fn becomes(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("waited in vain until {what}");
}

/// Whether an upload is under way and, where there is a table of archives, written down in it.
async fn has_begun(fixture: &AwsFixture) -> bool {
    let traces = match &fixture.settings.cold_storage {
        ColdStorageSettings::Vault { .. } => 2,
        ColdStorageSettings::StorageClass { .. } => 1,
    };
    fixture.half_written().await == traces
}

/// Stores in a process of its own, as far as a test can have one, that is killed once it has come so far: nothing that
/// it would do at its end is done.
async fn store_and_die(
    fixture: &AwsFixture,
    archive: &ArchiveId,
    bytes: BoxRead,
    sha256: &str,
    so_far: impl AsyncFn() -> bool,
) {
    let (shared, settings) = (fixture.shared.clone(), fixture.settings.clone());
    let (archive, sha256) = (archive.clone(), sha256.to_owned());
    let process = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    process.spawn(async move {
        let ports = ports_by(&shared, &settings);
        ports.cold.store(&archive, bytes, &sha256).await.unwrap();
    });
    becomes("the process has come so far", so_far).await;
    process.shutdown_background();
}

async fn is_cleared_by_deleting(fixture: AwsFixture) {
    let ports = fixture.ports();
    let (archive, content, sha256) = archive(17_000_000);
    store_and_die(&fixture, &archive, silent(&content), &sha256, async || has_begun(&fixture).await).await;
    ports.cold.delete(&archive).await.unwrap();
    assert_eq!(fixture.half_written().await, 0);
    ports.cold.store(&archive, stream(&content), &sha256).await.unwrap();
    assert!(!is_unknown(&ports, &archive).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_in_the_storage_class_can_be_deleted() {
    is_cleared_by_deleting(cold::open_storage_class().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_in_the_vault_can_be_deleted() {
    is_cleared_by_deleting(cold::open_vault().await).await;
}

fn vault(fixture: &AwsFixture) -> &str {
    match &fixture.settings.cold_storage {
        ColdStorageSettings::Vault { vault } => vault,
        ColdStorageSettings::StorageClass { .. } => panic!("no vault"),
    }
}

/// Glacier has the archive, and nobody was told its name.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_whose_name_was_never_told_is_found_and_deleted() {
    let (fixture, front) = cold::open_vault_with_front().await;
    let (archive, content, sha256) = archive(1_000);
    front.fall_silent();
    let stored = async || !front.archives(vault(&fixture)).is_empty();
    store_and_die(&fixture, &archive, stream(&content), &sha256, stored).await;
    assert_eq!(front.archives(vault(&fixture)).len(), 1);
    assert!(is_unknown(&fixture.ports(), &archive).await);
    fixture.ports().cold.delete(&archive).await.unwrap();
    assert_eq!(front.archives(vault(&fixture)), [""; 0]);
    assert_eq!(fixture.half_written().await, 0);
}

/// Storing again finds it, too.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_whose_name_was_never_told_is_replaced() {
    let (fixture, front) = cold::open_vault_with_front().await;
    let (archive, content, sha256) = archive(1_000);
    front.fall_silent();
    let stored = async || !front.archives(vault(&fixture)).is_empty();
    let (other, sum) = (stream(&content[1..]), super::sha256(&content[1..]));
    store_and_die(&fixture, &archive, other, &sum, stored).await;
    assert_eq!(front.archives(vault(&fixture)).len(), 1);
    fixture.ports().cold.store(&archive, stream(&content), &sha256).await.unwrap();
    assert_eq!(front.archives(vault(&fixture)).len(), 1);
    assert_eq!(fixture.half_written().await, 0);
    fixture.ports().cold.delete(&archive).await.unwrap();
    assert_eq!(front.archives(vault(&fixture)), [""; 0]);
}

/// The second try of a write that was done is refused, for the row is no longer as it had been read.
#[tokio::test(flavor = "multi_thread")]
async fn writes_whose_answers_get_lost_count() {
    let (fixture, front) = cold::open_vault_with_front().await;
    let (archive, content, sha256) = archive(1_000);
    front.lose_answers();
    fixture.ports().cold.store(&archive, stream(&content), &sha256).await.unwrap();
    assert_eq!(front.archives(vault(&fixture)).len(), 1);
    assert!(!is_unknown(&fixture.ports(), &archive).await);
}

/// Whoever deletes wins; the other learns of it and leaves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn deleting_stops_who_still_stores() {
    for fixture in [cold::open_storage_class().await, cold::open_vault().await] {
        let ports = fixture.ports();
        let (archive, content, sha256) = archive(17_000_000);
        let (reader, mut writer) = tokio::io::duplex(1 << 20);
        let (storing, id) = (ports.clone(), archive.clone());
        let task = tokio::spawn(async move { storing.cold.store(&id, Box::pin(reader), &sha256).await });
        tokio::io::AsyncWriteExt::write_all(&mut writer, &content[..16_900_000]).await.unwrap();
        becomes("the upload has begun", async || has_begun(&fixture).await).await;
        ports.cold.delete(&archive).await.unwrap();
        // Whose first part was refused meanwhile has learnt of it already, and reads no more.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut writer, &content[16_900_000..]).await;
        drop(writer);
        let stored = task.await.unwrap();
        assert!(matches!(stored, Err(ColdStorageError::Backend(_))), "{stored:?}");
        assert!(is_unknown(&ports, &archive).await);
        assert_eq!(fixture.half_written().await, 0);
    }
}

/// Settings at fault are not taken for an archive that was lost: that would end in the owner's result expiring.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_vault_or_bucket_is_not_a_missing_archive() {
    for mut fixture in [cold::open_storage_class().await, cold::open_vault().await] {
        let (archive, content, sha256) = archive(1_000);
        fixture.ports().cold.store(&archive, stream(&content), &sha256).await.unwrap();
        match &mut fixture.settings.cold_storage {
            ColdStorageSettings::Vault { vault: name }
            | ColdStorageSettings::StorageClass { bucket: name, .. } => {
                name.push_str("-not-there");
            }
        }
        let ports = ports_by(&fixture.shared, &fixture.settings);
        let asked = ports.cold.start_retrieval(&archive, RetrievalTier::Standard, ports.clock.now()).await;
        assert!(matches!(asked, Err(ColdStorageError::Backend(_))), "{asked:?}");
    }
}
