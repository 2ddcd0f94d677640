//! Changing and removing a job.

use aws_sdk_dynamodb::types::{
    Delete, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateWrite,
};
use gas_service::{id::JobId, job::Job, quota::Charge};

use super::{
    DynamoJobStore, counts, create,
    row::{self, IDEMPOTENCY_KEY, JOB_STATUS, REVISION},
    usage::{CHARGE, charge_attribute, charge_of},
};
use crate::{
    patience::Patience,
    tables::{
        Fault,
        attributes::{Attributes, Item, number, text},
        stamp::{STAMP, Stamp},
        transaction::{Outcome, write_together},
        update::{Changed, Update},
    },
};

impl DynamoJobStore {
    /// Most changes leave the status and the sizes as they are and touch no count, so that is tried first: one write of
    /// one row. A row that has others answers so, and is written together with the counts.
    ///
    /// None if the row has another revision than the job, or is not there.
    pub(super) async fn update(&self, job: &Job) -> Result<Option<Job>, Fault> {
        let written = Job { revision: job.revision + 1, ..job.clone() };
        let stamp = Stamp::new();
        let row = match self.update_in_place(&written, stamp).await? {
            Changed::Written => return Ok(Some(written)),
            Changed::Refused(None) => return Ok(None),
            Changed::Refused(Some(row)) => row,
        };
        if stamp.is_on(&row) {
            return Ok(Some(written));
        }
        // Should our write have been lost from sight and another have followed it, this is a conflict as well: whoever
        // is told so reads again, and finds what both made of the job.
        if row::revision(&row) != Some(job.revision) {
            return Ok(None);
        }
        let moved = self.update_with_counts(&written, &row, stamp).await?;
        Ok(moved.then_some(written))
    }

    async fn update_in_place(&self, written: &Job, stamp: Stamp) -> Result<Changed, Fault> {
        let update = self.change(written, stamp)?.with(":status", text(written.job_status.as_str()));
        let update = update.with(":charge", charge_attribute(written.charge()));
        let condition = format!("{REVISION} = :revision AND {JOB_STATUS} = :status AND {CHARGE} = :charge");
        self.table.change(written.job_id, &update, &condition).await
    }

    /// False if the row has changed since it was read as `former`.
    async fn update_with_counts(&self, written: &Job, former: &Item, stamp: Stamp) -> Result<bool, Fault> {
        let (status, charge) = (row::status(former)?, written.charge());
        let _turn = self.turns.of(written.user_id).await;
        let writes = || {
            let update = self.change(written, stamp)?;
            let update = UpdateWrite::builder()
                .table_name(&self.table.name)
                .set_key(Some(self.table.key(written.job_id)))
                .update_expression(update.change)
                // The revision vouches for the former status and charge.
                .condition_expression(format!("{REVISION} = :revision"))
                .set_expression_attribute_names(Some(update.names))
                .set_expression_attribute_values(Some(update.values))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            let mut writes = vec![TransactWriteItem::builder().update(update.build()?).build()];
            if status != written.job_status {
                writes.push(counts::count(&self.table, Some(status), Some(written.job_status))?);
            }
            writes.extend(self.recount(written.user_id, charge_of(former), charge)?);
            Ok(writes)
        };
        Ok(match write_together(&self.table.client, writes).await? {
            Outcome::Written => true,
            Outcome::Refused(refusals) => refusals.row(0).is_some_and(|row| stamp.is_on(row)),
        })
    }

    /// All attributes of the job, as a change of a row that has the revision before.
    fn change(&self, written: &Job, stamp: Stamp) -> Result<Update, Fault> {
        let wishes = row::wishes(written, &self.layout)?;
        let charge = charge_attribute(written.charge());
        let stamped = wishes.into_iter().chain([(STAMP, Some(stamp.attribute())), (CHARGE, Some(charge))]);
        Ok(Update::of(stamped).with(":revision", number(written.revision - 1)))
    }

    /// Removes the row, its idempotency key, its count and what it added to what its owner has, together.
    pub(super) async fn delete(&self, job: JobId) -> Result<(), Fault> {
        let mut patience = Patience::new();
        loop {
            let Some(row) = self.table.get(job).await? else { return Ok(()) };
            let writes = || self.removal(job, &row);
            let _turn = match Attributes(&row).word_if("user_id")? {
                Some(user) => Some(self.turns.of(user).await),
                None => None,
            };
            if matches!(write_together(&self.table.client, writes).await?, Outcome::Written) {
                return Ok(());
            }
            if !patience.wait().await {
                return Err("it changes all the time".into());
            }
        }
    }

    fn removal(&self, job: JobId, row: &Item) -> Result<Vec<TransactWriteItem>, Fault> {
        let delete = Delete::builder().table_name(&self.table.name).set_key(Some(self.table.key(job)));
        let Some(revision) = row::revision(row) else {
            // The first service's rows were never counted.
            let delete = delete.condition_expression(format!("attribute_not_exists({REVISION})")).build()?;
            return Ok(vec![TransactWriteItem::builder().delete(delete).build()]);
        };
        let delete = delete
            .condition_expression(format!("{REVISION} = :revision"))
            .expression_attribute_values(":revision", number(revision));
        let uncounted = counts::count(&self.table, Some(row::status(row)?), None)?;
        let mut writes = vec![TransactWriteItem::builder().delete(delete.build()?).build(), uncounted];
        let user = Attributes(row).word("user_id")?;
        writes.extend(self.recount(user, charge_of(row), Charge::default())?);
        if let Some(key) = Attributes(row).text_if(IDEMPOTENCY_KEY) {
            let key = create::idempotency_row(user, key);
            let delete = Delete::builder().table_name(&self.table.name).set_key(Some(self.table.key(key)));
            writes.push(TransactWriteItem::builder().delete(delete.build()?).build());
        }
        Ok(writes)
    }
}
