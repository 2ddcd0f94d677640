//! Signing in by what another provider says of a person, and which providers a user has connected.
//!
//! A known identity leads to its user, whatever its address is now. An unknown one leads to the account of its address, but
//! only if the address is known to be the person's own: because the provider says so, or because a link that was mailed there
//! is followed in the same browser.

use jiff::Timestamp;

use super::{Desk, DeskError, SignedIn, sign_in::same_site_path};
use crate::{
    account::{EmailAddress, Secret, SignInLink, User},
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
    mail::Letter,
};

/// What somebody takes along on the way to a provider. All is secret; only hashes of the first two are stored.
pub struct SetOut {
    /// Comes back with the answer.
    pub state: Secret,
    /// For a cookie: who comes back must be who set out.
    pub browser: Secret,
    /// Comes back within the token.
    pub nonce: Secret,
    /// Shown to the provider when the token is taken (RFC 7636).
    pub pkce_verifier: Secret,
}

/// What a provider says of a person, after all was checked.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// Who it is.
    pub identity: Identity,
    /// Other subjects of the same issuer that are the same person.
    pub aliases: Vec<String>,
    /// The address, if there is one.
    pub email: Option<EmailAddress>,
    /// Whether the provider knows that the address is the person's own.
    pub email_verified: bool,
    /// The name; may be empty.
    pub name: String,
    /// Where the person works; may be empty.
    pub institution: String,
    /// When the person last showed the provider who it is; none if it does not say.
    pub authenticated: Option<Timestamp>,
}

/// Where somebody whom a provider vouches for gets.
pub enum Arrival {
    /// In.
    SignedIn(SignedIn),
    /// Not yet: the address must first be shown to be theirs.
    Unconfirmed,
}

impl Desk {
    /// Begins a way to a provider; `connects` is the user who connects it to their account.
    pub async fn set_out(
        &self,
        provider: &str,
        next: &str,
        connects: Option<UserId>,
    ) -> Result<SetOut, DeskError> {
        let [state, browser, nonce, pkce_verifier] = std::array::from_fn(|_| Secret::generate());
        let attempt = SignInAttempt {
            state: state.hash(),
            browser: browser.hash(),
            provider: provider.to_owned(),
            nonce: nonce.reveal().to_owned(),
            pkce_verifier: pkce_verifier.reveal().to_owned(),
            next: same_site_path(next),
            connects,
            expires: self.ports.clock.now() + self.settings.sign_in.attempt_life,
        };
        self.ports.identities.add_attempt(&attempt).await?;
        Ok(SetOut { state, browser, nonce, pkce_verifier })
    }

    /// Whoever comes back from a provider. The attempt is used up even when the browser is another: a state that is known
    /// elsewhere is worth nothing any more.
    pub async fn come_back(
        &self,
        provider: &str,
        state: &Secret,
        browser: Option<&Secret>,
    ) -> Result<SignInAttempt, DeskError> {
        let taken = self.ports.identities.take_attempt(&state.hash(), self.ports.clock.now()).await?;
        let attempt = taken.filter(|attempt| attempt.provider == provider).ok_or(DeskError::StaleAttempt)?;
        if browser.is_none_or(|browser| browser.hash() != attempt.browser) {
            return Err(DeskError::OtherBrowser);
        }
        Ok(attempt)
    }

    /// Signs in whom a provider vouches for, making or finding the account by a verified address.
    pub async fn arrive(&self, vouched: &Vouched, next: &str) -> Result<Arrival, DeskError> {
        let now = self.ports.clock.now();
        let user = match self.user_of(vouched).await? {
            Some(user) => user,
            None if !vouched.email_verified => return Ok(Arrival::Unconfirmed),
            None => {
                let Some(email) = &vouched.email else { return Ok(Arrival::Unconfirmed) };
                self.ports.accounts.user_of_email(email, now).await?
            }
        };
        self.link(&user, &vouched.identity, now).await?;
        let user = self.introduce(user, &vouched.name, &vouched.institution).await?;
        let provider = Some(vouched.identity.provider.as_str());
        Ok(Arrival::SignedIn(self.begin_session(user, provider, vouched.authenticated, next).await?))
    }

    /// Keeps an identity whose address is not known, until one is given; the secret is for the browser.
    pub async fn await_address(&self, vouched: &Vouched, next: &str) -> Result<Secret, DeskError> {
        let secret = Secret::generate();
        self.ports.identities.add_pending(&self.pending(vouched, &secret, next)).await?;
        Ok(secret)
    }

    /// The identity that waits for an address in this browser.
    pub async fn awaiting_address(&self, browser: &Secret) -> Result<Identity, DeskError> {
        let found = self.ports.identities.find_pending(&browser.hash(), self.ports.clock.now()).await?;
        Ok(found.ok_or(DeskError::StaleAttempt)?.identity)
    }

    /// Mails a link to the address that was given for an identity that waits in this browser.
    pub async fn give_address(
        &self,
        browser: &Secret,
        email: &EmailAddress,
    ) -> Result<AddressInDoubt, DeskError> {
        let now = self.ports.clock.now();
        let waiting = self.ports.identities.take_pending(&browser.hash(), now).await?;
        self.ask_for_proof(waiting.ok_or(DeskError::StaleAttempt)?, email).await
    }

    /// Mails a link to the address that a provider gave without having verified it.
    pub async fn doubt_address(
        &self,
        vouched: &Vouched,
        email: &EmailAddress,
        next: &str,
    ) -> Result<AddressInDoubt, DeskError> {
        self.ask_for_proof(self.pending(vouched, &Secret::generate(), next), email).await
    }

