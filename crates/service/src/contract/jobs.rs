//! The job table.

mod across_users;

use std::collections::HashSet;

use super::{
    Fixture,
    samples::{job, job_with_id, race, seconds, user},
};
use crate::{
    account::User,
    id::{ArchiveId, JobId},
    job::{Job, JobStatus},
    ports::{Created, Cursor, JobStore, ReplaceError},
    quota::Quota,
};

pub use self::across_users::*;

async fn create(store: &dyn JobStore, job: &Job) {
    assert_eq!(store.create(job, None, &Quota::UNLIMITED).await.unwrap(), Created::New);
}

/// All pages of a user's list.
async fn all_pages(store: &dyn JobStore, owner: &User, limit: u32) -> Vec<JobId> {
    let mut ids = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.of_user(owner.user_id, cursor.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= usize::try_from(limit).unwrap());
        ids.extend(page.items.iter().map(|job| job.job_id));
        cursor = page.next;
        if cursor.is_none() {
            return ids;
        }
    }
}

/// The first system wrote rows and messages as text of its own making, and a quote in a file name broke them.
pub async fn a_job_comes_back_as_it_was(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let created = job(&user(), ports.clock.now());
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), None);
    create(&*ports.jobs, &created).await;
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), Some(created));
}

/// The first system wrote a job anew, PENDING, whenever its page was loaded again.
pub async fn creating_again_gives_the_existing_job(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let created = job(&user(), now);
    create(&*ports.jobs, &created).await;
    let running = ports.jobs.replace(&created.claim(now, seconds(60)).unwrap()).await.unwrap();
    for key in [None, Some("a key")] {
        let again = ports.jobs.create(&created, key, &Quota::UNLIMITED).await.unwrap();
        assert_eq!(again, Created::Existing(Box::new(running.clone())));
    }
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), Some(running));
}

/// Two tabs, a double click, a retry: one job.
pub async fn one_key_makes_one_job_however_many_try(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let results =
        race(16, |_| {
            let (ports, job) = (fixture.ports(), job(&owner, ports.clock.now()));
            async move {
                (job.job_id, ports.jobs.create(&job, Some("the-same"), &Quota::UNLIMITED).await.unwrap())
            }
        })
        .await;
    let made: Vec<_> = results.iter().filter(|(_, created)| *created == Created::New).collect();
    assert_eq!(made.len(), 1);
    let winner = made[0].0;
    for (_, created) in &results {
        if let Created::Existing(existing) = created {
            assert_eq!(existing.job_id, winner);
        }
    }
    assert_eq!(all_pages(&*ports.jobs, &owner, 100).await, [winner]);
    let found = ports.jobs.find_by_idempotency_key(owner.user_id, "the-same").await.unwrap().unwrap();
    assert_eq!(found.job_id, winner);
    assert!(ports.jobs.find_by_idempotency_key(owner.user_id, "another").await.unwrap().is_none());
}

/// Two users who chose the same key do not meet.
pub async fn a_key_is_its_users_own(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let jobs = [user(), user()].map(|owner| job(&owner, ports.clock.now()));
    for job in &jobs {
        assert_eq!(ports.jobs.create(job, Some("1"), &Quota::UNLIMITED).await.unwrap(), Created::New);
    }
    for job in &jobs {
        let found = ports.jobs.find_by_idempotency_key(job.user_id, "1").await.unwrap();
        assert_eq!(found.as_ref(), Some(job));
    }
    let stranger = user().user_id;
    assert!(ports.jobs.find_by_idempotency_key(stranger, "1").await.unwrap().is_none());
}

/// Each change is told from the one before.
pub async fn replacing_raises_the_revision(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let created = job(&user(), now);
    create(&*ports.jobs, &created).await;
    let claimed = created.claim(now, seconds(60)).unwrap();
    let written = ports.jobs.replace(&claimed).await.unwrap();
    assert_eq!(written, Job { revision: created.revision + 1, ..claimed });
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), Some(written.clone()));
    let again = ports.jobs.replace(&written).await.unwrap();
    assert_eq!(again.revision, written.revision + 1);
}

