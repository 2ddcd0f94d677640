use gas_service::account::EmailAddress;

use super::{Common, Why, shown, with_administration};
use crate::terminal;

/// Make a user an administrator; the user is made if need be.
#[derive(clap::Args)]
pub(crate) struct Grant {
    /// Whom
    email: EmailAddress,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    common: Common,
}

impl Grant {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let user = with_administration(&self.common.flags, async |administration| {
            Ok(administration.make_admin(&self.email, &self.why.reason()?).await?)
        })?;
        if self.common.json {
            return shown::json(&user);
        }
        terminal::say(&format!("{} is an administrator from the next request on", user.user_email));
        Ok(())
    }
}

/// Make a user no longer an administrator.
#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// Whom
    email: EmailAddress,
    #[command(flatten)]
    why: Why,
    #[command(flatten)]
    common: Common,
}

impl Revoke {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let user = with_administration(&self.common.flags, async |administration| {
            let user = administration.user_of_email(&self.email).await?;
            administration.set_admin(&user, false, &self.why.reason()?).await?;
            Ok(administration.user(user.user_id).await?)
        })?;
        if self.common.json {
            return shown::json(&user);
        }
        terminal::say(&format!("{} is no administrator any more", user.user_email));
        Ok(())
    }
}
