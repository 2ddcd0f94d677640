use std::time::Duration;

use super::*;
use crate::{
    account::User,
    id::{JobId, UserId},
    job::{Bucket, Failure, NewJob, ObjectKey, StoredFile},
    plan::Plan,
    upload::FileName,
};

const JOB: &str = "019ab5c0-0000-7000-8000-000000000001";
const HOSTILE: &str = "<img src=x onerror=alert(1)> \u{202E}& \"q\".vcf";

fn site() -> SiteSettings {
    SiteSettings { address: "https://gas.example.org".into(), mail_from: "gas@example.org".into() }
}

fn job(name: &str) -> Job {
    let user_id: UserId = "019ab5c0-0000-7000-8000-000000000002".parse().unwrap();
    let now: Timestamp = "2026-11-24T19:30:00Z".parse().unwrap();
    let owner = User {
        user_id,
        user_email: "ada@example.org".parse().unwrap(),
        name: String::new(),
        institution: String::new(),
        plan: Plan::FreeUser,
        admin: false,
        created: now,
        updated: now,
    };
    let job_id: JobId = JOB.parse().unwrap();
    let name = FileName::of_input(name).unwrap();
    let key = ObjectKey::of_job(user_id, job_id, &name);
    let input = StoredFile { bucket: Bucket::Inputs, key, size: 1, sha256: String::new() };
    let new = NewJob {
        job_id,
        input_file_name: name,
        input,
        reference: "human-mt".into(),
        reference_warning: None,
    };
    Job::submit(new, &owner, now, Duration::ZERO)
}

fn completed(name: &str) -> Job {
    let mut job = job(name);
    job.job_status = JobStatus::Completed;
    job.progress.records = 1_140_000;
    job.archive_at = Some("2026-11-24T19:35:00Z".parse().unwrap());
    job
}

fn failed(name: &str) -> Job {
    let mut job = job(name);
    job.job_status = JobStatus::Failed;
    job.failure = Some(Failure {
        code: "column_count".into(),
        line: Some(1204),
        column: Some(8),
        cause: "The line has 4 columns; at least 8 are needed: `<b>MT\t1`.".into(),
        remedy: "Check that the columns are separated by tabs.".into(),
    });
    job
}

fn shown(letter: &Letter<'_>) -> String {
    let mail = letter.render(&site()).unwrap();
    format!("To: {}\nSubject: {}\n\n{}\n======\n{}", mail.to, mail.subject, mail.text, mail.html)
}

#[test]
fn the_letters_read_so() {
    let ada = "ada@example.org".parse().unwrap();
    let expires = "2026-11-24T19:50:00Z".parse().unwrap();
    insta::assert_snapshot!("sign_in", shown(&Letter::SignIn { to: &ada, path: "/sign-in/secret", expires }));
    let new_email = Letter::NewEmail { to: &ada, path: "/profile/email/secret", expires };
    insta::assert_snapshot!("new_email", shown(&new_email));
    insta::assert_snapshot!("email_changed", shown(&Letter::EmailChanged { to: &ada, at: expires }));
    let tally = crate::deletion::Tally {
        jobs: 2,
        files: 7,
        archives: 1,
        bytes: 1_234_567,
        first: Some(expires),
        last: Some(expires),
    };
    let deletion = Deletion {
        deletion_id: "019ab5c0-0000-7000-8000-000000000003".parse().unwrap(),
        user_id: "019ab5c0-0000-7000-8000-000000000002".parse().unwrap(),
        email: ada.clone(),
        begun: expires,
        attend_at: expires,
        tally: Some(tally),
    };
    insta::assert_snapshot!("account_deleted", shown(&Letter::AccountDeleted(&deletion)));
    insta::assert_snapshot!("job_completed", shown(&Letter::JobEnded(&completed("sample.vcf.gz"))));
    insta::assert_snapshot!("job_failed", shown(&Letter::JobEnded(&failed("sample.vcf"))));
    insta::assert_snapshot!("result_archived", shown(&Letter::ResultArchived(&completed("sample.vcf"))));
    insta::assert_snapshot!("result_restored", shown(&Letter::ResultRestored(&completed("sample.vcf"))));
}

#[test]
fn w41_every_letter_about_a_job_links_to_its_page() {
    let (completed, failed) = (completed("a.vcf"), failed("a.vcf"));
    for letter in [
        Letter::JobEnded(&completed),
        Letter::JobEnded(&failed),
        Letter::ResultArchived(&completed),
        Letter::ResultRestored(&completed),
    ] {
        let mail = letter.render(&site()).unwrap();
        let link = format!("https://gas.example.org/annotations/{JOB}");
        assert!(
            mail.text.contains(&link) && mail.html.contains(&link),
            "several first systems left the link out"
        );
    }
}

#[test]
fn w41_a_file_name_is_never_markup_nor_another_line() {
    let (completed, failed) = (completed(HOSTILE), failed(HOSTILE));
    for letter in
        [Letter::JobEnded(&completed), Letter::JobEnded(&failed), Letter::ResultArchived(&completed)]
    {
        let mail = letter.render(&site()).unwrap();
        assert!(
            !mail.html.contains("<img") && !mail.html.contains("<b>"),
            "built from file names: {}",
            mail.html
        );
        assert!(!mail.subject.contains(['\n', '\r', '\u{202E}']) && !mail.text.contains('\u{202E}'));
        assert!(mail.subject.contains("<img src=x"), "text is text: nothing is hidden from its reader");
    }
}

#[test]
fn a_premium_owner_reads_of_no_archive() {
    let mut job = completed("a.vcf");
    job.archive_at = None;
    let mail = Letter::JobEnded(&job).render(&site()).unwrap();
    assert!(!mail.text.contains("archive") && !mail.html.contains("archive"));
}
