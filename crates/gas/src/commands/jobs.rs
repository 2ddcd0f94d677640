//! Jobs on a running server.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use gas_service::rendering::ResultFormat;
use tokio::io::AsyncWriteExt as _;

use crate::{
    client::{Job, Server, ServerFlags},
    terminal,
};

/// Send files to a running server.
#[derive(clap::Args)]
pub(crate) struct Submit {
    /// VCF files, plain or compressed
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Name of a reference of the server; its default when left out
    #[arg(long)]
    reference: Option<String>,
    /// Wait until each job has ended
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    server: ServerFlags,
}

/// Show your jobs on a server, or one of them.
#[derive(clap::Args)]
pub(crate) struct Jobs {
    /// A job's id; without it the newest jobs are listed
    id: Option<String>,
    /// How many are listed at most
    #[arg(long, default_value_t = 50)]
    most: usize,
    #[command(flatten)]
    server: ServerFlags,
}

/// Download a result from a server.
#[derive(clap::Args)]
pub(crate) struct Download {
    /// The job's id
    id: String,
    /// Where to; without it the result's own name in the working folder; `-` is standard output
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// The log instead of the result
    #[arg(long, conflicts_with = "format")]
    log: bool,
    /// Format of the result: vcf, vcf.gz, bcf, tsv, plain-tsv, jsonl or parquet; as the server has it when left out
    #[arg(long)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    server: ServerFlags,
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

impl Submit {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        block_on(self.submit())
    }

    async fn submit(self) -> anyhow::Result<ExitCode> {
        let server = Server::new(&self.server)?;
        let mut all_completed = true;
        for file in &self.files {
            let job = server.submit(file, self.reference.as_deref(), &uuid::Uuid::now_v7().to_string()).await;
            let mut job = job.with_context(|| format!("submitting `{}`", file.display()))?;
            if self.wait {
                job = wait(&server, job).await?;
                all_completed &= job.job_status == "COMPLETED";
            }
            terminal::line(&format!("{}  {}  {}", job.job_id, job.job_status, server.page_of(&job.job_id)))?;
            if let Some(warning) = &job.reference_warning {
                terminal::say(&format!("{}: {warning}", job.input_file_name));
            }
            explain_failure(&job);
        }
        Ok(if all_completed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn wait(server: &Server, mut job: Job) -> anyhow::Result<Job> {
    while !job.has_ended() {
        terminal::progress(&progress_of(&job));
        tokio::time::sleep(Duration::from_millis(300)).await;
        job = server.job(&job.job_id).await?;
    }
    terminal::progress_done();
    Ok(job)
}

fn progress_of(job: &Job) -> String {
    match &job.waiting {
        Some(waiting) => format!(
            "{}: number {} in the queue, waits {}",
            job.input_file_name, waiting.place, waiting.reason
        ),
        None => {
            format!("{}: {} %, {} records", job.input_file_name, job.progress.percent, job.progress.records)
        }
    }
}

fn explain_failure(job: &Job) {
    if let Some(failure) = &job.failure {
        let line = failure.line.map(|line| format!(", line {line}")).unwrap_or_default();
        terminal::say(&format!(
            "{}{line}: {}. {} ({})",
            job.input_file_name, failure.cause, failure.remedy, failure.code
        ));
    }
}

impl Jobs {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        block_on(self.show())
    }

    async fn show(self) -> anyhow::Result<ExitCode> {
        let server = Server::new(&self.server)?;
        let jobs = match &self.id {
            Some(id) => vec![server.job(id).await?],
            None => server.jobs(self.most).await?,
        };
        for job in &jobs {
            let place = job.result_place.as_deref().unwrap_or("-");
            let until = job.archive_at.as_deref().map(|at| format!("  until {at}")).unwrap_or_default();
            terminal::line(&format!(
                "{}  {}  {:9}  {place:9}  {}{until}",
                job.job_id, job.submit_time, job.job_status, job.input_file_name
            ))?;
            if self.id.is_some() && !job.has_ended() {
                terminal::say(&progress_of(job));
            }
            explain_failure(job);
        }
        if jobs.is_empty() {
            terminal::say("no jobs yet; `gas submit FILE` makes one");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Download {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        block_on(self.download())
    }

    async fn download(self) -> anyhow::Result<ExitCode> {
        let server = Server::new(&self.server)?;
        let output = match &self.output {
            Some(output) => output.clone(),
            None => self.name_of(&server.job(&self.id).await?)?,
        };
        let kind = if self.log { "log" } else { "result" };
        let mut answer = server.file(&self.id, kind, self.format.map(ResultFormat::as_str)).await?;
        if output.as_os_str() == "-" {
            let mut out = tokio::io::stdout();
            while let Some(bytes) = answer.chunk().await? {
                out.write_all(&bytes).await?;
            }
            out.flush().await?;
            return Ok(ExitCode::SUCCESS);
        }
        store(answer, &output).await.with_context(|| format!("writing `{}`", output.display()))?;
        terminal::say(&format!("wrote `{}`", output.display()));
        Ok(ExitCode::SUCCESS)
    }

    /// The name comes from a server and must not lead anywhere else.
    fn name_of(&self, job: &Job) -> anyhow::Result<PathBuf> {
        if self.log {
            return plain_name(&format!("{}.count.log", job.input_file_name));
        }
        match &job.result {
            Some(result) => match self.format {
                Some(format) => plain_name(&format.name(&result.file_name.parse()?)),
                None => plain_name(&result.file_name),
            },
            None => bail!("the job has no result; it is {}", job.job_status),
        }
    }
}

fn plain_name(name: &str) -> anyhow::Result<PathBuf> {
    match Path::new(name).file_name() {
        Some(plain) if plain == name => Ok(PathBuf::from(name)),
        _ => {
            bail!("the server calls the file `{name}`, which is not a plain name; choose one with `-o FILE`")
        }
    }
}

/// Written aside and renamed: a file of that name is whole.
async fn store(mut answer: reqwest::Response, output: &Path) -> anyhow::Result<()> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let aside = tempfile::NamedTempFile::new_in(folder)?;
    let mut file = tokio::fs::File::from_std(aside.reopen()?);
    while let Some(bytes) = answer.chunk().await? {
        file.write_all(&bytes).await?;
    }
    file.sync_all().await?;
    aside.persist(output)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_servers_stay_in_the_folder() {
        assert!(plain_name("a.annot.vcf").is_ok());
        for name in ["../a.vcf", "/etc/passwd", "a/b", "..", ""] {
            assert!(plain_name(name).is_err(), "{name}");
        }
    }
}
