//! Adding a job.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use gas_service::{id::UserId, job::Job, ports::Created};

use super::{
    DynamoJobStore, counts,
    row::{self, IDEMPOTENCY_KEY, JOB_ID},
};
use crate::tables::{
    Fault,
    attributes::{Attributes, Item, text},
    patience::Patience,
    stamp::{STAMP, Stamp},
    transaction::{Outcome, Refusals, write_together},
};

/// In the row of an idempotency key: the job that was made under it.
const OF_JOB: &str = "of_job";

/// The places of the writes in the transaction.
const ROW: usize = 0;
const KEY: usize = 2;

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
            let writes = || self.creation(job, key, stamp);
            match write_together(&self.table.client, writes).await? {
                Outcome::Written => return Ok(Created::New),
                Outcome::Refused(refusals) => {
                    if let Some(created) = self.existing(&refusals, stamp).await? {
                        return Ok(created);
                    }
                }
            }
            // The job of that key was purged a moment ago; its key goes with it.
            if !patience.wait().await {
                return Err("its idempotency key belongs to a job that is not there".into());
            }
        }
    }

    fn creation(&self, job: &Job, key: Option<&str>, stamp: Stamp) -> Result<Vec<TransactWriteItem>, Fault> {
        let mut item = self.table.key(job.job_id);
        let wishes = row::wishes(job, &self.layout)?;
        item.extend(wishes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        item.insert(STAMP.to_owned(), stamp.attribute());
        item.extend(key.map(|key| (IDEMPOTENCY_KEY.to_owned(), text(key))));
        let mut writes = vec![self.put_new(item)?, counts::count(&self.table, None, Some(job.job_status))?];
        if let Some(key) = key {
            let mut item = self.table.key(idempotency_row(job.user_id, key));
            item.insert(OF_JOB.to_owned(), text(job.job_id));
            writes.push(self.put_new(item)?);
        }
        Ok(writes)
    }

    fn put_new(&self, item: Item) -> Result<TransactWriteItem, Fault> {
        let put = Put::builder()
            .table_name(&self.table.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#key)")
            .expression_attribute_names("#key", JOB_ID)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// The job that stood in the way, unless it has gone in the meantime.
    async fn existing(&self, refusals: &Refusals, stamp: Stamp) -> Result<Option<Created>, Fault> {
        if let Some(row) = refusals.row(ROW) {
            // Our own write, whose answer was lost for longer than a token is remembered.
            if stamp.is_on(row) {
                return Ok(Some(Created::New));
            }
            return Ok(Some(Created::Existing(Box::new(row::job(row, &self.layout)?))));
        }
        let found = match refusals.row(KEY) {
            Some(key) => self.of_key(key).await?,
            None => None,
        };
        Ok(found.map(|job| Created::Existing(Box::new(job))))
    }

    /// The job that the row of an idempotency key names.
    pub(super) async fn of_key(&self, key: &Item) -> Result<Option<Job>, Fault> {
        self.read(Attributes(key).text(OF_JOB)?).await
    }
}
