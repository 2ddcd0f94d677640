//! A job, and every legal change of its state.
//!
//! Each change is a pure function from the job as read to the job as it shall be, or a [`Refusal`].
//! Whoever makes a change writes it with [`JobStore::replace`](crate::ports::JobStore::replace), which succeeds
//! only if the row is still at the revision that was read; so of two that race, one sees a conflict, reads
//! again and decides anew.
//!
//! ```text
//! job_status    PENDING -> RUNNING -> COMPLETED | FAILED      PENDING | RUNNING -> CANCELLED
//! result_place  hot -> archiving (copying) -> archiving (recorded) -> archived -> thawing -> hot
//!                        \-> hot, when the plan changed while copying
//! ```

mod change;
mod object;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    change::{NewJob, Outcome, Refusal},
    object::{Bucket, ObjectKey, ResultFile, StoredFile},
};
use crate::{
    account::EmailAddress,
    id::{ArchiveId, JobId, RetrievalId, UserId},
    upload::FileName,
};

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum JobStatus {
    /// Accepted; waits for an annotator.
    Pending,
    /// An annotator holds a lease on it.
    Running,
    /// Annotated; see [`ResultPlace`] for where the result is.
    Completed,
    /// Ended without a result; see [`Failure`].
    Failed,
    /// Ended because its owner wished so.
    Cancelled,
}

impl JobStatus {
    /// The name as stored, shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing more will be computed.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Where the result of a completed job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultPlace {
    /// In the object store, ready for download.
    Hot,
    /// On its way to cold storage.
    Archiving,
    /// In cold storage only.
    Archived,
    /// On its way back from cold storage.
    Thawing,
    /// Nowhere any more.
    Expired,
}

impl ResultPlace {
    /// The name as stored, shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Archiving => "archiving",
            Self::Archived => "archived",
            Self::Thawing => "thawing",
            Self::Expired => "expired",
        }
    }
}

/// How fast cold storage is asked to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetrievalTier {
    /// Minutes, while there is capacity.
    Expedited,
    /// Hours, always.
    Standard,
}

/// A retrieval from cold storage under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrieval {
    /// Named by the cold storage.
    pub retrieval_id: RetrievalId,
    /// What was asked for in the end.
    pub tier: RetrievalTier,
    /// When it is expected to be done.
    pub expected: Timestamp,
}

/// How far the annotator has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Bytes of the input read, as uploaded (compressed if it was).
    pub bytes_read: u64,
    /// Bytes of the input in all.
    pub bytes_total: u64,
    /// Records annotated or kept so far.
    pub records: u64,
}

impl Progress {
    /// Share done, in whole percent from 0 to 100.
    pub fn percent(&self) -> u8 {
        let share = self.bytes_read.saturating_mul(100).checked_div(self.bytes_total).unwrap_or(0);
        u8::try_from(share.min(100)).unwrap_or(100)
    }
}

/// Why a job failed, in its owner's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable word for programs and for the help page, such as `truncated_gzip`.
    pub code: String,
    /// Line of the input, 1-based, where there is one.
    pub line: Option<u64>,
    /// Column of the input: the 1-based number of the tab-separated field, where there is one.
    pub column: Option<u64>,
    /// What is wrong.
    pub cause: String,
    /// What its owner can do.
    pub remedy: String,
}

/// One input file on its way to being annotated, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The identity; sorts by time of submission.
    pub job_id: JobId,
    /// The owner, and the only one who ever sees it.
    pub user_id: UserId,
    /// Where mail about it goes.
    pub user_email: EmailAddress,
    /// The input's name as the owner gave it.
    pub input_file_name: FileName,
    /// The input as stored; none once its retention has passed.
    pub input: Option<StoredFile>,
    /// Which reference was asked for, by name.
    pub reference: String,
    /// What was amiss between the input and that reference when the job was accepted, in words for its owner.
    #[serde(default)]
    pub reference_warning: Option<String>,
    /// When the job was accepted.
    pub submit_time: Timestamp,
    /// When an annotator last began.
    pub start_time: Option<Timestamp>,
    /// When it ended, however it did.
    pub complete_time: Option<Timestamp>,
    /// Where it is in its life.
    pub job_status: JobStatus,
    /// How often an annotator has begun.
    pub attempt: u32,
    /// Until when whoever works on the job (annotates, archives, thaws) may be believed alive.
    pub lease_until: Option<Timestamp>,
    /// How far the present annotator has come.
    pub progress: Progress,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The result: key, size and checksum, kept wherever the bytes are.
    pub result: Option<ResultFile>,
    /// The log; never archived.
    pub log: Option<StoredFile>,
    /// Counts for the plots, as JSON; never archived.
    pub summary: Option<StoredFile>,
    /// What annotated it: program, version, reference.
    pub annotated_by: Option<String>,
    /// Where the result is.
    pub result_place: Option<ResultPlace>,
    /// When a free owner's result goes to cold storage.
    pub archive_at: Option<Timestamp>,
    /// The copy in cold storage, once it is durable.
    pub results_file_archive_id: Option<ArchiveId>,
    /// A retrieval under way.
    pub retrieval: Option<Retrieval>,
    /// A copy in cold storage that is to be deleted, if it exists: one being made and not yet recorded, or
    /// one no longer needed.
    pub discard_archive_id: Option<ArchiveId>,
    /// Until when a notifier that is sending the mail on its end may be believed alive.
    #[serde(default)]
    pub mailing_until: Option<Timestamp>,
    /// Whether the mail on its end has gone out.
    pub end_mailed: bool,
    /// Whether its owner deleted it; it is then invisible, and swept away.
    pub deleted: bool,
    /// By when something must have happened to it; the sweeper looks at it then.
    pub attend_at: Option<Timestamp>,
    /// Counts the changes; a change is written only over the revision it was made from.
    pub revision: u64,
}

impl Job {
    /// Whether the result can be read from the object store now.
    pub fn result_is_readable(&self) -> bool {
        // A recorded archive copy means that the hot one may go at any instant.
        match self.result_place {
            Some(ResultPlace::Hot) => true,
            Some(ResultPlace::Archiving) => self.results_file_archive_id.is_none(),
            _ => false,
        }
    }

    /// The result's key, while the object store holds the result.
    pub fn hot_result(&self) -> Option<&ResultFile> {
        self.result.as_ref().filter(|_| self.result_is_readable())
    }
}

#[cfg(test)]
mod tests;
