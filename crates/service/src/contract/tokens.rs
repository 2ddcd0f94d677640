//! API tokens.

use jiff::Timestamp;

use super::{
    Fixture,
    accounts::{somebody, token},
    deletions::deletion,
    samples::{race, seconds},
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
        assert!(ports.accounts.add_token(token, u32::MAX).await.unwrap());
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
    assert!(ports.accounts.add_token(&kept, u32::MAX).await.unwrap());
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
    assert!(ports.accounts.add_token(&kept, u32::MAX).await.unwrap());
    ports.accounts.revoke_token(other.user_id, kept.token_id).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), Some((user, kept)));
}

/// Whoever shows an expired token is told that it has expired, not that there is none.
pub async fn a_token_that_has_expired_is_still_known(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let kept = token(&secret, &user, now, Some(now + seconds(1)));
    assert!(ports.accounts.add_token(&kept, u32::MAX).await.unwrap());
    fixture.pass(seconds(2)).await;
    ports.accounts.forget_expired(ports.clock.now(), None).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), Some((user, kept)));
}

/// The use of a token is noted now and then, and makes no token.
pub async fn the_use_of_a_token_is_noted(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    assert!(ports.accounts.add_token(&token(&secret, &user, now, None), u32::MAX).await.unwrap());
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

/// However many are asked for at once; nobody is refused for what another has.
pub async fn no_more_tokens_are_made_than_are_allowed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let made = race(12, |_| {
        let (ports, user) = (fixture.ports(), user.clone());
        async move {
            let secret = Secret::generate();
            let token = token(&secret, &user, ports.clock.now(), None);
            (secret, ports.accounts.add_token(&token, 5).await.unwrap())
        }
    })
    .await;
    assert_eq!(made.iter().filter(|(_, made)| *made).count(), 5);
    assert_eq!(ports.accounts.tokens(user.user_id).await.unwrap().len(), 5);
    for (secret, made) in made {
        assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap().is_some(), made);
    }
    let others = token(&Secret::generate(), &other, ports.clock.now(), None);
    assert!(ports.accounts.add_token(&others, 5).await.unwrap());
}

/// However often it is revoked; one that has expired takes its place until then.
pub async fn a_revoked_token_makes_room_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let now = ports.clock.now();
    let add = async || {
        let token = token(&Secret::generate(), &user, now, Some(now - seconds(1)));
        ports.accounts.add_token(&token, 2).await.unwrap().then_some(token.token_id)
    };
    let (first, second) = (add().await.unwrap(), add().await);
    assert!(second.is_some() && add().await.is_none());
    for _ in 0..2 {
        ports.accounts.revoke_token(user.user_id, first).await.unwrap();
    }
    assert!(add().await.is_some());
    assert!(add().await.is_none());
}

/// What belongs to the account may have been listed before.
pub async fn who_leaves_gets_no_token(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, secret) = (somebody(&ports).await, Secret::generate());
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    let late = token(&secret, &user, ports.clock.now(), None);
    assert!(!ports.accounts.add_token(&late, 5).await.unwrap());
    ports.deletions.remove_user(user.user_id).await.unwrap();
    assert!(!ports.accounts.add_token(&late, 5).await.unwrap());
    assert_eq!(ports.accounts.user_of_token(&secret.hash()).await.unwrap(), None);
}
