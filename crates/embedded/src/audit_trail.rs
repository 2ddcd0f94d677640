use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    id::UserId,
    ports::{AuditEvent, AuditTrail, BackendError},
};

use crate::database::{Database, WhileDoing, nanoseconds, timestamp};

/// The audit trail as a table.
pub(crate) struct SqliteAuditTrail {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl AuditTrail for SqliteAuditTrail {
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError> {
        self.add(event).await.while_doing(|| format!("recording that `{}` {}", event.user_id, event.action))
    }

    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError> {
        let doing = || format!("reading what `{user}` did");
        let rows: Vec<(i64, Option<String>, String)> = sqlx::query_as(
            "SELECT at, job_id, action FROM audit_event WHERE user_id = ? ORDER BY at DESC, event_id DESC LIMIT ?",
        )
        .bind(user.to_string())
        .bind(limit)
        .fetch_all(self.database.read())
        .await
        .while_doing(doing)?;
        rows.into_iter()
            .map(|(at, job, action)| {
                let job_id = job.map(|job| job.parse()).transpose()?;
                Ok(AuditEvent { at: timestamp(at), user_id: user, job_id, action })
            })
            .collect::<Result<_, gas_service::id::InvalidId>>()
            .while_doing(doing)
    }
}

impl SqliteAuditTrail {
    async fn add(&self, event: &AuditEvent) -> Result<(), sqlx::Error> {
        let mut writing = self.database.write().await?;
        sqlx::query("INSERT INTO audit_event (at, user_id, job_id, action) VALUES (?, ?, ?, ?)")
            .bind(nanoseconds(event.at))
            .bind(event.user_id.to_string())
            .bind(event.job_id.map(|job| job.to_string()))
            .bind(&event.action)
            .execute(writing.on())
            .await?;
        writing.commit().await
    }
}