    async fn ask_for_proof(
        &self,
        pending: PendingIdentity,
        email: &EmailAddress,
    ) -> Result<AddressInDoubt, DeskError> {
        let (link, browser) = (Secret::generate(), Secret::generate());
        let expires = self.ports.clock.now() + self.settings.sign_in.link_life;
        let next = pending.next.clone();
        let pending = PendingIdentity { secret: link.hash(), browser: browser.hash(), expires, ..pending };
        // The identity first: a link without it would sign in by mail alone.
        self.ports.identities.add_pending(&pending).await?;
        let row = SignInLink { secret: link.hash(), email: email.clone(), next, expires };
        self.ports.accounts.add_sign_in_link(&row).await?;
        let path = link.path_below("/sign-in");
        self.mail(&Letter::ConfirmAddress { to: email, path: &path, expires }).await?;
        Ok(AddressInDoubt { link, browser })
    }

    /// Waits for whoever has the secret.
    fn pending(&self, vouched: &Vouched, secret: &Secret, next: &str) -> PendingIdentity {
        PendingIdentity {
            secret: secret.hash(),
            browser: secret.hash(),
            identity: vouched.identity.clone(),
            name: vouched.name.clone(),
            institution: vouched.institution.clone(),
            next: same_site_path(next),
            expires: self.ports.clock.now() + self.settings.sign_in.link_life,
        }
    }

    /// Connects an identity to the account of somebody who is signed in. Its address does not matter.
    pub async fn connect(&self, user: &User, vouched: &Vouched) -> Result<(), DeskError> {
        if self.user_of(vouched).await?.is_some_and(|owner| owner.user_id != user.user_id) {
            return Err(DeskError::IdentityTaken);
        }
        self.link(user, &vouched.identity, self.ports.clock.now()).await?;
        self.introduce(user.clone(), &vouched.name, &vouched.institution).await.map(drop)
    }

    /// A user's identities, the first linked first.
    pub async fn identities(&self, user: &User) -> Result<Vec<LinkedIdentity>, DeskError> {
        Ok(self.ports.identities.identities(user.user_id).await?)
    }

    /// Disconnects an identity, unless it is the last way in.
    pub async fn disconnect(&self, user: &User, issuer: &str, subject: &str) -> Result<(), DeskError> {
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            let identities = self.ports.identities.identities(user.user_id).await?;
            if !identities.iter().any(|linked| linked.identity.is(issuer, subject)) {
                return Ok(());
            }
            let beside = self.way_in_beside(&identities, issuer, subject)?;
            if self.ports.identities.unlink(user.user_id, issuer, subject, beside).await? {
                return self.audit(user, None, "identity_disconnected").await;
            }
        }
        Err(DeskError::Conflict)
    }

    /// What must stay linked when an identity goes; nothing where mail leads in.
    fn way_in_beside<'i>(
        &self,
        identities: &'i [LinkedIdentity],
        issuer: &str,
        subject: &str,
    ) -> Result<Option<&'i Identity>, DeskError> {
        let sign_in = &self.settings.sign_in;
        if sign_in.email_links {
            return Ok(None);
        }
        let mut others = identities.iter().map(|linked| &linked.identity);
        let leads_in = |identity: &&Identity| {
            !identity.is(issuer, subject) && sign_in.providers.contains_key(&identity.provider)
        };
        others.find(leads_in).map(Some).ok_or(DeskError::LastWayIn)
    }

    /// Whom an identity, or another subject of the same person, is linked to.
    async fn user_of(&self, vouched: &Vouched) -> Result<Option<User>, DeskError> {
        let identity = &vouched.identity;
        let subjects = std::iter::once(&identity.subject).chain(&vouched.aliases);
        for subject in subjects {
            let owner = self.ports.identities.user_of_identity(&identity.issuer, subject).await?;
            let Some(owner) = owner else { continue };
            if let Some(user) = self.ports.accounts.user(owner).await? {
                return Ok(Some(user));
            }
            // Left by somebody whose account went at the moment when they signed in.
            self.ports.identities.forget_identities(owner).await?;
        }
        Ok(None)
    }

    /// Links an identity, unless it is another's.
    pub(super) async fn link(
        &self,
        user: &User,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let known = self.ports.identities.user_of_identity(&identity.issuer, &identity.subject).await?;
        if known == Some(user.user_id) {
            return Ok(());
        }
        let linked = LinkedIdentity { identity: identity.clone(), user_id: user.user_id, linked: now };
        if self.ports.identities.link(&linked).await? != user.user_id {
            return Err(DeskError::IdentityTaken);
        }
        self.audit(user, None, "identity_connected").await
    }

    /// Takes over name and institution where the user has given none.
    pub(super) async fn introduce(
        &self,
        user: User,
        name: &str,
        institution: &str,
    ) -> Result<User, DeskError> {
        let or = |own: &str, given: &str| if own.is_empty() { given } else { own }.to_owned();
        let (name, institution) = (or(&user.name, name), or(&user.institution, institution));
        if (name.as_str(), institution.as_str()) != (user.name.as_str(), user.institution.as_str()) {
            self.set_profile(&user, &name, &institution).await?;
        }
        Ok(User { name, institution, ..user })
    }
}

/// An address to which a link was mailed.
pub struct AddressInDoubt {
    /// What is in the link.
    pub link: Secret,
    /// What the browser must have when the link is followed.
    pub browser: Secret,
}
