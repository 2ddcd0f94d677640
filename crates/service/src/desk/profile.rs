use super::{Desk, DeskError};
use crate::{
    account::{EmailAddress, EmailChange, Secret, Session, User},
    mail::Letter,
    ports::AddressChange,
};

impl Desk {
    /// Changes what people may change of themselves.
    pub async fn set_profile(&self, user: &User, name: &str, institution: &str) -> Result<(), DeskError> {
        let clean =
            |text: &str| -> String { text.trim().chars().filter(|c| !c.is_control()).take(200).collect() };
        let now = self.ports.clock.now();
        self.ports.accounts.set_profile(user.user_id, &clean(name), &clean(institution), now).await?;
        self.audit(user, None, "profile_changed").await
    }

    /// Mails a link to an address that a user wants to have. Says nothing about whether somebody has it: only who reads
    /// its mail learns that.
    pub async fn request_email_change(&self, user: &User, email: &EmailAddress) -> Result<(), DeskError> {
        if *email == user.user_email {
            return Err(DeskError::SameEmail);
        }
        let secret = Secret::generate();
        let change = EmailChange {
            secret: secret.hash(),
            user_id: user.user_id,
            email: email.clone(),
            expires: self.ports.clock.now() + self.settings.sign_in.link_life,
        };
        self.ports.email_changes.add(&change).await?;
        let path = secret.path_below("/profile/email");
        self.mail(&Letter::NewEmail { to: email, path: &path, expires: change.expires }).await?;
        self.audit(user, None, "email_change_requested").await
    }

    /// Which address a link would give to that user, without using it up.
    pub async fn peek_email_change(&self, user: &User, secret: &Secret) -> Result<EmailAddress, DeskError> {
        Ok(self.email_change(user, secret).await?.email)
    }

    /// Gives the user the address of the link, and tells the former address.
    pub async fn confirm_email_change(&self, user: &User, secret: &Secret) -> Result<(), DeskError> {
        let change = self.email_change(user, secret).await?;
        let now = self.ports.clock.now();
        match self.ports.accounts.set_email(user.user_id, &change.email, now).await? {
            AddressChange::Made => {}
            AddressChange::Taken => return Err(DeskError::EmailTaken),
            AddressChange::NoSuchUser => return Err(DeskError::StaleLink),
        }
        self.ports.email_changes.remove(&change.secret).await?;
        self.audit(user, None, "email_changed").await?;
        if change.email != user.user_email
            && let Err(error) = self.mail(&Letter::EmailChanged { to: &user.user_email, at: now }).await
        {
            // What holds already is not undone for it.
            tracing::error!(error = ?error, user_id = %user.user_id, "telling a former address failed");
        }
        Ok(())
    }

    async fn email_change(&self, user: &User, secret: &Secret) -> Result<EmailChange, DeskError> {
        let found = self.ports.email_changes.find(&secret.hash(), self.ports.clock.now()).await?;
        let change = found.ok_or(DeskError::StaleLink)?;
        if change.user_id == user.user_id { Ok(change) } else { Err(DeskError::OtherAccount) }
    }

    /// A user's sessions that have not ended, newest first.
    pub async fn sessions(&self, user: &User) -> Result<Vec<Session>, DeskError> {
        let mut sessions = self.ports.accounts.sessions(user.user_id, self.ports.clock.now()).await?;
        sessions.retain(|session| !self.is_idle(session));
        Ok(sessions)
    }

    /// Signs a user out in all browsers, this one included.
    pub async fn sign_out_everywhere(&self, user: &User) -> Result<(), DeskError> {
        self.ports.accounts.end_sessions(user.user_id, self.ports.clock.now()).await?;
        self.audit(user, None, "signed_out_everywhere").await
    }
}
