use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    id::UserId,
    ports::{AuditEvent, AuditTrail, BackendError, Cursor, Page, WhileDoing as _},
};
use sqlx::FromRow;

use crate::database::{Database, nanoseconds, timestamp};

/// The audit trail as a table.
pub(crate) struct SqliteAuditTrail {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl AuditTrail for SqliteAuditTrail {
    async fn record(&self, event: &AuditEvent) -> Result<(), BackendError> {
        self.add(event).await.while_doing(|| format!("recording that {} by `{}`", event.action, event.by))
    }

    async fn recent(&self, user: UserId, limit: u32) -> Result<Vec<AuditEvent>, BackendError> {
        let doing = || format!("reading what concerns `{user}`");
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT * FROM audit_event WHERE user_id = ? ORDER BY at DESC, event_id DESC LIMIT ?",
        )
        .bind(user.to_string())
        .bind(limit)
        .fetch_all(self.database.read())
        .await
        .while_doing(doing)?;
        rows.into_iter().map(EventRow::into_event).collect::<Result<_, _>>().while_doing(doing)
    }

    async fn privileged(
        &self,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, BackendError> {
        let Some((at, event_id)) = cursor.map_or(Some((i64::MAX, i64::MAX)), place) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let doing = || "reading the privileged acts";
        // One more than asked for tells whether there is a next page.
        let mut rows: Vec<EventRow> = sqlx::query_as(
            "SELECT * FROM audit_event WHERE privileged = 1 AND (at, event_id) < (?, ?)
             ORDER BY at DESC, event_id DESC LIMIT ?",
        )
        .bind(at)
        .bind(event_id)
        .bind(i64::from(limit) + 1)
        .fetch_all(self.database.read())
        .await
        .while_doing(doing)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next =
            rows.last().filter(|_| more).map(|last| Cursor(format!("{:x}.{:x}", last.at, last.event_id)));
        let items =
            rows.into_iter().map(EventRow::into_event).collect::<Result<_, _>>().while_doing(doing)?;
        Ok(Page { items, next })
    }
}

/// Where a page ended: the time and the number of its last event.
fn place(cursor: &Cursor) -> Option<(i64, i64)> {
    let (at, event_id) = cursor.0.split_once('.')?;
    Some((i64::from_str_radix(at, 16).ok()?, i64::from_str_radix(event_id, 16).ok()?))
}

#[derive(FromRow)]
struct EventRow {
    event_id: i64,
    at: i64,
    user_id: Option<String>,
    job_id: Option<String>,
    action: String,
    by_whom: String,
    detail: String,
}

impl EventRow {
    fn into_event(self) -> Result<AuditEvent, gas_service::id::InvalidId> {
        Ok(AuditEvent {
            at: timestamp(self.at),
            user_id: self.user_id.map(|user| user.parse()).transpose()?,
            job_id: self.job_id.map(|job| job.parse()).transpose()?,
            action: self.action,
            by: self.by_whom.parse()?,
            detail: self.detail,
        })
    }
}

impl SqliteAuditTrail {
    async fn add(&self, event: &AuditEvent) -> Result<(), sqlx::Error> {
        let statement = sqlx::query(
            "INSERT INTO audit_event (at, user_id, job_id, action, by_whom, detail, privileged)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(nanoseconds(event.at))
        .bind(event.user_id.map(|user| user.to_string()))
        .bind(event.job_id.map(|job| job.to_string()))
        .bind(&event.action)
        .bind(event.by.to_string())
        .bind(&event.detail)
        .bind(event.by.is_privileged());
        self.database.change(statement).await
    }
}
