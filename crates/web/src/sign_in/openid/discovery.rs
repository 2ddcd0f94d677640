//! What a provider says of itself, and its keys: asked for when first needed, kept for a while, asked for again.

use std::{error::Error, sync::Arc, time::Duration};

use jiff::Timestamp;
use openidconnect::{
    AdditionalProviderMetadata, EndSessionUrl, IssuerUrl, JsonWebKeySet, ProviderMetadata, UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::{exchange::Exchange, provider::is_safe};

/// How long what was heard is believed to be so still.
const FRESH: Duration = Duration::from_hours(1);
/// How long it is worked with when the provider does not answer any more.
const USABLE: Duration = Duration::from_hours(24);
/// How long a provider that did not answer is left alone.
const RETRY: Duration = Duration::from_secs(5);
/// How often keys are asked for because a token names an unknown one.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// Any error.
pub(super) type Fault = Box<dyn Error + Send + Sync>;

/// What is not part of the library's own reading.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct More {
    /// Where sessions there are ended (`OpenID` Connect RP-Initiated Logout 1.0).
    pub(super) end_session_endpoint: Option<EndSessionUrl>,
    /// Whether answers always say from whom they are (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

/// A provider's document about itself.
pub(super) type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What is known of a provider at some time.
#[derive(Clone)]
pub(super) struct Heard {
    /// Its document, with its keys.
    pub(super) metadata: Metadata,
    at: Timestamp,
}

#[derive(Default)]
struct State {
    heard: Option<Arc<Heard>>,
    /// When it was last asked in vain.
    failed: Option<Timestamp>,
    /// When keys were last asked for because one was unknown.
    keys_asked: Option<Timestamp>,
}

/// What a provider says of itself. One at a time asks; the others wait for the answer.
pub(super) struct Discovery {
    issuer: IssuerUrl,
    exchange: Exchange,
    state: Mutex<State>,
}

impl Discovery {
    pub(super) fn new(issuer: IssuerUrl, exchange: Exchange) -> Self {
        Self { issuer, exchange, state: Mutex::default() }
    }

    /// What holds now.
    pub(super) async fn current(&self, now: Timestamp) -> Result<Arc<Heard>, Fault> {
        let mut state = self.state.lock().await;
        let within = |since: Timestamp, while_: Duration| since + while_ > now && since <= now + while_;
        let known = state.heard.clone();
        if let Some(heard) = known.as_ref().filter(|heard| within(heard.at, FRESH)) {
            return Ok(Arc::clone(heard));
        }
        let usable = known.filter(|heard| within(heard.at, USABLE));
        let fault = if state.failed.is_some_and(|failed| within(failed, RETRY)) {
            "it did not answer a moment ago".into()
        } else {
            match self.ask(now).await {
                Ok(heard) => {
                    state.heard = Some(Arc::clone(&heard));
                    return Ok(heard);
                }
                Err(error) => error,
            }
        };
        state.failed = Some(state.failed.filter(|failed| within(*failed, RETRY)).unwrap_or(now));
        let Some(heard) = usable else { return Err(fault) };
        tracing::warn!(issuer = %*self.issuer, error = %fault, "a provider does not answer; its former word is used");
        Ok(heard)
    }

    /// The keys after one was unknown; those of `before` if they were asked for a moment ago.
    pub(super) async fn with_new_keys(
        &self,
        before: &Arc<Heard>,
        now: Timestamp,
    ) -> Result<Arc<Heard>, Fault> {
        let mut state = self.state.lock().await;
        if let Some(newer) = state.heard.as_ref().filter(|heard| !Arc::ptr_eq(heard, before)) {
            return Ok(Arc::clone(newer));
        }
        if state.keys_asked.is_some_and(|asked| asked + KEYS_AGAIN > now && asked <= now) {
            return Ok(Arc::clone(before));
        }
        state.keys_asked = Some(now);
        let keys = JsonWebKeySet::fetch_async(before.metadata.jwks_uri(), &self.exchange).await?;
        let metadata = before.metadata.clone().set_jwks(keys);
        let heard = Arc::new(Heard { metadata, at: before.at });
        state.heard = Some(Arc::clone(&heard));
        Ok(heard)
    }

    async fn ask(&self, now: Timestamp) -> Result<Arc<Heard>, Fault> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.exchange).await?;
        self.check(&metadata)?;
        Ok(Arc::new(Heard { metadata, at: now }))
    }

    /// The library compares addresses, which are equal with and without a slash at the end; names must be equal as texts.
    fn check(&self, metadata: &Metadata) -> Result<(), Fault> {
        let (said, expected) = (metadata.issuer().as_str(), self.issuer.as_str());
        if said != expected {
            return Err(format!("it calls itself `{said}`, and `{expected}` is expected").into());
        }
        let token = metadata.token_endpoint().ok_or("it names no `token_endpoint`")?;
        let more = metadata.additional_metadata();
        let addresses = [
            Some(metadata.authorization_endpoint().url()),
            Some(token.url()),
            Some(metadata.jwks_uri().url()),
            metadata.userinfo_endpoint().map(UserInfoUrl::url),
            more.end_session_endpoint.as_ref().map(EndSessionUrl::url),
        ];
        let own_is_https = self.issuer.url().scheme() == "https";
        for address in addresses.into_iter().flatten() {
            if !is_safe(address) || (own_is_https && address.scheme() != "https") {
                return Err(format!("it names the address `{address}`, which is not of HTTPS").into());
            }
        }
        Ok(())
    }
}
