//! What the table of accounts keeps of who is gone, looked at without the ports, which show no row that no longer counts.

use std::time::Duration;

use gas_service::{
    account::{Secret, Session, User},
    contract::Fixture as _,
    deletion::Deletion,
    id::DeletionId,
    ports::Ports,
};
use jiff::Timestamp;

use super::{
    attributes::{rows, submitted},
    tokens::token,
};
use crate::fixture;

/// More than one look into the list gives.
const SESSIONS: u64 = 205;

/// Sessions that began one a second until `ended`, and one after; a token.
async fn furnish(ports: &Ports, user: &User, ended: Timestamp) {
    let session = |created: Timestamp| Session {
        secret: Secret::generate().hash(),
        user_id: user.user_id,
        created: Some(created),
        authenticated: None,
        expires: created + Duration::from_mins(5),
        provider: None,
        last_used: None,
        admin: false,
    };
    for before in 0..SESSIONS {
        ports.accounts.add_session(&session(ended - Duration::from_secs(before))).await.unwrap();
    }
    ports.accounts.end_sessions(user.user_id, ended).await.unwrap();
    ports.accounts.add_session(&session(ended + Duration::from_secs(1))).await.unwrap();
    assert!(ports.accounts.add_token(&token(user), 5).await.unwrap());
}

/// Sessions that had ended, or were too many to be listed, too.
#[tokio::test]
async fn the_deletion_alone_is_left_of_a_removed_user() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let now = submitted();
    let user = ports.accounts.user_of_email(&"ada@example.org".parse().unwrap(), now).await.unwrap();
    furnish(&ports, &user, now).await;
    let deletion = Deletion {
        deletion_id: DeletionId::generate(),
        user_id: user.user_id,
        email: user.user_email.clone(),
        begun: now,
        attend_at: now,
        tally: None,
    };
    ports.deletions.begin(&deletion).await.unwrap();
    ports.deletions.remove_user(user.user_id).await.unwrap();
    let left = rows(&fixture, &fixture.settings.tables.accounts).await;
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"]["S"], format!("deletion/{}", user.user_id));
}
