//! Whether a token says what it says.

use std::collections::HashMap;

use jiff::Timestamp;
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, IdToken, IdTokenClaims,
    IdTokenVerifier, Nonce,
    core::{CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{discovery::Heard, provider::Provider};

/// What is signed by a key that only the provider has. A shared secret, or nothing, is no signature to us.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Longest subject (`OpenID` Connect Core 1.0, section 2).
const LONGEST_SUBJECT: usize = 255;

/// Claims beyond the standard ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherClaims {
    #[serde(flatten)]
    all: HashMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

pub(super) type Token =
    IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
pub(super) type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Doubt {
    #[error(transparent)]
    Claims(#[from] ClaimsVerificationError),
    #[error("the issuer is `{0}`, which is not quite the one that is expected")]
    Issuer(String),
    #[error("it was made for `{0}`")]
    Party(String),
    #[error("it holds only later")]
    NotYet,
    #[error("it says that the person shows only later who it is")]
    AuthenticatedLater,
    #[error("its subject is empty or too long")]
    Subject,
    #[error("it belongs to another access token")]
    AccessToken,
}

impl Doubt {
    /// Whether another key might dispel it.
    pub(super) fn is_of_key(&self) -> bool {
        use openidconnect::SignatureVerificationError::{AmbiguousKeyId, CryptoError, NoMatchingKey};
        let Self::Claims(ClaimsVerificationError::SignatureVerification(error)) = self else { return false };
        matches!(error, NoMatchingKey | CryptoError(_) | AmbiguousKeyId(_))
    }
}

impl Provider {
    /// The claims of a token that this provider signed, for us, in answer to this very attempt, for the present time.
    pub(super) fn verified<'t>(
        &self,
        heard: &Heard,
        token: &'t Token,
        access: &AccessToken,
        nonce: &str,
        now: Timestamp,
    ) -> Result<&'t Claims, Doubt> {
        let verifier = self.verifier(heard, now);
        let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned()))?;
        let issuer = claims.issuer().as_str();
        if issuer != self.issuer {
            return Err(Doubt::Issuer(issuer.to_owned()));
        }
        if let Some(party) = claims.authorized_party().filter(|party| **party != self.client_id) {
            return Err(Doubt::Party(party.to_string()));
        }
        if self.begins_later(claims, now) {
            return Err(Doubt::NotYet);
        }
        if claims.auth_time().is_some_and(|told| told > chrono_time(now + self.clock_skew)) {
            return Err(Doubt::AuthenticatedLater);
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return Err(Doubt::Subject);
        }
        if let Some(expected) = claims.access_token_hash() {
            let (algorithm, key) = (token.signing_alg(), token.signing_key(&verifier));
            let signature = ClaimsVerificationError::SignatureVerification;
            let (algorithm, key) = (algorithm.map_err(signature)?, key.map_err(signature)?);
            let hash = AccessTokenHash::from_token(access, algorithm, key).map_err(|_| Doubt::AccessToken)?;
            if hash != *expected {
                return Err(Doubt::AccessToken);
            }
        }
        Ok(claims)
    }

    /// Checks signature, issuer, audience, nonce, end and time of issue. It is the one for public clients, as it never takes
    /// our secret for a key.
    fn verifier<'a>(&self, heard: &Heard, now: Timestamp) -> IdTokenVerifier<'a, CoreJsonWebKey> {
        let metadata = &heard.metadata;
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        let (earliest, latest) = (chrono_time(now - self.clock_skew), chrono_time(now + self.clock_skew));
        IdTokenVerifier::new_public_client(self.client_id.clone(), issuer, keys)
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || earliest)
            .set_issue_time_verifier_fn(move |issued| {
                if issued <= latest { Ok(()) } else { Err("it was made in the future".to_owned()) }
            })
    }

    /// The library does not know `nbf` (RFC 7519, section 4.1.5).
    fn begins_later(&self, claims: &Claims, now: Timestamp) -> bool {
        let Some(begin) = claims.additional_claims().all.get("nbf") else { return false };
        let whole =
            begin.as_i64().or_else(|| begin.as_f64().and_then(|begin| format!("{begin:.0}").parse().ok()));
        whole.is_none_or(|begin| begin > (now + self.clock_skew).as_second())
    }
}

/// When the person last showed the provider who it is, of a token that was verified, if it tells (`OpenID` Connect Core,
/// section 2). What would be before 1970 is as good as then.
pub(super) fn authenticated(claims: &Claims) -> Option<Timestamp> {
    let told = claims.auth_time()?.timestamp().max(0);
    Some(Timestamp::from_second(told).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn chrono_time(time: Timestamp) -> chrono::DateTime<chrono::Utc> {
    let nanoseconds = u32::try_from(time.subsec_nanosecond()).unwrap_or(0);
    chrono::DateTime::from_timestamp(time.as_second(), nanoseconds).unwrap_or_default()
}
