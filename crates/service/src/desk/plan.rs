use super::{Desk, DeskError};
use crate::{
    account::User,
    failpoint,
    id::UserId,
    plan::{Plan, change::announced},
    ports::Subscription,
};

impl Desk {
    /// Begins the premium subscription. Without a payment provider it holds at once.
    pub async fn subscribe(&self, user: &User) -> Result<Subscription, DeskError> {
        let subscription = self.ports.billing.subscribe(user).await?;
        self.must_not_pay_after_account(user).await?;
        if subscription == Subscription::Effective {
            self.change_plan(user.user_id, Plan::PremiumUser).await?;
            self.audit(user, None, "subscribed").await?;
        } else {
            self.audit(user, None, "sent_to_pay").await?;
        }
        Ok(subscription)
    }

    /// Ends it.
    pub async fn unsubscribe(&self, user: &User) -> Result<Subscription, DeskError> {
        let subscription = self.ports.billing.unsubscribe(user).await?;
        if subscription == Subscription::Effective {
            self.change_plan(user.user_id, Plan::FreeUser).await?;
            self.audit(user, None, "unsubscribed").await?;
        }
        Ok(subscription)
    }

    /// Sets the plan and has every result go where the plan wants it.
    pub async fn change_plan(&self, user: UserId, plan: Plan) -> Result<(), DeskError> {
        announced(&self.ports, user, self.settings.workers.patience, async {
            failpoint::reached("plan.announced");
            self.ports.accounts.set_plan(user, plan, self.ports.clock.now()).await?;
            failpoint::reached("plan.written");
            Ok(Some(()))
        })
        .await
        .map(drop)
    }
}
