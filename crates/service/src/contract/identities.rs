//! Identities of other providers, whose they are, and the attempts to sign in by them.

use jiff::Timestamp;

use super::{
    Fixture,
    samples::{address, race, seconds},
};
use crate::{
    account::{Secret, User},
    identity::{Identity, LinkedIdentity, PendingIdentity, SignInAttempt},
    ports::Ports,
};

const ISSUER: &str = "https://id.example.org/realms/Köln";

async fn somebody(ports: &Ports) -> User {
    ports.accounts.user_of_email(&address(), ports.clock.now()).await.unwrap()
}

fn identity() -> Identity {
    Identity {
        issuer: ISSUER.to_owned(),
        subject: format!("it's \"{}\"/🧬", Secret::generate().reveal()),
        provider: "institute".to_owned(),
        label: "ada@example.org".to_owned(),
    }
}

fn linked(user: &User, linked: Timestamp) -> LinkedIdentity {
    LinkedIdentity { identity: identity(), user_id: user.user_id, linked }
}

fn attempt(state: &Secret, expires: Timestamp) -> SignInAttempt {
    SignInAttempt {
        state: state.hash(),
        browser: Secret::generate().hash(),
        provider: "institute".to_owned(),
        nonce: Secret::generate().reveal().to_owned(),
        pkce_verifier: Secret::generate().reveal().to_owned(),
        next: "/annotations?a=1".to_owned(),
        connects: None,
        expires,
    }
}

fn pending(secret: &Secret, expires: Timestamp) -> PendingIdentity {
    PendingIdentity {
        secret: secret.hash(),
        browser: Secret::generate().hash(),
        identity: identity(),
        name: "Ada O'Hara".to_owned(),
        institution: "Universität \"Köln\"".to_owned(),
        next: "/annotate".to_owned(),
        expires,
    }
}

/// Whose an identity is.
async fn owner_of(ports: &Ports, of: &LinkedIdentity) -> Option<crate::id::UserId> {
    ports.identities.user_of_identity(&of.identity.issuer, &of.identity.subject).await.unwrap()
}

/// An attempt is what it was, and is used once, by whoever is first.
pub async fn an_attempt_works_once_however_many_try(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let state = Secret::generate();
    let user = somebody(&ports).await;
    let expires = ports.clock.now() + seconds(60);
    let kept = SignInAttempt { connects: Some(user.user_id), ..attempt(&state, expires) };
    ports.identities.add_attempt(&kept).await.unwrap();
    let taken = race(16, |_| {
        let (ports, hash) = (fixture.ports(), state.hash());
        async move { ports.identities.take_attempt(&hash, ports.clock.now()).await.unwrap() }
    })
    .await;
    assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [kept]);
    let other = Secret::generate().hash();
    assert_eq!(ports.identities.take_attempt(&other, ports.clock.now()).await.unwrap(), None);
}

/// An attempt is good before its end, not at it.
pub async fn an_attempt_ends_in_time(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let expires = ports.clock.now() + seconds(60);
    let (early, late) = (Secret::generate(), Secret::generate());
    for state in [&early, &late] {
        ports.identities.add_attempt(&attempt(state, expires)).await.unwrap();
    }
    assert_eq!(ports.identities.take_attempt(&late.hash(), expires).await.unwrap(), None);
    let taken = ports.identities.take_attempt(&early.hash(), expires - seconds(1)).await.unwrap();
    assert_eq!(taken.map(|attempt| attempt.connects), Some(None));
}

/// A waiting identity can be looked at, is taken once, and ends in time.
pub async fn a_waiting_identity_is_looked_at_often_and_taken_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (now, secret) = (ports.clock.now(), Secret::generate());
    let expires = now + seconds(60);
    let kept = pending(&secret, expires);
    ports.identities.add_pending(&kept).await.unwrap();
    for _ in 0..2 {
        let found = ports.identities.find_pending(&secret.hash(), now).await.unwrap();
        assert_eq!(found.as_ref(), Some(&kept));
    }
    assert_eq!(ports.identities.find_pending(&secret.hash(), expires).await.unwrap(), None);
    assert_eq!(ports.identities.take_pending(&secret.hash(), expires).await.unwrap(), None);
    let taken = race(16, |_| {
        let (ports, hash) = (fixture.ports(), secret.hash());
        async move { ports.identities.take_pending(&hash, ports.clock.now()).await.unwrap() }
    })
    .await;
    assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), [kept]);
    assert_eq!(ports.identities.find_pending(&secret.hash(), now).await.unwrap(), None);
}

/// What was linked leads to its user, and no other subject or issuer does.
pub async fn an_identity_leads_to_its_user(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let mine = linked(&user, ports.clock.now());
    assert_eq!(owner_of(&ports, &mine).await, None);
    assert_eq!(ports.identities.link(&mine).await.unwrap(), user.user_id);
    assert_eq!(owner_of(&ports, &mine).await, Some(user.user_id));
    let (issuer, subject) = (mine.identity.issuer.as_str(), mine.identity.subject.as_str());
    for (issuer, subject) in [(issuer, "other"), ("https://other.example.org", subject), (subject, issuer)] {
        assert_eq!(ports.identities.user_of_identity(issuer, subject).await.unwrap(), None);
    }
}

