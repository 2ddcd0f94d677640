//! Items of identities and attempts, and what they mean.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::{
    account::SecretHash,
    id::UserId,
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
};

use crate::tables::{
    attributes::{Attributes, Item, Unreadable, part, text, time},
    passing::{ENDS, ending},
};

/// The key.
const ID: &str = "id";
/// Whose an identity is. Without `created` beside it the item stays out of the index of tokens.
pub(super) const USER_ID: &str = "user_id";
/// The keys of a user's identities.
pub(super) const KEYS: &str = "keys";
const IDENTITY: &str = "identity";

pub(super) fn attempt(state: &SecretHash) -> String {
    format!("attempt/{}", state.0)
}

pub(super) fn pending(secret: &SecretHash) -> String {
    format!("pending/{}", secret.0)
}

/// An issuer is an address and has no space; so no two identities have the same key.
pub(super) fn identity(issuer: &str, subject: &str) -> String {
    format!("identity/{issuer} {subject}")
}

pub(super) fn key_of(of: &Identity) -> String {
    identity(&of.issuer, &of.subject)
}

pub(super) fn list(user: UserId) -> String {
    format!("identities/{user}")
}

fn item<const N: usize>(key: String, attributes: [(&str, AttributeValue); N]) -> Item {
    let attributes = attributes.into_iter().chain([(ID, text(key))]);
    attributes.map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn of_attempt(of: &SignInAttempt) -> Item {
    let mut item = item(
        attempt(&of.state),
        [
            ("browser", text(&of.browser.0)),
            ("provider", text(&of.provider)),
            ("nonce", text(&of.nonce)),
            ("pkce_verifier", text(&of.pkce_verifier)),
            ("next", text(&of.next)),
        ],
    );
    item.extend(of.connects.map(|user| ("connects".to_owned(), text(user))));
    ending(item, of.expires)
}

pub(super) fn read_attempt(state: &SecretHash, item: &Item) -> Result<SignInAttempt, Unreadable> {
    let item = Attributes(item);
    Ok(SignInAttempt {
        state: state.clone(),
        browser: item.word("browser")?,
        provider: item.word("provider")?,
        nonce: item.word("nonce")?,
        pkce_verifier: item.word("pkce_verifier")?,
        next: item.word("next")?,
        connects: item.word_if("connects")?,
        expires: item.time(ENDS)?,
    })
}

pub(super) fn of_pending(of: &PendingIdentity) -> Result<Item, serde_json::Error> {
    let row = item(
        pending(&of.secret),
        [
            ("browser", text(&of.browser.0)),
            (IDENTITY, part(&of.identity)?),
            ("name", text(&of.name)),
            ("institution", text(&of.institution)),
            ("next", text(&of.next)),
        ],
    );
    Ok(ending(row, of.expires))
}

pub(super) fn read_pending(secret: &SecretHash, item: &Item) -> Result<PendingIdentity, Unreadable> {
    let item = Attributes(item);
    Ok(PendingIdentity {
        secret: secret.clone(),
        browser: item.word("browser")?,
        identity: item.part(IDENTITY)?,
        name: item.word("name")?,
        institution: item.word("institution")?,
        next: item.word("next")?,
        expires: item.time(ENDS)?,
    })
}

pub(super) fn of_linked(of: &LinkedIdentity) -> Result<Item, serde_json::Error> {
    let attributes =
        [(USER_ID, text(of.user_id)), (IDENTITY, part(&of.identity)?), ("linked", time(of.linked))];
    Ok(item(key_of(&of.identity), attributes))
}

pub(super) fn read_linked(item: &Item) -> Result<LinkedIdentity, Unreadable> {
    let item = Attributes(item);
    Ok(LinkedIdentity {
        identity: item.part(IDENTITY)?,
        user_id: item.word(USER_ID)?,
        linked: item.time("linked")?,
    })
}
