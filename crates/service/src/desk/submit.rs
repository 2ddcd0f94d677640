use std::{sync::Arc, time::Duration};

use super::{Desk, DeskError};
use crate::{
    account::User,
    failpoint,
    id::{JobId, UploadId},
    job::{Bucket, Job, NewJob, ObjectKey, StoredFile},
    message::Message,
    plan::Plan,
    ports::{BoxRead, Created, FormTarget, ObjectStoreError, UploadForm},
    reference::InstalledReference,
    upload::{FileName, Upload},
};

impl Desk {
    /// Agrees to take an upload: checks the name, and the size if it is announced, and keeps a record.
    pub async fn agree_upload(
        &self,
        user: &User,
        file_name: &str,
        announced_bytes: Option<u64>,
    ) -> Result<Upload, DeskError> {
        let file_name = FileName::of_input(file_name)?;
        let max_upload = self.max_upload(user);
        if let (Some(size), Some(limit)) = (announced_bytes, max_upload)
            && size > limit
        {
            return Err(too_large(user, &file_name, limit));
        }
        if announced_bytes == Some(0) {
            return Err(DeskError::EmptyFile);
        }
        // The smallest file has a byte, so that nothing is agreed when nothing is left.
        let left = self.check_room(user, &file_name, announced_bytes.unwrap_or(1)).await?;
        let max_bytes = [max_upload, left].into_iter().flatten().min();
        self.keep_upload(self.new_upload(user, file_name, max_bytes)).await
    }

    async fn keep_upload(&self, upload: Upload) -> Result<Upload, DeskError> {
        let limit = self.settings.uploads.at_once;
        if self.ports.uploads.add(&upload, limit).await? {
            Ok(upload)
        } else {
            Err(DeskError::TooManyUploads { limit })
        }
    }

    /// The largest file that the user's plan takes, in bytes; none is any.
    fn max_upload(&self, user: &User) -> Option<u64> {
        self.settings.plans.of(user.plan).max_upload.map(|size| size.as_u64())
    }

    /// The record of an upload of that user.
    pub async fn upload(&self, user: &User, upload: UploadId) -> Result<Upload, DeskError> {
        let found = self.ports.uploads.find(user.user_id, upload).await?;
        found.ok_or(DeskError::NoSuchUpload)
    }

    /// Refuses an upload by its announced size, before any byte of it is read.
    pub async fn check_announced(&self, user: &User, upload: &Upload, bytes: u64) -> Result<(), DeskError> {
        match upload.max_bytes {
            Some(limit) if bytes > limit => Err(self.over_size(user, upload, limit).await),
            _ => Ok(()),
        }
    }

    /// What it means that an upload has more bytes than its `limit`: too many for any file, or for what is left.
    async fn over_size(&self, user: &User, upload: &Upload, limit: u64) -> DeskError {
        match self.max_upload(user) {
            Some(most) if most <= limit => too_large(user, &upload.file_name, most),
            _ => self.storage_full(user, &upload.file_name).await,
        }
    }

    /// Where browsers send the forms of [`upload_form`](Self::upload_form), if there are any.
    pub async fn form_target(&self) -> Result<Option<FormTarget>, DeskError> {
        Ok(self.ports.objects.form_target().await?)
    }

    /// A form by which the browser sends the bytes of an upload to where they are kept, without this server, when
    /// that is possible. It stores the very bytes that were announced: sent again after the job was made, it changes
    /// nothing.
    pub async fn upload_form(
        &self,
        upload: &Upload,
        size: u64,
        sha256: &str,
    ) -> Result<Option<UploadForm>, DeskError> {
        let file =
            StoredFile { bucket: Bucket::Inputs, key: input_key(upload), size, sha256: sha256.to_owned() };
        // What is begun at the form's end has as long again to arrive before the upload is swept away.
        let life = self.settings.uploads.life / 2;
        Ok(self.ports.objects.upload_form(&file, life).await?)
    }

