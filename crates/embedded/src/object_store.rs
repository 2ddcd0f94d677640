use std::{
    io::{self, SeekFrom},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use gas_service::{
    job::{Bucket, ObjectKey, StoredFile},
    ports::{BackendError, BoxRead, FormTarget, ObjectStore, ObjectStoreError, UploadForm, WhileDoing as _},
};
use tokio::{fs::File, io::AsyncSeekExt as _};

use crate::{
    files::{self, WriteError, Written},
    process_folder::ProcessFolder,
};

/// Objects as files: `<root>/<bucket>/<user id>/<job id>~<file name>`.
pub(crate) struct FileObjectStore {
    pub(crate) root: PathBuf,
    pub(crate) folder: Arc<ProcessFolder>,
}

#[async_trait]
impl ObjectStore for FileObjectStore {
    async fn put(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
        bytes: BoxRead,
        max_bytes: Option<u64>,
    ) -> Result<StoredFile, ObjectStoreError> {
        let path = self.path(bucket, key)?;
        let written = files::write_aside(&self.folder, bytes, max_bytes).await;
        let written = written.map_err(|error| refusal(error, key))?;
        self.put_in_place(written, bucket, key, path).await
    }

    async fn find(&self, bucket: Bucket, key: &ObjectKey) -> Result<Option<StoredFile>, ObjectStoreError> {
        let path = self.path(bucket, key)?;
        let found = match files::blocking(move || files::measure(&path)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found.while_doing(|| format!("reading object `{key}`"))?,
        };
        Ok(Some(StoredFile { bucket, key: key.clone(), size: found.size, sha256: found.sha256 }))
    }

    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError> {
        let path = self.path(file.bucket, &file.key)?;
        let opening = || format!("opening object `{}`", file.key);
        let mut opened = match File::open(path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ObjectStoreError::NoSuchObject(file.key.clone()));
            }
            opened => opened.while_doing(opening)?,
        };
        let found = opened.metadata().await.while_doing(opening)?.len();
        if found != file.size {
            return Err(ObjectStoreError::OtherSize { key: file.key.clone(), found, expected: file.size });
        }
        if offset > 0 {
            opened.seek(SeekFrom::Start(offset)).await.while_doing(opening)?;
        }
        Ok(Box::pin(opened))
    }

    async fn copy(&self, from: &StoredFile, to: &ObjectKey) -> Result<StoredFile, ObjectStoreError> {
        let path = self.path(from.bucket, to)?;
        let bytes = self.open(from, 0).await?;
        let written = files::write_aside(&self.folder, bytes, None).await;
        let written = written.map_err(|error| refusal(error, to))?;
        if written.sha256 != from.sha256 {
            let damage = format!("its checksum is {}, expected {}", written.sha256, from.sha256);
            return Err(BackendError::new(format!("copying object `{}`", from.key), damage).into());
        }
        self.put_in_place(written, from.bucket, to, path).await
    }

    async fn delete(&self, bucket: Bucket, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        let path = self.path(bucket, key)?;
        let root = self.root.join(bucket.as_str());
        let removed = files::blocking(move || files::remove(&path, &root)).await;
        Ok(removed.while_doing(|| format!("deleting object `{key}`"))?)
    }

    async fn download_address(
        &self,
        _file: &StoredFile,
        _name: &str,
    ) -> Result<Option<String>, ObjectStoreError> {
        Ok(None)
    }

    async fn form_target(&self) -> Result<Option<FormTarget>, ObjectStoreError> {
        Ok(None)
    }

    async fn upload_form(
        &self,
        _file: &StoredFile,
        _life: Duration,
    ) -> Result<Option<UploadForm>, ObjectStoreError> {
        Ok(None)
    }
}

impl FileObjectStore {
    /// Where an object lies. Keys are made from validated parts; but they are also read back from tables, and
    /// no key whatever may lead out of its bucket.
    fn path(&self, bucket: Bucket, key: &ObjectKey) -> Result<PathBuf, BackendError> {
        let relative = Path::new(key.as_str());
        let parts: Vec<_> = relative.components().collect();
        match parts.as_slice() {
            [Component::Normal(_), Component::Normal(_)] => {
                Ok(self.root.join(bucket.as_str()).join(relative))
            }
            _ => Err(BackendError::new(format!("locating object `{key}`"), "the key is not of our shape")),
        }
    }

    async fn put_in_place(
        &self,
        written: Written,
        bucket: Bucket,
        key: &ObjectKey,
        path: PathBuf,
    ) -> Result<StoredFile, ObjectStoreError> {
        let stored =
            StoredFile { bucket, key: key.clone(), size: written.size, sha256: written.sha256.clone() };
        let root = self.root.join(bucket.as_str());
        let placed = files::blocking(move || files::put_in_place(written, &path, &root)).await;
        placed.while_doing(|| format!("storing object `{key}`"))?;
        Ok(stored)
    }
}

fn refusal(error: WriteError, key: &ObjectKey) -> ObjectStoreError {
    match error {
        WriteError::TooLarge(limit) => ObjectStoreError::TooLarge { limit },
        WriteError::BrokenOff(cause) => ObjectStoreError::BrokenOff(cause),
        WriteError::Disk(cause) => BackendError::new(format!("storing object `{key}`"), cause).into(),
    }
}