/// Whoever is first keeps it, also when all come at once; linking again changes nothing.
pub async fn an_identity_is_never_taken_from_its_user(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let mut users = Vec::new();
    for _ in 0..8 {
        users.push(somebody(&ports).await);
    }
    let shared = identity();
    let owners = race(users.len(), |at| {
        let (ports, user_id) = (fixture.ports(), users[at].user_id);
        let wanted = LinkedIdentity { identity: shared.clone(), user_id, linked: now };
        async move { ports.identities.link(&wanted).await.unwrap() }
    })
    .await;
    assert!(owners.iter().all(|owner| *owner == owners[0]), "{owners:?}");
    for user in &users {
        let again = Identity { label: "another label".to_owned(), ..shared.clone() };
        let again = LinkedIdentity { identity: again, user_id: user.user_id, linked: now + seconds(5) };
        assert_eq!(ports.identities.link(&again).await.unwrap(), owners[0]);
        let expected = LinkedIdentity { identity: shared.clone(), user_id: owners[0], linked: now };
        let expected = if user.user_id == owners[0] { vec![expected] } else { vec![] };
        assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), expected);
    }
}

/// One's own identities, and nobody else's.
pub async fn identities_are_listed_first_linked_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let (second, first) = (linked(&user, now + seconds(1)), linked(&user, now));
    for identity in [&second, &first, &linked(&other, now)] {
        ports.identities.link(identity).await.unwrap();
    }
    assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), [first, second]);
    assert_eq!(ports.identities.identities(somebody(&ports).await.user_id).await.unwrap(), []);
}

/// Only one's own identity can be unlinked; then it is free for whoever shows it to be theirs.
pub async fn nobody_unlinks_the_identity_of_another(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let mine = linked(&user, ports.clock.now());
    ports.identities.link(&mine).await.unwrap();
    let (issuer, subject) = (mine.identity.issuer.as_str(), mine.identity.subject.as_str());
    assert!(ports.identities.unlink(other.user_id, issuer, subject, None).await.unwrap());
    assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), vec![mine.clone()]);
    for _ in 0..2 {
        assert!(ports.identities.unlink(user.user_id, issuer, subject, None).await.unwrap());
    }
    assert_eq!(owner_of(&ports, &mine).await, None);
    assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), []);
    let theirs = LinkedIdentity { user_id: other.user_id, ..mine };
    assert_eq!(ports.identities.link(&theirs).await.unwrap(), other.user_id);
    assert_eq!(ports.identities.identities(other.user_id).await.unwrap(), [theirs]);
}

/// An identity goes beside another only while that is linked to the same user.
pub async fn of_two_that_go_beside_each_other_one_stays(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let (theirs, unknown) = (linked(&other, now), identity());
    ports.identities.link(&theirs).await.unwrap();
    for round in 0..4 {
        let pair = [linked(&user, now), linked(&user, now)];
        for one in &pair {
            ports.identities.link(one).await.unwrap();
        }
        let unlink = async |at: usize, beside: Option<Identity>| {
            let (ports, Identity { issuer, subject, .. }) = (fixture.ports(), &pair[at].identity);
            ports.identities.unlink(user.user_id, issuer, subject, beside.as_ref()).await.unwrap()
        };
        for none in [&theirs.identity, &unknown] {
            assert!(!unlink(0, Some(none.clone())).await, "{round}");
        }
        let gone = race(2, |at| {
            let (ports, user) = (fixture.ports(), user.user_id);
            let (goes, stays) = (pair[at].identity.clone(), pair[1 - at].identity.clone());
            async move {
                let unlinked = ports.identities.unlink(user, &goes.issuer, &goes.subject, Some(&stays));
                unlinked.await.unwrap()
            }
        })
        .await;
        assert_eq!(gone.iter().filter(|gone| **gone).count(), 1, "{gone:?}");
        assert_eq!(ports.identities.identities(user.user_id).await.unwrap().len(), 1);
        assert!(unlink(usize::from(gone[0]), None).await);
        assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), []);
    }
    assert_eq!(owner_of(&ports, &theirs).await, Some(other.user_id));
}

/// Whoever goes takes all their identities along, and no other's.
pub async fn all_identities_of_a_user_are_forgotten_together(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let now = ports.clock.now();
    let (one, two, theirs) = (linked(&user, now), linked(&user, now), linked(&other, now));
    for identity in [&one, &two, &theirs] {
        ports.identities.link(identity).await.unwrap();
    }
    for _ in 0..2 {
        ports.identities.forget_identities(user.user_id).await.unwrap();
    }
    assert_eq!((owner_of(&ports, &one).await, owner_of(&ports, &two).await), (None, None));
    assert_eq!(ports.identities.identities(user.user_id).await.unwrap(), []);
    assert_eq!(owner_of(&ports, &theirs).await, Some(other.user_id));
}

/// Forgetting what has ended does not touch what has not.
pub async fn forgetting_attempts_spares_the_living(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (now, living, ended) = (ports.clock.now(), Secret::generate(), Secret::generate());
    for (secret, life) in [(&living, seconds(60)), (&ended, seconds(10))] {
        ports.identities.add_attempt(&attempt(secret, now + life)).await.unwrap();
        ports.identities.add_pending(&pending(secret, now + life)).await.unwrap();
    }
    ports.identities.forget_expired(now + seconds(30)).await.unwrap();
    // Asked at a time when all were good: what is forgotten is not found even then.
    assert!(ports.identities.find_pending(&living.hash(), now).await.unwrap().is_some());
    assert!(ports.identities.take_attempt(&living.hash(), now).await.unwrap().is_some());
    assert!(ports.identities.find_pending(&ended.hash(), now).await.unwrap().is_none());
    assert!(ports.identities.take_attempt(&ended.hash(), now).await.unwrap().is_none());
}
