//! Holds the place of ports that are being built.
#![allow(unused_variables, unused_imports, missing_docs, clippy::unimplemented, clippy::wildcard_imports)]

use std::time::Duration;

use async_trait::async_trait;
use gas_service::{account::*, id::*, job::*, message::*, plan::*, ports::*, upload::*};
use jiff::Timestamp;

pub(crate) struct Unbuilt;

#[async_trait]
impl ObjectStore for Unbuilt {
    async fn put(
        &self,
        bucket: Bucket,
        key: &ObjectKey,
        bytes: BoxRead,
        max_bytes: Option<u64>,
    ) -> Result<StoredFile, ObjectStoreError> {
        unimplemented!()
    }
    async fn open(&self, file: &StoredFile, offset: u64) -> Result<BoxRead, ObjectStoreError> {
        unimplemented!()
    }
    async fn copy(&self, from: &StoredFile, to: &ObjectKey) -> Result<StoredFile, ObjectStoreError> {
        unimplemented!()
    }
    async fn delete(&self, bucket: Bucket, key: &ObjectKey) -> Result<(), ObjectStoreError> {
        unimplemented!()
    }
    async fn download_address(
        &self,
        file: &StoredFile,
        name: &str,
    ) -> Result<Option<String>, ObjectStoreError> {
        unimplemented!()
    }
}
