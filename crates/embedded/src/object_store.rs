use std::{
    io::{self, SeekFrom},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use gas_service::{
    job::{Bucket, ObjectKey, StoredFile},
    ports::{BackendError, BoxRead, ObjectStore, ObjectStoreError},
};
use tokio::{fs::File, io::AsyncSeekExt as _};

use crate::{
    database::WhileDoing,
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

    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError> {
        let path = self.path(file.bucket, &file.key)?;
        match open_at(&path, file.size, offset).await {
            Ok(opened) => Ok(Box::pin(opened)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ObjectStoreError::NoSuchObject(file.key.clone()))
            }
            other => Ok(Box::pin(other.while_doing(|| format!("opening object `{}`", file.key))?)),
        }
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

async fn open_at(path: &Path, size: u64, offset: u64) -> io::Result<File> {
    let mut file = File::open(path).await?;
    let found = file.metadata().await?.len();
    if found != size {
        let damage = format!("the file has {found} bytes, expected {size}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, damage));
    }
    if offset > 0 {
        file.seek(SeekFrom::Start(offset)).await?;
    }
    Ok(file)
}

fn refusal(error: WriteError, key: &ObjectKey) -> ObjectStoreError {
    match error {
        WriteError::TooLarge(limit) => ObjectStoreError::TooLarge { limit },
        WriteError::BrokenOff(cause) => ObjectStoreError::BrokenOff(cause),
        WriteError::Disk(cause) => BackendError::new(format!("storing object `{key}`"), cause).into(),
    }
}
