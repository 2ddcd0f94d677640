//! Which changes are legal, and what no sequence of them can break.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{account::User, id::RetrievalId, plan::Plan};

const LEASE: Duration = Duration::from_mins(1);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn file(job_id: JobId, user_id: UserId, bucket: Bucket, name: &FileName) -> StoredFile {
    StoredFile { bucket, key: ObjectKey::of_job(user_id, job_id, name), size: 10, sha256: "00".into() }
}

fn pending() -> Job {
    let owner = User {
        user_id: UserId::generate(),
        user_email: "ada@example.org".parse().unwrap(),
        name: String::new(),
        institution: String::new(),
        plan: Plan::FreeUser,
        admin: false,
        created: at(0),
        updated: at(0),
    };
    let job_id = JobId::generate();
    let input_file_name = FileName::of_input("a.vcf").unwrap();
    let input = file(job_id, owner.user_id, Bucket::Inputs, &input_file_name);
    Job::submit(
        NewJob { job_id, input_file_name, input, reference: "human-mt".into(), reference_warning: None },
        &owner,
        at(0),
        LEASE,
    )
}

fn outcome(job: &Job) -> Outcome {
    let name = &job.input_file_name;
    let stored = |name: &FileName| file(job.job_id, job.user_id, Bucket::Results, name);
    Outcome {
        result: ResultFile { name: name.result(), file: stored(&name.result()) },
        log: stored(&name.log()),
        summary: stored(&name.summary()),
        annotated_by: "gas".into(),
    }
}

fn failure() -> Failure {
    Failure { code: "c".into(), line: None, column: None, cause: "c".into(), remedy: "r".into() }
}

fn retrieval() -> Retrieval {
    Retrieval { retrieval_id: RetrievalId("r".into()), tier: RetrievalTier::Standard, expected: at(50) }
}

fn running() -> Job {
    pending().claim(at(1), LEASE).unwrap()
}

fn hot() -> Job {
    let job = running();
    job.complete(1, outcome(&job), at(2)).unwrap()
}

fn copying() -> Job {
    hot().begin_archiving(ArchiveId("one".into()), at(3), LEASE).unwrap()
}

fn recorded() -> Job {
    copying().record_archive(&ArchiveId("one".into())).unwrap()
}

fn archived() -> Job {
    recorded().finish_archiving(at(4)).unwrap()
}

fn thawing() -> Job {
    archived().begin_thawing(at(5), LEASE).unwrap()
}

#[test]
fn w4_a_job_is_claimed_by_one_at_a_time() {
    // The first system printed that the claim had failed, and ran the job all the same.
    let job = running();
    assert_eq!(job.claim(at(30), LEASE), Err(Refusal::Leased(at(61))));
    let second = job.claim(at(61), LEASE).unwrap();
    assert_eq!((second.attempt, second.progress.records), (2, 0));
    assert_eq!(second.complete(1, outcome(&job), at(62)).err(), Some(Refusal::Superseded(1)));
    assert_eq!(second.hand_back(1, at(62), LEASE).err(), Some(Refusal::Superseded(1)));
    assert_eq!(
        second.report_progress(1, Progress::default(), at(62), LEASE).err(),
        Some(Refusal::Superseded(1))
    );
}

#[rstest]
#[case::completed(hot(), JobStatus::Completed)]
#[case::failed(running().fail(failure(), None, at(2)).unwrap(), JobStatus::Failed)]
#[case::cancelled(running().cancel(at(2)).unwrap(), JobStatus::Cancelled)]
fn an_ended_job_stays_as_it_ended(#[case] job: Job, #[case] status: JobStatus) {
    assert_eq!(job.job_status, status);
    let refused = Some(Refusal::Status(status));
    assert_eq!(job.claim(at(900), LEASE).err(), refused);
    assert_eq!(job.complete(1, outcome(&job), at(900)).err(), refused);
    assert_eq!(job.fail(failure(), None, at(900)).err(), refused);
    assert_eq!(job.cancel(at(900)).err(), refused);
    assert!(job.attend_at.is_some(), "the sweeper looks at what it is owed");
}

#[rstest]
#[case::hot(hot(), true)]
#[case::copying(copying(), true)]
#[case::recorded(recorded(), false)]
#[case::archived(archived(), false)]
#[case::thawing(thawing(), false)]
#[case::thawed(thawing().finish_thawing(at(9)).unwrap(), true)]
#[case::running(running(), false)]
fn a_result_is_promised_only_where_it_cannot_go_any_instant(#[case] job: Job, #[case] readable: bool) {
    assert_eq!(job.hot_result().is_some(), readable);
}

