use std::time::Duration;

use jiff::Timestamp;

use super::{Desk, DeskError, last_use};
use crate::{
    account::{EmailAddress, Secret, Session, SignInLink, User},
    identity::Identity,
    mail::Letter,
};

/// What following a sign-in link gives.
pub struct SignedIn {
    /// Who is signed in now.
    pub user: User,
    /// The cookie's content.
    pub session: Secret,
    /// Same-site path to go on to.
    pub next: String,
}

/// What a link is for.
pub struct Invitation {
    /// Whose account it opens.
    pub email: EmailAddress,
    /// Which identity it connects to that account.
    pub connects: Option<Identity>,
}

/// Only paths of this site are followed after signing in.
pub(super) fn same_site_path(next: &str) -> String {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t'])
        && !next.chars().any(char::is_control);
    if plain { next.to_owned() } else { "/annotations".to_owned() }
}

impl Desk {
    /// Mails a one-time link to that address. Says nothing about whether the address is known.
    pub async fn request_sign_in(&self, email: &EmailAddress, next: &str) -> Result<(), DeskError> {
        if !self.settings.sign_in.email_links {
            return Err(DeskError::EmailLinksOff);
        }
        let now = self.ports.clock.now();
        let secret = Secret::generate();
        let link = SignInLink {
            secret: secret.hash(),
            email: email.clone(),
            next: same_site_path(next),
            expires: now + self.settings.sign_in.link_life,
        };
        self.ports.accounts.add_sign_in_link(&link).await?;
        let path = secret.path_below("/sign-in");
        self.mail(&Letter::SignIn { to: email, path: &path, expires: link.expires }).await
    }

    /// Whom a link would sign in, without using it up: mail scanners follow links, people press buttons.
    pub async fn peek_sign_in(
        &self,
        secret: &Secret,
        browser: Option<&Secret>,
    ) -> Result<Invitation, DeskError> {
        let now = self.ports.clock.now();
        let link = self.ports.accounts.find_sign_in_link(&secret.hash(), now).await?;
        let email = link.ok_or(DeskError::StaleLink)?.email;
        Ok(Invitation { email, connects: self.identity_of_link(secret, browser, now).await? })
    }

    /// Uses a link up and opens a session. An identity that waited for the link is connected to the account.
    pub async fn confirm_sign_in(
        &self,
        secret: &Secret,
        browser: Option<&Secret>,
    ) -> Result<SignedIn, DeskError> {
        let now = self.ports.clock.now();
        let expected = self.identity_of_link(secret, browser, now).await?;
        let link = self.ports.accounts.take_sign_in_link(&secret.hash(), now).await?;
        let link = link.ok_or(DeskError::StaleLink)?;
        let pending = self.ports.identities.take_pending(&secret.hash(), now).await?;
        // What was looked at is what is taken: no other identity, and none where there was none.
        if pending.as_ref().map(|pending| &pending.identity) != expected.as_ref() {
            return Err(DeskError::StaleLink);
        }
        let user = self.ports.accounts.user_of_email(&link.email, now).await?;
        let Some(pending) = pending else { return self.begin_session(user, None, None, &link.next).await };
        self.link(&user, &pending.identity, now).await?;
        let user = self.introduce(user, &pending.name, &pending.institution).await?;
        // The mail that was just read shows who it is, whenever the provider asked.
        self.begin_session(user, Some(&pending.identity.provider), None, &link.next).await
    }

