//! Users, and the proofs by which they are known.

use jiff::Timestamp;

use super::{
    Fixture,
    samples::{address, race, seconds},
};
use crate::{
    account::{ApiToken, Scope, Secret, Session, SignInLink, User},
    id::{TokenId, UserId},
    plan::Plan,
    ports::{AddressChange, Ports},
};

pub(super) async fn somebody(ports: &Ports) -> User {
    ports.accounts.user_of_email(&address(), ports.clock.now()).await.unwrap()
}

fn link(secret: &Secret, expires: Timestamp) -> SignInLink {
    SignInLink { secret: secret.hash(), email: address(), next: "/annotations?a=1".to_owned(), expires }
}

pub(super) fn token(
    secret: &Secret,
    user: &User,
    created: Timestamp,
    expires: Option<Timestamp>,
) -> ApiToken {
    ApiToken {
        token_id: TokenId::generate(),
        secret: secret.hash(),
        user_id: user.user_id,
        name: "it's \"mine\"".to_owned(),
        scope: Scope::Submit,
        created,
        expires,
        last_used: None,
    }
}

pub(super) fn session(secret: &Secret, user: &User, created: Timestamp, expires: Timestamp) -> Session {
    Session {
        secret: secret.hash(),
        user_id: user.user_id,
        created: Some(created),
        authenticated: None,
        expires,
        provider: None,
        last_used: None,
        admin: false,
    }
}

/// A user is made free on first sight and is the same ever after.
pub async fn one_address_is_one_user(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (email, now) = (address(), ports.clock.now());
    let made = ports.accounts.user_of_email(&email, now).await.unwrap();
    assert_eq!(made.plan, Plan::FreeUser);
    assert_eq!((made.user_email.clone(), made.created), (email.clone(), now));
    fixture.pass(seconds(5)).await;
    let again = ports.accounts.user_of_email(&email, ports.clock.now()).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(ports.accounts.user(made.user_id).await.unwrap(), Some(made.clone()));
    assert_ne!(somebody(&ports).await.user_id, made.user_id);
    assert_eq!(ports.accounts.user(UserId::generate()).await.unwrap(), None);
}

/// Of any number of first sights at once one makes the user.
pub async fn two_at_once_get_the_same_user(fixture: &impl Fixture) {
    let email = address();
    let users = race(16, |_| {
        let (ports, email) = (fixture.ports(), email.clone());
        async move { ports.accounts.user_of_email(&email, ports.clock.now()).await.unwrap().user_id }
    })
    .await;
    assert!(users.iter().all(|user| *user == users[0]));
}

/// Name, institution and plan change, and when is noted.
pub async fn profile_and_plan_can_be_changed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    fixture.pass(seconds(5)).await;
    let now = ports.clock.now();
    ports.accounts.set_profile(user.user_id, "Ada O'Hara", "Universität \"Köln\"", now).await.unwrap();
    ports.accounts.set_plan(user.user_id, Plan::PremiumUser, now).await.unwrap();
    let expected = User {
        name: "Ada O'Hara".to_owned(),
        institution: "Universität \"Köln\"".to_owned(),
        plan: Plan::PremiumUser,
        updated: now,
        ..user.clone()
    };
    assert_eq!(ports.accounts.user(user.user_id).await.unwrap(), Some(expected));
    ports.accounts.set_plan(user.user_id, Plan::FreeUser, now).await.unwrap();
    assert_eq!(ports.accounts.user(user.user_id).await.unwrap().unwrap().plan, Plan::FreeUser);
}

/// Changing nobody makes nobody.
pub async fn a_user_who_is_not_there_is_not_changed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (nobody, now) = (UserId::generate(), ports.clock.now());
    ports.accounts.set_profile(nobody, "a", "b", now).await.unwrap();
    ports.accounts.set_plan(nobody, Plan::PremiumUser, now).await.unwrap();
    assert_eq!(ports.accounts.user(nobody).await.unwrap(), None);
}

