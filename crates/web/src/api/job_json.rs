use gas_service::{
    desk::{Desk, DeskError},
    job::{Failure, Job, Progress, ResultFile, ResultPlace, Retrieval, RetrievalTier},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A job. The attributes of the first service keep their names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobJson {
    job_id: Uuid,
    user_id: Uuid,
    /// Where mail about the job goes.
    user_email: String,
    input_file_name: String,
    /// The reference that was asked for.
    reference: String,
    /// What was amiss between file and reference when the job was accepted, in words; it is annotated all the same.
    reference_warning: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    submit_time: Timestamp,
    /// When an annotator last began.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Timestamp>,
    /// When the job ended, however it did.
    #[schema(value_type = Option<String>, format = DateTime)]
    complete_time: Option<Timestamp>,
    /// `PENDING`, `RUNNING`, `COMPLETED`, `FAILED` or `CANCELLED`.
    #[schema(example = "COMPLETED")]
    job_status: &'static str,
    /// How often an annotator has begun.
    attempt: u32,
    /// Program, version and reference that annotated it.
    annotated_by: Option<String>,
    s3_inputs_bucket: Option<&'static str>,
    /// None once the input is no longer kept.
    s3_key_input_file: Option<String>,
    s3_results_bucket: Option<&'static str>,
    /// None while the result is not in the object store.
    s3_key_result_file: Option<String>,
    s3_key_log_file: Option<String>,
    /// Set while the result is in cold storage.
    results_file_archive_id: Option<String>,
    /// `hot`, `archiving`, `archived`, `thawing` or `expired`; none before completion.
    #[schema(example = "hot")]
    result_place: Option<&'static str>,
    /// When a free owner's result goes to cold storage.
    #[schema(value_type = Option<String>, format = DateTime)]
    archive_at: Option<Timestamp>,
    /// What the result is, wherever it is.
    result: Option<ResultJson>,
    /// The way back from cold storage, while under way.
    retrieval: Option<RetrievalJson>,
    progress: ProgressJson,
    /// Why a failed job failed.
    failure: Option<FailureJson>,
    /// What a pending job waits for.
    waiting: Option<WaitingJson>,
}

/// What the result is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultJson {
    file_name: String,
    /// In bytes.
    size: u64,
    /// Hexadecimal.
    sha256: String,
}

/// A retrieval from cold storage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetrievalJson {
    /// `expedited` or `standard`.
    tier: &'static str,
    #[schema(value_type = String, format = DateTime)]
    expected: Timestamp,
}

/// How far the annotator has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgressJson {
    /// From 0 to 100.
    percent: u8,
    /// Of the input as uploaded.
    bytes_read: u64,
    bytes_total: u64,
    /// Records annotated or kept so far.
    records: u64,
}

/// Why a job failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureJson {
    /// A stable word.
    #[schema(example = "truncated_gzip")]
    code: String,
    /// Line of the input, from 1, if there is one.
    line: Option<u64>,
    /// Tab-separated field of that line, from 1, if there is one.
    column: Option<u64>,
    /// What is wrong.
    cause: String,
    /// What to do.
    remedy: String,
}

/// What a pending job waits for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingJson {
    /// About its place in the queue, as users take turns; 1 is next. An estimate, which grows when somebody comes whose
    /// turn is before.
    place: u64,
    /// In words.
    reason: String,
}

impl JobJson {
    /// The job as its owner sees it.
    pub(crate) async fn of(desk: &Desk, job: &Job) -> Result<Self, DeskError> {
        let waiting = desk.waiting(job).await?;
        let waiting = waiting.map(|waiting| WaitingJson { place: waiting.place, reason: waiting.reason });
        Ok(Self { waiting, ..Self::without_waiting(job) })
    }

    fn without_waiting(job: &Job) -> Self {
        let hot = job.hot_result();
        Self {
            job_id: job.job_id.as_uuid(),
            user_id: job.user_id.as_uuid(),
            user_email: job.user_email.to_string(),
            input_file_name: job.input_file_name.to_string(),
            reference: job.reference.clone(),
            reference_warning: job.reference_warning.clone(),
            submit_time: job.submit_time,
            start_time: job.start_time,
            complete_time: job.complete_time,
            job_status: job.job_status.as_str(),
            attempt: job.attempt,
            annotated_by: job.annotated_by.clone(),
            s3_inputs_bucket: job.input.as_ref().map(|input| input.bucket.as_str()),
            s3_key_input_file: job.input.as_ref().map(|input| input.key.to_string()),
            s3_results_bucket: hot.map(|result| result.file.bucket.as_str()),
            s3_key_result_file: hot.map(|result| result.file.key.to_string()),
            s3_key_log_file: job.log.as_ref().map(|log| log.key.to_string()),
            results_file_archive_id: job.results_file_archive_id.as_ref().map(ToString::to_string),
            result_place: job.result_place.map(ResultPlace::as_str),
            archive_at: job.archive_at,
            result: job.result.as_ref().map(ResultJson::of),
            retrieval: job.retrieval.as_ref().map(RetrievalJson::of),
            progress: ProgressJson::of(&job.progress),
            failure: job.failure.as_ref().map(FailureJson::of),
            waiting: None,
        }
    }
}

impl ResultJson {
    fn of(result: &ResultFile) -> Self {
        Self {
            file_name: result.name.to_string(),
            size: result.file.size,
            sha256: result.file.sha256.clone(),
        }
    }
}

impl RetrievalJson {
    fn of(retrieval: &Retrieval) -> Self {
        let tier = match retrieval.tier {
            RetrievalTier::Expedited => "expedited",
            RetrievalTier::Standard => "standard",
        };
        Self { tier, expected: retrieval.expected }
    }
}

impl ProgressJson {
    fn of(progress: &Progress) -> Self {
        Self {
            percent: progress.percent(),
            bytes_read: progress.bytes_read,
            bytes_total: progress.bytes_total,
            records: progress.records,
        }
    }
}

impl FailureJson {
    fn of(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            line: failure.line,
            column: failure.column,
            cause: failure.cause.clone(),
            remedy: failure.remedy.clone(),
        }
    }
}
