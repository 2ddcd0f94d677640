//! The folder of one attempt: empty when it begins, gone when it has ended.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::fs;

use super::super::Environment;
use crate::{
    id::JobId,
    job::{Job, JobStatus},
};

/// A folder that is removed when it is dropped.
pub(super) struct WorkDirectory(PathBuf);

impl WorkDirectory {
    /// Makes the folder of the job's present attempt. What a namesake left there is removed.
    pub(super) async fn create(work: &Path, job: &Job) -> anyhow::Result<Self> {
        let path = work.join(format!("{}-{}", job.job_id, job.attempt));
        remove(&path).await?;
        fs::create_dir_all(&path).await.with_context(|| format!("making `{}`", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            // The child may still be dying in it. The sweeper removes what is left.
            tracing::debug!(path = %self.0.display(), %error, "the work directory could not be removed yet");
        }
    }
}

/// Removes the folders of attempts that are no longer under way, after a crash for instance.
pub(in super::super) async fn remove_dead_directories(environment: &Environment) {
    if let Err(error) = try_remove_dead(environment).await {
        tracing::warn!(error = format!("{error:#}"), "removing left-over work directories failed");
    }
}

async fn try_remove_dead(environment: &Environment) -> anyhow::Result<()> {
    let work = &environment.annotate.work;
    let mut entries = match fs::read_dir(work).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("listing `{}`", work.display())),
    };
    while let Some(entry) = entries.next_entry().await.context("listing the work directories")? {
        if !is_alive(environment, &entry.file_name().to_string_lossy()).await? {
            remove(&entry.path()).await?;
        }
    }
    Ok(())
}

/// Whether the folder's attempt is the one that the job's row says is running.
async fn is_alive(environment: &Environment, name: &str) -> anyhow::Result<bool> {
    let Some((job_id, attempt)) = attempt_of(name) else { return Ok(false) };
    let job = environment.ports.jobs.find(job_id).await.context("reading the job")?;
    Ok(job.is_some_and(|job| !job.deleted && job.job_status == JobStatus::Running && job.attempt == attempt))
}

fn attempt_of(name: &str) -> Option<(JobId, u32)> {
    let (job_id, attempt) = name.rsplit_once('-')?;
    Some((job_id.parse().ok()?, attempt.parse().ok()?))
}

async fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = match fs::remove_dir_all(path).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => fs::remove_file(path).await,
        removed => removed,
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_for_its_attempt() {
        let job_id = JobId::generate();
        assert_eq!(attempt_of(&format!("{job_id}-12")), Some((job_id, 12)));
        assert_eq!(attempt_of(&job_id.to_string()), None);
        assert_eq!(attempt_of("lost+found"), None);
    }
}
