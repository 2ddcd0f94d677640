use gas_service::{account::EmailAddress, plan};

use super::{Common, Why, shown, with_administration};
use crate::terminal;

/// Put a user on a plan.
#[derive(clap::Args)]
pub(crate) struct Plan {
    /// Whom
    email: EmailAddress,
    /// Which
    #[arg(value_name = "free_user|premium_user", value_parser = super::token::plan)]
    onto: plan::Plan,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    common: Common,
}

impl Plan {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let user = with_administration(&self.common.flags, async |administration| {
            let user = administration.user_of_email(&self.email).await?;
            administration.change_plan(&user, self.onto, &self.why.reason()?).await?;
            Ok(administration.user(user.user_id).await?)
        })?;
        if self.common.json {
            return shown::json(&user);
        }
        terminal::say(&format!("{} is on the plan {}", user.user_email, user.plan.as_str()));
        Ok(())
    }
}
