//! The changes.

mod place;

use std::time::Duration;

use jiff::Timestamp;

use super::{Failure, Job, JobStatus, Progress, ResultFile, ResultPlace, StoredFile};
use crate::{account::User, id::JobId, upload::FileName};

/// A change that the job's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The job has already ended, or has not begun.
    #[error("the job is {0:?}")]
    Status(JobStatus),
    /// Another worker is at it.
    #[error("another worker holds the job until {0}")]
    Leased(Timestamp),
    /// This annotator was given up on, and another began.
    #[error("attempt {0} has been superseded")]
    Superseded(u32),
    /// The result is not where the change needs it.
    #[error("the result is {0:?}")]
    Place(Option<ResultPlace>),
    /// A copy in cold storage must be deleted first.
    #[error("a superfluous copy is still in cold storage")]
    Undiscarded,
    /// The owner deleted the job.
    #[error("the job was deleted")]
    Deleted,
}

/// What a job is made from.
pub struct NewJob {
    /// The identity, decided when its upload was agreed.
    pub job_id: JobId,
    /// The input's name.
    pub input_file_name: FileName,
    /// The input, durable.
    pub input: StoredFile,
    /// Which reference.
    pub reference: String,
    /// What is amiss between the input and the reference, in words.
    pub reference_warning: Option<String>,
}

/// What an annotator hands in.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The annotated VCF, durable.
    pub result: ResultFile,
    /// The log, durable.
    pub log: StoredFile,
    /// The summary, durable.
    pub summary: StoredFile,
    /// Program, version, reference.
    pub annotated_by: String,
}

impl Job {
    /// A new job, PENDING. If its message is not taken within `patience`, the sweeper sends another.
    pub fn submit(new: NewJob, owner: &User, now: Timestamp, patience: Duration) -> Self {
        Self {
            job_id: new.job_id,
            user_id: owner.user_id,
            user_email: owner.user_email.clone(),
            input_file_name: new.input_file_name,
            progress: Progress { bytes_total: new.input.size, ..Progress::default() },
            input: Some(new.input),
            reference: new.reference,
            reference_warning: new.reference_warning,
            submit_time: now,
            start_time: None,
            complete_time: None,
            job_status: JobStatus::Pending,
            attempt: 0,
            lease_until: None,
            failure: None,
            result: None,
            log: None,
            summary: None,
            annotated_by: None,
            result_place: None,
            archive_at: None,
            results_file_archive_id: None,
            retrieval: None,
            discard_archive_id: None,
            mailing_until: None,
            end_mailed: false,
            deleted: false,
            attend_at: Some(now + patience),
            revision: 0,
        }
    }

    /// PENDING -> RUNNING; also RUNNING -> RUNNING when the former annotator's lease has run out.
    pub fn claim(&self, now: Timestamp, lease: Duration) -> Result<Self, Refusal> {
        self.must_exist()?;
        match self.job_status {
            JobStatus::Pending => {}
            JobStatus::Running => self.must_not_be_leased(now)?,
            status => return Err(Refusal::Status(status)),
        }
        Ok(Self {
            job_status: JobStatus::Running,
            start_time: Some(now),
            attempt: self.attempt + 1,
            lease_until: Some(now + lease),
            attend_at: Some(now + lease),
            progress: Progress { bytes_total: self.progress.bytes_total, ..Progress::default() },
            ..self.clone()
        })
    }

