//! The `Idempotency-Key` header: a request repeated under one key has one effect.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::error::WebError;

/// Longest key, in characters.
const MAX_LENGTH: usize = 200;

/// The key, if one was sent.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().unwrap_or_default().trim();
        let plain = key.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ');
        if key.is_empty() || key.len() > MAX_LENGTH || !plain {
            return Err(WebError::invalid(
                "invalid_idempotency_key",
                format!(
                    "the header `Idempotency-Key` must have 1 to {MAX_LENGTH} visible ASCII characters; a UUID is best"
                ),
            ));
        }
        Ok(Self(Some(key.to_owned())))
    }
}
