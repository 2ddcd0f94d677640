//! What users may have, and what they have.

use super::{
    Fixture,
    samples::{job, key, race, seconds, sha256, user},
};
use crate::{
    account::User,
    id::ArchiveId,
    job::{Bucket, Job, Outcome, ResultFile, StoredFile},
    ports::{Ahead, Created, Ports},
    quota::{Limit, OverQuota, Quota, Usage},
};

const AT_ONCE: Quota = Quota { jobs_at_once: Some(3), ..Quota::UNLIMITED };
/// Of the input of every sample.
const INPUT: u64 = 12_345;

async fn created(ports: &Ports, owner: &User, quota: &Quota) -> Job {
    let job = job(owner, ports.clock.now());
    assert_eq!(ports.jobs.create(&job, None, quota).await.unwrap(), Created::New);
    job
}

async fn usage(ports: &Ports, owner: &User) -> Usage {
    ports.jobs.usage(owner.user_id, ports.clock.now()).await.unwrap()
}

/// Tries to add one more and gives the limit that is in the way.
async fn refused(ports: &Ports, owner: &User, quota: &Quota) -> Option<Limit> {
    match ports.jobs.create(&job(owner, ports.clock.now()), None, quota).await.unwrap() {
        Created::Refused(over) => Some(over.limit),
        Created::New => None,
        Created::Existing(_) => panic!("it is there already"),
    }
}

fn file(job: &Job, bucket: Bucket, size: u64) -> StoredFile {
    StoredFile { bucket, key: key(job.user_id, job.job_id), size, sha256: sha256(b"file") }
}

/// Result, log and summary of 1,000, 200 and 30 bytes.
fn outcome(job: &Job) -> Outcome {
    Outcome {
        result: ResultFile { name: job.input_file_name.result(), file: file(job, Bucket::Results, 1_000) },
        log: file(job, Bucket::Results, 200),
        summary: file(job, Bucket::Results, 30),
        annotated_by: "a program".to_owned(),
    }
}

/// Whoever submits from many tabs and programs at once. Of a refused job nothing stays, its key neither.
pub async fn of_many_submissions_no_more_get_through_than_are_allowed(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let results = race(16, |number| {
        let (ports, job) = (fixture.ports(), job(&owner, ports.clock.now()));
        async move {
            let key = format!("key {number}");
            (job.job_id, key.clone(), ports.jobs.create(&job, Some(&key), &AT_ONCE).await.unwrap())
        }
    })
    .await;
    let (made, others): (Vec<_>, Vec<_>) =
        results.into_iter().partition(|(.., created)| *created == Created::New);
    assert_eq!(made.len(), 3);
    for (job, key, created) in others {
        let expected = Usage { jobs_at_once: 3, jobs_today: 3, stored_bytes: 3 * INPUT };
        assert_eq!(created, Created::Refused(OverQuota { limit: Limit::JobsAtOnce, usage: expected }));
        assert_eq!(ports.jobs.find(job).await.unwrap(), None);
        assert_eq!(ports.jobs.find_by_idempotency_key(owner.user_id, &key).await.unwrap(), None);
    }
    assert_eq!(usage(&ports, &owner).await.jobs_at_once, 3);
}

/// Completed, cancelled or deleted.
pub async fn an_ended_job_makes_room_for_another(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(created(&ports, &owner, &AT_ONCE).await);
    }
    let running = ports.jobs.replace(&jobs[0].claim(now, seconds(60)).unwrap()).await.unwrap();
    assert_eq!(refused(&ports, &owner, &AT_ONCE).await, Some(Limit::JobsAtOnce));
    ports.jobs.replace(&running.complete(1, outcome(&running), now).unwrap()).await.unwrap();
    ports.jobs.replace(&jobs[1].cancel(now).unwrap()).await.unwrap();
    ports.jobs.replace(&jobs[2].delete(now)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(refused(&ports, &owner, &AT_ONCE).await, None);
    }
    assert_eq!(refused(&ports, &owner, &AT_ONCE).await, Some(Limit::JobsAtOnce));
}

