//! Jobs, of whomever they are.

use super::{Act, Administration, Reason};
use crate::{
    account::EmailAddress,
    desk::DeskError,
    id::JobId,
    job::{Job, JobStatus},
    message::QueueName,
    operation::Standing,
    ports::{Cursor, Depth, Page, ReplaceError, Wanted},
};

/// How the whole service fares.
pub struct Overview {
    /// Its mode.
    pub standing: Standing,
    /// How many jobs are in each state, by the state's name.
    pub jobs: Vec<(String, u64)>,
    /// How full each queue is.
    pub queues: Vec<(QueueName, Depth)>,
    /// Jobs that the sweeper should have attended to by now, the longest overdue first.
    pub overdue: Vec<Job>,
}

/// Which jobs are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A job's id, or its owner's whole address; empty is any.
    pub text: String,
    /// In that state only.
    pub state: Option<JobStatus>,
}

/// Most overdue jobs that are told.
const OVERDUE: u32 = 20;
/// How often the sweeper may have looked in vain before a job counts as overdue.
const ROUNDS: u32 = 3;

impl Administration {
    /// How the service fares.
    pub async fn overview(&self) -> Result<Overview, DeskError> {
        let ports = &self.desk.ports;
        Ok(Overview {
            standing: self.standing().await?,
            jobs: ports.jobs.count_by_status().await?,
            queues: self.queues().await?,
            overdue: self.overdue().await?,
        })
    }

    async fn overdue(&self) -> Result<Vec<Job>, DeskError> {
        let allowed = self.desk.settings.workers.sweep_interval * ROUNDS;
        let ports = &self.desk.ports;
        Ok(ports.jobs.overdue(ports.clock.now() - allowed, OVERDUE).await?)
    }

    /// Jobs across users, newest first. A text that is neither an id nor an address finds nothing.
    pub async fn jobs(
        &self,
        search: &Search,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, DeskError> {
        let wanted = search.state.map_or(Wanted::All, Wanted::InState);
        let fits = |job: &Job| search.state.is_none_or(|state| job.job_status == state);
        let text = search.text.trim();
        if text.is_empty() {
            return Ok(self.desk.ports.jobs.recent(wanted, cursor, limit).await?);
        }
        if let Ok(id) = text.parse::<JobId>() {
            let found = self.desk.ports.jobs.find(id).await?.filter(|job| !job.deleted && fits(job));
            return Ok(Page { items: found.into_iter().collect(), next: None });
        }
        let nothing = Page { items: Vec::new(), next: None };
        let Ok(email) = text.parse::<EmailAddress>() else { return Ok(nothing) };
        let Some(owner) = self.desk.ports.directory.find_by_email(&email).await? else { return Ok(nothing) };
        let mut page = self.desk.ports.jobs.of_user(owner.user_id, cursor, limit).await?;
        page.items.retain(fits);
        Ok(page)
    }

    /// The job of that id, whosesoever it is.
    pub async fn job(&self, job: JobId) -> Result<Job, DeskError> {
        let found = self.desk.ports.jobs.find(job).await?;
        found.filter(|job| !job.deleted).ok_or(DeskError::NoSuchJob)
    }

    /// Results on their way to cold storage and back, those first that must be attended to first.
    pub async fn on_the_way(&self, limit: u32) -> Result<Vec<Job>, DeskError> {
        Ok(self.desk.ports.jobs.on_the_way(limit).await?)
    }

    /// Cancels a job that has not ended. Its owner sees that it is cancelled.
    pub async fn cancel(&self, job: JobId, reason: &Reason) -> Result<Job, DeskError> {
        let owner = self.job(job).await?.user_id;
        let detail = reason.0.clone();
        let act = Act { action: "job_cancelled", upon: Some(owner), job: Some(job), detail };
        self.act(act, self.write_cancelled(job)).await
    }

    /// Reads, decides and writes; anew when another was quicker.
    async fn write_cancelled(&self, job: JobId) -> Result<Job, DeskError> {
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            let row = self.job(job).await?;
            let now = self.desk.ports.clock.now();
            let cancelled = row.cancel(now).map_err(|_| DeskError::AlreadyEnded(row.job_status.as_str()))?;
            match self.desk.ports.jobs.replace(&cancelled).await {
                Err(ReplaceError::Conflict(_)) => {}
                written => return Ok(written?),
            }
        }
        Err(DeskError::Conflict)
    }
}
