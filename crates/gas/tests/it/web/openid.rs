//! Signing in by other providers: one of our own that lies in every way a provider can.

mod browser;
mod lies;
mod linking;
mod provider;
mod recent;
mod sign_out;
mod troubles;

use std::time::Duration;

use gas_service::settings::{ProviderPreset, ProviderSettings, Settings};

use self::provider::Provider;
use super::site::Site;

/// What the settings say of a provider.
fn settings_of(provider: &Provider) -> ProviderSettings {
    ProviderSettings {
        preset: ProviderPreset::Generic,
        issuer: Some(provider.issuer.clone()),
        client_id: provider::CLIENT_ID.to_owned(),
        client_secret: Some(provider::CLIENT_SECRET.into()),
        title: Some("The Institute".to_owned()),
        scopes: None,
        institution_claim: Some("organization".to_owned()),
        email_is_verified: false,
    }
}

/// A site at which one can sign in with that provider.
async fn site(provider: &Provider) -> Site {
    site_set(provider, |_| ()).await
}

/// The same with other settings than the default ones.
async fn site_set(provider: &Provider, change: impl FnOnce(&mut Settings)) -> Site {
    Site::set_up(|settings| {
        settings.sign_in.providers.insert("test".to_owned(), settings_of(provider));
        settings.sign_in.clock_skew = Duration::from_secs(30);
        change(settings);
    })
    .await
}