/// Deleting a job does not give it back; the next day does.
pub async fn a_day_takes_so_many_jobs_whatever_becomes_of_them(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let quota = Quota { jobs_per_day: Some(2), ..Quota::UNLIMITED };
    let now = ports.clock.now();
    let first = created(&ports, &owner, &quota).await;
    let second = created(&ports, &owner, &quota).await;
    ports.jobs.replace(&first.cancel(now).unwrap()).await.unwrap();
    ports.jobs.purge(second.job_id).await.unwrap();
    assert_eq!(refused(&ports, &owner, &quota).await, Some(Limit::JobsPerDay));
    assert_eq!(usage(&ports, &owner).await.jobs_today, 2);
    let tomorrow = now + seconds(24 * 3600);
    assert_eq!(ports.jobs.usage(owner.user_id, tomorrow).await.unwrap().jobs_today, 0);
    for expected in [1, 2] {
        assert_eq!(ports.jobs.create(&job(&owner, tomorrow), None, &quota).await.unwrap(), Created::New);
        let usage = ports.jobs.usage(owner.user_id, tomorrow).await.unwrap();
        assert_eq!(usage.jobs_today, expected);
    }
    let late = ports.jobs.create(&job(&owner, tomorrow), None, &quota).await.unwrap();
    assert!(matches!(late, Created::Refused(OverQuota { limit: Limit::JobsPerDay, .. })));
}

/// To the byte, and wherever they lie.
pub async fn files_count_until_their_job_is_deleted(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let quota = Quota { stored_bytes: Some(3 * INPUT), ..Quota::UNLIMITED };
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(created(&ports, &owner, &quota).await);
    }
    assert_eq!(refused(&ports, &owner, &quota).await, Some(Limit::StoredBytes));
    let tight = Quota { stored_bytes: Some(3 * INPUT - 1), ..Quota::UNLIMITED };
    ports.jobs.replace(&jobs[0].delete(ports.clock.now())).await.unwrap();
    assert_eq!(refused(&ports, &owner, &tight).await, Some(Limit::StoredBytes));
    assert_eq!(refused(&ports, &owner, &quota).await, None);
    let too_large = Quota { stored_bytes: Some(1), ..Quota::UNLIMITED };
    assert_eq!(refused(&ports, &user(), &too_large).await, Some(Limit::StoredBytes));
}

/// From the submission to the archive and to the end. Changes that are refused change nothing.
pub async fn usage_follows_every_change(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let stored = async || {
        let usage = usage(&ports, &owner).await;
        (usage.jobs_at_once, usage.stored_bytes)
    };
    assert_eq!(usage(&ports, &owner).await, Usage::default());
    let first = created(&ports, &owner, &Quota::UNLIMITED).await;
    let other = created(&ports, &owner, &Quota::UNLIMITED).await;
    assert_eq!(stored().await, (2, 2 * INPUT));
    let write = async |job: Job| ports.jobs.replace(&job).await.unwrap();
    let running = write(first.claim(now, seconds(60)).unwrap()).await;
    let back = write(running.hand_back(1, now, seconds(60)).unwrap()).await;
    let _ = ports.jobs.replace(&first.cancel(now).unwrap()).await.unwrap_err();
    let running = write(back.claim(now, seconds(60)).unwrap()).await;
    assert_eq!(stored().await, (2, 2 * INPUT));
    let done = write(running.complete(2, outcome(&running), now).unwrap()).await;
    assert_eq!(stored().await, (1, 2 * INPUT + 1_230));
    let done = write(done.drop_input()).await;
    assert_eq!(stored().await, (1, INPUT + 1_230));
    let archive = ArchiveId::generate(done.job_id);
    let archiving = write(done.begin_archiving(archive.clone(), now, seconds(60)).unwrap()).await;
    let recorded = write(archiving.record_archive(&archive).unwrap()).await;
    let archived = write(recorded.finish_archiving(now).unwrap()).await;
    assert_eq!(stored().await, (1, INPUT + 1_230), "an archived result counts");
    let expired = write(archived.expire(now).unwrap()).await;
    assert_eq!(stored().await, (1, INPUT + 230), "a lost one does not");
    let failed = write(other.fail(failure(), Some(file(&other, Bucket::Results, 7)), now).unwrap()).await;
    assert_eq!(stored().await, (0, INPUT + 7 + 230));
    write(expired.delete(now)).await;
    assert_eq!(stored().await, (0, INPUT + 7));
    for _ in 0..2 {
        ports.jobs.purge(expired.job_id).await.unwrap();
        ports.jobs.purge(failed.job_id).await.unwrap();
    }
    assert_eq!(usage(&ports, &owner).await, Usage { jobs_today: 2, ..Usage::default() });
}