/// Mail scanners follow links; that must not use them up.
pub async fn a_link_can_be_looked_at_without_using_it_up(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let secret = Secret::generate();
    let kept = link(&secret, now + seconds(60));
    ports.accounts.add_sign_in_link(&kept).await.unwrap();
    for _ in 0..2 {
        let found = ports.accounts.find_sign_in_link(&secret.hash(), now).await.unwrap().unwrap();
        assert_eq!((found.email, found.next), (kept.email.clone(), kept.next.clone()));
    }
    assert!(ports.accounts.take_sign_in_link(&secret.hash(), now).await.unwrap().is_some());
    assert!(ports.accounts.find_sign_in_link(&secret.hash(), now).await.unwrap().is_none());
    let other = Secret::generate().hash();
    assert!(ports.accounts.find_sign_in_link(&other, now).await.unwrap().is_none());
    assert!(ports.accounts.take_sign_in_link(&other, now).await.unwrap().is_none());
}

/// A link is used once, by whoever is first.
pub async fn a_link_works_once_however_many_try(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let secret = Secret::generate();
    ports.accounts.add_sign_in_link(&link(&secret, ports.clock.now() + seconds(60))).await.unwrap();
    let taken = race(16, |_| {
        let (ports, hash) = (fixture.ports(), secret.hash());
        async move { ports.accounts.take_sign_in_link(&hash, ports.clock.now()).await.unwrap() }
    })
    .await;
    assert_eq!(taken.iter().flatten().count(), 1);
}

/// A link is good before its end, not at it.
pub async fn a_link_ends_in_time(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let expires = ports.clock.now() + seconds(60);
    let secret = Secret::generate();
    ports.accounts.add_sign_in_link(&link(&secret, expires)).await.unwrap();
    assert!(ports.accounts.find_sign_in_link(&secret.hash(), expires - seconds(1)).await.unwrap().is_some());
    assert!(ports.accounts.find_sign_in_link(&secret.hash(), expires).await.unwrap().is_none());
    assert!(ports.accounts.take_sign_in_link(&secret.hash(), expires).await.unwrap().is_none());
}

/// A session ends in time, or when its user says so.
pub async fn a_session_knows_its_user_until_it_ends(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, first, second) = (ports.clock.now(), Secret::generate(), Secret::generate());
    let expires = now + seconds(60);
    let by_provider = session(&first, &user, now, expires);
    let authenticated = Some(now - seconds(3600));
    let by_provider = Session { provider: Some("institute".to_owned()), authenticated, ..by_provider };
    let by_link = Session { created: None, ..session(&second, &user, now, expires) };
    for session in [&by_provider, &by_link] {
        ports.accounts.add_session(session).await.unwrap();
    }
    let known = ports.accounts.user_of_session(&first.hash(), expires - seconds(1)).await.unwrap();
    assert_eq!(known, Some((user.clone(), by_provider)));
    assert_eq!(ports.accounts.user_of_session(&first.hash(), expires).await.unwrap(), None);
    ports.accounts.end_session(&first.hash()).await.unwrap();
    ports.accounts.end_session(&first.hash()).await.unwrap();
    assert_eq!(ports.accounts.user_of_session(&first.hash(), now).await.unwrap(), None);
    assert_eq!(ports.accounts.user_of_session(&second.hash(), now).await.unwrap(), Some((user, by_link)));
    assert_eq!(ports.accounts.user_of_session(&Secret::generate().hash(), now).await.unwrap(), None);
}

/// The first system kept the plan in the session, where it went stale.
pub async fn a_session_sees_the_present_plan(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    ports.accounts.add_session(&session(&secret, &user, now, now + seconds(60))).await.unwrap();
    ports.accounts.set_plan(user.user_id, Plan::PremiumUser, now).await.unwrap();
    let (seen, _) = ports.accounts.user_of_session(&secret.hash(), now).await.unwrap().unwrap();
    assert_eq!(seen.plan, Plan::PremiumUser);
}