    /// The annotator of this attempt is alive and has come this far.
    pub fn report_progress(
        &self,
        attempt: u32,
        progress: Progress,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Self, Refusal> {
        self.must_be_running(attempt)?;
        Ok(Self { progress, lease_until: Some(now + lease), attend_at: Some(now + lease), ..self.clone() })
    }

    /// RUNNING -> PENDING: an annotator that must stop hands the job back.
    pub fn hand_back(&self, attempt: u32, now: Timestamp, patience: Duration) -> Result<Self, Refusal> {
        self.must_be_running(attempt)?;
        Ok(Self {
            job_status: JobStatus::Pending,
            lease_until: None,
            attend_at: Some(now + patience),
            ..self.clone()
        })
    }

    /// RUNNING -> COMPLETED, the result hot. What is due next (mail, the archive's date) is checked from `now`.
    pub fn complete(&self, attempt: u32, outcome: Outcome, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_running(attempt)?;
        let progress = Progress { bytes_read: self.progress.bytes_total, ..self.progress };
        Ok(Self {
            job_status: JobStatus::Completed,
            complete_time: Some(now),
            lease_until: None,
            progress,
            result: Some(outcome.result),
            log: Some(outcome.log),
            summary: Some(outcome.summary),
            annotated_by: Some(outcome.annotated_by),
            result_place: Some(ResultPlace::Hot),
            attend_at: Some(now),
            ..self.clone()
        })
    }

    /// RUNNING or PENDING -> FAILED.
    pub fn fail(&self, failure: Failure, log: Option<StoredFile>, now: Timestamp) -> Result<Self, Refusal> {
        self.must_exist()?;
        if self.job_status.is_final() {
            return Err(Refusal::Status(self.job_status));
        }
        Ok(Self {
            job_status: JobStatus::Failed,
            complete_time: Some(now),
            lease_until: None,
            failure: Some(failure),
            log,
            attend_at: Some(now),
            ..self.clone()
        })
    }

    /// PENDING or RUNNING -> CANCELLED. A running annotator learns of it when it next reports; so the lease stays, within which
    /// it may still store something.
    pub fn cancel(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.must_exist()?;
        if self.job_status.is_final() {
            return Err(Refusal::Status(self.job_status));
        }
        Ok(Self {
            job_status: JobStatus::Cancelled,
            complete_time: Some(now),
            attend_at: Some(now),
            // Its owner asked for it and needs no mail.
            end_mailed: true,
            ..self.clone()
        })
    }

    /// A notifier is about to send the mail on the job's end. Refused while another is at it.
    pub fn begin_mailing(&self, now: Timestamp, lease: Duration) -> Result<Self, Refusal> {
        self.must_exist()?;
        if self.end_mailed {
            return Err(Refusal::Status(self.job_status));
        }
        match self.mailing_until {
            Some(until) if until > now => Err(Refusal::Leased(until)),
            _ => Ok(Self { mailing_until: Some(now + lease), ..self.clone() }),
        }
    }

    /// The mail could not be sent; whoever gets the message next may try at once.
    #[must_use]
    pub fn give_up_mailing(&self) -> Self {
        Self { mailing_until: None, ..self.clone() }
    }

    /// The mail on the job's end has gone out.
    #[must_use]
    pub fn note_end_mailed(&self) -> Self {
        Self { end_mailed: true, mailing_until: None, ..self.clone() }
    }

    /// The owner deletes the job. What is left of it is swept away from `now` on. Whoever has it in hand may store something
    /// until its lease is over, and die before removing that; a retrieval that is awaited is in nobody's hands.
    #[must_use]
    pub fn delete(&self, now: Timestamp) -> Self {
        let lease = self.lease_until.filter(|until| *until > now && self.retrieval.is_none());
        Self { deleted: true, lease_until: lease, attend_at: Some(now), ..self.clone() }
    }

    /// The input has been kept long enough.
    #[must_use]
    pub fn drop_input(&self) -> Self {
        Self { input: None, ..self.clone() }
    }

    /// Moves the sweeper's next look at the job; none is never.
    #[must_use]
    pub fn attend(&self, at: Option<Timestamp>) -> Self {
        Self { attend_at: at, ..self.clone() }
    }

    fn must_exist(&self) -> Result<(), Refusal> {
        if self.deleted { Err(Refusal::Deleted) } else { Ok(()) }
    }

    fn must_not_be_leased(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.lease_until {
            Some(until) if until > now => Err(Refusal::Leased(until)),
            _ => Ok(()),
        }
    }

    fn must_be_running(&self, attempt: u32) -> Result<(), Refusal> {
        self.must_exist()?;
        if self.job_status != JobStatus::Running {
            return Err(Refusal::Status(self.job_status));
        }
        if self.attempt != attempt {
            return Err(Refusal::Superseded(attempt));
        }
        Ok(())
    }
}
