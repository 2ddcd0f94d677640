//! Files by key, written once and whole.

use std::time::Duration;

use super::{
    Fixture,
    samples::{broken_stream, bytes, key, race, read, sha256, silent_stream, stream},
};
use crate::{
    id::{JobId, UserId},
    job::{Bucket, ObjectKey, StoredFile},
    ports::{ObjectStoreError, Ports},
    upload::FileName,
};

/// More than any back end moves in one piece.
const LARGE: usize = 6_000_000;

fn some_key() -> ObjectKey {
    key(UserId::generate(), JobId::generate())
}

async fn put(ports: &Ports, key: &ObjectKey, bytes: &[u8]) -> StoredFile {
    ports.objects.put(Bucket::Inputs, key, stream(bytes), None).await.unwrap()
}

async fn get(ports: &Ports, file: &StoredFile) -> Vec<u8> {
    read(ports.objects.open(file, 0).await.unwrap()).await
}

async fn is_absent(ports: &Ports, file: &StoredFile) -> bool {
    matches!(ports.objects.open(file, 0).await, Err(ObjectStoreError::NoSuchObject(key)) if key == file.key)
}

/// What an object of that key would be.
fn would_be(key: &ObjectKey, bytes: &[u8]) -> StoredFile {
    let size = u64::try_from(bytes.len()).unwrap();
    StoredFile { bucket: Bucket::Inputs, key: key.clone(), size, sha256: sha256(bytes) }
}

/// Waits until nothing lies about half written: a broken transfer may take a moment to clear away.
async fn nothing_half_written(fixture: &impl Fixture) {
    for _ in 0..200 {
        if fixture.half_written().await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("something is left half written");
}

/// Both buckets, and nothing at all as well as something.
pub async fn bytes_come_back_with_size_and_checksum(fixture: &impl Fixture) {
    let ports = fixture.ports();
    for bucket in [Bucket::Inputs, Bucket::Results] {
        for content in [bytes(0), bytes(1), bytes(100_000)] {
            let key = some_key();
            let stored = ports.objects.put(bucket, &key, stream(&content), None).await.unwrap();
            assert_eq!(stored, StoredFile { bucket, ..would_be(&key, &content) });
            assert_eq!(get(&ports, &stored).await, content);
        }
    }
}

/// From the middle, and from the end.
pub async fn reading_begins_where_asked(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let content = bytes(10_000);
    let stored = put(&ports, &some_key(), &content).await;
    for offset in [0, 1, 9_999, 10_000] {
        let part = read(ports.objects.open(&stored, offset).await.unwrap()).await;
        assert_eq!(part, content[usize::try_from(offset).unwrap()..]);
    }
}

/// The first system read whole files into memory.
pub async fn a_large_object_is_streamed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let content = bytes(LARGE);
    let stored = put(&ports, &some_key(), &content).await;
    assert_eq!(stored.sha256, sha256(&content));
    assert!(get(&ports, &stored).await == content);
    assert_eq!(fixture.half_written().await, 0);
}

/// In the first system a second file of the same name overwrote the first one's result.
pub async fn equal_names_do_not_collide(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (ada, eve) = (UserId::generate(), UserId::generate());
    let name: FileName = "sample.vcf".parse().unwrap();
    let keys = [ada, ada, eve].map(|user| ObjectKey::of_job(user, JobId::generate(), &name));
    let mut stored = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        stored.push(put(&ports, key, &bytes(number + 10)).await);
    }
    for (number, file) in stored.iter().enumerate() {
        assert_eq!(get(&ports, file).await, bytes(number + 10));
    }
}

/// Any name that the service accepts, and those that it makes from them.
pub async fn strange_names_are_kept(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let longest = format!("{}.vcf.gz", "🧬".repeat((FileName::MAX_BYTES - 7) / 4));
    for name in ["a b'\"$`*?%41&<>.vcf", "köln 🧬.vcf", "~.vcf", "-rf.vcf", "a..vcf", &longest] {
        let name = FileName::of_input(name).unwrap();
        for name in [name.clone(), name.result(), name.log(), name.summary()] {
            let key = ObjectKey::of_job(UserId::generate(), JobId::generate(), &name);
            let stored = put(&ports, &key, name.as_str().as_bytes()).await;
            assert_eq!(get(&ports, &stored).await, name.as_str().as_bytes());
            ports.objects.delete(Bucket::Inputs, &key).await.unwrap();
            assert!(is_absent(&ports, &stored).await);
        }
    }
}

