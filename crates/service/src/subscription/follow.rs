//! Asking the provider what holds, and having the plan follow.

use std::time::Duration;

use anyhow::{Context as _, anyhow};

use super::SubscriptionRecord;
use crate::{
    failpoint,
    id::{CustomerId, UserId},
    plan::{Plan, change::announced},
    ports::{Actor, AuditEvent, BackendError, Notice, Ports, Settled},
    settings::Settings,
};

/// How long a notice is remembered. The provider sends one again for some days, and tells of past ones for 30.
const REMEMBERED: Duration = Duration::from_hours(24 * 35);

/// What following the provider's word takes.
#[derive(Clone, Copy)]
pub(crate) struct Follower<'a> {
    pub(crate) ports: &'a Ports,
    pub(crate) settings: &'a Settings,
}

impl Follower<'_> {
    /// Does what a notice is about, unless that was done already. It is remembered only when its effect is durable, so
    /// whatever breaks off in between is done when the notice comes again, or is asked for.
    pub(crate) async fn hear(&self, notice: &Notice) -> anyhow::Result<()> {
        let subscriptions = &self.ports.subscriptions;
        let Some(customer) = &notice.customer else { return Ok(()) };
        if subscriptions.has_seen(&notice.notice_id).await? {
            tracing::debug!(notice = %notice.notice_id, "the notice was seen before");
            return Ok(());
        }
        self.follow_customer(customer, &notice.kind).await?;
        failpoint::reached("billing.followed");
        let expires = self.ports.clock.now() + REMEMBERED;
        Ok(subscriptions.note_seen(&notice.notice_id, expires).await?)
    }

    async fn follow_customer(&self, customer: &CustomerId, kind: &str) -> anyhow::Result<()> {
        let record =
            self.ports.subscriptions.of_customer(customer).await.context("looking for a customer")?;
        let Some(record) = record else {
            // Of another service that shares the account, or whose account here is deleted.
            tracing::info!(%customer, kind, "a notice is about a customer who is not ours");
            return Ok(());
        };
        self.follow(record.user_id).await
    }

    /// Asks what holds of a user and writes it, with the plan that follows. The record is read before the provider is
    /// asked: whoever asked later has written meanwhile, and then all begins anew.
    pub(crate) async fn follow(&self, user: UserId) -> anyhow::Result<()> {
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            let subscriptions = &self.ports.subscriptions;
            let Some(record) = subscriptions.find(user).await.context("reading the subscription")? else {
                return Ok(());
            };
            let present = self.ports.billing.present(record.user_id, &record.customer_id).await;
            let present = present.context("asking the payment provider")?;
            let told = record.told(present, self.ports.clock.now(), self.settings.billing.grace);
            if self.write(&record, told).await? {
                return Ok(());
            }
        }
        Err(anyhow!("the subscription of user `{user}` was changed by others {TRIES} times in a row"))
    }

    /// False if another was quicker.
    async fn write(&self, before: &SubscriptionRecord, told: SubscriptionRecord) -> anyhow::Result<bool> {
        let now = self.ports.clock.now();
        let Some(user) = self.ports.accounts.user(told.user_id).await.context("reading the user")? else {
            return Ok(true);
        };
        let plan = told.plan(now).filter(|plan| *plan != user.plan);
        let quiet = before.attend_at.is_none_or(|at| at > now) && told.says_as(before);
        if plan.is_none() && quiet && before.attend_at.is_some() == told.attend_at.is_some() {
            return Ok(true);
        }
        let Some(plan) = plan else { return Ok(self.settle(&told, None).await?.is_some()) };
        self.change_plan(&told, plan).await
    }

    /// False if another was quicker, or the user is gone.
    async fn change_plan(&self, told: &SubscriptionRecord, plan: Plan) -> anyhow::Result<bool> {
        let written = announced(self.ports, told.user_id, self.settings.workers.patience, async {
            failpoint::reached("billing.announced");
            let written = self.settle(told, Some(plan)).await?;
            if written.is_some() {
                failpoint::reached("billing.settled");
            }
            Ok::<_, BackendError>(written)
        });
        let Some(written) = written.await? else { return Ok(false) };
        failpoint::reached("billing.told");
        let standing = written.subscribed.as_ref().map(|subscribed| subscribed.standing.as_str());
        tracing::info!(user_id = %told.user_id, plan = plan.as_str(), standing, "the plan follows the payment provider");
        self.audit(told.user_id, plan).await?;
        Ok(true)
    }

    /// The record as written; none if another was quicker, or the user is gone.
    async fn settle(
        &self,
        told: &SubscriptionRecord,
        plan: Option<Plan>,
    ) -> Result<Option<SubscriptionRecord>, BackendError> {
        match self.ports.subscriptions.settle(told, plan, self.ports.clock.now()).await? {
            Settled::Written(record) => Ok(Some(record)),
            Settled::Conflict => Ok(None),
        }
    }

    async fn audit(&self, user_id: UserId, plan: Plan) -> Result<(), BackendError> {
        let action = match plan {
            Plan::PremiumUser => "premium_by_payment",
            Plan::FreeUser => "premium_ended",
        };
        let event =
            AuditEvent { by: Actor::Service, ..AuditEvent::of_user(user_id, action, self.ports.clock.now()) };
        self.ports.audit.record(&event).await
    }
}
