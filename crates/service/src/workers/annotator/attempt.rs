//! One attempt: the input copied, the child run, the outcome stored.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bytes::BytesMut;
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::{self, File},
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    sync::watch,
};

use super::{
    super::{Environment, settle::plan_of},
    child::{self, End},
    report::Done,
    work_directory::WorkDirectory,
};
use crate::{
    failpoint,
    job::{Bucket, Failure, Job, ObjectKey, Outcome, Progress, ResultFile, StoredFile},
    notation::hexadecimal,
    ports::ObjectStoreError,
    upload::FileName,
};

/// Bytes of the input copied and hashed in one go.
const COPY_CHUNK: usize = 256 * 1024;

/// What became of an attempt.
pub(super) enum Ended {
    /// All files are stored.
    Annotated { outcome: Box<Outcome>, records: u64 },
    /// The input is at fault.
    Failed { failure: Failure, log: Option<StoredFile> },
    /// The child broke down.
    Crashed(String),
}

/// Makes the attempt. Dropping the future ends it; nothing of it is then left on this machine.
pub(super) async fn run(
    environment: &Environment,
    job: &Job,
    progress: &watch::Sender<Progress>,
) -> anyhow::Result<Ended> {
    let input = match admit(environment, job).await? {
        Ok(input) => input,
        Err(failure) => return Ok(Ended::Failed { failure, log: None }),
    };
    if !fs::try_exists(reference_directory(environment, job)).await.context("looking for the reference")? {
        return Ok(Ended::Failed { failure: reference_missing(job), log: None });
    }
    let directory = WorkDirectory::create(&environment.annotate.work, job).await?;
    if let Err(failure) = copy_input(environment, job, input, directory.path()).await? {
        return Ok(Ended::Failed { failure, log: None });
    }
    failpoint::reached("annotator.copied");
    let command = command(environment, job);
    let limit = environment.settings.annotator.max_wall_time;
    let end = child::run_child(command, directory.path(), limit, progress).await?;
    failpoint::reached("annotator.annotated");
    match end {
        End::Done(done) => store_outcome(environment, job, directory.path(), done).await,
        End::Failed(failure) => {
            let log = store_if_there(environment, job, directory.path(), &job.input_file_name.log()).await?;
            Ok(Ended::Failed { failure, log })
        }
        End::Crashed(how) => Ok(Ended::Crashed(how)),
    }
}

/// Checks the size against the plan once more: the first check may have been passed by, or under another plan.
async fn admit<'j>(
    environment: &Environment,
    job: &'j Job,
) -> anyhow::Result<Result<&'j StoredFile, Failure>> {
    let Some(input) = &job.input else { return Ok(Err(input_missing())) };
    let plan = plan_of(environment, job).await?;
    let limit = environment.settings.plans.of(plan).max_upload;
    Ok(match limit {
        Some(limit) if input.size > limit.as_u64() => Err(Failure {
            code: "too_large".to_owned(),
            line: None,
            column: None,
            cause: format!(
                "The file has {} bytes; the {} plan takes up to {}.",
                input.size,
                plan.title(),
                limit.as_u64()
            ),
            remedy: "Subscribe to premium for larger files, or compress the file with bgzip.".to_owned(),
        }),
        _ => Ok(input),
    })
}

fn reference_directory(environment: &Environment, job: &Job) -> PathBuf {
    environment.annotate.references.join(&job.reference)
}

/// It was there when the job was accepted.
fn reference_missing(job: &Job) -> Failure {
    Failure {
        code: "reference_missing".to_owned(),
        line: None,
        column: None,
        cause: format!("The server no longer has the reference `{}`.", job.reference),
        remedy: "Upload the file again and choose another reference.".to_owned(),
    }
}

fn input_missing() -> Failure {
    Failure {
        code: "input_missing".to_owned(),
        line: None,
        column: None,
        cause: "The uploaded file is no longer there.".to_owned(),
        remedy: "Upload the file again.".to_owned(),
    }
}

/// It can be: an upload that was under way when the job was submitted ends later, or a disk decays.
fn input_changed() -> Failure {
    Failure {
        code: "input_changed".to_owned(),
        line: None,
        column: None,
        cause: "The uploaded file is not the one that was submitted: it was replaced or damaged since."
            .to_owned(),
        remedy: "Upload the file again.".to_owned(),
    }
}

