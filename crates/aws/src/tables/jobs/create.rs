//! Adding a job.

use aws_sdk_dynamodb::types::TransactWriteItem;
use gas_service::{
    id::UserId,
    job::Job,
    ports::Created,
    quota::{OverQuota, Quota, day},
};

use super::{
    DynamoJobStore, counts,
    row::{self, IDEMPOTENCY_KEY},
    usage::{self, CHARGE, Met},
};
use crate::{
    patience::Patience,
    tables::{
        Fault,
        attributes::{Attributes, Item, text},
        stamp::{STAMP, Stamp},
        transaction::{Outcome, Refusals, Try, try_together},
    },
};

/// Which of the writes of a creation counts it into what its owner has.
const USAGE_PLACE: usize = 2;

/// In the row of an idempotency key: the job that was made under it.
const OF_JOB: &str = "of_job";

/// The key of the row that an idempotency key has; job ids are UUIDs, so it is never a job's.
pub(super) fn idempotency_row(user: UserId, key: &str) -> String {
    format!("idempotency/{user}/{key}")
}

impl DynamoJobStore {
    /// The job's row, its count, what its owner has and its idempotency key are written together.
    pub(super) async fn insert(&self, job: &Job, key: Option<&str>, quota: &Quota) -> Result<Created, Fault> {
        let _turn = self.turns.of(job.user_id).await;
        let stamp = Stamp::new();
        let mut patience = Patience::new();
        loop {
            let writes = self.creation(job, key, quota, stamp)?;
            let (hindered, refused) = match try_together(&self.table.client, writes).await? {
                Try::Ended(Outcome::Written) => return Ok(Created::New),
                // What stood in the way has gone again if it is not found: its job was purged, and its key with it.
                Try::Ended(Outcome::Refused(refusals)) => {
                    ("a job that stood in the way is not there".into(), Some(refusals))
                }
                Try::Hindered(error) => (error, None),
            };
            if let Some(created) = self.already(job, key, stamp).await? {
                return Ok(created);
            }
            if let Some(refusals) = refused.filter(|refusals| refusals.failed(USAGE_PLACE))
                && let Some(over) = self.make_room(job, quota, &refusals).await?
            {
                return Ok(Created::Refused(over));
            }
            if !patience.wait().await {
                return Err(hindered);
            }
        }
    }

    /// Prepares the row of what the owner has, if that is why the job was refused; else tells what is used up.
    async fn make_room(
        &self,
        job: &Job,
        quota: &Quota,
        refusals: &Refusals,
    ) -> Result<Option<OverQuota>, Fault> {
        let today = day(job.submit_time);
        match Met::of(refusals.row(USAGE_PLACE), today) {
            Met::Uncounted => self.count_up(job.user_id, today).await?,
            Met::Yesterday => self.begin_day(job.user_id, today).await?,
            Met::Usage(usage) => {
                let limit = quota.broken_by(&usage, job.charge().stored_bytes);
                return Ok(limit.map(|limit| OverQuota { limit, usage }));
            }
        }
        Ok(None)
    }

    fn creation(
        &self,
        job: &Job,
        key: Option<&str>,
        quota: &Quota,
        stamp: Stamp,
    ) -> Result<Vec<TransactWriteItem>, Fault> {
        let mut item = self.table.key(job.job_id);
        let wishes = row::wishes(job, &self.layout)?;
        item.extend(wishes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        item.insert(STAMP.to_owned(), stamp.attribute());
        item.extend(key.map(|key| (IDEMPOTENCY_KEY.to_owned(), text(key))));
        item.insert(CHARGE.to_owned(), usage::charge_attribute(job.charge()));
        let mut writes = vec![
            self.table.put_new(item)?,
            counts::count(&self.table, None, Some(job.job_status))?,
            self.admit(job, quota)?,
        ];
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
