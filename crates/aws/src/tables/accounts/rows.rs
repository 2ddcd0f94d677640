//! Items of the table of accounts, and what they mean.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::{
    account::{ApiToken, EmailAddress, EmailChange, Scope, SecretHash, Session, SignInLink, User},
    deletion::{Deletion, Tally},
    id::{TokenId, UserId},
    plan::Plan,
};
use jiff::Timestamp;

use crate::tables::{
    attributes::{Attributes, Item, Unreadable, part, read_word, sortable, text, time, whole_seconds},
    passing::{ENDS, EXPIRES, ending},
};

/// The key.
pub(super) const ID: &str = "id";
/// Whose it is. Together with `created` it brings an item into the index of tokens and sessions.
pub(super) const USER_ID: &str = "user_id";
/// When it was made, as text that sorts, and behind it the id of a token: so the index orders a user's tokens. Before a
/// session's time stands [`SESSIONS`], so that sessions are a list of their own.
pub(super) const CREATED: &str = "created";
/// Which list a row stands in, in the index `listed-id`.
pub(super) const LISTED: &str = "listed";
/// The list of addresses.
pub(super) const ADDRESS: &str = "address";
/// What `created` of a session begins with; it sorts behind all times.
pub(super) const SESSIONS: &str = "session/";
/// In a user's own item: sessions that began until then count no longer.
pub(super) const SESSIONS_AFTER: &str = "sessions_after";
/// In the row of a user whose account is being deleted; its being there says so.
pub(super) const LEAVING: &str = "leaving";
/// What [`USER_ID`] of all deletions is, so that in the index they are one list, ordered by when they are due.
pub(super) const DELETIONS: &str = "deletions";
const DELETION: &str = "deletion";
const TALLY: &str = "tally";
/// Who has a deletion in hand until it is due.
pub(super) const HELD_BY: &str = "held_by";
/// In a user's own item: how many tokens there are. Rows of former versions lack it until a token is made or revoked.
pub(super) const TOKEN_COUNT: &str = "token_count";
/// When a token or a session was last used.
pub(super) const LAST_USED: &str = "last_used";
/// What a token may be used for; those without were made before there were scopes, and may do everything.
const SCOPE: &str = "scope";
/// When the user of a session last showed the provider who it is, if it tells.
const AUTHENTICATED: &str = "authenticated";
/// The provider that began a session.
const PROVIDER: &str = "provider";
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

pub(super) fn deletion(user: UserId) -> String {
    format!("deletion/{user}")
}

pub(super) fn email_change(secret: &SecretHash) -> String {
    format!("new-email/{}", secret.0)
}

pub(super) fn token(secret: &SecretHash) -> String {
    format!("token/{}", secret.0)
}

pub(super) fn token_id(token: TokenId) -> String {
    format!("token-id/{token}")
}

/// Of a user who is an administrator, and of a session whose secret was made when its user was one; its being there says
/// so, as most rows were written before there were any.
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
    let row = item(link(&of.secret), [("email", text(&of.email)), ("next", text(&of.next))]);
    ending(row, of.expires)
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

pub(super) fn of_deletion(of: &Deletion) -> Result<Item, serde_json::Error> {
    Ok(item(deletion(of.user_id), [(DELETION, part(of)?), (USER_ID, text(DELETIONS)), due_at(of.attend_at)]))
}

/// The attribute that says when a deletion is due.
pub(super) fn due_at(at: Timestamp) -> (&'static str, AttributeValue) {
    (CREATED, text(sortable(at)))
}

/// The attribute that says what there was.
pub(super) fn tally(of: &Tally) -> Result<(&'static str, AttributeValue), serde_json::Error> {
    Ok((TALLY, part(of)?))
}

pub(super) fn read_deletion(item: &Item) -> Result<(Deletion, Timestamp), Unreadable> {
    let of = Attributes(item);
    let deletion: Deletion = of.part(DELETION)?;
    Ok((Deletion { tally: of.part_if(TALLY)?, ..deletion }, created(of)?))
}

pub(super) fn of_email_change(of: &EmailChange) -> Item {
    let row = item(email_change(&of.secret), [(USER_ID, text(of.user_id)), ("email", text(&of.email))]);
    ending(row, of.expires)
}

pub(super) fn read_email_change(secret: &SecretHash, item: &Item) -> Result<EmailChange, Unreadable> {
    let item = Attributes(item);
    Ok(EmailChange {
        secret: secret.clone(),
        user_id: item.word(USER_ID)?,
        email: item.word("email")?,
        expires: item.time(ENDS)?,
    })
}

pub(super) fn of_session(of: &Session) -> Item {
    let mut item = item(
        session(&of.secret),
        [(USER_ID, text(of.user_id)), (ENDS, time(of.expires)), (EXPIRES, whole_seconds(of.expires))],
    );
    let created = of.created.map(|created| text(format!("{SESSIONS}{}", sortable(created))));
    item.extend(created.map(|created| (CREATED.to_owned(), created)));
    item.extend(of.authenticated.map(|authenticated| (AUTHENTICATED.to_owned(), time(authenticated))));
    item.extend(of.provider.as_ref().map(|provider| (PROVIDER.to_owned(), text(provider))));
    item.extend(of.last_used.map(|used| (LAST_USED.to_owned(), time(used))));
    item.extend(of.admin.then(|| (ADMIN.to_owned(), AttributeValue::Bool(true))));
    item
}

pub(super) fn read_session(item: &Item) -> Result<Session, Unreadable> {
    let item = Attributes(item);
    let key = item.text(ID)?;
    let secret = key.strip_prefix("session/").unwrap_or(key);
    Ok(Session {
        secret: SecretHash(secret.to_owned()),
        user_id: item.word(USER_ID)?,
        created: session_began(item)?,
        authenticated: item.time_if(AUTHENTICATED)?,
        expires: item.time(ENDS)?,
        provider: item.text_if(PROVIDER).map(str::to_owned),
        last_used: item.time_if(LAST_USED)?,
        admin: item.0.contains_key(ADMIN),
    })
}

pub(super) fn session_began(item: Attributes<'_>) -> Result<Option<Timestamp>, Unreadable> {
    let began = item.text_if(CREATED).map(|created| created.strip_prefix(SESSIONS).unwrap_or(created));
    began.map(|began| read_word(CREATED, began)).transpose()
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
            (SCOPE, text(of.scope.as_str())),
            (CREATED, text(order)),
        ],
    );
    item.extend(of.expires.map(|expires| (ENDS.to_owned(), time(expires))));
    item.extend(of.last_used.map(|used| (LAST_USED.to_owned(), time(used))));
    item
}

pub(super) fn read_token(item: &Item) -> Result<ApiToken, Unreadable> {
    let item = Attributes(item);
    Ok(ApiToken {
        token_id: item.word("token_id")?,
        secret: item.word(SECRET)?,
        user_id: item.word(USER_ID)?,
        name: item.word("name")?,
        scope: item.word_if::<Scope>(SCOPE)?.unwrap_or(Scope::Account),
        created: created(item)?,
        expires: item.time_if(ENDS)?,
        last_used: item.time_if(LAST_USED)?,
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
