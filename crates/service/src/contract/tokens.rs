//! API tokens.

use jiff::Timestamp;

use super::{
    Fixture,
    accounts::{somebody, token},
    samples::seconds,
};
use crate::account::Secret;

/// One's own tokens, and nobody else's.
pub async fn tokens_are_listed_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let expiring = token(&Secret::generate(), &user, now, Some(now + seconds(60)));
    let newest = token(&Secret::generate(), &user, now + seconds(2), None);
    let middle = token(&Secret::generate(), &user, now + seconds(1), None);
    for token in [&expiring, &newest, &middle, &token(&Secret::generate(), &other, now, None)] {
        ports.accounts.add_token(token).await.unwrap();
    }
    let listed = ports.accounts.tokens(user.user_id).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|token| token.token_id).collect();
    assert_eq!(ids, [newest.token_id, middle.token_id, expiring.token_id]);
    assert_eq!(listed[2], expiring);
}

/// A token comes with its user until it is revoked.
pub async fn a_token_acts_until_it_is_revoked(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let kept = token(&secret, &user, now, None);
    ports.accounts.add_token(&kept).await.unwrap();
    let found = ports.accounts.user_of_token(&secret.hash()).await.unwrap();
    assert_eq!(found, Some((user.clone(), kept.clone())));
    assert_eq!(ports.accounts.user_of_token(&Secret::generate().hash()).await.unwrap(), None);
    ports.accounts.revoke_token(user.user_id, kept.token_id).await.unwrap();
    ports.accounts.revoke_token(user.user_id, kept.token_id).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), None);
    assert!(ports.accounts.tokens(user.user_id).await.unwrap().is_empty());
}

/// Knowing a token's id is not enough.
pub async fn nobody_revokes_the_token_of_another(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let kept = token(&secret, &user, now, None);
    ports.accounts.add_token(&kept).await.unwrap();
    ports.accounts.revoke_token(other.user_id, kept.token_id).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), Some((user, kept)));
}

/// Whoever shows an expired token is told that it has expired, not that there is none.
pub async fn a_token_that_has_expired_is_still_known(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let kept = token(&secret, &user, now, Some(now + seconds(1)));
    ports.accounts.add_token(&kept).await.unwrap();
    fixture.pass(seconds(2)).await;
    ports.accounts.forget_expired(ports.clock.now(), None).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), Some((user, kept)));
}

/// The use of a token is noted now and then, and makes no token.
pub async fn the_use_of_a_token_is_noted(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    ports.accounts.add_token(&token(&secret, &user, now, None)).await.unwrap();
    let last_use = async || ports.accounts.tokens(user.user_id).await.unwrap()[0].last_used;
    assert_eq!(last_use().await, None);
    let note = async |at: Timestamp| {
        ports.accounts.note_token_use(&secret.hash(), at, at - seconds(60)).await.unwrap();
    };
    note(now).await;
    assert_eq!(last_use().await, Some(now));
    note(now + seconds(59)).await;
    assert_eq!(last_use().await, Some(now), "not a minute later");
    note(now + seconds(60)).await;
    assert_eq!(last_use().await, Some(now + seconds(60)));
    let unknown = Secret::generate().hash();
    ports.accounts.note_token_use(&unknown, now, now).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&unknown).await.unwrap(), None);
}