#[test]
fn w16_an_upgrade_calls_a_copy_off_until_it_is_recorded() {
    // In the first system an upgrade while the result was copied left it in the archive.
    let kept = copying().abandon_archiving(at(5)).unwrap();
    assert_eq!(kept.result_place, Some(ResultPlace::Hot));
    assert!(kept.record_archive(&ArchiveId("one".into())).is_err(), "the archiver comes too late");
    assert_eq!(kept.discard_archive_id, Some(ArchiveId("one".into())), "its copy is known, and deleted");
    assert!(recorded().abandon_archiving(at(5)).is_err());
    assert_eq!(archived().attend_at, Some(at(4)), "the plan is looked at again at once");
}

#[test]
fn w17_a_copy_is_known_before_it_is_made_and_only_that_one_is_recorded() {
    // In the first system a crash after the upload left an archive that nobody knew.
    let one = copying();
    assert_eq!(one.discard_archive_id, Some(ArchiveId("one".into())));
    assert!(one.record_archive(&ArchiveId("two".into())).is_err());
    assert!(one.note_archive_discarded(&ArchiveId("one".into())).is_err(), "it may yet be recorded");
    let abandoned = one.abandon_archiving(at(70)).unwrap();
    let undiscarded = abandoned.begin_archiving(ArchiveId("two".into()), at(70), LEASE);
    assert_eq!(undiscarded.err(), Some(Refusal::Undiscarded), "else the first copy would be forgotten");
    let discarded = abandoned.note_archive_discarded(&ArchiveId("one".into())).unwrap();
    let two = discarded.begin_archiving(ArchiveId("two".into()), at(70), LEASE).unwrap();
    assert!(two.record_archive(&ArchiveId("one".into())).is_err());
    assert!(two.record_archive(&ArchiveId("two".into())).is_ok());
}

#[test]
fn w17_who_died_while_archiving_or_thawing_is_succeeded_when_its_lease_is_over() {
    // In the first system a claimed archive could never be claimed again.
    assert!(recorded().resume_archiving(at(62), LEASE).is_err());
    assert!(recorded().resume_archiving(at(63), LEASE).is_ok());
    assert!(thawing().begin_thawing(at(64), LEASE).is_err());
    assert!(thawing().begin_thawing(at(65), LEASE).is_ok());
    let overdue = thawing().record_retrieval(&ArchiveId("one".into()), retrieval(), LEASE).unwrap();
    assert!(overdue.begin_thawing(at(109), LEASE).is_err(), "not before it could have come");
    assert!(overdue.begin_thawing(at(110), LEASE).is_ok());
    assert!(thawing().release(at(6), LEASE).unwrap().begin_thawing(at(6), LEASE).is_ok());
}

#[test]
fn a_copy_that_takes_long_is_not_taken_over() {
    let one = ArchiveId("one".into());
    let kept = copying().keep_archiving(&one, at(40), LEASE).unwrap();
    assert_eq!((kept.lease_until, kept.attend_at), (Some(at(100)), Some(at(100))));
    assert!(copying().keep_archiving(&ArchiveId("two".into()), at(40), LEASE).is_err());
    assert!(recorded().keep_archiving(&one, at(40), LEASE).is_err(), "it is no longer being made");
    assert!(copying().abandon_archiving(at(40)).unwrap().keep_archiving(&one, at(41), LEASE).is_err());
}

#[test]
fn a_retrieval_of_a_former_archive_is_not_recorded() {
    let two = ArchiveId("two".into());
    assert!(thawing().record_retrieval(&two, retrieval(), LEASE).is_err());
    let back = thawing().finish_thawing(at(6)).unwrap();
    assert!(back.record_retrieval(&ArchiveId("one".into()), retrieval(), LEASE).is_err());
}

#[test]
fn a_deleted_job_allows_nothing() {
    for job in [pending(), running(), hot(), copying(), recorded(), archived(), thawing()] {
        let gone = job.delete(at(500));
        assert!(gone.claim(at(900), LEASE).is_err() && gone.cancel(at(900)).is_err());
        assert!(gone.complete(1, outcome(&job), at(900)).is_err());
        assert!(gone.begin_archiving(ArchiveId("x".into()), at(900), LEASE).is_err());
        assert!(gone.record_archive(&ArchiveId("one".into())).is_err());
        assert!(gone.finish_archiving(at(900)).is_err() && gone.finish_thawing(at(900)).is_err());
        assert!(gone.begin_thawing(at(900), LEASE).is_err());
    }
}

