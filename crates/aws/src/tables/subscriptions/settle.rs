//! Writing and removing a record.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update as UpdateWrite,
};
use gas_service::{id::UserId, plan::Plan, ports::Settled, subscription::SubscriptionRecord};
use jiff::Timestamp;

use super::{
    DynamoSubscriptions,
    row::{self, ID, REVISION},
};
use crate::tables::{
    Fault,
    attributes::{number, text, time},
    stamp::{STAMP, Stamp},
    transaction::{Outcome, write_together},
    update::Update,
};

impl DynamoSubscriptions {
    /// Record, customer and plan in one transaction. Should its answer be lost, the record's stamp tells that it was
    /// this very write.
    pub(super) async fn write(
        &self,
        record: &SubscriptionRecord,
        plan: Option<Plan>,
        now: Timestamp,
    ) -> Result<Settled, Fault> {
        let written = SubscriptionRecord { revision: record.revision + 1, ..record.clone() };
        let stamp = Stamp::new();
        let writes = || {
            let customer = Put::builder().table_name(&self.table.name);
            let customer = customer.set_item(Some(row::of_customer(&written))).build()?;
            Ok(vec![
                self.put_record(&written, stamp)?,
                self.write_plan(record.user_id, plan, now)?,
                TransactWriteItem::builder().put(customer).build(),
            ])
        };
        let done = match write_together(&self.table.client, writes).await? {
            Outcome::Written => true,
            Outcome::Refused(refusals) => refusals.row(0).is_some_and(|row| stamp.is_on(row)),
        };
        Ok(if done { Settled::Written(written) } else { Settled::Conflict })
    }

    fn put_record(&self, written: &SubscriptionRecord, stamp: Stamp) -> Result<TransactWriteItem, Fault> {
        let wishes = row::wishes(written).into_iter().chain([(STAMP, Some(stamp.attribute()))]);
        let (update, condition) = match written.revision {
            1 => (Update::of(wishes), format!("attribute_not_exists({ID})")),
            revision => {
                let update = Update::of(wishes).with(":revision", number(revision - 1));
                (update, format!("{REVISION} = :revision"))
            }
        };
        let update = UpdateWrite::builder()
            .table_name(&self.table.name)
            .set_key(Some(self.table.key(row::subscription(written.user_id))))
            .update_expression(update.change)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// The user must be there, whether the plan changes or not.
    fn write_plan(
        &self,
        user: UserId,
        plan: Option<Plan>,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Fault> {
        let key = Some(self.table.key(format!("user/{user}")));
        let there = format!("attribute_exists({ID})");
        let Some(plan) = plan else {
            let check = ConditionCheck::builder().table_name(&self.table.name).set_key(key);
            let check = check.condition_expression(there).build()?;
            return Ok(TransactWriteItem::builder().condition_check(check).build());
        };
        let update = Update::of([("plan", Some(text(plan.as_str()))), ("updated", Some(time(now)))]);
        let update = UpdateWrite::builder()
            .table_name(&self.table.name)
            .set_key(key)
            .update_expression(update.change)
            .condition_expression(there)
            .set_expression_attribute_names(Some(update.names))
            .set_expression_attribute_values(Some(update.values));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// What leads to the record goes first, so that a crash leaves a record to go on from.
    pub(super) async fn remove(&self, user: UserId) -> Result<(), Fault> {
        let Some(record) = self.read(user).await? else { return Ok(()) };
        self.table.remove(row::customer(&record.customer_id)).await?;
        let delete = Delete::builder().table_name(&self.table.name);
        let delete = delete.set_key(Some(self.table.key(row::subscription(user)))).build()?;
        let delete = || Ok(vec![TransactWriteItem::builder().delete(delete.clone()).build()]);
        write_together(&self.table.client, delete).await?;
        Ok(())
    }
}
