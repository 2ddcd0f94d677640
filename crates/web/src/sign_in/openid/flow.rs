//! There, and back.

use std::{sync::Arc, time::Duration};

use gas_service::{
    desk::{SetOut, Vouched},
    identity::SignInAttempt,
};
use jiff::Timestamp;
use openidconnect::{
    AccessToken, AuthType, AuthenticationFlow, AuthorizationCode, Client, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, LogoutRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RequestTokenError,
    StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse as _, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    url::Url,
};

use super::{
    OpenIdError,
    claims::Said,
    discovery::Heard,
    provider::Provider,
    verify::{Claims, OtherClaims, Token},
};

/// At most so long ago the provider is to have asked the person, which is as good as ever: nobody is to be asked anew because
/// of it. But a provider that is told any such limit must put `auth_time` into the token (`OpenID` Connect Core, sections 2 and
/// 3.1.2.1), and that says how recent the proof is. `prompt=login` alone proves nothing: it travels through the browser, and an
/// answer does not tell whether it arrived.
const ASKED_WITHIN: Duration = Duration::from_hours(365 * 24);

type Tokens = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type OpenIdClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// Where the browser goes. With `asks_anew` the provider asks even whom it knows (`OpenID` Connect Core, section 3.1.2.1).
    pub(super) async fn way_there(
        &self,
        set_out: &SetOut,
        asks_anew: bool,
        now: Timestamp,
    ) -> Result<Url, OpenIdError> {
        let heard = self.heard(now).await?;
        let client = self.client(&heard);
        let (state, nonce) = (set_out.state.reveal().to_owned(), set_out.nonce.reveal().to_owned());
        let verifier = PkceCodeVerifier::new(set_out.pkce_verifier.reveal().to_owned());
        let request = client.authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        );
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let request = request.add_scopes(self.scopes.iter().cloned()).set_pkce_challenge(challenge);
        let request = request.set_max_age(ASKED_WITHIN);
        let request = if asks_anew { request.add_prompt(CoreAuthPrompt::Login) } else { request };
        Ok(request.url().0)
    }

    /// Whether an answer is from whom it should be (RFC 9207): an attacker who has a browser at two providers at once
    /// would bring one's code to the other.
    pub(super) async fn check_sender(&self, issuer: Option<&str>, now: Timestamp) -> Result<(), OpenIdError> {
        match issuer {
            Some(issuer) if issuer == self.issuer => Ok(()),
            Some(issuer) => Err(self.unproven(format!("the answer is from `{issuer}`"))),
            None => {
                let always = self.heard(now).await?.metadata.additional_metadata().clone();
                if always.authorization_response_iss_parameter_supported {
                    return Err(
                        self.unproven("the answer does not say from whom it is, as this provider's do")
                    );
                }
                Ok(())
            }
        }
    }

    /// Takes the token for a code, and what it says, after all is checked.
    pub(super) async fn redeem(
        &self,
        code: String,
        attempt: &SignInAttempt,
        now: Timestamp,
    ) -> Result<Vouched, OpenIdError> {
        let heard = self.heard(now).await?;
        let tokens = self.tokens(&heard, code, attempt).await?;
        let token = tokens.id_token().ok_or_else(|| self.unproven("there is no ID token"))?;
        let access = tokens.access_token();
        let claims = self.verified_by_any_key(&heard, token, access, &attempt.nonce, now).await?;
        let said = Said::of(claims);
        let subject = claims.subject();
        let more = if self.says_enough(&said) { None } else { self.more(&heard, access, subject).await? };
        Ok(self.vouched(claims, &said, more.as_ref()))
    }

    /// Where a session there is ended; none if the provider has no such place.
    pub(crate) async fn way_out(&self, now: Timestamp) -> Result<Option<Url>, OpenIdError> {
        if let Some(page) = self.known.sign_out_page {
            let parameters = [
                ("client_id", self.client_id.as_str()),
                ("redirect_uri", self.home.as_str()),
                ("redirect_name", "Genomics Annotation Service"),
            ];
            return Url::parse_with_params(page, parameters)
                .map(Some)
                .map_err(|error| self.unavailable(error));
        }
        let heard = self.heard(now).await?;
        let Some(endpoint) = heard.metadata.additional_metadata().end_session_endpoint.clone() else {
            return Ok(None);
        };
        let home = PostLogoutRedirectUrl::from_url(self.home.clone());
        let request = LogoutRequest::from(endpoint).set_client_id(self.client_id.clone());
        Ok(Some(request.set_post_logout_redirect_uri(home).http_get_url()))
    }

    async fn heard(&self, now: Timestamp) -> Result<Arc<Heard>, OpenIdError> {
        self.discovery.current(now).await.map_err(|error| self.unavailable(error))
    }

    fn client(&self, heard: &Heard) -> OpenIdClient {
        let metadata = heard.metadata.clone();
        let methods = metadata.token_endpoint_auth_methods_supported().cloned().unwrap_or_default();
        // Without a word on it a provider takes the secret by HTTP's own scheme (OpenID Connect Discovery 1.0, section 3).
        let in_body = methods.contains(&CoreClientAuthMethod::ClientSecretPost)
            && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic);
        let client =
            OpenIdClient::from_provider_metadata(metadata, self.client_id.clone(), self.client_secret());
        client.set_redirect_uri(self.redirect.clone()).set_auth_type(if in_body {
            AuthType::RequestBody
        } else {
            AuthType::BasicAuth
        })
    }

    async fn tokens(
        &self,
        heard: &Heard,
        code: String,
        attempt: &SignInAttempt,
    ) -> Result<Tokens, OpenIdError> {
        let client = self.client(heard);
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| self.unavailable(error))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(attempt.pkce_verifier.clone()));
        request.request_async(&self.exchange).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => self.refused(said.error().to_string()),
            RequestTokenError::Request(error) => self.unavailable(error),
            RequestTokenError::Parse(error, _) => self.unproven(error),
            RequestTokenError::Other(error) => self.unproven(error),
        })
    }

    /// The provider may have new keys; then it is asked for them.
    async fn verified_by_any_key<'t>(
        &self,
        heard: &Arc<Heard>,
        token: &'t Token,
        access: &AccessToken,
        nonce: &str,
        now: Timestamp,
    ) -> Result<&'t Claims, OpenIdError> {
        let verified = match self.verified(heard, token, access, nonce, now) {
            Err(doubt) if doubt.is_of_key() => {
                let renewed = self.discovery.with_new_keys(heard, now).await;
                let renewed = renewed.map_err(|error| self.unavailable(error))?;
                self.verified(&renewed, token, access, nonce, now)
            }
            verified => verified,
        };
        verified.map_err(|doubt| self.unproven(doubt))
    }

    /// Further claims, if there is a place to ask for them. They must be of the same subject.
    async fn more(
        &self,
        heard: &Heard,
        access: &AccessToken,
        subject: &SubjectIdentifier,
    ) -> Result<Option<Said>, OpenIdError> {
        if heard.metadata.userinfo_endpoint().is_none() {
            return Ok(None);
        }
        let client = self.client(heard);
        let request = client.user_info(access.clone(), Some(subject.clone()));
        let request = request.map_err(|error| self.unavailable(error))?;
        let claims: UserInfoClaims<OtherClaims, CoreGenderClaim> =
            request.request_async(&self.exchange).await.map_err(|error| match error {
                openidconnect::UserInfoError::ClaimsVerification(error) => self.unproven(error),
                error => self.unavailable(error),
            })?;
        Ok(Some(Said::of(&claims)))
    }
}
