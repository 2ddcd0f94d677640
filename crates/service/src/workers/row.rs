//! Changing a row that others change at the same time.

use anyhow::{Context as _, anyhow};

use super::Environment;
use crate::{
    id::JobId,
    job::{Job, Refusal},
    ports::ReplaceError,
};

/// What became of a change.
#[derive(Debug)]
pub(super) enum Changed {
    /// It was written; this is the job now.
    Written(Box<Job>),
    /// The job's present state, given here, does not allow it.
    Refused(Refusal, Box<Job>),
    /// The job has been removed.
    Gone,
}

/// Reads the job, decides, and writes; anew when another was quicker.
pub(super) async fn change(
    environment: &Environment,
    job_id: JobId,
    decide: impl Fn(&Job) -> Result<Job, Refusal> + Send + Sync,
) -> anyhow::Result<Changed> {
    const TRIES: usize = 50;
    for _ in 0..TRIES {
        let Some(job) = environment.ports.jobs.find(job_id).await.context("reading the job")? else {
            return Ok(Changed::Gone);
        };
        let changed = match decide(&job) {
            Ok(changed) if changed == job => return Ok(Changed::Written(Box::new(job))),
            Ok(changed) => changed,
            Err(refusal) => return Ok(Changed::Refused(refusal, Box::new(job))),
        };
        match environment.ports.jobs.replace(&changed).await {
            Ok(written) => return Ok(Changed::Written(Box::new(written))),
            Err(ReplaceError::Conflict(_)) => {}
            Err(ReplaceError::Backend(error)) => return Err(error).context("writing the job"),
        }
    }
    Err(anyhow!("the job was changed by others {TRIES} times in a row"))
}
