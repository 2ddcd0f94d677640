//! The deletion of an account: what is kept of it while it goes on, and what its owner is told in the end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    account::EmailAddress,
    id::{DeletionId, UserId},
    job::Job,
};

/// An account that is being deleted. From the moment when this is kept no session and no token of the user is any good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Names it on the receipt.
    pub deletion_id: DeletionId,
    /// Whose account.
    pub user_id: UserId,
    /// Where the receipt goes.
    pub email: EmailAddress,
    /// When it was asked for.
    pub begun: Timestamp,
    /// By when it must have gone on; the sweeper looks at it then.
    pub attend_at: Timestamp,
    /// What there was, once it has been counted.
    pub tally: Option<Tally>,
}

/// What belongs to an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Jobs.
    pub jobs: u64,
    /// Files at hand: inputs, results, logs, summaries.
    pub files: u64,
    /// Results in cold storage.
    pub archives: u64,
    /// Size of files and archives.
    pub bytes: u64,
    /// When the oldest job was submitted.
    pub first: Option<Timestamp>,
    /// When the newest was.
    pub last: Option<Timestamp>,
}

impl Tally {
    /// Counts a job with all that is stored of it.
    pub fn add(&mut self, job: &Job) {
        let hot = job.hot_result().map(|result| &result.file);
        let files = [job.input.as_ref(), hot, job.log.as_ref(), job.summary.as_ref()];
        for file in files.into_iter().flatten() {
            self.files += 1;
            self.bytes += file.size;
        }
        if hot.is_none() && job.results_file_archive_id.is_some() {
            self.archives += 1;
            self.bytes += job.result.as_ref().map_or(0, |result| result.file.size);
        }
        self.jobs += 1;
        self.first = Some(self.first.map_or(job.submit_time, |first| first.min(job.submit_time)));
        self.last = Some(self.last.map_or(job.submit_time, |last| last.max(job.submit_time)));
    }
}
