//! Links to addresses that users want to have.

use super::{
    Fixture,
    accounts::somebody,
    samples::{address, seconds},
};
use crate::account::{EmailChange, Secret};

/// A link can be looked at until it is removed.
pub async fn a_link_to_a_new_address_is_kept_until_it_is_removed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, secret, now) = (somebody(&ports).await, Secret::generate(), ports.clock.now());
    let kept = EmailChange {
        secret: secret.hash(),
        user_id: user.user_id,
        email: address(),
        expires: now + seconds(60),
    };
    let find = async |secret: &Secret| ports.email_changes.find(&secret.hash(), now).await.unwrap();
    ports.email_changes.add(&kept).await.unwrap();
    assert_eq!((find(&secret).await, find(&secret).await), (Some(kept.clone()), Some(kept)));
    assert_eq!(find(&Secret::generate()).await, None);
    for _ in 0..2 {
        ports.email_changes.remove(&secret.hash()).await.unwrap();
        assert_eq!(find(&secret).await, None);
    }
}

/// A link is good before its end, not at it, and forgetting spares the living.
pub async fn a_link_to_a_new_address_ends_in_time(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, secret, now) = (somebody(&ports).await, Secret::generate(), ports.clock.now());
    let expires = now + seconds(60);
    let kept = EmailChange { secret: secret.hash(), user_id: user.user_id, email: address(), expires };
    ports.email_changes.add(&kept).await.unwrap();
    ports.email_changes.forget_expired(now).await.unwrap();
    assert_eq!(ports.email_changes.find(&secret.hash(), expires - seconds(1)).await.unwrap(), Some(kept));
    assert_eq!(ports.email_changes.find(&secret.hash(), expires).await.unwrap(), None);
}