fn failure() -> crate::job::Failure {
    let text = |text: &str| text.to_owned();
    crate::job::Failure {
        code: text("any"),
        line: None,
        column: None,
        cause: text("a cause"),
        remedy: text("a remedy"),
    }
}

/// Nobody is refused for what another has.
pub async fn limits_are_each_users_own(fixture: &impl Fixture) {
    let (ports, many, none) = (fixture.ports(), user(), user());
    for _ in 0..3 {
        created(&ports, &many, &AT_ONCE).await;
    }
    assert_eq!(refused(&ports, &none, &AT_ONCE).await, None);
    assert_eq!(usage(&ports, &none).await.jobs_at_once, 1);
    assert_eq!(usage(&ports, &many).await.jobs_at_once, 3);
}

/// A repeated request gets its job, however much there is by then.
pub async fn what_was_accepted_before_is_not_refused_again(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let quota = Quota { jobs_at_once: Some(1), jobs_per_day: Some(1), stored_bytes: Some(INPUT) };
    let first = job(&owner, now);
    assert_eq!(ports.jobs.create(&first, Some("a key"), &quota).await.unwrap(), Created::New);
    for again in [first.clone(), job(&owner, now)] {
        let created = ports.jobs.create(&again, Some("a key"), &quota).await.unwrap();
        assert_eq!(created, Created::Existing(Box::new(first.clone())));
    }
    assert_eq!(usage(&ports, &owner).await.jobs_today, 1);
}

/// Nothing is left of who is gone, the jobs of the day neither; a job that comes all the same is counted anew.
pub async fn what_a_user_had_is_forgotten(fixture: &impl Fixture) {
    let (ports, gone, other) = (fixture.ports(), user(), user());
    let first = created(&ports, &gone, &AT_ONCE).await;
    created(&ports, &other, &AT_ONCE).await;
    let before = usage(&ports, &other).await;
    ports.jobs.replace(&first.delete(ports.clock.now())).await.unwrap();
    ports.jobs.purge(first.job_id).await.unwrap();
    assert_eq!(usage(&ports, &gone).await.jobs_today, 1);
    for _ in 0..2 {
        ports.jobs.forget_user(gone.user_id).await.unwrap();
        assert_eq!(usage(&ports, &gone).await, Usage::default());
    }
    let late = created(&ports, &gone, &AT_ONCE).await;
    ports.jobs.forget_user(gone.user_id).await.unwrap();
    ports.jobs.replace(&late.delete(ports.clock.now())).await.unwrap();
    ports.jobs.purge(late.job_id).await.unwrap();
    ports.jobs.forget_user(gone.user_id).await.unwrap();
    assert_eq!(usage(&ports, &gone).await, Usage::default());
    assert_eq!(usage(&ports, &other).await, before);
}

async fn create(ports: &Ports, job: &Job) {
    assert_eq!(ports.jobs.create(job, None, &Quota::UNLIMITED).await.unwrap(), Created::New);
}

/// A place in the queue counts one's own jobs before it, and of each other user as many as have their turn until then.
pub async fn jobs_ahead_are_counted_by_turns(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let [many, some, one] = [0, 1, 2].map(|_| user());
    let mut of_many = Vec::new();
    for number in 0..6 {
        let created = job(&many, now + seconds(number));
        create(&ports, &created).await;
        of_many.push(created);
    }
    let of_some = [10, 11].map(|later| job(&some, now + seconds(later)));
    for created in &of_some {
        create(&ports, created).await;
    }
    let single = job(&one, now + seconds(20));
    create(&ports, &single).await;
    let ahead = async |job: &Job| ports.jobs.ahead(job).await.unwrap();
    assert_eq!(ahead(&of_many[0]).await, Ahead { own: 0, others: 2 });
    assert_eq!(ahead(&of_many[5]).await, Ahead { own: 5, others: 3 });
    // The last one to come waits for one of each, not for all who came before.
    assert_eq!(ahead(&single).await, Ahead { own: 0, others: 2 });
    ports.jobs.replace(&of_many[1].claim(now, seconds(60)).unwrap()).await.unwrap();
    ports.jobs.replace(&of_some[0].cancel(now).unwrap()).await.unwrap();
    ports.jobs.replace(&of_some[1].delete(now)).await.unwrap();
    assert_eq!(ahead(&of_many[5]).await, Ahead { own: 4, others: 1 });
    assert_eq!(ahead(&single).await, Ahead { own: 0, others: 1 });
}
