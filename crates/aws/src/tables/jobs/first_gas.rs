//! Rows that the first service wrote itself.
//!
//! They have its attributes and no others: in particular no `revision`, no `submitted` and no `attend_at`. They are
//! read, so that an archive of that time still finds its job; they are in no list, in no count and never swept, and a
//! change of one is always a conflict: nothing of ours is ever written over them. `purge` removes them.

use gas_service::{
    account::EmailAddress,
    job::{Bucket, Job, JobStatus, ObjectKey, Progress, ResultFile, ResultPlace, StoredFile},
    upload::FileName,
};

use super::row::{JOB_ID, JOB_STATUS, Layout};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, read_word},
};

/// Stands where the row has no address; mail to `.invalid` (RFC 2606) goes nowhere.
const NO_ADDRESS: &str = "unknown@first-service.invalid";

/// The job of such a row. Sizes and checksums, which it does not know, are 0 and empty.
pub(super) fn job(row: &Item, layout: &Layout) -> Result<Job, Fault> {
    let of = Attributes(row);
    let job_status: JobStatus = of.word(JOB_STATUS)?;
    let results_file_archive_id = of.word_if("results_file_archive_id")?;
    let result = file(of, "s3_key_result_file", Bucket::Results, layout)?.map(named).transpose()?;
    let result_place = match (job_status, &results_file_archive_id, &result) {
        (JobStatus::Completed, Some(_), _) => Some(ResultPlace::Archived),
        (JobStatus::Completed, None, Some(_)) => Some(ResultPlace::Hot),
        (JobStatus::Completed, None, None) => Some(ResultPlace::Expired),
        _ => None,
    };
    Ok(Job {
        job_id: of.word(JOB_ID)?,
        user_id: of.word("user_id")?,
        user_email: address(of)?,
        input_file_name: of.word("input_file_name")?,
        input: file(of, "s3_key_input_file", Bucket::Inputs, layout)?,
        reference: String::new(),
        reference_warning: None,
        submit_time: of.time("submit_time")?,
        start_time: None,
        complete_time: of.time_if("complete_time")?,
        job_status,
        attempt: 0,
        lease_until: None,
        progress: Progress::default(),
        failure: None,
        result,
        log: file(of, "s3_key_log_file", Bucket::Results, layout)?,
        summary: None,
        annotated_by: None,
        result_place,
        archive_at: None,
        results_file_archive_id,
        retrieval: None,
        discard_archive_id: None,
        // Its mail is long since sent, or never will be.
        mailing_until: None,
        end_mailed: true,
        deleted: false,
        attend_at: None,
        revision: 0,
    })
}

fn address(of: Attributes<'_>) -> Result<EmailAddress, Fault> {
    Ok(match of.word_if("user_email")? {
        Some(address) => address,
        None => read_word("user_email", NO_ADDRESS)?,
    })
}

/// The file whose key that attribute has.
fn file(
    of: Attributes<'_>,
    name: &str,
    bucket: Bucket,
    layout: &Layout,
) -> Result<Option<StoredFile>, Fault> {
    let Some(key) = of.text_if(name) else { return Ok(None) };
    let key: ObjectKey = read_word(name, layout.own_part(key))?;
    Ok(Some(StoredFile { bucket, key, size: 0, sha256: String::new() }))
}

/// A result with the name that its key ends in, behind the job's id.
fn named(file: StoredFile) -> Result<ResultFile, Fault> {
    let key = file.key.as_str();
    let name: FileName = read_word("s3_key_result_file", key.rsplit(['~', '/']).next().unwrap_or(key))?;
    Ok(ResultFile { name, file })
}
