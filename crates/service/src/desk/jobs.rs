use super::{Desk, DeskError};
use crate::{
    account::User,
    id::JobId,
    job::{Job, JobStatus, Refusal},
    ports::{Ahead, Cursor, Page, ReplaceError},
};

/// What a pending job waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// About its place in the queue; 1 is next. People take turns, so it is an estimate: it grows when somebody else
    /// comes whose turn is before.
    pub place: u64,
    /// What it waits for, in words.
    pub reason: String,
}

impl Desk {
    /// The one way from an identifier to a job: it exists, is not deleted, and belongs to the user. Whatever
    /// does not hold, the answer is the same.
    pub async fn owned_job(&self, user: &User, job: JobId) -> Result<Job, DeskError> {
        let found = self.ports.jobs.find(job).await?;
        found.filter(|job| job.user_id == user.user_id && !job.deleted).ok_or(DeskError::NoSuchJob)
    }

    /// A user's jobs, newest first; at most 100 at once.
    pub async fn jobs(
        &self,
        user: &User,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, DeskError> {
        Ok(self.ports.jobs.of_user(user.user_id, cursor, limit.clamp(1, 100)).await?)
    }

    /// What a job waits for, if it waits.
    pub async fn waiting(&self, job: &Job) -> Result<Option<Waiting>, DeskError> {
        if job.job_status != JobStatus::Pending {
            return Ok(None);
        }
        let ahead = self.ports.jobs.ahead(job).await?;
        Ok(Some(Waiting { place: ahead.own + ahead.others + 1, reason: reason(ahead) }))
    }

    /// Cancels a job that has not ended.
    pub async fn cancel(&self, user: &User, job: JobId) -> Result<Job, DeskError> {
        let now = self.ports.clock.now();
        let cancelled = self.change(user, job, |job| job.cancel(now)).await?;
        self.audit(user, Some(job), "cancelled").await?;
        Ok(cancelled)
    }

    /// Deletes a job and all its files, wherever they are. It is gone for its owner at once.
    pub async fn delete(&self, user: &User, job: JobId) -> Result<(), DeskError> {
        let now = self.ports.clock.now();
        self.change(user, job, |job| Ok(job.delete(now))).await?;
        self.audit(user, Some(job), "deleted").await
    }

    /// Reads, decides and writes; anew when another was quicker.
    async fn change(
        &self,
        user: &User,
        job: JobId,
        decide: impl Fn(&Job) -> Result<Job, Refusal>,
    ) -> Result<Job, DeskError> {
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            let job = self.owned_job(user, job).await?;
            let changed = decide(&job).map_err(|_| DeskError::AlreadyEnded(job.job_status.as_str()))?;
            match self.ports.jobs.replace(&changed).await {
                Err(ReplaceError::Conflict(_)) => {}
                written => return Ok(written?),
            }
        }
        Err(DeskError::Conflict)
    }
}

/// What a job waits for, in words that hold although people take turns.
fn reason(ahead: Ahead) -> String {
    let own = match ahead.own {
        0 => None,
        1 => Some("one other job of yours".to_owned()),
        more => Some(format!("{more} other jobs of yours")),
    };
    let others = match ahead.others {
        0 => None,
        1 => Some("about one job of somebody else".to_owned()),
        more => Some(format!("about {more} jobs of others")),
    };
    match (own, others) {
        (None, None) => "for a free annotator".to_owned(),
        (Some(one), None) => format!("for {one}"),
        (None, Some(others)) => format!("for {others}, as people take turns"),
        (Some(own), Some(others)) => format!("for {own} and {others}, as people take turns"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, 0, "for a free annotator")]
    #[case(1, 0, "for one other job of yours")]
    #[case(0, 1, "for about one job of somebody else, as people take turns")]
    #[case(12, 30, "for 12 other jobs of yours and about 30 jobs of others, as people take turns")]
    fn reasons_promise_no_place(#[case] own: u64, #[case] others: u64, #[case] expected: &str) {
        assert_eq!(reason(Ahead { own, others }), expected);
    }
}
