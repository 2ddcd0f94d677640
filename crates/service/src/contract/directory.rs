//! Users as those who look after the service find them.

use super::{
    Fixture,
    deletions::deletion,
    samples::{address, race, seconds},
};
use crate::{
    account::{EmailAddress, User},
    id::UserId,
    ports::{AdminChange, Cursor, Ports},
};

async fn user_of(ports: &Ports, email: &str) -> User {
    ports.accounts.user_of_email(&email.parse().unwrap(), ports.clock.now()).await.unwrap()
}

/// All pages of a list.
async fn addresses(ports: &Ports, beginning: &str, limit: u32) -> Vec<String> {
    let (mut found, mut cursor): (Vec<String>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = ports.directory.users(beginning, cursor.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= usize::try_from(limit).unwrap());
        found.extend(page.items.iter().map(|user| user.user_email.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            return found;
        }
    }
}

/// In the order of addresses, page by page, and nothing but what begins so.
pub async fn users_are_listed_by_the_beginning_of_their_address(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let all = [
        "ada.b@example.org",
        "ada@example.org",
        "ada@example.orgx.org",
        "adam@example.org",
        "eve@example.org",
    ];
    for email in [3, 0, 4, 2, 1].map(|at: usize| all[at]) {
        user_of(&ports, email).await;
    }
    for limit in [1, 2, 100] {
        assert_eq!(addresses(&ports, "", limit).await, all, "by {limit}");
        assert_eq!(addresses(&ports, "ada", limit).await, all[..4]);
        assert_eq!(addresses(&ports, "ada@", limit).await, all[1..3]);
        assert_eq!(addresses(&ports, "ada@example.org", limit).await, all[1..3]);
    }
    for nobody in ["b", "Ada", "ada%", "ada_", "'", "🧬", "\u{7f}", "zz"] {
        assert!(addresses(&ports, nobody, 10).await.is_empty(), "{nobody}");
    }
    for senseless in ["", "nobody", "\u{0}", "🧬"] {
        let cursor = Cursor(senseless.to_owned());
        let page = ports.directory.users("ada@", Some(&cursor), 10).await.unwrap();
        assert!(page.items.iter().all(|user| user.user_email.as_str().starts_with("ada@")), "{senseless}");
    }
}

/// Looking for somebody makes nobody.
pub async fn a_user_is_found_by_the_address(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let ada = user_of(&ports, "ada@example.org").await;
    assert_eq!(ports.directory.find_by_email(&ada.user_email).await.unwrap(), Some(ada.clone()));
    let other: EmailAddress = "ada@example.or".parse().unwrap();
    assert_eq!(ports.directory.find_by_email(&other).await.unwrap(), None);
    assert_eq!(addresses(&ports, "", 10).await, ["ada@example.org"]);
}

/// It shows at once wherever the user is read.
pub async fn administrators_come_and_go(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (ada, eve) = (user_of(&ports, "ada@example.org").await, user_of(&ports, "eve@example.org").await);
    assert!(!ada.admin);
    fixture.pass(seconds(2)).await;
    let now = ports.clock.now();
    let set = async |user: UserId, admin| ports.directory.set_admin(user, admin, now).await.unwrap();
    for _ in 0..2 {
        assert_eq!(set(ada.user_id, true).await, AdminChange::Holds);
    }
    let admin = ports.accounts.user(ada.user_id).await.unwrap().unwrap();
    assert_eq!(admin, User { admin: true, updated: now, ..ada.clone() });
    assert_eq!(ports.directory.find_by_email(&ada.user_email).await.unwrap(), Some(admin));
    assert_eq!(set(ada.user_id, false).await, AdminChange::LastOne);
    assert_eq!(set(eve.user_id, false).await, AdminChange::Holds);
    assert_eq!(set(eve.user_id, true).await, AdminChange::Holds);
    for _ in 0..2 {
        assert_eq!(set(ada.user_id, false).await, AdminChange::Holds);
    }
    assert!(!ports.accounts.user(ada.user_id).await.unwrap().unwrap().admin);
    assert_eq!(set(eve.user_id, false).await, AdminChange::LastOne);
    let nobody = UserId::generate();
    for admin in [true, false] {
        assert_eq!(set(nobody, admin).await, AdminChange::NoSuchUser);
    }
    assert_eq!(ports.accounts.user(nobody).await.unwrap(), None);
}

/// Each of two administrators takes the other's right at the same time; so do many.
pub async fn one_administrator_is_left_however_many_go_at_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let mut admins = Vec::new();
    for _ in 0..6 {
        let user = user_of(&ports, address().as_str()).await;
        ports.directory.set_admin(user.user_id, true, ports.clock.now()).await.unwrap();
        admins.push(user.user_id);
    }
    let went = race(admins.len(), |number| {
        let (ports, user) = (fixture.ports(), admins[number]);
        async move { ports.directory.set_admin(user, false, ports.clock.now()).await.unwrap() }
    })
    .await;
    assert_eq!(went.iter().filter(|change| **change == AdminChange::LastOne).count(), 1, "{went:?}");
    let mut left = 0;
    for user in admins {
        left += u32::from(ports.accounts.user(user).await.unwrap().unwrap().admin);
    }
    assert_eq!(left, 1);
}

/// Nobody would count them off when the account is gone, and the last one could go.
pub async fn who_leaves_becomes_no_administrator(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (ada, eve) = (user_of(&ports, "ada@example.org").await, user_of(&ports, "eve@example.org").await);
    let now = ports.clock.now();
    let set = async |user: UserId, admin| ports.directory.set_admin(user, admin, now).await.unwrap();
    assert_eq!(set(ada.user_id, true).await, AdminChange::Holds);
    ports.deletions.begin(&deletion(&ports, &eve)).await.unwrap();
    assert_eq!(set(eve.user_id, true).await, AdminChange::NoSuchUser);
    assert_eq!(set(eve.user_id, false).await, AdminChange::Holds);
    assert_eq!(ports.accounts.user(eve.user_id).await.unwrap(), Some(eve.clone()));
    ports.deletions.remove_user(eve.user_id).await.unwrap();
    assert_eq!(set(eve.user_id, true).await, AdminChange::NoSuchUser);
    assert_eq!(set(ada.user_id, false).await, AdminChange::LastOne);
}
