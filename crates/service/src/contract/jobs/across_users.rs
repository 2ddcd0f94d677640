//! Lists of jobs across users.

use super::{Fixture, create, job, seconds, user};
use crate::{
    id::JobId,
    job::{Job, JobStatus, ResultPlace},
    ports::{Cursor, JobStore, Wanted},
};

/// All pages of a list across users.
async fn recent(store: &dyn JobStore, wanted: Wanted, limit: u32) -> Vec<JobId> {
    let mut ids = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.recent(wanted, cursor.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= usize::try_from(limit).unwrap());
        ids.extend(page.items.iter().map(|job| job.job_id));
        cursor = page.next;
        if cursor.is_none() {
            return ids;
        }
    }
}

/// Whosesoever they are and whatever became of them, but deleted ones.
pub async fn jobs_of_all_users_are_listed_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let jobs: Vec<Job> = (0..7).map(|later| job(&user(), now + seconds(later / 2))).collect();
    for job in jobs.iter().rev() {
        create(&*ports.jobs, job).await;
    }
    let running = ports.jobs.replace(&jobs[1].claim(now, seconds(60)).unwrap()).await.unwrap();
    ports.jobs.replace(&running.cancel(now).unwrap()).await.unwrap();
    ports.jobs.replace(&jobs[2].claim(now, seconds(60)).unwrap()).await.unwrap();
    ports.jobs.replace(&jobs[3].delete(now)).await.unwrap();
    let mut expected: Vec<_> = jobs.iter().map(|job| (job.submit_time, job.job_id)).collect();
    expected.remove(3);
    expected.sort();
    let expected: Vec<JobId> = expected.into_iter().rev().map(|(_, id)| id).collect();
    for limit in [1, 2, 100] {
        assert_eq!(recent(&*ports.jobs, Wanted::All, limit).await, expected, "by {limit}");
    }
    let senseless = Cursor("no such place".to_owned());
    assert!(ports.jobs.recent(Wanted::All, Some(&senseless), 10).await.unwrap().items.is_empty());
}

/// As it is, not as it was.
pub async fn a_list_of_one_state_has_that_state_only(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let jobs: Vec<Job> = (0..5).map(|later| job(&user(), now + seconds(later))).collect();
    for job in &jobs {
        create(&*ports.jobs, job).await;
    }
    for at in [0, 3, 4] {
        ports.jobs.replace(&jobs[at].claim(now, seconds(60)).unwrap()).await.unwrap();
    }
    let of = async |status: JobStatus| recent(&*ports.jobs, Wanted::InState(status), 1).await;
    assert_eq!(of(JobStatus::Running).await, [jobs[4].job_id, jobs[3].job_id, jobs[0].job_id]);
    assert_eq!(of(JobStatus::Pending).await, [jobs[2].job_id, jobs[1].job_id]);
    assert!(of(JobStatus::Failed).await.is_empty());
}

/// To cold storage and back, those first whose worker has to say something first.
pub async fn jobs_on_the_way_are_listed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let place = |place: ResultPlace, attend: u64| {
        let job = job(&user(), now).attend(Some(now + seconds(attend)));
        Job { job_status: JobStatus::Completed, result_place: Some(place), ..job }
    };
    let archiving = place(ResultPlace::Archiving, 30);
    let thawing = place(ResultPlace::Thawing, 20);
    let hot = place(ResultPlace::Hot, 10);
    let archived = place(ResultPlace::Archived, 10);
    let deleted = place(ResultPlace::Thawing, 10).delete(now);
    for job in [&archiving, &thawing, &hot, &archived, &deleted] {
        create(&*ports.jobs, job).await;
    }
    let ids = |jobs: Vec<Job>| jobs.iter().map(|job| job.job_id).collect::<Vec<_>>();
    assert_eq!(ids(ports.jobs.on_the_way(10).await.unwrap()), [thawing.job_id, archiving.job_id]);
    assert_eq!(ids(ports.jobs.on_the_way(1).await.unwrap()), [thawing.job_id]);
    // They are attended to like any other.
    assert_eq!(ports.jobs.overdue(now + seconds(60), 10).await.unwrap().len(), 5);
    ports.jobs.replace(&Job { result_place: Some(ResultPlace::Hot), ..thawing }).await.unwrap();
    ports.jobs.replace(&Job { result_place: Some(ResultPlace::Archiving), ..hot.clone() }).await.unwrap();
    assert_eq!(ids(ports.jobs.on_the_way(10).await.unwrap()), [hot.job_id, archiving.job_id]);
}
