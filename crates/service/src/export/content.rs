//! What an export holds.

use std::io::Write as _;

use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, time};
use zip::ZipWriter;

use super::{Export, Pieces, Zip, add, options, stood_still};
use crate::{
    desk::FileKind,
    job::{Job, ResultPlace, StoredFile},
    ports::{BoxRead, JobPages},
};

/// Events of the trail that are listed.
const EVENTS: u32 = 10_000;
/// Bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

const README: &str = "\
What the Genomics Annotation Service knows of you.

profile.json       who you are
identities.json    your ways to sign in
tokens.json        your API tokens; their secrets are known to you only
audit.json         what your account did, newest first, at most 10,000 events
jobs.json          your jobs, newest first
jobs/ID/           of each job: the input, the result, the log, the summary
not_included.json  files that could not be had, and how to get them
";

impl Export {
    /// Writes all of it. What a file's name promises to be compressed is not compressed again.
    pub(super) fn write(&mut self, pieces: Pieces) -> anyhow::Result<()> {
        let mut zip = ZipWriter::new_stream(pieces);
        add(&mut zip, "README.txt", README.as_bytes())?;
        self.write_account(&mut zip)?;
        self.write_jobs(&mut zip)?;
        let missing = self.write_files(&mut zip)?;
        add(&mut zip, "not_included.json", &serde_json::to_vec_pretty(&missing)?)?;
        Ok(zip.finish()?.into_inner().end()?)
    }

    fn write_account(&self, zip: &mut Zip) -> anyhow::Result<()> {
        let (ports, user) = (&self.desk.ports, self.user.user_id);
        add(zip, "profile.json", &serde_json::to_vec_pretty(&self.user)?)?;
        let identities = self.handle.block_on(ports.identities.identities(user))?;
        let identities: Vec<Value> = identities
            .iter()
            .map(|linked| {
                let identity = &linked.identity;
                json!({
                    "provider": identity.provider, "issuer": identity.issuer, "subject": identity.subject,
                    "label": identity.label,
                    "linked": linked.linked,
                })
            })
            .collect();
        add(zip, "identities.json", &serde_json::to_vec_pretty(&identities)?)?;
        let tokens = self.handle.block_on(ports.accounts.tokens(user))?;
        let tokens: Vec<Value> = tokens
            .iter()
            .map(|token| {
                json!({
                    "token_id": token.token_id, "name": token.name, "scope": token.scope,
                    "created": token.created, "expires": token.expires, "last_used": token.last_used,
                })
            })
            .collect();
        add(zip, "tokens.json", &serde_json::to_vec_pretty(&tokens)?)?;
        let events = self.handle.block_on(ports.audit.recent(user, EVENTS))?;
        add(zip, "audit.json", &serde_json::to_vec_pretty(&events)?)
    }

    fn for_each_job(&self, mut write: impl FnMut(&Job) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut pages = JobPages::of(&*self.desk.ports.jobs, self.user.user_id);
        while let Some(jobs) = self.handle.block_on(pages.next())? {
            jobs.iter().try_for_each(&mut write)?;
        }
        Ok(())
    }

    fn write_jobs(&self, zip: &mut Zip) -> anyhow::Result<()> {
        zip.start_file("jobs.json", options(false))?;
        let mut before = "[";
        self.for_each_job(|job| {
            writeln!(zip, "{before}")?;
            before = ",";
            Ok(zip.write_all(&serde_json::to_vec(&about(job))?)?)
        })?;
        let begin = if before == "[" { "[" } else { "" };
        Ok(write!(zip, "{begin}\n]\n")?)
    }

    fn write_files(&self, zip: &mut Zip) -> anyhow::Result<Vec<Value>> {
        let mut missing = Vec::new();
        self.for_each_job(|job| {
            for kind in [FileKind::Input, FileKind::Result, FileKind::Log, FileKind::Summary] {
                missing.extend(self.write_file(zip, job, kind)?);
            }
            Ok(())
        })?;
        Ok(missing)
    }

    /// Gives why a file is not included that there is or was.
    fn write_file(&self, zip: &mut Zip, job: &Job, kind: FileKind) -> anyhow::Result<Option<Value>> {
        let Ok((name, file)) = self.desk.locate(job, kind) else { return Ok(why_not(job, kind)) };
        let opened = self.handle.block_on(self.desk.ports.objects.open(&file, 0));
        let bytes = match opened {
            Ok(bytes) => bytes,
            // It moved since the list was read.
            Err(error) => return Ok(Some(missing(job, &name, &error.to_string()))),
        };
        self.copy(zip, job, &name, &file, bytes)?;
        Ok(None)
    }

    fn copy(
        &self,
        zip: &mut Zip,
        job: &Job,
        name: &str,
        file: &StoredFile,
        mut bytes: BoxRead,
    ) -> anyhow::Result<()> {
        let compressed = [".gz", ".bgz", ".bcf"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        zip.start_file(format!("jobs/{}/{name}", job.job_id), options(compressed))?;
        let mut chunk = vec![0; CHUNK];
        let mut copied = 0_u64;
        loop {
            let read = self.handle.block_on(async { time::timeout(self.idle, bytes.read(&mut chunk)).await });
            let read = read.map_err(stood_still)??;
            if read == 0 {
                break;
            }
            copied += read as u64;
            zip.write_all(&chunk[..read])?;
        }
        anyhow::ensure!(copied == file.size, "`{name}` has {copied} bytes and not {}", file.size);
        Ok(())
    }
}

fn about(job: &Job) -> Value {
    let file = |file: &StoredFile| json!({"size": file.size, "sha256": file.sha256});
    json!({
        "job_id": job.job_id,
        "input_file_name": job.input_file_name,
        "reference": job.reference,
        "reference_warning": job.reference_warning,
        "job_status": job.job_status,
        "submit_time": job.submit_time,
        "start_time": job.start_time,
        "complete_time": job.complete_time,
        "records": job.progress.records,
        "annotated_by": job.annotated_by,
        "failure": job.failure,
        "result_place": job.result_place,
        "archive_at": job.archive_at,
        "input": job.input.as_ref().map(file),
        "result": job.result.as_ref().map(|result| file(&result.file)),
        "log": job.log.as_ref().map(file),
        "summary": job.summary.as_ref().map(file),
    })
}

/// Why a file that there is or was cannot be had now; none where there never was one.
fn why_not(job: &Job, kind: FileKind) -> Option<Value> {
    let name = &job.input_file_name;
    match (kind, job.result_place) {
        (FileKind::Input, _) => Some(missing(job, name.as_str(), "the input is no longer kept")),
        (FileKind::Result, Some(place)) => {
            let why = match place {
                ResultPlace::Archiving | ResultPlace::Archived => {
                    "the result is in the archive; subscribe to premium to bring it back, then export once more"
                }
                ResultPlace::Thawing | ResultPlace::Hot => {
                    "the result is on its way back from the archive; export once more in a while"
                }
                ResultPlace::Expired => "the result is no longer kept; run the job again",
            };
            Some(missing(job, name.result().as_str(), why))
        }
        _ => None,
    }
}

fn missing(job: &Job, name: &str, why: &str) -> Value {
    json!({"job_id": job.job_id, "file": name, "why": why})
}