/// The limit itself is still allowed.
pub async fn too_many_bytes_leave_nothing(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    for length in [1001, LARGE] {
        let content = bytes(length);
        let refused = ports.objects.put(Bucket::Inputs, &key, stream(&content), Some(1000)).await;
        assert!(matches!(refused, Err(ObjectStoreError::TooLarge { limit: 1000 })));
        assert!(is_absent(&ports, &would_be(&key, &content)).await);
    }
    nothing_half_written(fixture).await;
    ports.objects.put(Bucket::Inputs, &key, stream(&bytes(1000)), Some(1000)).await.unwrap();
}

/// The connection is lost, early or late.
pub async fn a_transfer_that_breaks_off_leaves_nothing(fixture: &impl Fixture) {
    let ports = fixture.ports();
    for length in [0, 10, LARGE] {
        let (key, content) = (some_key(), bytes(length));
        let broken = ports.objects.put(Bucket::Inputs, &key, broken_stream(&content), None).await;
        assert!(matches!(broken, Err(ObjectStoreError::BrokenOff(_))));
        assert!(is_absent(&ports, &would_be(&key, &content)).await);
    }
    nothing_half_written(fixture).await;
}

/// The request is given up while its bytes still come.
pub async fn a_transfer_that_nobody_awaits_leaves_nothing(fixture: &impl Fixture) {
    let ports = fixture.ports();
    for length in [10, LARGE] {
        let (key, content) = (some_key(), bytes(length));
        let transfer = ports.objects.put(Bucket::Inputs, &key, silent_stream(&content), None);
        let given_up = tokio::time::timeout(Duration::from_millis(200), transfer).await;
        assert!(given_up.is_err());
        assert!(is_absent(&ports, &would_be(&key, &content)).await);
    }
    nothing_half_written(fixture).await;
}

/// An object is replaced by a whole one or not at all.
pub async fn a_failed_replacement_leaves_the_former(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (key, content) = (some_key(), bytes(5000));
    let stored = put(&ports, &key, &content).await;
    let other = bytes(LARGE);
    let _ = ports.objects.put(Bucket::Inputs, &key, broken_stream(&other), None).await.unwrap_err();
    let _ = ports.objects.put(Bucket::Inputs, &key, stream(&other), Some(9)).await.unwrap_err();
    assert_eq!(get(&ports, &stored).await, content);
}

/// What is read is one version or the other, never a mixture.
pub async fn replacing_is_at_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    put(&ports, &key, &bytes(100_000)).await;
    let other: Vec<u8> = bytes(100_000).into_iter().rev().collect();
    let stored = put(&ports, &key, &other).await;
    assert_eq!(get(&ports, &stored).await, other);
}

/// Two annotators that both believe the job is theirs.
pub async fn writers_at_once_leave_one_whole_object(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    let versions: Vec<Vec<u8>> = (0..8_u8).map(|number| vec![number; 700_000]).collect();
    let stored = race(versions.len(), |number| {
        let (ports, key, content) = (fixture.ports(), key.clone(), versions[number].clone());
        async move { put(&ports, &key, &content).await }
    })
    .await;
    let left = get(&ports, &stored[0]).await;
    assert!(versions.contains(&left));
    nothing_half_written(fixture).await;
}

/// Deleting the one leaves the other.
pub async fn a_copy_lives_on_its_own(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (original_key, copy_key, content) = (some_key(), some_key(), bytes(LARGE));
    let original = put(&ports, &original_key, &content).await;
    let copy = ports.objects.copy(&original, &copy_key).await.unwrap();
    assert_eq!(copy, would_be(&copy_key, &content));
    ports.objects.delete(Bucket::Inputs, &original_key).await.unwrap();
    assert!(is_absent(&ports, &original).await);
    assert!(get(&ports, &copy).await == content);
}

