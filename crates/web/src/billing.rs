//! Where the payment provider tells what happened.

use axum::{body::Bytes, extract::State, http::HeaderMap};

use crate::{
    app::App,
    error::WebError,
    router::{Access, Routes},
};

/// The header by which a notice of Stripe's shows that it is one.
const SIGNATURE: &str = "stripe-signature";

pub(crate) fn routes() -> Routes {
    // No cookie counts here; who asks shows it by the signature.
    Routes::of(Access::Impersonal).post("/billing/stripe/webhook", hear)
}

/// Answers well only when the effect is durable; until then the provider sends the notice again. The body is what is
/// signed, byte for byte, and so is not read before that is looked at.
async fn hear(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Result<(), WebError> {
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    Ok(app.desk.hear(&body, signature).await?)
}
