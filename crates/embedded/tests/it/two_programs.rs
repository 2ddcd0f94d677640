//! Several programs on one data directory, and what is there after one of them is gone.

use std::{fs, time::Duration};

use gas_service::{
    contract::Fixture as _,
    id::{JobId, UserId},
    job::{Bucket, Job, NewJob, ObjectKey},
    message::{Message, QueueName},
    plan::Plan,
    ports::{Created, Ports},
    quota::Quota,
};
use tokio::io::AsyncWriteExt as _;

use crate::fixture::{files_below, open, open_again};

/// One thing of each kind.
async fn fill(ports: &Ports) -> (Job, ObjectKey) {
    let now = ports.clock.now();
    let owner = ports.accounts.user_of_email(&"ada@example.org".parse().unwrap(), now).await.unwrap();
    ports.accounts.set_plan(owner.user_id, Plan::PremiumUser, now).await.unwrap();
    let job_id = JobId::generate();
    let key = ObjectKey::of_job(owner.user_id, job_id, &"a.vcf".parse().unwrap());
    let input = ports.objects.put(Bucket::Inputs, &key, Box::pin(&b"bytes"[..]), None).await.unwrap();
    let new = NewJob {
        job_id,
        input_file_name: "a.vcf".parse().unwrap(),
        input,
        reference: "human-mt".to_owned(),
        reference_warning: None,
    };
    let job = Job::submit(new, &owner, now, Duration::from_mins(1));
    assert_eq!(ports.jobs.create(&job, Some("key"), &Quota::UNLIMITED).await.unwrap(), Created::New);
    let message = Message::Annotate { job_id };
    ports.queue.send(QueueName::JobRequests, &message, None, Duration::from_secs(5)).await.unwrap();
    (job, key)
}

/// The first system kept what was still to be done in processes that slept until it was time.
#[tokio::test]
async fn all_is_there_after_a_program_ends_without_saying_so() {
    let mut fixture = open().await;
    let (job, key) = fill(&fixture.ports).await;
    fixture.ports = open_again(fixture.data.path(), &fixture.clock).await;
    let ports = &fixture.ports;
    assert_eq!(ports.jobs.find(job.job_id).await.unwrap().as_ref(), Some(&job));
    let user = ports.accounts.user(job.user_id).await.unwrap().unwrap();
    assert_eq!(user.plan, Plan::PremiumUser);
    assert!(fixture.data.path().join("objects/inputs").join(key.as_str()).exists());
    fixture.pass(Duration::from_secs(6)).await;
    let taken = ports.queue.take_next(QueueName::JobRequests, Duration::from_secs(9), Duration::ZERO).await;
    assert_eq!(taken.unwrap().unwrap().message, Message::Annotate { job_id: job.job_id });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_can_be_opened_for_the_first_time_by_many_at_once() {
    let fixture = open().await;
    let fresh = tempfile::tempdir().unwrap();
    let opening = (0..6).map(|_| {
        let (data, clock) = (fresh.path().to_owned(), fixture.clock.clone());
        tokio::spawn(async move {
            let ports = open_again(&data, &clock).await;
            let email = "ada@example.org".parse().unwrap();
            ports.accounts.user_of_email(&email, ports.clock.now()).await.unwrap().user_id
        })
    });
    let mut users = Vec::new();
    for program in opening.collect::<Vec<_>>() {
        users.push(program.await.unwrap());
    }
    assert!(users.iter().all(|user| *user == users[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_write_and_read_at_once() {
    let fixture = open().await;
    let other = open_again(fixture.data.path(), &fixture.clock).await;
    let writers = [fixture.ports.clone(), other.clone()].map(|ports| {
        tokio::spawn(async move {
            for _ in 0..50 {
                let message = Message::PlanChanged { user_id: UserId::generate() };
                ports.queue.send(QueueName::JobRestore, &message, None, Duration::ZERO).await.unwrap();
            }
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(other.queue.depth(QueueName::JobRestore).await.unwrap().ready, 100);
    assert_eq!(fixture.ports.queue.depth(QueueName::JobRestore).await.unwrap().ready, 100);
}

#[tokio::test]
async fn a_taker_gets_what_another_program_sends() {
    let fixture = open().await;
    let other = open_again(fixture.data.path(), &fixture.clock).await;
    let ports = fixture.ports.clone();
    let waiting = tokio::spawn(async move {
        ports.queue.take_next(QueueName::JobRestore, Duration::from_secs(9), Duration::from_secs(20)).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let message = Message::PlanChanged { user_id: UserId::generate() };
    other.queue.send(QueueName::JobRestore, &message, None, Duration::ZERO).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().unwrap().message, message);
}

/// A command that makes a token must not sweep away what the server is just receiving.
#[tokio::test]
async fn opening_spares_the_half_written_files_of_others_and_removes_those_of_the_dead() {
    let fixture = open().await;
    let dead = fixture.data.path().join("tmp/dead");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("half"), "x").unwrap();
    let (mut sender, receiver) = tokio::io::duplex(64);
    let objects = fixture.ports.objects.clone();
    let key = ObjectKey::of_job(UserId::generate(), JobId::generate(), &"a.vcf".parse().unwrap());
    let upload =
        tokio::spawn(async move { objects.put(Bucket::Inputs, &key, Box::pin(receiver), None).await });
    sender.write_all(b"half").await.unwrap();
    while files_below(&fixture.data.path().join("tmp")).len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = open_again(fixture.data.path(), &fixture.clock).await;
    assert!(!dead.exists());
    drop(other);
    sender.write_all(b" and half").await.unwrap();
    drop(sender);
    assert_eq!(upload.await.unwrap().unwrap().size, 13);
    assert_eq!(fixture.half_written().await, 0);
}
