//! Holds the place of ports that are being built.
#![allow(unused_variables, unused_imports, missing_docs, clippy::unimplemented, clippy::wildcard_imports)]

use std::time::Duration;

use async_trait::async_trait;
use gas_service::{account::*, id::*, job::*, message::*, plan::*, ports::*, upload::*};
use jiff::Timestamp;

pub(crate) struct Unbuilt;

#[async_trait]
impl Accounts for Unbuilt {
    async fn user_of_email(&self, email: &EmailAddress, now: Timestamp) -> Result<User, BackendError> {
        unimplemented!()
    }
    async fn user(&self, user: UserId) -> Result<Option<User>, BackendError> {
        unimplemented!()
    }
    async fn set_profile(
        &self,
        user: UserId,
        name: &str,
        institution: &str,
        now: Timestamp,
    ) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn set_plan(&self, user: UserId, plan: Plan, now: Timestamp) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn add_sign_in_link(&self, link: &SignInLink) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn find_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        unimplemented!()
    }
    async fn take_sign_in_link(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, BackendError> {
        unimplemented!()
    }
    async fn add_session(&self, session: &Session) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn user_of_session(
        &self,
        secret: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<User>, BackendError> {
        unimplemented!()
    }
    async fn end_session(&self, secret: &SecretHash) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn add_token(&self, token: &ApiToken) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn tokens(&self, user: UserId) -> Result<Vec<ApiToken>, BackendError> {
        unimplemented!()
    }
    async fn revoke_token(&self, user: UserId, token: TokenId) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn user_of_token(&self, secret: &SecretHash, now: Timestamp) -> Result<Option<User>, BackendError> {
        unimplemented!()
    }
    async fn forget_expired(&self, now: Timestamp) -> Result<(), BackendError> {
        unimplemented!()
    }
}

#[async_trait]
impl AuditTrail for Unbuilt {
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError> {
        unimplemented!()
    }
}

#[async_trait]
impl ColdStorage for Unbuilt {
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError> {
        unimplemented!()
    }
    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError> {
        unimplemented!()
    }
    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError> {
        unimplemented!()
    }
    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError> {
        unimplemented!()
    }
}

#[async_trait]
impl JobStore for Unbuilt {
    async fn create(&self, job: &Job, idempotency_key: Option<&str>) -> Result<Created, BackendError> {
        unimplemented!()
    }
    async fn find(&self, job: JobId) -> Result<Option<Job>, BackendError> {
        unimplemented!()
    }
    async fn find_by_idempotency_key(
        &self,
        user: UserId,
        idempotency_key: &str,
    ) -> Result<Option<Job>, BackendError> {
        unimplemented!()
    }
    async fn find_by_archive(&self, archive: &ArchiveId) -> Result<Option<Job>, BackendError> {
        unimplemented!()
    }
    async fn replace(&self, job: &Job) -> Result<Job, ReplaceError> {
        unimplemented!()
    }
    async fn of_user(
        &self,
        user: UserId,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<Job>, BackendError> {
        unimplemented!()
    }
    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Job>, BackendError> {
        unimplemented!()
    }
    async fn pending_before(&self, job: &Job) -> Result<u64, BackendError> {
        unimplemented!()
    }
    async fn count_by_status(&self) -> Result<Vec<(String, u64)>, BackendError> {
        unimplemented!()
    }
    async fn purge(&self, job: JobId) -> Result<(), BackendError> {
        unimplemented!()
    }
}

#[async_trait]
impl Mailer for Unbuilt {
    async fn send(&self, mail: &Mail) -> Result<(), BackendError> {
        unimplemented!()
    }
}

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

#[async_trait]
impl Queue for Unbuilt {
    async fn send(&self, queue: QueueName, message: &Message, delay: Duration) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn take_next(
        &self,
        queue: QueueName,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Option<Delivery>, BackendError> {
        unimplemented!()
    }
    async fn keep_alive(&self, delivery: &Delivery, visibility: Duration) -> Result<bool, BackendError> {
        unimplemented!()
    }
    async fn finish(&self, delivery: &Delivery) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn give_back(&self, delivery: &Delivery, delay: Duration) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn depth(&self, queue: QueueName) -> Result<Depth, BackendError> {
        unimplemented!()
    }
    async fn dead_letters(&self, queue: QueueName, limit: u32) -> Result<Vec<Message>, BackendError> {
        unimplemented!()
    }
}

#[async_trait]
impl UploadStore for Unbuilt {
    async fn add(&self, upload: &Upload) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn find(&self, user: UserId, upload: UploadId) -> Result<Option<Upload>, BackendError> {
        unimplemented!()
    }
    async fn note_stored(&self, upload: UploadId, stored: &StoredFile) -> Result<(), BackendError> {
        unimplemented!()
    }
    async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<Upload>, BackendError> {
        unimplemented!()
    }
    async fn remove(&self, upload: UploadId) -> Result<(), BackendError> {
        unimplemented!()
    }
}
