//! A job as a row of the table.
//!
//! The attributes that the first service's table had keep their names and kinds, so that its tools can read them:
//! texts, and times as numbers of epoch seconds. Parts that it did not have are maps beside them.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::job::{Bucket, Job, JobStatus, ResultPlace, StoredFile};

use super::{first_gas, position::Position};
use crate::{
    settings::{AwsSettings, BucketNames},
    tables::{
        Fault,
        attributes::{Attributes, Item, number, part, text, time},
        update::Wish,
    },
};

/// The key.
pub(super) const JOB_ID: &str = "job_id";
/// Counts the changes. Rows of the first service have none.
pub(super) const REVISION: &str = "revision";
/// Where the job is in its life.
pub(super) const JOB_STATUS: &str = "job_status";
/// The key under which its owner asked for it, if under one.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// Orders lists; not there once the job is deleted.
pub(super) const SUBMITTED: &str = "submitted";
/// While the job is to be attended to: its status or, while its result is on its way, where to (see [`on_the_way`]).
pub(super) const ATTEND_STATE: &str = "attend_state";
/// When it is to be attended to.
pub(super) const ATTEND_AT: &str = "attend_at";
/// There while the job waits for an annotator.
pub(super) const PENDING: &str = "pending";

/// Places of results that are not there yet.
pub(super) const ON_THE_WAY: [ResultPlace; 2] = [ResultPlace::Archiving, ResultPlace::Thawing];

/// Where objects really lie, as the first service's tools want to read it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    buckets: BucketNames,
    /// What keys begin with, its slash included.
    prefix: String,
}

impl Layout {
    pub(crate) fn new(settings: &AwsSettings) -> Self {
        Self { buckets: settings.buckets.clone(), prefix: settings.key_prefix() }
    }

    /// A key less what all keys begin with.
    pub(super) fn own_part<'a>(&self, key: &'a str) -> &'a str {
        key.strip_prefix(&self.prefix).unwrap_or(key)
    }

    fn bucket(&self, bucket: Bucket) -> AttributeValue {
        text(match bucket {
            Bucket::Inputs => &self.buckets.inputs,
            Bucket::Results => &self.buckets.results,
        })
    }

    fn key(&self, file: &StoredFile) -> AttributeValue {
        text(format_args!("{}{}", self.prefix, file.key))
    }
}

/// Every attribute of a job's row but its key, and what it shall be.
pub(super) fn wishes(job: &Job, layout: &Layout) -> Result<Vec<Wish>, Fault> {
    let mut wishes = parts(job)?;
    wishes.extend(plain(job));
    wishes.extend(files(job, layout));
    wishes.extend(index_keys(job));
    Ok(wishes)
}

/// What is one text, number or flag.
fn plain(job: &Job) -> [Wish; 21] {
    [
        ("user_id", Some(text(job.user_id))),
        ("user_email", Some(text(&job.user_email))),
        ("input_file_name", Some(text(&job.input_file_name))),
        ("reference", Some(text(&job.reference))),
        ("reference_warning", job.reference_warning.as_ref().map(text)),
        ("submit_time", Some(time(job.submit_time))),
        ("start_time", job.start_time.map(time)),
        ("complete_time", job.complete_time.map(time)),
        (JOB_STATUS, Some(text(job.job_status.as_str()))),
        ("attempt", Some(number(job.attempt))),
        ("lease_until", job.lease_until.map(time)),
        ("annotated_by", job.annotated_by.as_ref().map(text)),
        ("result_place", job.result_place.map(|place| text(place.as_str()))),
        ("archive_at", job.archive_at.map(time)),
        ("results_file_archive_id", job.results_file_archive_id.as_ref().map(text)),
        ("discard_archive_id", job.discard_archive_id.as_ref().map(text)),
        ("mailing_until", job.mailing_until.map(time)),
        ("end_mailed", Some(AttributeValue::Bool(job.end_mailed))),
        ("deleted", Some(AttributeValue::Bool(job.deleted))),
        (ATTEND_AT, job.attend_at.map(time)),
        (REVISION, Some(number(job.revision))),
    ]
}

