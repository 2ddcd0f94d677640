//! The server's own records of uploads.

use jiff::Timestamp;

use super::{
    Fixture,
    samples::{key, race, seconds, sha256},
};
use crate::{
    id::{JobId, UploadId, UserId},
    job::{Bucket, StoredFile},
    upload::Upload,
};

/// More than any test adds.
const MANY: u32 = 100;

fn upload(user_id: UserId, expires: Timestamp) -> Upload {
    Upload {
        upload_id: UploadId::generate(),
        user_id,
        job_id: JobId::generate(),
        file_name: "it's \"quoted\" 🧬.vcf".parse().unwrap(),
        max_bytes: Some(153_600),
        stored: None,
        expires,
    }
}

fn stored(upload: &Upload) -> StoredFile {
    let key = key(upload.user_id, upload.job_id);
    StoredFile { bucket: Bucket::Inputs, key, size: 5, sha256: sha256(b"bytes") }
}

/// The first system took the owner from the key that the browser sent.
pub async fn a_record_is_its_owners_only(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let kept = upload(UserId::generate(), ports.clock.now() + seconds(60));
    ports.uploads.add(&kept, MANY).await.unwrap();
    assert_eq!(ports.uploads.find(kept.user_id, kept.upload_id).await.unwrap(), Some(kept.clone()));
    assert_eq!(ports.uploads.find(UserId::generate(), kept.upload_id).await.unwrap(), None);
    assert_eq!(ports.uploads.find(kept.user_id, UploadId::generate()).await.unwrap(), None);
}

/// The bytes may arrive again, and the last ones count; of an upload that is not there nothing is noted, and whoever
/// asked is told.
pub async fn arrival_is_noted(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let kept = upload(UserId::generate(), ports.clock.now() + seconds(60));
    ports.uploads.add(&kept, MANY).await.unwrap();
    for size in [5, 7] {
        let arrived = StoredFile { size, ..stored(&kept) };
        assert!(ports.uploads.note_stored(kept.upload_id, &arrived).await.unwrap());
        let expected = Upload { stored: Some(arrived), ..kept.clone() };
        assert_eq!(ports.uploads.find(kept.user_id, kept.upload_id).await.unwrap(), Some(expected));
    }
    let absent = upload(kept.user_id, kept.expires);
    assert!(!ports.uploads.note_stored(absent.upload_id, &stored(&absent)).await.unwrap());
    assert_eq!(ports.uploads.find(absent.user_id, absent.upload_id).await.unwrap(), None);
}

/// Only those whose time has come, and at most so many.
pub async fn expired_records_come_first_to_end_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, now) = (UserId::generate(), ports.clock.now());
    let [second, first, living, third] = [20, 10, 60, 30].map(|life| upload(user, now + seconds(life)));
    for record in [&second, &first, &living, &third] {
        ports.uploads.add(record, MANY).await.unwrap();
    }
    assert_eq!(ports.uploads.expired(now, 10).await.unwrap(), []);
    let expired = ports.uploads.expired(now + seconds(30), 10).await.unwrap();
    assert_eq!(expired, [first.clone(), second.clone(), third]);
    assert_eq!(ports.uploads.expired(now + seconds(30), 2).await.unwrap(), [first, second]);
}

/// Removing twice, or nothing, is fine.
pub async fn removing_a_record_is_idempotent(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = UserId::generate();
    let [gone, kept] = [1, 2].map(|life| upload(user, ports.clock.now() + seconds(life)));
    ports.uploads.add(&gone, MANY).await.unwrap();
    ports.uploads.add(&kept, MANY).await.unwrap();
    for _ in 0..2 {
        ports.uploads.remove(gone.upload_id).await.unwrap();
    }
    assert_eq!(ports.uploads.find(user, gone.upload_id).await.unwrap(), None);
    assert_eq!(ports.uploads.find(user, kept.upload_id).await.unwrap(), Some(kept));
}