/// A user's sessions that have not ended, the one that began last first; nobody else's.
pub async fn sessions_are_listed_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let [first, second, ended, others] = [(); 4].map(|()| Secret::generate());
    let first = session(&first, &user, now, now + seconds(60));
    let second = session(&second, &user, now + seconds(1), now + seconds(61));
    let ended = session(&ended, &user, now, now + seconds(2));
    for session in [&first, &second, &ended, &session(&others, &other, now, now + seconds(60))] {
        ports.accounts.add_session(session).await.unwrap();
    }
    assert!(ports.accounts.add_token(&token(&Secret::generate(), &user, now, None), u32::MAX).await.unwrap());
    let listed = ports.accounts.sessions(user.user_id, now + seconds(2)).await.unwrap();
    assert_eq!(listed, [second, first]);
    assert_eq!(ports.accounts.tokens(user.user_id).await.unwrap().len(), 1, "sessions are no tokens");
}

/// Whoever signs in afterwards is signed in; others are not touched.
pub async fn all_sessions_of_a_user_end_at_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let (now, expires) = (ports.clock.now(), ports.clock.now() + seconds(60));
    let [mine, old, later, others] = [(); 4].map(|()| Secret::generate());
    ports.accounts.add_session(&session(&mine, &user, now, expires)).await.unwrap();
    // As an earlier version began it.
    let old_one = Session { created: None, ..session(&old, &user, now, expires) };
    ports.accounts.add_session(&old_one).await.unwrap();
    ports.accounts.add_session(&session(&others, &other, now, expires)).await.unwrap();
    let known = async |secret: &Secret| {
        ports.accounts.user_of_session(&secret.hash(), now).await.unwrap().map(|(user, _)| user.user_id)
    };
    assert_eq!((known(&mine).await, known(&old).await), (Some(user.user_id), Some(user.user_id)));
    ports.accounts.end_sessions(user.user_id, now + seconds(1)).await.unwrap();
    assert_eq!((known(&mine).await, known(&old).await), (None, None));
    assert!(ports.accounts.sessions(user.user_id, now).await.unwrap().is_empty());
    assert_eq!(known(&others).await, Some(other.user_id));
    ports.accounts.add_session(&session(&later, &user, now + seconds(2), expires)).await.unwrap();
    assert_eq!(known(&later).await, Some(user.user_id));
    ports.accounts.end_sessions(UserId::generate(), now).await.unwrap();
}

/// The use of a session is noted now and then, puts its end off never, and makes no session.
pub async fn the_use_of_a_session_is_noted(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let kept = session(&secret, &user, now, now + seconds(600));
    ports.accounts.add_session(&kept).await.unwrap();
    let found = async || ports.accounts.user_of_session(&secret.hash(), now).await.unwrap().unwrap().1;
    let note = async |at: Timestamp| {
        ports.accounts.note_session_use(&secret.hash(), at, at - seconds(60)).await.unwrap();
    };
    assert_eq!(found().await, kept);
    for (at, noted) in [(0, 0), (59, 0), (60, 60), (61, 60)].map(|(at, noted)| (seconds(at), seconds(noted)))
    {
        note(now + at).await;
        let expected = Session { last_used: Some(now + noted), ..kept.clone() };
        assert_eq!(found().await, expected);
        assert_eq!(ports.accounts.sessions(user.user_id, now).await.unwrap(), [expected]);
    }
    let unknown = Secret::generate().hash();
    ports.accounts.note_session_use(&unknown, now, now).await.unwrap();
    assert_eq!(ports.accounts.user_of_session(&unknown, now).await.unwrap(), None);
    // The last sign of life came later than that.
    ports.accounts.forget_expired(now, Some(now + seconds(59))).await.unwrap();
    assert_eq!(found().await.last_used, Some(now + seconds(60)));
}