    /// The identity that a link connects. One that waits does so for one browser; a link for which none waits must be
    /// allowed to sign in by itself.
    async fn identity_of_link(
        &self,
        secret: &Secret,
        browser: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Option<Identity>, DeskError> {
        let found = self.ports.identities.find_pending(&secret.hash(), now).await?;
        let Some(pending) = found else {
            let allowed = self.settings.sign_in.email_links;
            return if allowed { Ok(None) } else { Err(DeskError::EmailLinksOff) };
        };
        if browser.is_none_or(|browser| browser.hash() != pending.browser) {
            return Err(DeskError::OtherBrowser);
        }
        Ok(Some(pending.identity))
    }

    /// Opens a session. Its secret is always a new one, so whatever the browser had before is worth nothing. The provider may
    /// tell when it last asked the person; its clock may be a little ahead, but it was not after now.
    pub(super) async fn begin_session(
        &self,
        user: User,
        provider: Option<&str>,
        authenticated: Option<Timestamp>,
        next: &str,
    ) -> Result<SignedIn, DeskError> {
        self.must_stay(user.user_id).await?;
        let (session, now) = (Secret::generate(), self.ports.clock.now());
        let row = Session {
            secret: session.hash(),
            user_id: user.user_id,
            created: Some(now),
            authenticated: authenticated.map(|authenticated| authenticated.min(now)),
            expires: now + self.settings.sign_in.session_life,
            provider: provider.map(str::to_owned),
            last_used: None,
            admin: user.admin,
        };
        self.ports.accounts.add_session(&row).await?;
        self.audit(&user, None, "signed_in").await?;
        Ok(SignedIn { user, session, next: same_site_path(next) })
    }

    /// The session of a cookie, and its user. Its use is noted.
    pub async fn user_of_session(&self, cookie: &Secret) -> Result<Option<(User, Session)>, DeskError> {
        let now = self.ports.clock.now();
        let found = self.ports.accounts.user_of_session(&cookie.hash(), now).await?;
        let Some((user, session)) = found.filter(|(_, session)| !self.is_idle(session)) else {
            return Ok(None);
        };
        self.note_session_use(&session);
        Ok(Some((user, session)))
    }

    /// Gives a session of that user another cookie. None if another request did so in the meantime.
    pub async fn renew_session(&self, user: &User, session: &Session) -> Result<Option<Secret>, DeskError> {
        let secret = Secret::generate();
        let accounts = &self.ports.accounts;
        let is_ours = accounts.renew_session(&session.secret, &secret.hash(), user.admin).await?;
        Ok(is_ours.then_some(secret))
    }

    /// Whether somebody showed not long ago who it is, and so may change who can get in (ASVS 7.5.1).
    pub fn is_recent(&self, session: &Session) -> bool {
        let limit = self.settings.sign_in.recent_limit();
        limit.is_none_or(|limit| !session.is_proof_older_than(self.ports.clock.now(), limit))
    }

    /// Whether a session has ended because it was not used.
    pub(super) fn is_idle(&self, session: &Session) -> bool {
        let limit = self.settings.sign_in.idle_limit();
        limit.is_some_and(|limit| session.is_idle(self.ports.clock.now(), limit))
    }

    fn note_session_use(&self, session: &Session) {
        let (accounts, now) = (&self.ports.accounts, self.ports.clock.now());
        let limit = self.settings.sign_in.idle_limit().unwrap_or(Duration::MAX);
        let unless_after = now - last_use::NOTED_EVERY.min(limit / 2);
        last_use::note(session.user_id, session.last_sign(), unless_after, || {
            let (accounts, secret) = (accounts.clone(), session.secret.clone());
            async move { accounts.note_session_use(&secret, now, unless_after).await }
        });
    }

    /// Ends a session, and gives the provider that began it, by its name in the settings.
    pub async fn sign_out(&self, cookie: &Secret) -> Result<Option<String>, DeskError> {
        let (secret, now) = (cookie.hash(), self.ports.clock.now());
        let found = self.ports.accounts.user_of_session(&secret, now).await?;
        self.ports.accounts.end_session(&secret).await?;
        Ok(found.and_then(|(_, session)| session.provider))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/annotate?x=1", "/annotate?x=1")]
    #[case("https://evil.example", "/annotations")]
    #[case("//evil.example", "/annotations")]
    #[case("/\\evil.example", "/annotations")]
    #[case("javascript:alert(1)", "/annotations")]
    #[case("/a\r\nSet-Cookie: x", "/annotations")]
    #[case("", "/annotations")]
    fn only_paths_of_this_site_are_followed(#[case] next: &str, #[case] followed: &str) {
        assert_eq!(same_site_path(next), followed);
    }
}
