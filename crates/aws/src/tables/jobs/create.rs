//! Adding a job.

use aws_sdk_dynamodb::types::TransactWriteItem;
use gas_service::{id::UserId, job::Job, ports::Created};

use super::{
    DynamoJobStore, counts,
    row::{self, IDEMPOTENCY_KEY},
};
use crate::{
    patience::Patience,
    tables::{
        Fault,
        attributes::{Attributes, Item, text},
        stamp::{STAMP, Stamp},
        transaction::{Outcome, Try, try_together},
    },
};

/// In the row of an idempotency key: the job that was made under it.
const OF_JOB: &str = "of_job";

/// The key of the row that an idempotency key has; job ids are UUIDs, so it is never a job's.
pub(super) fn idempotency_row(user: UserId, key: &str) -> String {
    format!("idempotency/{user}/{key}")
}

impl DynamoJobStore {
    /// The job's row, its count and its idempotency key are written together.
    pub(super) async fn insert(&self, job: &Job, key: Option<&str>) -> Result<Created, Fault> {
        let stamp = Stamp::new();
        let mut patience = Patience::new();
        loop {
            let writes = self.creation(job, key, stamp)?;
            let hindered = match try_together(&self.table.client, writes).await? {
                Try::Ended(Outcome::Written) => return Ok(Created::New),
                // What stood in the way has gone again if it is not found: its job was purged, and its key with it.
                Try::Ended(Outcome::Refused(_)) => "a job that stood in the way is not there".into(),
                Try::Hindered(error) => error,
            };
            if let Some(created) = self.already(job, key, stamp).await? {
                return Ok(created);
            }
            if !patience.wait().await {
                return Err(hindered);
            }
        }
    }

    fn creation(&self, job: &Job, key: Option<&str>, stamp: Stamp) -> Result<Vec<TransactWriteItem>, Fault> {
        let mut item = self.table.key(job.job_id);
        let wishes = row::wishes(job, &self.layout)?;
        item.extend(wishes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        item.insert(STAMP.to_owned(), stamp.attribute());
        item.extend(key.map(|key| (IDEMPOTENCY_KEY.to_owned(), text(key))));
        let mut writes =
            vec![self.table.put_new(item)?, counts::count(&self.table, None, Some(job.job_status))?];
        if let Some(key) = key {
            let mut item = self.table.key(idempotency_row(job.user_id, key));
            item.insert(OF_JOB.to_owned(), text(job.job_id));
            writes.push(self.table.put_new(item)?);
        }
        Ok(writes)
    }

    /// The job that is there under that id or that key, if one is by now.
    async fn already(&self, job: &Job, key: Option<&str>, stamp: Stamp) -> Result<Option<Created>, Fault> {
        let existing = |job: Job| Created::Existing(Box::new(job));
        if let Some(row) = self.table.get(job.job_id).await? {
            // Our own write may have been answered so late that its token was forgotten.
            let ours = stamp.is_on(&row);
            return Ok(Some(if ours { Created::New } else { existing(row::job(&row, &self.layout)?) }));
        }
        let Some(key) = key else { return Ok(None) };
        Ok(self.read_by_key(job.user_id, key).await?.map(existing))
    }

    /// The job that the row of an idempotency key names.
    pub(super) async fn of_key(&self, key: &Item) -> Result<Option<Job>, Fault> {
        self.read(Attributes(key).text(OF_JOB)?).await
    }
}
