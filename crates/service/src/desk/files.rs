use super::{Desk, DeskError};
use crate::{
    account::User,
    job::{Job, JobStatus, ResultPlace, StoredFile},
    ports::BoxRead,
    rendering::{Rendering, ReportFormat, ResultFormat},
};

/// The files of a job that its owner can get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// What was uploaded.
    Input,
    /// The annotated VCF.
    Result,
    /// The log.
    Log,
    /// The counts for the plots, as JSON.
    Summary,
}

/// A file on its way to its owner.
pub enum Download {
    /// To be fetched elsewhere.
    At(String),
    /// The bytes, and what is known of them.
    Bytes {
        /// The name to save it under.
        name: String,
        /// Size and checksum.
        file: StoredFile,
        /// The bytes.
        bytes: BoxRead,
    },
    /// The bytes as they are made; their size is not known before their end.
    Made {
        /// The name to save it under.
        name: String,
        /// The bytes. Reading them fails where they break off.
        bytes: BoxRead,
    },
}

impl Desk {
    /// Where a file of a job lies, if it may be had now.
    pub fn locate(&self, job: &Job, kind: FileKind) -> Result<(String, StoredFile), DeskError> {
        let input_name = &job.input_file_name;
        match kind {
            FileKind::Input => {
                let file = job.input.clone().ok_or(DeskError::InputGone)?;
                Ok((input_name.to_string(), file))
            }
            FileKind::Result => {
                let result = result_of(job)?;
                Ok((result.name.to_string(), result.file.clone()))
            }
            FileKind::Log => {
                let log = job.log.clone().ok_or_else(|| without_file(job))?;
                Ok((input_name.log().to_string(), log))
            }
            FileKind::Summary => {
                let summary = job.summary.clone().ok_or_else(|| without_file(job))?;
                Ok((input_name.summary().to_string(), summary))
            }
        }
    }

    /// A file of a job, for download.
    pub async fn download(&self, user: &User, job: &Job, kind: FileKind) -> Result<Download, DeskError> {
        let (name, file) = self.locate(job, kind)?;
        if kind == FileKind::Result {
            self.audit(user, Some(job.job_id), "downloaded").await?;
        }
        // Logs and summaries are small, and shown at once rather than saved.
        let saved = matches!(kind, FileKind::Input | FileKind::Result);
        if saved && let Some(address) = self.ports.objects.download_address(&file, &name).await? {
            return Ok(Download::At(address));
        }
        let bytes = self.open(&file).await?;
        Ok(Download::Bytes { name, file, bytes })
    }

    /// A result in any format: as it is stored, or made of it now.
    pub async fn download_as(
        &self,
        user: &User,
        job: &Job,
        format: ResultFormat,
    ) -> Result<Download, DeskError> {
        let result = result_of(job)?;
        if format == ResultFormat::of_stored(&result.name) {
            return self.download(user, job, FileKind::Result).await;
        }
        let bytes = self.make(&result.file, Rendering::Result(format)).await?;
        self.audit(user, Some(job.job_id), "downloaded").await?;
        Ok(Download::Made { name: format.name(&result.name), bytes })
    }

    /// A report on a job, made of its summary now.
    pub async fn report(&self, job: &Job, format: ReportFormat) -> Result<Download, DeskError> {
        let (_, file) = self.locate(job, FileKind::Summary)?;
        let bytes = self.make(&file, Rendering::Report(format)).await?;
        Ok(Download::Made { name: format.name(&job.input_file_name), bytes })
    }

    async fn make(&self, file: &StoredFile, rendering: Rendering) -> Result<BoxRead, DeskError> {
        let bytes = self.open(file).await?;
        Ok(self.renderer.render(bytes, file.size, rendering).await?)
    }

    /// The bytes of a file of a job, to be read here.
    pub async fn read(&self, job: &Job, kind: FileKind) -> Result<BoxRead, DeskError> {
        let (_, file) = self.locate(job, kind)?;
        self.open(&file).await
    }

    async fn open(&self, file: &StoredFile) -> Result<BoxRead, DeskError> {
        Ok(self.ports.objects.open(file, 0).await?)
    }
}

fn result_of(job: &Job) -> Result<&crate::job::ResultFile, DeskError> {
    if let Some(result) = job.hot_result() {
        return Ok(result);
    }
    Err(match job.result_place {
        Some(ResultPlace::Archiving | ResultPlace::Archived) => DeskError::Archived,
        Some(ResultPlace::Thawing) => DeskError::Thawing,
        Some(ResultPlace::Expired) => DeskError::Expired,
        Some(ResultPlace::Hot) | None => without_file(job),
    })
}

fn without_file(job: &Job) -> DeskError {
    match job.job_status {
        JobStatus::Pending | JobStatus::Running => DeskError::NotFinished(job.job_status.as_str()),
        _ => DeskError::NoResult,
    }
}
