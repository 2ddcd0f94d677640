//! What lies on the disk, and what does not.

use std::{fs, time::Duration};

use gas_service::{
    contract::Fixture as _,
    id::{ArchiveId, JobId, UserId},
    job::{Bucket, ObjectKey, RetrievalTier},
    message::QueueName,
    ports::{BoxRead, ColdStorageError, Mail},
};
use tokio::io::AsyncWriteExt as _;

use crate::fixture::{LIMITS, files_below, open};

/// The checksum of `abc`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn stream(bytes: &'static [u8]) -> BoxRead {
    Box::pin(bytes)
}

fn key(user: UserId) -> ObjectKey {
    ObjectKey::of_job(user, JobId::generate(), &"a.vcf".parse().unwrap())
}

#[tokio::test]
async fn objects_lie_in_folders_of_their_owners_and_empty_folders_go() {
    let fixture = open().await;
    let objects = &fixture.ports.objects;
    let user = UserId::generate();
    let (one, two) = (key(user), key(user));
    for key in [&one, &two] {
        objects.put(Bucket::Inputs, key, stream(b"x"), None).await.unwrap();
    }
    let inputs = fixture.data.path().join("objects/inputs");
    assert_eq!(fs::read(inputs.join(one.as_str())).unwrap(), b"x");
    objects.delete(Bucket::Inputs, &one).await.unwrap();
    assert!(inputs.join(user.to_string()).exists());
    objects.delete(Bucket::Inputs, &two).await.unwrap();
    assert_eq!(fs::read_dir(&inputs).unwrap().count(), 0);
    assert!(inputs.exists());
}