/// What has fields of its own.
fn parts(job: &Job) -> Result<Vec<Wish>, Fault> {
    Ok(vec![
        ("input", job.input.as_ref().map(part).transpose()?),
        ("progress", Some(part(&job.progress)?)),
        ("failure", job.failure.as_ref().map(part).transpose()?),
        ("result", job.result.as_ref().map(part).transpose()?),
        ("log", job.log.as_ref().map(part).transpose()?),
        ("summary", job.summary.as_ref().map(part).transpose()?),
        ("retrieval", job.retrieval.as_ref().map(part).transpose()?),
    ])
}

/// Buckets and keys under the first service's names. The result's key is there while the object store has the result,
/// as it was then.
fn files(job: &Job, layout: &Layout) -> [Wish; 5] {
    let result = job.hot_result().map(|result| &result.file);
    let results_bucket = job.result.as_ref().map(|result| result.file.bucket);
    [
        ("s3_inputs_bucket", job.input.as_ref().map(|input| layout.bucket(input.bucket))),
        ("s3_key_input_file", job.input.as_ref().map(|input| layout.key(input))),
        ("s3_results_bucket", results_bucket.map(|bucket| layout.bucket(bucket))),
        ("s3_key_result_file", result.map(|file| layout.key(file))),
        ("s3_key_log_file", job.log.as_ref().map(|log| layout.key(log))),
    ]
}

/// What only indexes need; `user_id`, `attend_at` and `results_file_archive_id` are keys of indexes as they are.
fn index_keys(job: &Job) -> [Wish; 3] {
    let listed = !job.deleted;
    let waits = listed && job.job_status == JobStatus::Pending;
    [
        (SUBMITTED, listed.then(|| Position::of_job(job).attribute())),
        (ATTEND_STATE, job.attend_at.map(|_| text(attend_state(job)))),
        (PENDING, waits.then(|| text(JobStatus::Pending.as_str()))),
    ]
}

/// Those whose results are on their way are a list of their own in the index `attend`.
fn attend_state(job: &Job) -> &'static str {
    on_the_way(job).map_or(job.job_status.as_str(), ResultPlace::as_str)
}

/// Where the result of a job is on its way to, if it is.
pub(super) fn on_the_way(job: &Job) -> Option<ResultPlace> {
    job.result_place.filter(|place| !job.deleted && ON_THE_WAY.contains(place))
}

/// The job of a row, be it ours or the first service's.
pub(super) fn job(row: &Item, layout: &Layout) -> Result<Job, Fault> {
    if !row.contains_key(REVISION) {
        return first_gas::job(row, layout);
    }
    let row = Attributes(row);
    Ok(Job {
        job_id: row.word(JOB_ID)?,
        user_id: row.word("user_id")?,
        user_email: row.word("user_email")?,
        input_file_name: row.word("input_file_name")?,
        input: row.part_if("input")?,
        reference: row.word("reference")?,
        reference_warning: row.word_if("reference_warning")?,
        submit_time: row.time("submit_time")?,
        start_time: row.time_if("start_time")?,
        complete_time: row.time_if("complete_time")?,
        job_status: row.word(JOB_STATUS)?,
        attempt: row.number("attempt")?,
        lease_until: row.time_if("lease_until")?,
        progress: row.part("progress")?,
        failure: row.part_if("failure")?,
        result: row.part_if("result")?,
        log: row.part_if("log")?,
        summary: row.part_if("summary")?,
        annotated_by: row.word_if("annotated_by")?,
        result_place: row.word_if("result_place")?,
        archive_at: row.time_if("archive_at")?,
        results_file_archive_id: row.word_if("results_file_archive_id")?,
        retrieval: row.part_if("retrieval")?,
        discard_archive_id: row.word_if("discard_archive_id")?,
        mailing_until: row.time_if("mailing_until")?,
        end_mailed: row.flag("end_mailed")?,
        deleted: row.flag("deleted")?,
        attend_at: row.time_if(ATTEND_AT)?,
        revision: row.number(REVISION)?,
    })
}

/// The row's status, as written.
pub(super) fn status(row: &Item) -> Result<JobStatus, Fault> {
    Ok(Attributes(row).word(JOB_STATUS)?)
}

/// The row's revision; none in a row of the first service.
pub(super) fn revision(row: &Item) -> Option<u64> {
    Attributes(row).number(REVISION).ok()
}