/// All else of it stays, the former secret opens nothing, and of many who want to one does it.
pub async fn a_session_gets_another_secret(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, former) = (ports.clock.now(), Secret::generate());
    let kept = Session {
        provider: Some("institute".to_owned()),
        authenticated: Some(now - seconds(3600)),
        last_used: Some(now + seconds(1)),
        ..session(&former, &user, now, now + seconds(60))
    };
    ports.accounts.add_session(&kept).await.unwrap();
    let renewed = race(8, |_| {
        let (ports, former) = (fixture.ports(), former.hash());
        async move {
            let secret = Secret::generate().hash();
            let is_ours = ports.accounts.renew_session(&former, &secret, true).await.unwrap();
            is_ours.then_some(secret)
        }
    })
    .await;
    let [secret] = &renewed.iter().flatten().collect::<Vec<_>>()[..] else { panic!("{renewed:?}") };
    let expected = Session { secret: (*secret).clone(), admin: true, ..kept };
    assert_eq!(ports.accounts.user_of_session(&former.hash(), now).await.unwrap(), None);
    let found = ports.accounts.user_of_session(secret, now).await.unwrap();
    assert_eq!(found, Some((user.clone(), expected.clone())));
    assert_eq!(ports.accounts.sessions(user.user_id, now).await.unwrap(), [expected]);
    // It still began when it did.
    ports.accounts.end_sessions(user.user_id, now).await.unwrap();
    assert_eq!(ports.accounts.user_of_session(secret, now).await.unwrap(), None);
}

/// The new address is the user's, the former is free.
pub async fn an_address_can_be_changed(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (former, new) = (user.user_email.clone(), address());
    fixture.pass(seconds(5)).await;
    let now = ports.clock.now();
    for _ in 0..2 {
        let change = ports.accounts.set_email(user.user_id, &new, now).await.unwrap();
        assert_eq!(change, AddressChange::Made);
    }
    let changed = ports.accounts.user(user.user_id).await.unwrap().unwrap();
    assert_eq!(changed, User { user_email: new.clone(), updated: now, ..user.clone() });
    assert_eq!(ports.accounts.user_of_email(&new, now).await.unwrap(), changed);
    let newcomer = ports.accounts.user_of_email(&former, now).await.unwrap();
    assert_ne!(newcomer.user_id, user.user_id);
    let nobody = ports.accounts.set_email(UserId::generate(), &address(), now).await.unwrap();
    assert_eq!(nobody, AddressChange::NoSuchUser);
}

/// Nobody takes the address of another.
pub async fn an_address_that_is_taken_stays(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let change = ports.accounts.set_email(user.user_id, &other.user_email, ports.clock.now()).await.unwrap();
    assert_eq!(change, AddressChange::Taken);
    assert_eq!(ports.accounts.user(user.user_id).await.unwrap(), Some(user));
    assert_eq!(ports.accounts.user(other.user_id).await.unwrap(), Some(other));
}

/// Of any number of users who want an address one gets it.
pub async fn one_gets_an_address_that_many_want(fixture: &impl Fixture) {
    let wanted = address();
    let changes = race(8, |_| {
        let (ports, wanted) = (fixture.ports(), wanted.clone());
        async move {
            let user = somebody(&ports).await.user_id;
            ports.accounts.set_email(user, &wanted, ports.clock.now()).await.unwrap()
        }
    })
    .await;
    assert_eq!(changes.iter().filter(|change| **change == AddressChange::Made).count(), 1, "{changes:?}");
}

/// Forgetting what has ended does not touch what has not.
pub async fn forgetting_spares_the_living(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let (now, living, ended) = (ports.clock.now(), Secret::generate(), Secret::generate());
    for (secret, life) in [(&living, seconds(60)), (&ended, seconds(10))] {
        ports.accounts.add_sign_in_link(&link(secret, now + life)).await.unwrap();
        ports.accounts.add_session(&session(secret, &user, now, now + life)).await.unwrap();
    }
    ports.accounts.forget_expired(now + seconds(30), None).await.unwrap();
    // Asked at a time when all were good: what is forgotten is not found even then.
    assert!(ports.accounts.find_sign_in_link(&living.hash(), now).await.unwrap().is_some());
    assert!(ports.accounts.user_of_session(&living.hash(), now).await.unwrap().is_some());
    assert!(ports.accounts.find_sign_in_link(&ended.hash(), now).await.unwrap().is_none());
    assert!(ports.accounts.user_of_session(&ended.hash(), now).await.unwrap().is_none());
}
