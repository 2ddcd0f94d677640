//! Accounts that are being deleted.

use super::{
    Fixture,
    accounts::{session, somebody, token},
    samples::{address, race, seconds},
};
use crate::{
    account::{EmailChange, Secret, User},
    deletion::{Deletion, Tally},
    id::{DeletionId, HolderId, UserId},
    ports::Ports,
};

pub(super) fn deletion(ports: &Ports, user: &User) -> Deletion {
    let now = ports.clock.now();
    Deletion {
        deletion_id: DeletionId::generate(),
        user_id: user.user_id,
        email: user.user_email.clone(),
        begun: now,
        attend_at: now + seconds(10),
        tally: None,
    }
}

/// No session and no token is any good from then on, also one that is made afterwards.
pub async fn an_account_is_shut_when_its_deletion_begins(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let [before, after, mine, others] = [(); 4].map(|()| Secret::generate());
    let session = |secret: &Secret, user: &User| session(secret, user, now, now + seconds(60));
    ports.accounts.add_session(&session(&before, &user)).await.unwrap();
    ports.accounts.add_session(&session(&others, &other)).await.unwrap();
    assert!(ports.accounts.add_token(&token(&mine, &user, now, None), u32::MAX).await.unwrap());
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    ports.accounts.add_session(&session(&after, &user)).await.unwrap();
    for secret in [&before, &after] {
        assert_eq!(ports.accounts.user_of_session(&secret.hash(), now).await.unwrap(), None);
    }
    assert_eq!(ports.accounts.user_of_token(&mine.hash()).await.unwrap(), None);
    assert_eq!(ports.accounts.user(user.user_id).await.unwrap(), Some(user), "what is left to do needs it");
    let others = ports.accounts.user_of_session(&others.hash(), now).await.unwrap();
    assert_eq!(others.map(|(user, _)| user), Some(other));
}

/// Of two requests the first holds; of nobody nothing is kept.
pub async fn a_deletion_that_has_begun_stays(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let first = deletion(&ports, &user);
    ports.deletions.begin(&first).await.unwrap();
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    assert_eq!(ports.deletions.find(user.user_id).await.unwrap(), Some(first.clone()));
    let tally =
        |jobs| Tally { jobs, bytes: u64::from(u32::MAX) * 5, first: Some(first.begun), ..Tally::default() };
    ports.deletions.note_tally(user.user_id, &tally(3)).await.unwrap();
    ports.deletions.note_tally(user.user_id, &tally(2)).await.unwrap();
    let noted = ports.deletions.find(user.user_id).await.unwrap().unwrap();
    assert_eq!(noted, Deletion { tally: Some(tally(3)), ..first.clone() });
    let nobody = Deletion { user_id: UserId::generate(), ..first };
    ports.deletions.begin(&nobody).await.unwrap();
    assert_eq!(ports.deletions.find(nobody.user_id).await.unwrap(), None);
}

/// The sweeper finds what is due, and no more once it has been moved or is done.
pub async fn deletions_are_due_in_time(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let kept = deletion(&ports, &user);
    ports.deletions.begin(&kept).await.unwrap();
    let due = async |at| {
        let due = ports.deletions.due(at, 1000).await.unwrap();
        due.iter().any(|due| due.user_id == user.user_id)
    };
    assert!(!due(kept.attend_at - seconds(1)).await);
    assert!(due(kept.attend_at).await);
    ports.deletions.postpone(user.user_id, kept.attend_at + seconds(30)).await.unwrap();
    assert!(!due(kept.attend_at).await);
    assert!(due(kept.attend_at + seconds(30)).await);
    for _ in 0..2 {
        ports.deletions.finish(user.user_id).await.unwrap();
        assert!(!due(kept.attend_at + seconds(30)).await);
        assert_eq!(ports.deletions.find(user.user_id).await.unwrap(), None);
    }
    // Whoever still works on it makes no new one.
    ports.deletions.postpone(user.user_id, kept.attend_at).await.unwrap();
    ports.deletions.note_tally(user.user_id, &Tally::default()).await.unwrap();
    assert_eq!(ports.deletions.find(user.user_id).await.unwrap(), None);
}

/// Whoever is cut off is followed by another, and has it no longer if that was not true.
pub async fn one_at_a_time_has_a_deletion_in_hand(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let [one, other] = [(); 2].map(|()| HolderId::generate());
    let (start, id) = (ports.clock.now(), user.user_id);
    let hold = async |holder, at: u64| {
        let (now, due) = (start + seconds(at), start + seconds(at + 10));
        ports.deletions.hold(id, holder, now, due).await.unwrap()
    };
    assert!(!hold(one, 0).await, "there is none");
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    assert!(hold(one, 0).await && hold(one, 5).await);
    assert!(!hold(other, 14).await);
    assert!(hold(other, 15).await, "its time has come");
    assert!(!hold(one, 16).await && hold(other, 16).await);
    ports.deletions.postpone(id, start + seconds(60)).await.unwrap();
    assert!(hold(one, 17).await, "the sweeper took it out of the other's hands");
    let found = ports.deletions.due(start + seconds(27), 1000).await.unwrap();
    assert!(found.iter().any(|due| due.user_id == id));
    ports.deletions.finish(id).await.unwrap();
    assert!(!hold(one, 18).await);
}

/// Of any number of messages about a deletion one has it done.
pub async fn of_many_who_want_a_deletion_one_gets_it(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    let (now, id) = (ports.clock.now(), user.user_id);
    let held = race(8, |_| {
        let ports = fixture.ports();
        async move { ports.deletions.hold(id, HolderId::generate(), now, now + seconds(10)).await.unwrap() }
    })
    .await;
    assert_eq!(held.iter().filter(|held| **held).count(), 1);
}

/// The address is free afterwards, and makes a new account.
pub async fn a_removed_user_leaves_nothing(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let [mine, others] = [(); 2].map(|()| Secret::generate());
    assert!(ports.accounts.add_token(&token(&mine, &user, now, None), u32::MAX).await.unwrap());
    assert!(ports.accounts.add_token(&token(&others, &other, now, None), u32::MAX).await.unwrap());
    let link = Secret::generate();
    let change = EmailChange {
        secret: link.hash(),
        user_id: user.user_id,
        email: address(),
        expires: now + seconds(60),
    };
    ports.email_changes.add(&change).await.unwrap();
    ports.deletions.begin(&deletion(&ports, &user)).await.unwrap();
    for _ in 0..2 {
        ports.deletions.remove_user(user.user_id).await.unwrap();
        assert_eq!(ports.accounts.user(user.user_id).await.unwrap(), None);
        assert!(ports.accounts.tokens(user.user_id).await.unwrap().is_empty());
        assert_eq!(ports.accounts.user_of_token(&mine.hash()).await.unwrap(), None);
    }
    assert!(ports.deletions.find(user.user_id).await.unwrap().is_some(), "the receipt is still to be mailed");
    let newcomer = ports.accounts.user_of_email(&user.user_email, now).await.unwrap();
    assert_ne!(newcomer.user_id, user.user_id);
    // Once more does not harm the newcomer, who has the same address.
    ports.deletions.remove_user(user.user_id).await.unwrap();
    assert_eq!(ports.accounts.user(newcomer.user_id).await.unwrap(), Some(newcomer));
    assert!(ports.accounts.user_of_token(&others.hash()).await.unwrap().is_some());
}
