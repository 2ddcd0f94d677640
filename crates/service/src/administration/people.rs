//! Users: finding them, and what can be done to them.

use super::{Act, Administration, Reason};
use crate::{
    account::{EmailAddress, User},
    desk::DeskError,
    id::UserId,
    job::Job,
    plan::Plan,
    ports::{AdminChange, AuditEvent, Cursor, Page},
    quota::Usage,
};

/// A user, and what is to be known of one.
pub struct Person {
    /// The user.
    pub user: User,
    /// What the user has now of what the plan bounds.
    pub usage: Usage,
    /// The newest jobs, newest first.
    pub jobs: Page<Job>,
    /// The newest events that concern the user, newest first.
    pub events: Vec<AuditEvent>,
}

/// Most jobs of a [`Person`].
const JOBS: u32 = 10;
/// Most events of a [`Person`].
const EVENTS: u32 = 30;

impl Administration {
    /// Users whose addresses begin so, by address.
    pub async fn users(
        &self,
        beginning: &str,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<User>, DeskError> {
        // Addresses are ASCII in lower case, and no longer than this.
        let beginning: String = beginning.trim().to_ascii_lowercase().chars().take(254).collect();
        Ok(self.desk.ports.directory.users(&beginning, cursor, limit).await?)
    }

    /// The user of that id.
    pub async fn user(&self, user: UserId) -> Result<User, DeskError> {
        self.desk.ports.accounts.user(user).await?.ok_or(DeskError::NoSuchUser)
    }

    /// The user of that address.
    pub async fn user_of_email(&self, email: &EmailAddress) -> Result<User, DeskError> {
        self.desk.ports.directory.find_by_email(email).await?.ok_or(DeskError::NoSuchUser)
    }

    /// A user with jobs and events.
    pub async fn person(&self, user: UserId) -> Result<Person, DeskError> {
        let user = self.user(user).await?;
        let ports = &self.desk.ports;
        let jobs = ports.jobs.of_user(user.user_id, None, JOBS).await?;
        let events = ports.audit.recent(user.user_id, EVENTS).await?;
        let usage = self.desk.usage(&user).await?;
        Ok(Person { user, usage, jobs, events })
    }

    /// Puts a user on a plan, and has every result go where it wants them. With a payment provider its word holds: the
    /// plan changes again when the provider next says something of the user's subscription.
    pub async fn change_plan(&self, user: &User, plan: Plan, reason: &Reason) -> Result<(), DeskError> {
        let detail = format!("{}: {}", plan.as_str(), reason.0);
        let act = Act { action: "plan_changed", upon: Some(user.user_id), job: None, detail };
        self.act(act, self.desk.change_plan(user.user_id, plan)).await
    }

    /// Makes a user an administrator, or no longer one. The last one stays.
    pub async fn set_admin(&self, user: &User, admin: bool, reason: &Reason) -> Result<(), DeskError> {
        let action = if admin { "made_administrator" } else { "unmade_administrator" };
        let act = Act { action, upon: Some(user.user_id), job: None, detail: reason.0.clone() };
        let ports = &self.desk.ports;
        self.act(act, async {
            match ports.directory.set_admin(user.user_id, admin, ports.clock.now()).await? {
                AdminChange::Holds => Ok(()),
                AdminChange::LastOne => Err(DeskError::LastAdministrator),
                AdminChange::NoSuchUser => Err(DeskError::NoSuchUser),
            }
        })
        .await
    }

    /// Ends all sessions of a user: every browser has to sign in anew. API tokens stay.
    pub async fn end_sessions(&self, user: &User, reason: &Reason) -> Result<(), DeskError> {
        let detail = reason.0.clone();
        let act = Act { action: "sessions_ended", upon: Some(user.user_id), job: None, detail };
        let ports = &self.desk.ports;
        let ended = async { Ok(ports.accounts.end_sessions(user.user_id, ports.clock.now()).await?) };
        self.act(act, ended).await
    }

    /// The user of that address, made if need be, as an administrator: how the first one comes to be.
    pub async fn make_admin(&self, email: &EmailAddress, reason: &Reason) -> Result<User, DeskError> {
        let ports = &self.desk.ports;
        let user = ports.accounts.user_of_email(email, ports.clock.now()).await?;
        self.set_admin(&user, true, reason).await?;
        Ok(User { admin: true, ..user })
    }
}
