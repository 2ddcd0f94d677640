//! Jobs for the tests of what is shown of them.

use gas_service::{
    account::User,
    id::{JobId, UserId},
    job::{Bucket, Job, NewJob, ObjectKey, StoredFile},
    plan::Plan,
    upload::FileName,
};
use jiff::Timestamp;

/// A job just accepted at the beginning of 1970.
pub(super) fn job(name: &str) -> Job {
    let now = Timestamp::UNIX_EPOCH;
    let (user_id, job_id) = (UserId::generate(), JobId::generate());
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
    let input_file_name = FileName::of_input(name).unwrap();
    let key = ObjectKey::of_job(user_id, job_id, &input_file_name);
    let input = StoredFile { bucket: Bucket::Inputs, key, size: 4096, sha256: "0".repeat(64) };
    let new =
        NewJob { job_id, input_file_name, input, reference: "human-mt".to_owned(), reference_warning: None };
    Job::submit(new, &owner, now, std::time::Duration::from_mins(1))
}