/// In the first system an annotator whose claim had failed said so, and ran the job all the same.
pub async fn of_many_claims_one_wins(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let created = job(&user(), now);
    create(&*ports.jobs, &created).await;
    let claims = race(16, |_| {
        let (ports, claimed) = (fixture.ports(), created.claim(now, seconds(60)).unwrap());
        async move { ports.jobs.replace(&claimed).await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = claims.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(
        lost.iter().all(|claim| matches!(claim, Err(ReplaceError::Conflict(id)) if *id == created.job_id))
    );
    let kept = ports.jobs.find(created.job_id).await.unwrap().unwrap();
    assert_eq!((kept.revision, kept.attempt, kept.job_status), (1, 1, JobStatus::Running));
}

/// Nothing is written over what one has not seen, nor over what is gone.
pub async fn a_stale_change_is_a_conflict(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let created = job(&user(), now);
    create(&*ports.jobs, &created).await;
    let cancelled = ports.jobs.replace(&created.cancel(now).unwrap()).await.unwrap();
    let stale = created.claim(now, seconds(60)).unwrap();
    assert!(matches!(ports.jobs.replace(&stale).await, Err(ReplaceError::Conflict(_))));
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), Some(cancelled.clone()));
    ports.jobs.purge(created.job_id).await.unwrap();
    assert!(matches!(ports.jobs.replace(&cancelled).await, Err(ReplaceError::Conflict(_))));
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), None);
}

/// The first system looked through its whole table for the job of an archive, and through its first page only.
pub async fn a_job_is_found_by_its_archive(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let mut jobs = Vec::new();
    for _ in 0..30 {
        let created = job(&owner, now);
        create(&*ports.jobs, &created).await;
        let archive = ArchiveId::generate(created.job_id);
        let archived = Job { results_file_archive_id: Some(archive), ..created };
        jobs.push(ports.jobs.replace(&archived).await.unwrap());
    }
    for job in &jobs {
        let archive = job.results_file_archive_id.as_ref().unwrap();
        assert_eq!(ports.jobs.find_by_archive(archive).await.unwrap().as_ref(), Some(job));
    }
    let archive = jobs[7].results_file_archive_id.clone().unwrap();
    let thawed =
        Job { results_file_archive_id: None, discard_archive_id: Some(archive.clone()), ..jobs[7].clone() };
    ports.jobs.replace(&thawed).await.unwrap();
    assert_eq!(ports.jobs.find_by_archive(&archive).await.unwrap(), None);
    let unknown = ArchiveId::generate(jobs[0].job_id);
    assert_eq!(ports.jobs.find_by_archive(&unknown).await.unwrap(), None);
}

/// The first system's list was in the order of its index turned round, not of time. Ids are given when an
/// upload is agreed, so their order is not that of submission either.
pub async fn lists_are_by_time_of_submission_newest_first(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let ids: Vec<JobId> = (0..5).map(|_| JobId::generate()).collect();
    // Submitted in the order 3, 0, 4, 2, 1.
    for (id, later) in ids.iter().zip([1_u64, 4, 3, 0, 2]) {
        create(&*ports.jobs, &job_with_id(*id, &owner, now + seconds(later))).await;
    }
    let expected = [ids[1], ids[2], ids[4], ids[0], ids[3]];
    assert_eq!(all_pages(&*ports.jobs, &owner, 100).await, expected);
    assert_eq!(all_pages(&*ports.jobs, &owner, 2).await, expected);
    assert_eq!(all_pages(&*ports.jobs, &owner, 1).await, expected);
}

/// Nor does a cursor lead into another's list.
pub async fn lists_show_neither_others_nor_deleted_jobs(fixture: &impl Fixture) {
    let (ports, owner, other) = (fixture.ports(), user(), user());
    let now = ports.clock.now();
    let jobs: Vec<Job> = (0..4).map(|n| job(&owner, now + seconds(n))).collect();
    for job in &jobs {
        create(&*ports.jobs, job).await;
    }
    create(&*ports.jobs, &job(&other, now)).await;
    let deleted = ports.jobs.replace(&jobs[2].delete(now)).await.unwrap();
    let listed = all_pages(&*ports.jobs, &owner, 2).await;
    assert_eq!(listed, [jobs[3].job_id, jobs[1].job_id, jobs[0].job_id]);
    // Found by its id all the same: somebody has to sweep up.
    assert_eq!(ports.jobs.find(deleted.job_id).await.unwrap(), Some(deleted));
    let page = ports.jobs.of_user(owner.user_id, None, 1).await.unwrap();
    let theirs = ports.jobs.of_user(other.user_id, page.next.as_ref(), 10).await.unwrap();
    assert!(theirs.items.iter().all(|job| job.user_id == other.user_id));
}

/// The first system showed as many jobs as fitted into one answer of its table.
pub async fn paging_is_complete_while_jobs_are_added(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let mut expected = Vec::new();
    for number in 0..137 {
        // Some in the same instant.
        let created = job(&owner, now + seconds(number / 3));
        expected.push((created.submit_time, created.job_id));
        create(&*ports.jobs, &created).await;
    }
    expected.sort();
    expected.reverse();
    let mut seen = Vec::new();
    let mut cursor = None;
    for added in 0.. {
        let page = ports.jobs.of_user(owner.user_id, cursor.as_ref(), 10).await.unwrap();
        seen.extend(page.items.iter().map(|job| (job.submit_time, job.job_id)));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
        create(&*ports.jobs, &job(&owner, now + seconds(1000 + added))).await;
    }
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "none twice");
    assert_eq!(seen, expected);
}

