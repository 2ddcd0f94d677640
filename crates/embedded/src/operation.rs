use std::sync::Arc;

use async_trait::async_trait;
use gas_service::{
    operation::{Mode, Standing},
    ports::{BackendError, Operation, WhileDoing as _},
};

use crate::database::{Database, nanoseconds, timestamp};

/// How the service stands, as a table of one row.
pub(crate) struct SqliteOperation {
    pub(crate) database: Arc<Database>,
}

#[async_trait]
impl Operation for SqliteOperation {
    async fn standing(&self) -> Result<Standing, BackendError> {
        let doing = || "reading the service's mode";
        let row: Option<(String, String, Option<i64>)> =
            sqlx::query_as("SELECT mode, note, since FROM operation")
                .fetch_optional(self.database.read())
                .await
                .while_doing(doing)?;
        let Some((mode, note, since)) = row else { return Ok(Standing::default()) };
        let mode = Mode::from_name(&mode).ok_or_else(|| format!("there is no mode `{mode}`"));
        Ok(Standing { mode: mode.while_doing(doing)?, note, since: since.map(timestamp) })
    }

    async fn set_standing(&self, standing: &Standing) -> Result<(), BackendError> {
        self.write(standing).await.while_doing(|| format!("changing the mode to {}", standing.mode.as_str()))
    }
}

impl SqliteOperation {
    async fn write(&self, standing: &Standing) -> Result<(), sqlx::Error> {
        let statement =
            sqlx::query("INSERT OR REPLACE INTO operation (only_row, mode, note, since) VALUES (1, ?, ?, ?)")
                .bind(standing.mode.as_str())
                .bind(&standing.note)
                .bind(standing.since.map(nanoseconds));
        self.database.change(statement).await
    }
}
