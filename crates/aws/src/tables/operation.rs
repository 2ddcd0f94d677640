use async_trait::async_trait;
use gas_service::{
    operation::Standing,
    ports::{BackendError, Operation, WhileDoing as _},
};

use super::{
    Fault, Table,
    attributes::{Attributes, Item, text, time},
};

/// The key of the one row.
const OPERATION: &str = "operation";

/// How the service stands: a row beside the accounts, which every process may read.
pub(crate) struct DynamoOperation {
    pub(crate) table: Table,
}

#[async_trait]
impl Operation for DynamoOperation {
    async fn standing(&self) -> Result<Standing, BackendError> {
        self.read().await.while_doing(|| "reading the service's mode".to_owned())
    }

    async fn set_standing(&self, standing: &Standing) -> Result<(), BackendError> {
        let written = self.table.put(self.row(standing)).await;
        written.while_doing(|| format!("changing the mode to {}", standing.mode.as_str()))
    }
}

impl DynamoOperation {
    fn row(&self, standing: &Standing) -> Item {
        let mut row = self.table.key(OPERATION);
        row.insert("mode".to_owned(), text(standing.mode.as_str()));
        row.insert("note".to_owned(), text(&standing.note));
        row.extend(standing.since.map(|since| ("since".to_owned(), time(since))));
        row
    }

    async fn read(&self) -> Result<Standing, Fault> {
        let Some(row) = self.table.get(OPERATION).await? else { return Ok(Standing::default()) };
        let row = Attributes(&row);
        let note = row.text("note")?.to_owned();
        Ok(Standing { mode: row.word("mode")?, note, since: row.time_if("since")? })
    }
}
