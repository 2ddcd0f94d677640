//! Items of the table of accounts, and what they mean.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::{
    account::{ApiToken, EmailAddress, SecretHash, Session, SignInLink, User},
    id::{TokenId, UserId},
    plan::Plan,
};
use jiff::Timestamp;

use crate::tables::attributes::{
    Attributes, Item, Unreadable, read_word, sortable, text, time, whole_seconds,
};

/// The key.
pub(super) const ID: &str = "id";
/// By which DynamoDB removes an item some time after it has ended; whole seconds, as it wants them.
const EXPIRES: &str = "expires";
/// When something ends, exactly.
pub(super) const ENDS: &str = "ends";
/// Whose it is. Together with `created` it brings an item into the index of tokens.
pub(super) const USER_ID: &str = "user_id";
/// When it was made, as text that sorts, and behind it the id of a token: so the index orders a user's tokens.
const CREATED: &str = "created";
/// Which list a row stands in, in the index `listed-id`.
pub(super) const LISTED: &str = "listed";
/// The list of addresses.
pub(super) const ADDRESS: &str = "address";
/// By which call a link was used up.
pub(super) const TAKEN_BY: &str = "taken_by";
/// The provider that began a session.
pub(super) const PROVIDER: &str = "provider";
/// The hash of a token's secret.
pub(super) const SECRET: &str = "secret";

pub(super) fn user(user: UserId) -> String {
    format!("user/{user}")
}

pub(super) fn email(email: &EmailAddress) -> String {
    email_key(email.as_str())
}

/// The key of an address, or of what orders like one.
pub(super) fn email_key(text: &str) -> String {
    format!("email/{text}")
}

/// The address of such a key.
pub(super) fn email_of_key(key: &str) -> Option<&str> {
    key.strip_prefix("email/")
}

pub(super) fn link(secret: &SecretHash) -> String {
    format!("link/{}", secret.0)
}

pub(super) fn session(secret: &SecretHash) -> String {
    format!("session/{}", secret.0)
}

pub(super) fn token(secret: &SecretHash) -> String {
    format!("token/{}", secret.0)
}

pub(super) fn token_id(token: TokenId) -> String {
    format!("token-id/{token}")
}

/// Of a user who is an administrator; its being there says so, as most rows were written before there were any.
pub(super) const ADMIN: &str = "admin";

fn item<const N: usize>(key: String, attributes: [(&str, AttributeValue); N]) -> Item {
    let attributes = attributes.into_iter().chain([(ID, text(key))]);
    attributes.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A user's own item. It has no `user_id`, so that it stays out of the index of tokens.
pub(super) fn of_user(of: &User) -> Item {
    item(
        user(of.user_id),
        [
            ("user_email", text(&of.user_email)),
            ("name", text(&of.name)),
            ("institution", text(&of.institution)),
            ("plan", text(of.plan.as_str())),
            (CREATED, text(sortable(of.created))),
            ("updated", time(of.updated)),
        ],
    )
}

pub(super) fn read_user(of: UserId, item: &Item) -> Result<User, Unreadable> {
    let item = Attributes(item);
    Ok(User {
        user_id: of,
        user_email: item.word("user_email")?,
        name: item.word("name")?,
        institution: item.word("institution")?,
        plan: item.word::<Plan>("plan")?,
        admin: item.0.contains_key(ADMIN),
        created: created(item)?,
        updated: item.time("updated")?,
    })
}

fn created(item: Attributes<'_>) -> Result<Timestamp, Unreadable> {
    let created = item.text(CREATED)?;
    read_word(CREATED, created.split('/').next().unwrap_or(created))
}

/// Whose an address is.
pub(super) fn of_email(of: &User) -> Item {
    item(email(&of.user_email), [(USER_ID, text(of.user_id)), (LISTED, text(ADDRESS))])
}

/// A user as found by its key.
pub(super) fn read_listed_user(item: &Item) -> Result<User, Unreadable> {
    let key = Attributes(item).text(ID)?;
    read_user(read_word(ID, key.trim_start_matches("user/"))?, item)
}

pub(super) fn of_link(of: &SignInLink) -> Item {
    item(
        link(&of.secret),
        [
            ("email", text(&of.email)),
            ("next", text(&of.next)),
            (ENDS, time(of.expires)),
            (EXPIRES, whole_seconds(of.expires)),
        ],
    )
}

pub(super) fn read_link(secret: &SecretHash, item: &Item) -> Result<SignInLink, Unreadable> {
    let item = Attributes(item);
    Ok(SignInLink {
        secret: secret.clone(),
        email: item.word("email")?,
        next: item.word("next")?,
        expires: item.time(ENDS)?,
    })
}

pub(super) fn of_session(of: &Session) -> Item {
    let mut item = item(
        session(&of.secret),
        [(USER_ID, text(of.user_id)), (ENDS, time(of.expires)), (EXPIRES, whole_seconds(of.expires))],
    );
    item.extend(of.provider.as_ref().map(|provider| (PROVIDER.to_owned(), text(provider))));
    item
}

/// A token. It has no `expires`: one that has ended stays in its owner's list until it is revoked.
pub(super) fn of_token(of: &ApiToken) -> Item {
    let order = format!("{}/{}", sortable(of.created), of.token_id);
    let mut item = item(
        token(&of.secret),
        [
            ("token_id", text(of.token_id)),
            (SECRET, text(&of.secret.0)),
            (USER_ID, text(of.user_id)),
            ("name", text(&of.name)),
            (CREATED, text(order)),
        ],
    );
    item.extend(of.expires.map(|expires| (ENDS.to_owned(), time(expires))));
    item
}

pub(super) fn read_token(item: &Item) -> Result<ApiToken, Unreadable> {
    let item = Attributes(item);
    Ok(ApiToken {
        token_id: item.word("token_id")?,
        secret: item.word(SECRET)?,
        user_id: item.word(USER_ID)?,
        name: item.word("name")?,
        created: created(item)?,
        expires: item.time_if(ENDS)?,
    })
}

/// Which hash a token has, and whose it is; under a name that keeps it out of the index.
pub(super) fn of_token_id(of: &ApiToken) -> Item {
    item(token_id(of.token_id), [(SECRET, text(&of.secret.0)), ("belongs_to", text(of.user_id))])
}

/// The hash of a token, if the token is that user's.
pub(super) fn read_token_id(of: UserId, item: &Item) -> Result<Option<SecretHash>, Unreadable> {
    let item = Attributes(item);
    let owner: UserId = item.word("belongs_to")?;
    if owner == of { item.word(SECRET).map(Some) } else { Ok(None) }
}
