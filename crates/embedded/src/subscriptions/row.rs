use gas_service::{
    id::{CustomerId, SubscriptionId},
    subscription::{Standing, Subscribed, SubscriptionRecord},
};
use sqlx::FromRow;

use crate::database::timestamp;

/// A row that this program cannot have written, or a statement that failed.
pub(super) type Fault = Box<dyn std::error::Error + Send + Sync>;

#[derive(FromRow)]
pub(super) struct Row {
    user_id: String,
    customer_id: String,
    subscription_id: Option<String>,
    standing: Option<String>,
    period_end: Option<i64>,
    cancels_at_period_end: bool,
    grace_until: Option<i64>,
    attend_at: Option<i64>,
    revision: i64,
}

impl Row {
    pub(super) fn into_record(self) -> Result<SubscriptionRecord, Fault> {
        Ok(SubscriptionRecord {
            user_id: self.user_id.parse()?,
            subscribed: self.subscribed()?,
            grace_until: self.grace_until.map(timestamp),
            attend_at: self.attend_at.map(timestamp),
            revision: u64::try_from(self.revision)?,
            customer_id: CustomerId(self.customer_id),
        })
    }

    fn subscribed(&self) -> Result<Option<Subscribed>, Fault> {
        let (Some(id), Some(standing)) = (&self.subscription_id, &self.standing) else { return Ok(None) };
        Ok(Some(Subscribed {
            subscription_id: SubscriptionId(id.clone()),
            standing: Standing::from_name(standing)
                .ok_or_else(|| format!("there is no standing `{standing}`"))?,
            period_end: self.period_end.map(timestamp),
            cancels_at_period_end: self.cancels_at_period_end,
        }))
    }
}
