//! Values to test with.

use std::{future::Future, pin::Pin, time::Duration};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::{
    account::{EmailAddress, User},
    id::{JobId, UserId},
    job::{Bucket, Job, NewJob, ObjectKey, StoredFile},
    plan::Plan,
    ports::BoxRead,
};

/// Some address, not used before.
pub(super) fn address() -> EmailAddress {
    format!("user-{}@example.org", UserId::generate()).parse().unwrap()
}

/// Somebody.
pub(super) fn user() -> User {
    let now = Timestamp::now();
    User {
        user_id: UserId::generate(),
        user_email: address(),
        name: String::new(),
        institution: String::new(),
        plan: Plan::FreeUser,
        admin: false,
        created: now,
        updated: now,
    }
}

/// The key of a job's input with a name that has broken programs before.
pub(super) fn key(user: UserId, job: JobId) -> ObjectKey {
    ObjectKey::of_job(user, job, &"it's \"quoted\" 🧬.vcf".parse().unwrap())
}

/// A pending job, submitted `now`.
pub(super) fn job(owner: &User, now: Timestamp) -> Job {
    job_with_id(JobId::generate(), owner, now)
}

/// A pending job of that id.
pub(super) fn job_with_id(job_id: JobId, owner: &User, now: Timestamp) -> Job {
    let input = StoredFile {
        bucket: Bucket::Inputs,
        key: key(owner.user_id, job_id),
        size: 12_345,
        sha256: sha256(b"input"),
    };
    let new = NewJob {
        job_id,
        input_file_name: "it's \"quoted\" 🧬.vcf".parse().unwrap(),
        input,
        reference: "human-mt".to_owned(),
        reference_warning: None,
    };
    Job::submit(new, owner, now, seconds(60))
}

/// Bytes that differ everywhere.
pub(super) fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect()
}

/// Bytes as a stream.
pub(super) fn stream(bytes: &[u8]) -> BoxRead {
    Box::pin(std::io::Cursor::new(bytes.to_vec()))
}

/// Bytes as a stream that then breaks off.
pub(super) fn broken_stream(bytes: &[u8]) -> BoxRead {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()))
        }
    }
    Box::pin(std::io::Cursor::new(bytes.to_vec()).chain(Broken))
}

/// Bytes as a stream whose sender then says nothing more.
pub(super) fn silent_stream(bytes: &[u8]) -> BoxRead {
    struct Silent;
    impl tokio::io::AsyncRead for Silent {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Pending
        }
    }
    Box::pin(std::io::Cursor::new(bytes.to_vec()).chain(Silent))
}

/// All of a stream.
pub(super) async fn read(mut stream: BoxRead) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// The checksum, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// So many seconds.
pub(super) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Lets `count` callers do the same at the same time, on threads of their own as far as there are any.
pub(super) async fn race<T, F>(count: usize, act: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = (0..count).map(|number| tokio::spawn(act(number))).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.unwrap());
    }
    results
}
