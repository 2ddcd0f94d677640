//! What is known of providers beforehand.

use gas_service::settings::ProviderPreset;

/// What is known of a provider beforehand.
pub(super) struct Known {
    pub(super) issuer: Option<&'static str>,
    pub(super) title: Option<&'static str>,
    pub(super) scopes: &'static str,
    pub(super) institution_claim: Option<&'static str>,
    /// The claim that lists the same person's other identities.
    pub(super) aliases_claim: Option<&'static str>,
    /// A page that ends the session there, if it is not told by discovery.
    pub(super) sign_out_page: Option<&'static str>,
}

/// Nothing but the standard.
const GENERIC: Known = Known {
    issuer: None,
    title: None,
    scopes: "email profile",
    institution_claim: None,
    aliases_claim: None,
    sign_out_page: None,
};

/// Globus Auth. Its discovery names no `end_session_endpoint`; the page is documented among its helper pages, and takes
/// `client_id`, `redirect_uri` and `redirect_name`. It never says `email_verified`: addresses come from the institutions.
const GLOBUS: Known = Known {
    issuer: Some("https://auth.globus.org"),
    title: Some("Globus"),
    scopes: "email profile urn:globus:auth:scope:auth.globus.org:view_identity_set",
    institution_claim: Some("organization"),
    aliases_claim: Some("identity_set"),
    sign_out_page: Some("https://auth.globus.org/v2/web/logout"),
};

impl Known {
    pub(super) fn of(preset: ProviderPreset) -> &'static Self {
        match preset {
            ProviderPreset::Generic => &GENERIC,
            ProviderPreset::Globus => &GLOBUS,
        }
    }
}