/// Uploads that never become jobs would fill the disk. Of two users neither is in the way of the other.
pub async fn no_more_uploads_are_open_than_are_allowed(fixture: &impl Fixture) {
    let (ports, user) = (fixture.ports(), UserId::generate());
    let expires = ports.clock.now() + seconds(60);
    let added = race(12, |_| {
        let ports = fixture.ports();
        async move { ports.uploads.add(&upload(user, expires), 5).await.unwrap() }
    })
    .await;
    assert_eq!(added.iter().filter(|added| **added).count(), 5);
    let refused = upload(user, expires);
    assert!(!ports.uploads.add(&refused, 5).await.unwrap());
    assert_eq!(ports.uploads.find(user, refused.upload_id).await.unwrap(), None);
    assert!(ports.uploads.add(&upload(UserId::generate(), expires), 5).await.unwrap());
}

/// However often it is closed, removed, or both.
pub async fn what_is_closed_or_removed_makes_room_once(fixture: &impl Fixture) {
    let (ports, user) = (fixture.ports(), UserId::generate());
    let records = [0, 1, 2].map(|_| upload(user, ports.clock.now() + seconds(60)));
    for record in &records {
        assert!(ports.uploads.add(record, 3).await.unwrap());
    }
    let absent = UploadId::generate();
    for id in [records[0].upload_id, records[0].upload_id, absent] {
        ports.uploads.close(id).await.unwrap();
    }
    assert!(ports.uploads.find(user, records[0].upload_id).await.unwrap().is_some());
    ports.uploads.remove(records[0].upload_id).await.unwrap();
    for _ in 0..2 {
        ports.uploads.remove(records[1].upload_id).await.unwrap();
    }
    let more = [0, 1, 2].map(|_| upload(user, ports.clock.now() + seconds(60)));
    assert!(ports.uploads.add(&more[0], 3).await.unwrap());
    assert!(ports.uploads.add(&more[1], 3).await.unwrap());
    assert!(!ports.uploads.add(&more[2], 3).await.unwrap());
}

/// Closing and removing what is left then brings no count back, and takes nothing off.
pub async fn the_count_of_a_user_is_forgotten(fixture: &impl Fixture) {
    let (ports, user) = (fixture.ports(), UserId::generate());
    let records = [0, 1, 2].map(|_| upload(user, ports.clock.now() + seconds(60)));
    for record in &records {
        assert!(ports.uploads.add(record, 3).await.unwrap());
    }
    ports.uploads.remove(records[0].upload_id).await.unwrap();
    for _ in 0..2 {
        ports.uploads.forget_user(user).await.unwrap();
    }
    ports.uploads.close(records[1].upload_id).await.unwrap();
    for record in &records {
        ports.uploads.remove(record.upload_id).await.unwrap();
    }
    assert!(ports.uploads.of_user(user).await.unwrap().is_empty());
    let more = [0, 1, 2, 3].map(|_| upload(user, ports.clock.now() + seconds(60)));
    for (place, record) in more.iter().enumerate() {
        assert_eq!(ports.uploads.add(record, 3).await.unwrap(), place < 3);
    }
}

/// All of a user's records, and nobody else's.
pub async fn records_are_found_by_their_owner(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (UserId::generate(), UserId::generate());
    let expires = ports.clock.now() + seconds(60);
    let mine = [upload(user, expires), upload(user, expires)];
    for upload in mine.iter().chain([&upload(other, expires)]) {
        assert!(ports.uploads.add(upload, 5).await.unwrap());
    }
    let mut found: Vec<_> =
        ports.uploads.of_user(user).await.unwrap().iter().map(|upload| upload.upload_id).collect();
    found.sort();
    let mut expected = mine.map(|upload| upload.upload_id);
    expected.sort();
    assert_eq!(found, expected);
    assert!(ports.uploads.of_user(UserId::generate()).await.unwrap().is_empty());
}
