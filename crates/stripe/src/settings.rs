//! What can be set.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// Settings of Stripe.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripeSettings {
    /// The key of the account, such as `sk_live_…` or a restricted one, `rk_live_…`.
    #[serde(serialize_with = "masked")]
    pub secret_key: SecretString,
    /// The secret by which Stripe signs its notices, such as `whsec_…`.
    #[serde(serialize_with = "masked")]
    pub webhook_secret: SecretString,
    /// The secret before, while another replaces it; empty is none.
    #[serde(serialize_with = "masked")]
    pub former_webhook_secret: SecretString,
    /// The price of the premium plan, such as `price_…`; a recurring one.
    pub price: String,
    /// Where Stripe's API is.
    pub api: String,
}

/// A secret as it may be shown: whether it is there.
fn masked<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if is_empty(secret) { "" } else { "********" })
}

pub(crate) fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}

/// A setting without which there is no payment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`billing.prices` is `stripe`, but `{0}` is not set; docs/billing.md says where to find it")]
pub struct MissingSetting(pub &'static str);

impl StripeSettings {
    /// The first setting that is missing.
    pub(crate) fn complete(&self) -> Result<(), MissingSetting> {
        let needed = [
            ("billing.stripe.secret_key", is_empty(&self.secret_key)),
            ("billing.stripe.webhook_secret", is_empty(&self.webhook_secret)),
            ("billing.stripe.price", self.price.trim().is_empty()),
            ("billing.stripe.api", self.api.trim().is_empty()),
        ];
        match needed.into_iter().find(|(_, missing)| *missing) {
            Some((setting, _)) => Err(MissingSetting(setting)),
            None => Ok(()),
        }
    }
}
