//! Tokens in tables that a version has filled which did not count them.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use gas_service::{
    account::{ApiToken, Scope, Secret, User},
    contract::Fixture as _,
    id::TokenId,
    ports::Ports,
};

use super::attributes::submitted;
use crate::fixture::{self, AwsFixture};

pub(super) fn token(user: &User) -> ApiToken {
    ApiToken {
        token_id: TokenId::generate(),
        secret: Secret::generate().hash(),
        user_id: user.user_id,
        name: "a token".to_owned(),
        scope: Scope::Read,
        created: submitted(),
        expires: None,
        last_used: None,
    }
}

/// Three tokens of a user, nowhere counted.
async fn former() -> (AwsFixture, Ports, User, Vec<ApiToken>) {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let user = ports.accounts.user_of_email(&"ada@example.org".parse().unwrap(), submitted()).await.unwrap();
    let tokens = [(); 3].map(|()| token(&user)).to_vec();
    for token in &tokens {
        assert!(ports.accounts.add_token(token, 3).await.unwrap());
    }
    let update = Client::new(&fixture.shared).update_item().table_name(&fixture.settings.tables.accounts);
    let update = update.key("id", AttributeValue::S(format!("user/{}", user.user_id)));
    update.update_expression("REMOVE token_count").send().await.unwrap();
    (fixture, ports, user, tokens)
}

/// Nobody gets more for having been there before.
#[tokio::test]
async fn tokens_of_before_count_against_the_limit() {
    let (_fixture, ports, user, _) = Box::pin(former()).await;
    assert!(!ports.accounts.add_token(&token(&user), 3).await.unwrap());
    assert!(ports.accounts.add_token(&token(&user), 4).await.unwrap());
    assert!(!ports.accounts.add_token(&token(&user), 4).await.unwrap());
}

/// The first change is that one is revoked.
#[tokio::test]
async fn a_revoked_token_of_before_makes_room() {
    let (_fixture, ports, user, tokens) = Box::pin(former()).await;
    ports.accounts.revoke_token(user.user_id, tokens[1].token_id).await.unwrap();
    assert_eq!(ports.accounts.user_of_token(&tokens[1].secret).await.unwrap(), None);
    assert!(ports.accounts.add_token(&token(&user), 3).await.unwrap());
    assert!(!ports.accounts.add_token(&token(&user), 3).await.unwrap());
}