/// Copies the input, and sees to it that its bytes are those that were submitted.
async fn copy_input(
    environment: &Environment,
    job: &Job,
    input: &StoredFile,
    directory: &Path,
) -> anyhow::Result<Result<(), Failure>> {
    let bytes = match environment.ports.objects.open(input, 0).await {
        Ok(bytes) => bytes,
        Err(ObjectStoreError::NoSuchObject(_)) => return Ok(Err(input_missing())),
        Err(ObjectStoreError::OtherSize { .. }) => return Ok(Err(input_changed())),
        Err(error) => return Err(error).context("reading the input"),
    };
    let path = directory.join(job.input_file_name.as_str());
    let mut file = File::create_new(&path).await.with_context(|| format!("making `{}`", path.display()))?;
    // One byte more than promised would show.
    let sha256 = copy_hashed(bytes.take(input.size + 1), &mut file).await.context("copying the input")?;
    Ok(if sha256 == input.sha256 { Ok(()) } else { Err(input_changed()) })
}

/// Copies a stream, and returns its SHA-256 in hexadecimal.
async fn copy_hashed(mut bytes: impl AsyncRead + Unpin, file: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut chunk = BytesMut::with_capacity(COPY_CHUNK);
    while bytes.read_buf(&mut chunk).await? > 0 {
        hasher.update(&chunk);
        file.write_all(&chunk).await?;
        chunk.clear();
    }
    file.flush().await?;
    Ok(hexadecimal(&hasher.finalize()))
}

/// The child's command line. Its files are named relative to its own folder, so that no path of this machine gets
/// into a result, and a name that begins with `-` is not taken for a flag.
fn command(environment: &Environment, job: &Job) -> Command {
    let settings = &environment.settings.annotator;
    let name = &job.input_file_name;
    let here = |name: &FileName| format!("./{name}");
    let result = name.result();
    let mut command = Command::new(&environment.annotate.program);
    command
        .arg("annotate")
        .arg(here(name))
        .arg("--reference")
        .arg(reference_directory(environment, job))
        .args([
            "-o",
            &here(&result),
            "-O",
            if result.is_compressed() { "vcf.gz" } else { "vcf" },
            "--index",
            "none",
        ])
        .args(["--threads", &settings.threads.to_string()])
        .args(["--log", &here(&name.log()), "--summary", &here(&name.summary()), "--report"])
        // Tables show each alternative with its own rows.
        .arg("--allele-number")
        .args(["--max-memory", &settings.max_memory.as_u64().to_string()])
        .args(["--max-cpu-time", &settings.max_cpu_time.as_secs().max(1).to_string()])
        .args(["--max-output", &settings.max_output.as_u64().to_string()])
        .args(["--child-of", &std::process::id().to_string()])
        .args(settings.confinement.flags());
    command
}

async fn store_outcome(
    environment: &Environment,
    job: &Job,
    directory: &Path,
    done: Done,
) -> anyhow::Result<Ended> {
    let name = &job.input_file_name;
    for file in [name.result(), name.log(), name.summary()] {
        if !fs::try_exists(directory.join(file.as_str())).await.unwrap_or(false) {
            return Ok(Ended::Crashed(format!("it said that it was done, but there is no `{file}`")));
        }
    }
    let result = store(environment, job, directory, &name.result()).await?;
    let log = store(environment, job, directory, &name.log()).await?;
    let summary = store(environment, job, directory, &name.summary()).await?;
    failpoint::reached("annotator.stored");
    let result = ResultFile { name: name.result(), file: result };
    let outcome = Outcome { result, log, summary, annotated_by: done.annotated_by };
    Ok(Ended::Annotated { outcome: Box::new(outcome), records: done.records })
}

async fn store_if_there(
    environment: &Environment,
    job: &Job,
    directory: &Path,
    name: &FileName,
) -> anyhow::Result<Option<StoredFile>> {
    if fs::try_exists(directory.join(name.as_str())).await.unwrap_or(false) {
        return store(environment, job, directory, name).await.map(Some);
    }
    Ok(None)
}

async fn store(
    environment: &Environment,
    job: &Job,
    directory: &Path,
    name: &FileName,
) -> anyhow::Result<StoredFile> {
    let path = directory.join(name.as_str());
    let file = File::open(&path).await.with_context(|| format!("opening `{}`", path.display()))?;
    let key = ObjectKey::of_job(job.user_id, job.job_id, name);
    let stored = environment.ports.objects.put(Bucket::Results, &key, Box::pin(file), None).await;
    stored.with_context(|| format!("storing `{name}`"))
}