/// The first system read files whole before it passed them on. Here what has come is on the disk before the rest
/// has.
#[tokio::test]
async fn an_upload_goes_to_the_disk_as_it_comes() {
    let fixture = open().await;
    let (mut sender, receiver) = tokio::io::duplex(64 * 1024);
    let objects = fixture.ports.objects.clone();
    let upload = tokio::spawn(async move {
        objects.put(Bucket::Inputs, &key(UserId::generate()), Box::pin(receiver), None).await
    });
    let tmp = fixture.data.path().join("tmp");
    let on_disk = || files_below(&tmp).iter().map(|path| fs::metadata(path).unwrap().len()).sum::<u64>();
    for megabytes in 1..=4 {
        sender.write_all(&vec![7; 1_000_000]).await.unwrap();
        while on_disk() < megabytes * 1_000_000 - 1_000_000 / 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(files_below(&fixture.data.path().join("objects")).len(), 0);
    drop(sender);
    assert_eq!(upload.await.unwrap().unwrap().size, 4_000_000);
    assert_eq!(on_disk(), 0);
}

#[tokio::test]
async fn a_key_that_leads_elsewhere_is_refused() {
    let fixture = open().await;
    for text in ["../../gas.db", "a/../../../gas.db", "/etc/passwd", "a", "", "a/b/c", "./a"] {
        let key: ObjectKey = serde_json::from_value(text.into()).unwrap();
        assert!(fixture.ports.objects.put(Bucket::Inputs, &key, stream(b"x"), None).await.is_err(), "{text}");
        assert!(fixture.ports.objects.delete(Bucket::Inputs, &key).await.is_err(), "{text}");
    }
    assert!(fixture.data.path().join("gas.db").exists());
}

#[tokio::test]
async fn an_object_cut_short_is_not_given_out() {
    let fixture = open().await;
    let key = key(UserId::generate());
    let stored = fixture.ports.objects.put(Bucket::Results, &key, stream(b"whole"), None).await.unwrap();
    fs::write(fixture.data.path().join("objects/results").join(key.as_str()), b"who").unwrap();
    assert!(fixture.ports.objects.open(&stored, 0).await.is_err());
}

#[tokio::test]
async fn a_damaged_archive_is_not_given_out_and_a_lost_one_is_missed() {
    let fixture = open().await;
    let cold = &fixture.ports.cold;
    let archive = ArchiveId::generate(JobId::generate());
    let now = fixture.ports.clock.now();
    cold.store(&archive, stream(b"abc"), ABC).await.unwrap();
    let retrieval = cold.start_retrieval(&archive, RetrievalTier::Standard, now).await.unwrap();
    let later = retrieval.expected;
    assert!(cold.open_retrieved(&retrieval.retrieval_id, later).await.is_ok());
    let file = fixture.data.path().join("cold").join(&archive.0);
    fs::write(&file, b"abd").unwrap();
    let damaged = cold.open_retrieved(&retrieval.retrieval_id, later).await;
    assert!(matches!(damaged, Err(ColdStorageError::Checksum { .. })));
    fs::remove_file(&file).unwrap();
    let lost = cold.open_retrieved(&retrieval.retrieval_id, later).await;
    assert!(matches!(lost, Err(ColdStorageError::NoSuchArchive(_))));
}

/// Storing was interrupted after the file was in its place and before its row was written.
#[tokio::test]
async fn an_archive_half_stored_can_be_deleted() {
    let fixture = open().await;
    let archive = ArchiveId::generate(JobId::generate());
    let file = fixture.data.path().join("cold").join(&archive.0);
    fs::write(&file, b"abc").unwrap();
    fixture.ports.cold.delete(&archive).await.unwrap();
    assert!(!file.exists());
}

/// The first system wrote to its table and to its queue one after the other, and a crash between the two left
/// something that nobody attended to.
#[tokio::test]
async fn a_retrieval_and_its_message_come_into_being_together() {
    let fixture = open().await;
    let cold = &fixture.ports.cold;
    let archive = ArchiveId::generate(JobId::generate());
    cold.store(&archive, stream(b"abc"), ABC).await.unwrap();
    let now = fixture.ports.clock.now();
    let mut started = 0;
    for _ in 0..5 {
        started += u64::from(cold.start_retrieval(&archive, RetrievalTier::Expedited, now).await.is_ok());
        let depth = fixture.ports.queue.depth(QueueName::JobThaw).await.unwrap();
        assert_eq!((depth.delayed, depth.ready), (started, 0));
    }
    assert_eq!(started, u64::from(LIMITS.expedited_at_once));
}

#[tokio::test]
async fn a_retrieved_copy_is_taken_away_after_a_day() {
    let fixture = open().await;
    let cold = &fixture.ports.cold;
    let archive = ArchiveId::generate(JobId::generate());
    cold.store(&archive, stream(b"abc"), ABC).await.unwrap();
    let now = fixture.ports.clock.now();
    let retrieval = cold.start_retrieval(&archive, RetrievalTier::Expedited, now).await.unwrap();
    let end = retrieval.expected + Duration::from_hours(24);
    assert!(cold.open_retrieved(&retrieval.retrieval_id, end - Duration::from_secs(1)).await.is_ok());
    let gone = cold.open_retrieved(&retrieval.retrieval_id, end).await;
    assert!(matches!(gone, Err(ColdStorageError::NotReady(_))));
}

#[tokio::test]
async fn the_outbox_holds_mail_as_any_mail_program_reads_it_and_not_without_end() {
    let fixture = open().await;
    let outbox = fixture.data.path().join("outbox");
    for number in 0..1005 {
        fs::write(outbox.join(format!("20200101T000000.{number:09}-x.eml")), "old").unwrap();
    }
    fs::write(outbox.join("notes.txt"), "mine").unwrap();
    let mail = Mail {
        to: "ada@example.org".parse().unwrap(),
        subject: "Your job has ended".to_owned(),
        text: "http://localhost/annotations/1".to_owned(),
        html: "<a href=\"http://localhost/annotations/1\">open</a>".to_owned(),
    };
    fixture.ports.mailer.send(&mail).await.unwrap();
    let files = files_below(&outbox);
    assert_eq!(files.len(), 1001);
    assert!(outbox.join("notes.txt").exists());
    let newest = files.iter().filter(|path| path.extension().unwrap() == "eml").max().unwrap();
    let text = fs::read_to_string(newest).unwrap();
    for line in ["To: ada@example.org", "Subject: Your job has ended", "MIME-Version: 1.0"] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(text.contains("multipart/alternative"));
    assert!(text.contains("From: \"Genomics Annotation Service\" <gas@example.org>"), "{text}");
    assert_eq!(fixture.half_written().await, 0);
}
