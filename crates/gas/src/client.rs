//! A client of a running server.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail};
use reqwest::{
    Client, RequestBuilder, Response,
    multipart::{Form, Part},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// Which server, and on whose behalf.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ServerFlags {
    /// Address of the server
    #[arg(long, env = "GAS_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// API token, from the profile page or `gas admin token`
    #[arg(long, env = "GAS_TOKEN", hide_env_values = true)]
    token: SecretString,
}

/// A connection to a server.
pub(crate) struct Server {
    http: Client,
    address: String,
    token: SecretString,
}

/// What the client reads of a job.
#[derive(Clone, Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
pub(crate) struct Job {
    pub(crate) job_id: String,
    pub(crate) input_file_name: String,
    pub(crate) submit_time: String,
    pub(crate) reference_warning: Option<String>,
    pub(crate) job_status: String,
    pub(crate) result_place: Option<String>,
    pub(crate) archive_at: Option<String>,
    pub(crate) result: Option<ResultFile>,
    pub(crate) failure: Option<Failure>,
    pub(crate) progress: Progress,
    pub(crate) waiting: Option<Waiting>,
}

/// What the result is called.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ResultFile {
    pub(crate) file_name: String,
}

/// Why a job failed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) line: Option<u64>,
    pub(crate) cause: String,
    pub(crate) remedy: String,
}

/// How far a job has come.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Progress {
    pub(crate) percent: u8,
    pub(crate) records: u64,
}

/// What a pending job waits for.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) place: u64,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
struct JobList {
    jobs: Vec<Job>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

impl Job {
    /// Whether nothing more will be computed.
    pub(crate) fn has_ended(&self) -> bool {
        ["COMPLETED", "FAILED", "CANCELLED"].contains(&self.job_status.as_str())
    }
}

impl Server {
    /// Connects to nothing yet; each request does.
    pub(crate) fn new(flags: &ServerFlags) -> anyhow::Result<Self> {
        let http = Client::builder().connect_timeout(Duration::from_secs(10)).build()?;
        let address = flags.server.trim_end_matches('/').to_owned();
        Ok(Self { http, address, token: flags.token.clone() })
    }

    /// Where a job is shown to people.
    pub(crate) fn page_of(&self, job: &str) -> String {
        format!("{}/annotations/{job}", self.address)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.address)
    }

    /// Sends a file and makes a job of it. The key makes a repeated request one job.
    pub(crate) async fn submit(
        &self,
        path: &Path,
        reference: Option<&str>,
        key: &str,
    ) -> anyhow::Result<Job> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.with_context(|| format!("`{}` names no file", path.display()))?;
        let file =
            tokio::fs::File::open(path).await.with_context(|| format!("opening `{}`", path.display()))?;
        let size = file.metadata().await?.len();
        let form = match reference {
            Some(reference) => Form::new().text("reference", reference.to_owned()),
            None => Form::new(),
        };
        let form = form.part("file", Part::stream_with_length(file, size).file_name(name));
        let request = self.http.post(self.url("/jobs")).header("idempotency-key", key).multipart(form);
        Ok(self.send(request).await?.json().await?)
    }

    /// One job.
    pub(crate) async fn job(&self, job: &str) -> anyhow::Result<Job> {
        let request = self.http.get(self.url(&format!("/jobs/{}", segment(job)?)));
        Ok(self.send(request).await?.json().await?)
    }

    /// The newest jobs, at most so many.
    pub(crate) async fn jobs(&self, most: usize) -> anyhow::Result<Vec<Job>> {
        let mut jobs = Vec::new();
        let mut cursor: Option<String> = None;
        while jobs.len() < most {
            let limit = (most - jobs.len()).min(100).to_string();
            let mut query = vec![("limit", limit)];
            query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
            let page: JobList =
                self.send(self.http.get(self.url("/jobs")).query(&query)).await?.json().await?;
            jobs.extend(page.jobs);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(jobs)
    }

    /// The answer with the bytes of a job's file: `result`, `log` or `input`; of a result in a format of choice.
    pub(crate) async fn file(&self, job: &str, kind: &str, format: Option<&str>) -> anyhow::Result<Response> {
        let request = self.http.get(self.url(&format!("/jobs/{}/{kind}", segment(job)?)));
        let query: Vec<_> = format.map(|format| ("format", format)).into_iter().collect();
        self.send(request.query(&query)).await
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let answer = request.bearer_auth(self.token.expose_secret()).send().await;
        let answer = answer.with_context(|| format!("asking `{}`; is the server running?", self.address))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("{} ({})", problem.detail, problem.code),
            Err(_) => bail!("the server answered {status}"),
        }
    }
}

/// A job's id as it may stand in a path.
fn segment(job: &str) -> anyhow::Result<&str> {
    match uuid::Uuid::try_parse(job) {
        Ok(_) => Ok(job),
        Err(_) => bail!("`{job}` is not the id of a job; `gas jobs` lists yours"),
    }
}