    /// Forgets an upload that will not become a job, and its bytes. One that has become a job stays.
    pub async fn abandon_upload(&self, upload: &Upload) -> Result<(), DeskError> {
        if self.ports.jobs.find(upload.job_id).await?.is_some() {
            return Ok(());
        }
        self.ports.objects.delete(Bucket::Inputs, &input_key(upload)).await?;
        Ok(self.ports.uploads.remove(upload.upload_id).await?)
    }

    /// Takes the bytes of an upload. Taking them again replaces them, until the job is submitted.
    pub async fn receive(
        &self,
        user: &User,
        upload: &Upload,
        bytes: BoxRead,
    ) -> Result<StoredFile, DeskError> {
        if self.ports.jobs.find(upload.job_id).await?.is_some() {
            // A second tab, or a repeated request: the input of an accepted job does not change.
            return upload.stored.clone().ok_or(DeskError::NoSuchUpload);
        }
        let key = input_key(upload);
        let stored = self.ports.objects.put(Bucket::Inputs, &key, bytes, upload.max_bytes).await;
        let stored = match stored {
            Err(ObjectStoreError::TooLarge { limit }) => {
                return Err(self.over_size(user, upload, limit).await);
            }
            stored => stored?,
        };
        if stored.size == 0 {
            self.ports.objects.delete(Bucket::Inputs, &key).await?;
            return Err(DeskError::EmptyFile);
        }
        self.note_stored(upload, &stored).await?;
        failpoint::reached("upload.stored");
        Ok(stored)
    }

    /// Notes what has arrived. Bytes whose record went in the meantime would be found by nobody: they go, too, unless
    /// they are a job's.
    async fn note_stored(&self, upload: &Upload, stored: &StoredFile) -> Result<(), DeskError> {
        if self.ports.uploads.note_stored(upload.upload_id, stored).await? {
            return Ok(());
        }
        if self.ports.jobs.find(upload.job_id).await?.is_none() {
            self.ports.objects.delete(stored.bucket, &stored.key).await?;
        }
        Err(DeskError::NoSuchUpload)
    }

    /// Makes the job of an upload whose bytes have arrived. Asking again gives the same job.
    pub async fn submit(
        &self,
        user: &User,
        upload: UploadId,
        reference: Option<&str>,
        idempotency_key: Option<&str>,
    ) -> Result<Job, DeskError> {
        let upload = self.upload(user, upload).await?;
        if let Some(job) = self.ports.jobs.find(upload.job_id).await? {
            return Ok(job);
        }
        let input = match &upload.stored {
            Some(stored) => stored.clone(),
            None => self.arrived(user, &upload).await?,
        };
        let reference = self.reference(reference).await?;
        let new = NewJob {
            job_id: upload.job_id,
            input_file_name: upload.file_name,
            reference_warning: self.reference_warning(&input, &reference).await,
            input,
            reference: reference.name.clone(),
        };
        let job = self.accept(user, new, idempotency_key).await?;
        self.ports.uploads.close(upload.upload_id).await?;
        Ok(job)
    }

    /// What has arrived of an upload without this server.
    async fn arrived(&self, user: &User, upload: &Upload) -> Result<StoredFile, DeskError> {
        let key = input_key(upload);
        let found = self.ports.objects.find(Bucket::Inputs, &key).await?.ok_or(DeskError::NotUploaded)?;
        let refusal = match upload.max_bytes {
            _ if found.size == 0 => Some(DeskError::EmptyFile),
            Some(limit) if found.size > limit => Some(self.over_size(user, upload, limit).await),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.ports.objects.delete(Bucket::Inputs, &key).await?;
            return Err(refusal);
        }
        self.note_stored(upload, &found).await?;
        Ok(found)
    }

