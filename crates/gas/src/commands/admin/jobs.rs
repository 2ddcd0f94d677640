use anyhow::bail;
use gas_service::{
    administration::Search,
    id::JobId,
    job::{Job, JobStatus},
    ports::Cursor,
};

use super::{Common, Why, shown, with_administration};
use crate::terminal;

/// How many one look into the table gives.
const AT_ONCE: u32 = 100;

/// List jobs of all users, newest first, or show or cancel one.
#[derive(clap::Args)]
pub(crate) struct Jobs {
    /// One job's id
    id: Option<JobId>,
    /// Jobs of that user only
    #[arg(long, conflicts_with = "id")]
    email: Option<String>,
    /// Jobs in that state only
    #[arg(long, value_name = "PENDING|RUNNING|COMPLETED|FAILED|CANCELLED", value_parser = state)]
    status: Option<JobStatus>,
    /// How many are listed at most
    #[arg(long, default_value_t = 50)]
    most: usize,
    /// Cancel the job
    #[arg(long, requires = "id")]
    cancel: bool,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    common: Common,
}

fn state(text: &str) -> Result<JobStatus, String> {
    let all = [
        JobStatus::Pending,
        JobStatus::Running,
        JobStatus::Completed,
        JobStatus::Failed,
        JobStatus::Cancelled,
    ];
    let found = all.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("there are the states {}", all.map(JobStatus::as_str).join(", ")))
}

impl Jobs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let jobs = with_administration(&self.common.flags, async |administration| match self.id {
            Some(id) if self.cancel => Ok(vec![administration.cancel(id, &self.why.reason()?).await?]),
            Some(id) => Ok(vec![administration.job(id).await?]),
            None => self.list(administration).await,
        })?;
        if self.common.json {
            return shown::json(&jobs.iter().map(shown::JobShown::of).collect::<Vec<_>>());
        }
        for job in &jobs {
            terminal::line(&shown::job_line(job))?;
            if self.id.is_some() {
                details(job)?;
            }
        }
        Ok(())
    }

    async fn list(
        &self,
        administration: &gas_service::administration::Administration,
    ) -> anyhow::Result<Vec<Job>> {
        let search = Search { text: self.email.clone().unwrap_or_default(), state: self.status };
        if self.email.is_some() && search.text.parse::<gas_service::account::EmailAddress>().is_err() {
            bail!("`{}` is not an e-mail address", search.text);
        }
        let (mut jobs, mut cursor): (Vec<Job>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = administration.jobs(&search, cursor.as_ref(), AT_ONCE).await?;
            jobs.extend(page.items);
            cursor = page.next;
            if cursor.is_none() || jobs.len() >= self.most {
                jobs.truncate(self.most);
                return Ok(jobs);
            }
        }
    }
}

fn details(job: &Job) -> std::io::Result<()> {
    let times = [
        ("began", job.start_time),
        ("ended", job.complete_time),
        ("leased until", job.lease_until),
        ("to be attended to", job.attend_at),
        ("to be archived", job.archive_at),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            terminal::line(&format!("  {name} {}", shown::moment(time)))?;
        }
    }
    terminal::line(&format!("  attempts {}", job.attempt))?;
    if let Some(failure) = &job.failure {
        terminal::line(&format!("  {}: {}", failure.code, shown::plain(&failure.cause)))?;
    }
    Ok(())
}
