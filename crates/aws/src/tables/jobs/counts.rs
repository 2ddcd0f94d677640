//! How many jobs are in each state. Counting rows would read them all; so they are counted as they change.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use gas_service::job::JobStatus;
use rand::RngExt as _;

use crate::tables::{
    Fault, Table,
    attributes::{Attributes, number},
};

/// Rows among which the counts are spread, so that changes of different jobs seldom meet in one. It may grow, not
/// shrink.
const SHARDS: u16 = 16;

/// Every state there is.
pub(super) const STATES: [JobStatus; 5] =
    [JobStatus::Pending, JobStatus::Running, JobStatus::Completed, JobStatus::Failed, JobStatus::Cancelled];

/// Counts a job that comes into a state, goes out of one, or both, as part of the transaction that writes the job.
pub(super) fn count(
    table: &Table,
    gone: Option<JobStatus>,
    come: Option<JobStatus>,
) -> Result<TransactWriteItem, Fault> {
    let shard = rand::rng().random_range(0..SHARDS);
    let mut update = Update::builder().table_name(&table.name).set_key(Some(table.key(key(shard))));
    let mut added = Vec::new();
    for (name, status, jobs) in [("gone", gone, -1), ("come", come, 1)] {
        if let Some(status) = status {
            added.push(format!("#{name} :{name}"));
            update = update.expression_attribute_names(format!("#{name}"), status.as_str());
            update = update.expression_attribute_values(format!(":{name}"), number(jobs));
        }
    }
    let update = update.update_expression(format!("ADD {}", added.join(", "))).build()?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// The sums. A job may have come in one shard and gone in another, so only the sum means something.
pub(super) async fn sums(table: &Table) -> Result<Vec<(String, u64)>, Fault> {
    let keys: Vec<_> = (0..SHARDS).map(key).collect();
    let shards = table.get_all(&keys).await?;
    let sum = |status: JobStatus| {
        let name = status.as_str();
        let sum: i64 = shards.iter().filter_map(|shard| Attributes(shard).number::<i64>(name).ok()).sum();
        (name.to_owned(), u64::try_from(sum).unwrap_or_default())
    };
    Ok(STATES.into_iter().map(sum).collect())
}

fn key(shard: u16) -> String {
    format!("counts/{shard}")
}