/// The world beside the row: which copies there are.
#[derive(Debug, Default)]
struct World {
    hot: bool,
    cold: Vec<ArchiveId>,
}

/// Tries one change, with its effect on the world at the side of the write where the workers have it.
fn step(job: &Job, world: &mut World, choice: u8, now: Timestamp) -> Option<Job> {
    let id = ArchiveId::generate(job.job_id);
    let discard = job.discard_archive_id.clone();
    let changed = match choice {
        0 => job.claim(now, LEASE),
        1 => job.report_progress(job.attempt, Progress::default(), now, LEASE),
        2 => job.hand_back(job.attempt, now, LEASE),
        3 => job.complete(job.attempt, outcome(job), now),
        4 => job.fail(failure(), None, now),
        5 => job.cancel(now),
        6 => job.schedule_archive(Some(now)),
        7 => job.begin_archiving(id, now, LEASE),
        8 => job.record_archive(discard.as_ref()?),
        9 => job.abandon_archiving(now),
        10 => job.resume_archiving(now, LEASE),
        11 => job.finish_archiving(now),
        12 => job.begin_thawing(now, LEASE),
        13 => job.record_retrieval(job.results_file_archive_id.as_ref()?, retrieval(), LEASE),
        14 => job.finish_thawing(now),
        15 => job.note_archive_discarded(discard.as_ref()?),
        16 => job.release(now, LEASE),
        17 => Ok(job.note_end_mailed()),
        18 => job.keep_archiving(discard.as_ref()?, now, LEASE),
        _ => Ok(job.attend(Some(now))),
    };
    let changed = changed.ok()?;
    match choice {
        3 | 14 => world.hot = true,
        8 => world.cold.extend(discard),
        11 => world.hot = false,
        15 => world.cold.retain(|copy| Some(copy) != discard.as_ref()),
        _ => {}
    }
    Some(changed)
}

fn check(job: &Job, world: &World) {
    let place = job.result_place;
    assert_eq!(
        job.job_status == JobStatus::Completed,
        place.is_some(),
        "completed has a result, and only it"
    );
    assert_eq!(place.is_some(), job.result.is_some() && job.log.is_some() && job.summary.is_some());
    assert_eq!(job.job_status.is_final(), job.complete_time.is_some());
    assert_eq!(job.job_status == JobStatus::Failed, job.failure.is_some());
    if place.is_some() {
        let recorded = job.results_file_archive_id.as_ref();
        assert!(
            world.hot || recorded.is_some_and(|id| world.cold.contains(id)),
            "a completed result is hot, or recorded in the cold: {job:?} {world:?}"
        );
        assert!(!job.result_is_readable() || world.hot, "what is promised is there");
    }
    for copy in &world.cold {
        let known = [&job.results_file_archive_id, &job.discard_archive_id];
        assert!(known.into_iter().flatten().any(|id| id == copy), "no copy is forgotten");
    }
    if job.job_status == JobStatus::Running || place == Some(ResultPlace::Thawing) {
        assert!(job.attend_at.is_some(), "whatever is under way is looked at some time");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_legal_changes_loses_a_result_or_forgets_a_copy(
        choices in proptest::collection::vec((0_u8..20, 0_i64..100), 0..120)
    ) {
        let mut job = pending();
        let mut world = World::default();
        let mut seconds = 0;
        for (choice, pause) in choices {
            seconds += pause;
            if let Some(changed) = step(&job, &mut world, choice, at(seconds)) {
                prop_assert!(changed.attempt >= job.attempt);
                prop_assert!(!job.job_status.is_final() || changed.job_status == job.job_status);
                prop_assert_eq!(changed.revision, job.revision, "revisions are the store's to raise");
                job = changed;
                check(&job, &world);
            }
        }
    }

    #[test]
    fn progress_is_a_share(bytes_read in any::<u64>(), bytes_total in any::<u64>()) {
        let percent = Progress { bytes_read, bytes_total, records: 0 }.percent();
        prop_assert!(percent <= 100);
    }
}
