//! Cheap storage that gives back only on request and after a wait.

use std::time::Duration;

use super::{
    Fixture,
    samples::{broken_stream, bytes, read, seconds, sha256, stream},
};
use crate::{
    id::{ArchiveId, JobId, RetrievalId},
    job::{Retrieval, RetrievalTier},
    message::{Message, QueueName},
    ports::{ColdStorageError, Ports},
};

use RetrievalTier::{Expedited, Standard};

async fn store(ports: &Ports, content: &[u8]) -> ArchiveId {
    let archive = ArchiveId::generate(JobId::generate());
    ports.cold.store(&archive, stream(content), &sha256(content)).await.unwrap();
    archive
}

async fn start(
    ports: &Ports,
    archive: &ArchiveId,
    tier: RetrievalTier,
) -> Result<Retrieval, ColdStorageError> {
    ports.cold.start_retrieval(archive, tier, ports.clock.now()).await
}

async fn open(ports: &Ports, retrieval: &RetrievalId) -> Result<Vec<u8>, ColdStorageError> {
    Ok(read(ports.cold.open_retrieved(retrieval, ports.clock.now()).await?).await)
}

async fn is_unknown(ports: &Ports, archive: &ArchiveId) -> bool {
    let started = start(ports, archive, Standard).await;
    matches!(started, Err(ColdStorageError::NoSuchArchive(unknown)) if unknown == *archive)
}

fn time_of(fixture: &impl Fixture, tier: RetrievalTier) -> Duration {
    match tier {
        Expedited => fixture.limits().expedited_time,
        Standard => fixture.limits().standard_time,
    }
}

/// Not before, in either tier; then as often as one likes.
pub async fn what_was_stored_comes_back_after_its_time(fixture: &impl Fixture) {
    let ports = fixture.ports();
    for (tier, content) in [(Expedited, bytes(100)), (Standard, bytes(3_000_000))] {
        let archive = store(&ports, &content).await;
        let begun = ports.clock.now();
        let retrieval = start(&ports, &archive, tier).await.unwrap();
        assert_eq!(retrieval.tier, tier);
        assert!(retrieval.expected >= begun + time_of(fixture, tier));
        let early = open(&ports, &retrieval.retrieval_id).await;
        assert!(matches!(early, Err(ColdStorageError::NotReady(id)) if id == retrieval.retrieval_id));
        fixture.pass(time_of(fixture, tier) + seconds(1)).await;
        for _ in 0..2 {
            assert!(open(&ports, &retrieval.retrieval_id).await.unwrap() == content);
        }
    }
}

/// Whoever gets the message finds the bytes there.
pub async fn the_message_comes_with_the_bytes(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = store(&ports, b"bytes").await;
    let retrieval = start(&ports, &archive, Expedited).await.unwrap();
    let thaw = QueueName::JobThaw;
    let early = ports.queue.take_next(thaw, seconds(30), Duration::ZERO).await.unwrap();
    assert_eq!(early, None);
    fixture.pass(time_of(fixture, Expedited) + seconds(1)).await;
    let taken = ports.queue.take_next(thaw, seconds(30), seconds(20)).await.unwrap().unwrap();
    let retrieval_id = retrieval.retrieval_id;
    assert_eq!(
        taken.message,
        Message::RetrievalDone { archive_id: archive, retrieval_id: retrieval_id.clone() }
    );
    assert_eq!(open(&ports, &retrieval_id).await.unwrap(), b"bytes");
}

/// A copy that is not what it should be is not kept, for the hot one is about to be deleted.
pub async fn other_bytes_than_promised_are_refused(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = ArchiveId::generate(JobId::generate());
    let (expected, found) = (sha256(b"promised"), sha256(b"other"));
    let refused = ports.cold.store(&archive, stream(b"other"), &expected).await;
    let Err(ColdStorageError::Checksum { expected: said, found: read }) = refused else {
        panic!("stored all the same, or refused for another reason");
    };
    assert_eq!((said, read), (expected, found));
    assert!(is_unknown(&ports, &archive).await);
    assert_eq!(fixture.half_written().await, 0);
}

