use super::{Desk, DeskError, last_use};
use crate::{
    account::{ApiToken, Scope, Secret, SecretHash, TokenLife, User},
    id::TokenId,
};

/// Most tokens of one user, expired ones included.
pub const MOST_TOKENS: u32 = 50;

/// What a token that somebody presents is.
pub enum Presented {
    /// None of ours, or revoked.
    Unknown,
    /// One of ours that has come to its end.
    Expired,
    /// Good, for its user and within its scope.
    Valid(Box<User>, Scope),
}

impl Desk {
    /// Makes an API token; its secret is shown this once.
    pub async fn create_token(
        &self,
        user: &User,
        name: &str,
        scope: Scope,
        life: TokenLife,
    ) -> Result<(ApiToken, Secret), DeskError> {
        let (secret, now) = (Secret::generate(), self.ports.clock.now());
        let token = ApiToken {
            token_id: TokenId::generate(),
            secret: secret.hash(),
            user_id: user.user_id,
            name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
            scope,
            created: now,
            expires: life.end(now),
            last_used: None,
        };
        if !self.ports.accounts.add_token(&token, MOST_TOKENS).await? {
            self.must_stay(user.user_id).await?;
            return Err(DeskError::TooManyTokens);
        }
        self.audit(user, None, "token_created").await?;
        Ok((token, secret))
    }

    /// What a presented API token is. Its use is noted.
    pub async fn user_of_token(&self, token: &Secret) -> Result<Presented, DeskError> {
        let secret = token.hash();
        let Some((user, token)) = self.ports.accounts.user_of_token(&secret).await? else {
            return Ok(Presented::Unknown);
        };
        if token.has_expired(self.ports.clock.now()) {
            return Ok(Presented::Expired);
        }
        self.note_token_use(secret, &token);
        Ok(Presented::Valid(Box::new(user), token.scope))
    }

    fn note_token_use(&self, secret: SecretHash, token: &ApiToken) {
        let (accounts, now) = (&self.ports.accounts, self.ports.clock.now());
        let unless_after = now - last_use::NOTED_EVERY;
        last_use::note(token.token_id, token.last_used, unless_after, || {
            let accounts = accounts.clone();
            async move { accounts.note_token_use(&secret, now, unless_after).await }
        });
    }

    /// A user's API tokens.
    pub async fn tokens(&self, user: &User) -> Result<Vec<ApiToken>, DeskError> {
        Ok(self.ports.accounts.tokens(user.user_id).await?)
    }

    /// Revokes one of them.
    pub async fn revoke_token(&self, user: &User, token: TokenId) -> Result<(), DeskError> {
        self.ports.accounts.revoke_token(user.user_id, token).await?;
        self.audit(user, None, "token_revoked").await
    }
}