    /// Runs a job's input again, as a new job, against the same reference when none is named. Repeating the request
    /// under one key makes one job.
    pub async fn run_again(
        &self,
        user: &User,
        job: &Job,
        reference: Option<&str>,
        idempotency_key: Option<&str>,
    ) -> Result<Job, DeskError> {
        if let Some(existing) = self.job_under_key(user, idempotency_key).await? {
            return Ok(existing);
        }
        let input = job.input.as_ref().ok_or(DeskError::InputGone)?;
        let reference = reference.filter(|name| !name.is_empty()).unwrap_or(&job.reference);
        let reference = self.reference(Some(reference)).await?;
        self.check_room(user, &job.input_file_name, input.size).await?;
        // The record comes before the copy: if the process dies in between, the copy is swept away with it.
        let upload = self.new_upload(user, job.input_file_name.clone(), None);
        let upload = self.keep_upload(upload).await?;
        let made = self.run_copy(user, input, &upload, &reference, idempotency_key).await;
        match &made {
            Ok(_) => self.ports.uploads.close(upload.upload_id).await?,
            Err(_) => self.abandon_upload(&upload).await?,
        }
        made
    }

    async fn run_copy(
        &self,
        user: &User,
        input: &StoredFile,
        upload: &Upload,
        reference: &Arc<InstalledReference>,
        idempotency_key: Option<&str>,
    ) -> Result<Job, DeskError> {
        let input = self.ports.objects.copy(input, &input_key(upload)).await?;
        self.note_stored(upload, &input).await?;
        let new = NewJob {
            job_id: upload.job_id,
            input_file_name: upload.file_name.clone(),
            reference_warning: self.reference_warning(&input, reference).await,
            input,
            reference: reference.name.clone(),
        };
        self.accept(user, new, idempotency_key).await
    }

    fn new_upload(&self, user: &User, file_name: FileName, max_bytes: Option<u64>) -> Upload {
        Upload {
            upload_id: UploadId::generate(),
            user_id: user.user_id,
            job_id: JobId::generate(),
            file_name,
            max_bytes,
            stored: None,
            expires: self.ports.clock.now() + self.settings.uploads.life,
        }
    }

    /// The job that was made under an idempotency key before.
    pub async fn job_under_key(
        &self,
        user: &User,
        idempotency_key: Option<&str>,
    ) -> Result<Option<Job>, DeskError> {
        match idempotency_key {
            Some(key) => Ok(self.ports.jobs.find_by_idempotency_key(user.user_id, key).await?),
            None => Ok(None),
        }
    }

    /// The row first, then the message: if the process dies between, the sweeper sends the message.
    async fn accept(
        &self,
        user: &User,
        new: NewJob,
        idempotency_key: Option<&str>,
    ) -> Result<Job, DeskError> {
        let input = new.input.clone();
        let job = Job::submit(new, user, self.ports.clock.now(), self.settings.workers.patience);
        match self.ports.jobs.create(&job, idempotency_key, &self.quota(user)).await? {
            Created::Refused(over) => Err(self.over_quota(user, &job.input_file_name, over)),
            Created::Existing(existing) => {
                if existing.job_id != job.job_id {
                    self.ports.objects.delete(input.bucket, &input.key).await?;
                }
                Ok(*existing)
            }
            Created::New => {
                failpoint::reached("submit.created");
                self.must_not_outlive_account(&job).await?;
                self.audit(user, Some(job.job_id), "submitted").await?;
                let message = Message::Annotate { job_id: job.job_id };
                let (queue, owner) = (message.queue(), Some(user.user_id));
                let sent = self.ports.queue.send(queue, &message, owner, Duration::ZERO).await;
                if let Err(error) = sent {
                    // The job is accepted all the same: the sweeper sends the message in a while.
                    tracing::warn!(job_id = %job.job_id, error = ?error, "sending the job's message failed");
                }
                failpoint::reached("submit.sent");
                Ok(job)
            }
        }
    }
}

fn input_key(upload: &Upload) -> ObjectKey {
    ObjectKey::of_job(upload.user_id, upload.job_id, &upload.file_name)
}

fn too_large(user: &User, name: &FileName, limit: u64) -> DeskError {
    let advice = match user.plan {
        Plan::FreeUser => "; subscribe to premium for larger files, or compress the file with bgzip",
        Plan::PremiumUser => "",
    };
    DeskError::TooLarge { name: name.to_string(), limit, plan: user.plan.title(), advice }
}
