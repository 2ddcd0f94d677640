use super::{Desk, DeskError};
use crate::{account::User, failpoint, id::UserId, message::Message, plan::Plan, ports::Subscription};

impl Desk {
    /// Begins the premium subscription. Without a payment provider it holds at once.
    pub async fn subscribe(&self, user: &User) -> Result<Subscription, DeskError> {
        let subscription = self.ports.billing.subscribe(user).await?;
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
    ///
    /// The message is sent before and after the plan is written. The one before waits long enough to find
    /// the plan written, so a crash between the two steps loses nothing; it does no harm where it is idle.
    pub async fn change_plan(&self, user: UserId, plan: Plan) -> Result<(), DeskError> {
        let message = Message::PlanChanged { user_id: user };
        let later = self.settings.workers.patience;
        self.ports.queue.send(message.queue(), &message, Some(user), later).await?;
        failpoint::reached("plan.announced");
        self.ports.accounts.set_plan(user, plan, self.ports.clock.now()).await?;
        failpoint::reached("plan.written");
        let now = std::time::Duration::ZERO;
        Ok(self.ports.queue.send(message.queue(), &message, Some(user), now).await?)
    }
}