/// And makes nothing.
pub async fn copying_what_is_not_there_says_so(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (absent, target) = (would_be(&some_key(), b"x"), some_key());
    let refused = ports.objects.copy(&absent, &target).await;
    assert!(matches!(refused, Err(ObjectStoreError::NoSuchObject(key)) if key == absent.key));
    assert!(is_absent(&ports, &would_be(&target, b"x")).await);
}

/// Twice, or nothing, is fine; and nothing else goes.
pub async fn deleting_is_idempotent(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = UserId::generate();
    let [gone, kept] = [1, 2].map(|_| key(user, JobId::generate()));
    let (gone_file, kept_file) = (put(&ports, &gone, b"gone").await, put(&ports, &kept, b"kept").await);
    let results = ports.objects.put(Bucket::Results, &gone, stream(b"result"), None).await.unwrap();
    for _ in 0..2 {
        ports.objects.delete(Bucket::Inputs, &gone).await.unwrap();
    }
    ports.objects.delete(Bucket::Results, &some_key()).await.unwrap();
    assert!(is_absent(&ports, &gone_file).await);
    assert_eq!(get(&ports, &kept_file).await, b"kept");
    assert_eq!(get(&ports, &results).await, b"result");
}

/// One job's last file goes while another job's first one comes.
pub async fn owners_come_and_go_at_once(fixture: &impl Fixture) {
    let user = UserId::generate();
    race(8, |_| {
        let ports = fixture.ports();
        async move {
            for _ in 0..20 {
                let key = key(user, JobId::generate());
                let stored = put(&ports, &key, b"bytes").await;
                assert_eq!(get(&ports, &stored).await, b"bytes");
                ports.objects.delete(Bucket::Inputs, &key).await.unwrap();
            }
        }
    })
    .await;
}

/// With the size and the checksum of what lies there now.
pub async fn what_was_stored_is_found(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    for length in [0, 1, 100_000, LARGE, 10] {
        let content = bytes(length);
        put(&ports, &key, &content).await;
        let found = ports.objects.find(Bucket::Inputs, &key).await.unwrap();
        assert_eq!(found, Some(would_be(&key, &content)));
    }
}

/// Never there, in the other bucket, or gone.
pub async fn what_is_not_there_is_not_found(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    assert_eq!(ports.objects.find(Bucket::Inputs, &key).await.unwrap(), None);
    put(&ports, &key, b"bytes").await;
    assert_eq!(ports.objects.find(Bucket::Results, &key).await.unwrap(), None);
    ports.objects.delete(Bucket::Inputs, &key).await.unwrap();
    assert_eq!(ports.objects.find(Bucket::Inputs, &key).await.unwrap(), None);
}

/// Whoever holds the record of one object does not get the bytes of another.
pub async fn an_object_of_another_size_is_refused(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let key = some_key();
    let former = put(&ports, &key, &bytes(1000)).await;
    for (length, offset) in
        [(1001, 0), (999, 0), (1001, 500), (999, 500), (1, 500), (1001, 1000), (999, 1000)]
    {
        put(&ports, &key, &bytes(length)).await;
        let refused = ports.objects.open(&former, offset).await.err();
        let found = u64::try_from(length).unwrap();
        assert!(
            matches!(&refused, Some(ObjectStoreError::OtherSize { key: of, found: at, expected: 1000 })
                if *of == key && *at == found),
            "{length} bytes from {offset}: {refused:?}"
        );
    }
}

/// A form is offered for what the target takes, and stores nothing by being made.
pub async fn forms_are_offered_where_there_is_a_target(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let target = ports.objects.form_target().await.unwrap();
    let key = ObjectKey::of_job(UserId::generate(), JobId::generate(), &"köln 🧬.vcf".parse().unwrap());
    let file = would_be(&key, b"bytes");
    let form = ports.objects.upload_form(&file, Duration::from_mins(1)).await.unwrap();
    assert_eq!(form.map(|form| form.address), target.clone().map(|target| target.address));
    assert_eq!(ports.objects.find(Bucket::Inputs, &key).await.unwrap(), None);
    if let Some(target) = target {
        let larger = StoredFile { size: target.max_bytes + 1, ..file };
        let form = ports.objects.upload_form(&larger, Duration::from_mins(1)).await.unwrap();
        assert_eq!(form, None, "more bytes than the target takes");
    }
}