/// Nothing of it is left.
pub async fn an_archive_whose_sender_stops_is_not_kept(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (archive, content) = (ArchiveId::generate(JobId::generate()), bytes(3_000_000));
    let stored = ports.cold.store(&archive, broken_stream(&content), &sha256(&content)).await;
    assert!(matches!(stored, Err(ColdStorageError::Backend(_))));
    assert!(is_unknown(&ports, &archive).await);
    assert_eq!(fixture.half_written().await, 0);
}

/// The first system left a copy behind when it died after storing; here its name is known, and it is replaced.
pub async fn an_archive_can_be_stored_again(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = store(&ports, b"first").await;
    ports.cold.store(&archive, stream(b"second"), &sha256(b"second")).await.unwrap();
    let retrieval = start(&ports, &archive, Standard).await.unwrap();
    fixture.pass(time_of(fixture, Standard) + seconds(1)).await;
    assert_eq!(open(&ports, &retrieval.retrieval_id).await.unwrap(), b"second");
    ports.cold.delete(&archive).await.unwrap();
    assert!(is_unknown(&ports, &archive).await);
}

/// The refusal has a name of its own, so that the caller can fall back.
pub async fn expedited_capacity_is_limited_and_standard_always_works(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = store(&ports, b"bytes").await;
    for _ in 0..fixture.limits().expedited_at_once {
        start(&ports, &archive, Expedited).await.unwrap();
    }
    for _ in 0..2 {
        let refused = start(&ports, &archive, Expedited).await;
        assert!(matches!(refused, Err(ColdStorageError::NoExpeditedCapacity)));
    }
    let fallback = start(&ports, &archive, Standard).await.unwrap();
    assert_eq!(fallback.tier, Standard);
    fixture.pass(time_of(fixture, Standard) + seconds(1)).await;
    assert_eq!(open(&ports, &fallback.retrieval_id).await.unwrap(), b"bytes");
}

/// Retrievals that are done take none.
pub async fn capacity_comes_back(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = store(&ports, b"bytes").await;
    for _ in 0..2 {
        for _ in 0..fixture.limits().expedited_at_once {
            start(&ports, &archive, Expedited).await.unwrap();
        }
        let _ = start(&ports, &archive, Expedited).await.unwrap_err();
        fixture.pass(time_of(fixture, Expedited) + seconds(1)).await;
    }
}

/// An archive and what was being fetched of it go together; others stay.
pub async fn deleting_takes_the_retrievals_along(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (gone, kept) = (store(&ports, b"gone").await, store(&ports, b"kept").await);
    let of_gone = start(&ports, &gone, Standard).await.unwrap();
    let of_kept = start(&ports, &kept, Standard).await.unwrap();
    ports.cold.delete(&gone).await.unwrap();
    fixture.pass(time_of(fixture, Standard) + seconds(1)).await;
    let opened = open(&ports, &of_gone.retrieval_id).await;
    assert!(matches!(opened, Err(ColdStorageError::NotReady(_) | ColdStorageError::NoSuchArchive(_))));
    assert!(is_unknown(&ports, &gone).await);
    assert_eq!(open(&ports, &of_kept.retrieval_id).await.unwrap(), b"kept");
}

/// Twice, never stored, or of another's making.
pub async fn deleting_what_is_not_there_is_fine(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let archive = store(&ports, b"bytes").await;
    let strange = ["", "..", "../../gas.db", "🧬"].map(|id| ArchiveId(id.to_owned()));
    let never = ArchiveId::generate(JobId::generate());
    for archive in [&archive, &archive, &never].into_iter().chain(&strange) {
        ports.cold.delete(archive).await.unwrap();
    }
}

/// Neither an archive nor a retrieval that nobody made.
pub async fn what_was_never_stored_cannot_be_retrieved(fixture: &impl Fixture) {
    let ports = fixture.ports();
    assert!(is_unknown(&ports, &ArchiveId::generate(JobId::generate())).await);
    assert!(is_unknown(&ports, &ArchiveId("../outbox/x".to_owned())).await);
    let opened = open(&ports, &RetrievalId("nothing".to_owned())).await;
    assert!(matches!(opened, Err(ColdStorageError::NotReady(_))));
}
