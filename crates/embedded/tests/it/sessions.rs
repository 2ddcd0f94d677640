//! Sessions, as their rows are.

use gas_service::account::{Secret, Session};
use jiff::Timestamp;
use sqlx::{ConnectOptions as _, sqlite::SqliteConnectOptions};

use crate::fixture::open;

/// Idle ones are removed with those that have expired. One of an earlier version, which does not say when it began, stays
/// until it expires.
#[tokio::test]
async fn idle_sessions_are_swept_away() {
    let fixture = open().await;
    let accounts = &fixture.ports.accounts;
    let at = |second| Timestamp::from_second(second).unwrap();
    let user = accounts.user_of_email(&"ada@example.org".parse().unwrap(), at(0)).await.unwrap();
    let keep = async |created: Option<i64>, last_used: Option<i64>, expires: i64| {
        let secret = Secret::generate().hash();
        let session = Session {
            secret: secret.clone(),
            user_id: user.user_id,
            created: created.map(at),
            authenticated: None,
            expires: at(expires),
            provider: None,
            last_used: last_used.map(at),
            admin: false,
        };
        accounts.add_session(&session).await.unwrap();
        secret
    };
    let unused = keep(Some(100), None, 1000).await;
    let idle = keep(Some(0), Some(100), 1000).await;
    let in_use = keep(Some(0), Some(101), 1000).await;
    let fresh = keep(Some(101), None, 1000).await;
    let old = keep(None, None, 1000).await;
    let over = keep(Some(101), None, 200).await;
    let there = async || {
        let options = SqliteConnectOptions::new().filename(fixture.data.path().join("gas.db"));
        let mut connection = options.connect().await.unwrap();
        let found: Vec<String> =
            sqlx::query_scalar("SELECT secret FROM session").fetch_all(&mut connection).await.unwrap();
        [&unused, &idle, &in_use, &fresh, &old, &over].map(|secret| found.contains(&secret.0))
    };
    accounts.forget_expired(at(199), None).await.unwrap();
    assert_eq!(there().await, [true; 6]);
    accounts.forget_expired(at(200), Some(at(100))).await.unwrap();
    assert_eq!(there().await, [false, false, true, true, true, false]);
}