/// Cursors come back from clients, who may send anything.
pub async fn a_senseless_cursor_is_an_empty_page(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    create(&*ports.jobs, &job(&owner, ports.clock.now())).await;
    for text in ["", ".", "a", "zz.zz", "1.1", "' OR 1 = 1 --", "\u{0}", "🧬.🧬", "{}"] {
        let cursor = Cursor(text.to_owned());
        let page = ports.jobs.of_user(owner.user_id, Some(&cursor), 10).await.unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "{text}");
    }
}

/// The first system forgot what it meant to do when the process that waited for the time died.
pub async fn overdue_jobs_come_longest_overdue_first(fixture: &impl Fixture) {
    let (ports, owner) = (fixture.ports(), user());
    let now = ports.clock.now();
    let attend = [Some(20), Some(10), None, Some(60), Some(30)];
    let jobs = attend.map(|at| job(&owner, now).attend(at.map(|later| now + seconds(later))));
    for job in &jobs {
        create(&*ports.jobs, job).await;
    }
    let ids = |jobs: Vec<Job>| jobs.iter().map(|job| job.job_id).collect::<Vec<_>>();
    let [a, b, never, later, c] = jobs;
    assert!(ports.jobs.overdue(now, 10).await.unwrap().is_empty());
    let at = now + seconds(30);
    assert_eq!(ids(ports.jobs.overdue(at, 10).await.unwrap()), [b.job_id, a.job_id, c.job_id]);
    assert_eq!(ids(ports.jobs.overdue(at, 1).await.unwrap()), [b.job_id]);
    // The date moves, comes and goes; a deleted job is attended to like any other.
    ports.jobs.replace(&b.attend(None)).await.unwrap();
    ports.jobs.replace(&never.attend(Some(now + seconds(5)))).await.unwrap();
    ports.jobs.replace(&later.delete(now + seconds(15))).await.unwrap();
    let overdue = ids(ports.jobs.overdue(at, 10).await.unwrap());
    assert_eq!(overdue, [never.job_id, later.job_id, a.job_id, c.job_id]);
}

/// Each job is in exactly one count.
pub async fn counts_follow_every_change(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let count = async |status: JobStatus| {
        let counts = ports.jobs.count_by_status().await.unwrap();
        counts.into_iter().find(|(name, _)| name == status.as_str()).map_or(0, |(_, jobs)| jobs)
    };
    let jobs: Vec<Job> = (0..3).map(|_| job(&user(), now)).collect();
    for job in &jobs {
        create(&*ports.jobs, job).await;
    }
    ports.jobs.create(&jobs[0], None, &Quota::UNLIMITED).await.unwrap();
    assert_eq!(count(JobStatus::Pending).await, 3);
    let running = ports.jobs.replace(&jobs[0].claim(now, seconds(60)).unwrap()).await.unwrap();
    let _ = ports.jobs.replace(&jobs[0].cancel(now).unwrap()).await.unwrap_err();
    ports.jobs.replace(&running.attend(None)).await.unwrap();
    ports.jobs.purge(jobs[1].job_id).await.unwrap();
    assert_eq!((count(JobStatus::Pending).await, count(JobStatus::Running).await), (1, 1));
    assert_eq!(count(JobStatus::Cancelled).await, 0);
}

/// Purging twice is fine, and nothing of the job is found by any way.
pub async fn purging_removes_for_good(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let owner = user();
    let created = job(&owner, now);
    let archive = ArchiveId::generate(created.job_id);
    let created = Job { results_file_archive_id: Some(archive.clone()), ..created };
    ports.jobs.create(&created, Some("key"), &Quota::UNLIMITED).await.unwrap();
    for _ in 0..2 {
        ports.jobs.purge(created.job_id).await.unwrap();
    }
    assert_eq!(ports.jobs.find(created.job_id).await.unwrap(), None);
    assert_eq!(ports.jobs.find_by_archive(&archive).await.unwrap(), None);
    assert_eq!(ports.jobs.find_by_idempotency_key(owner.user_id, "key").await.unwrap(), None);
    assert!(ports.jobs.overdue(now + seconds(1000), 10).await.unwrap().is_empty());
    assert!(all_pages(&*ports.jobs, &owner, 10).await.is_empty());
}
