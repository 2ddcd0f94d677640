//! The providers, from the settings.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gas_service::settings::{ProviderSettings, SignInSettings};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl, Scope, url};
use secrecy::{ExposeSecret as _, SecretString};

use super::{OpenIdError, discovery::Discovery, exchange::Exchange, presets};

/// How long a provider may take for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A provider that cannot be used as it is set up.
#[derive(Debug, thiserror::Error)]
#[error("`sign_in.providers.{name}`: {problem}")]
pub struct UnusableProvider {
    name: String,
    problem: String,
}

/// All providers, by their names.
#[derive(Clone, Default)]
pub struct Providers(Arc<BTreeMap<String, Arc<Provider>>>);

impl Providers {
    /// Those of the settings. `site` is the address at which people reach this site. Asks nobody yet.
    pub fn new(settings: &SignInSettings, site: &str) -> Result<Self, UnusableProvider> {
        Self::with_time_limit(settings, site, TIME_LIMIT)
    }

    /// The same with another limit on the time of each answer.
    pub fn with_time_limit(
        settings: &SignInSettings,
        site: &str,
        time_limit: Duration,
    ) -> Result<Self, UnusableProvider> {
        let provider = |(name, of): (&String, &ProviderSettings)| {
            let made = Provider::new(name, of, settings.clock_skew, site, time_limit);
            let made = made.map_err(|problem| UnusableProvider { name: name.clone(), problem });
            Ok((name.clone(), Arc::new(made?)))
        };
        Ok(Self(Arc::new(settings.providers.iter().map(provider).collect::<Result<_, _>>()?)))
    }

    pub(crate) fn of_name(&self, name: &str) -> Result<&Arc<Provider>, OpenIdError> {
        self.0.get(name).ok_or(OpenIdError::NoSuchProvider)
    }

    /// What people call a provider of that name, also if it is not set up any more.
    pub(crate) fn title(&self, name: &str) -> String {
        self.0.get(name).map_or_else(|| name.to_owned(), |provider| provider.title.clone())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.values()
    }

    /// Asks each who it is, and gives its title with what is wrong, if something is.
    pub async fn check(&self, now: jiff::Timestamp) -> Vec<(String, Result<(), String>)> {
        let mut found = Vec::new();
        for provider in self.iter() {
            let answer = provider.discovery.current(now).await;
            let answer = answer.map(drop).map_err(|error| with_causes(&*error));
            found.push((provider.name.clone(), answer));
        }
        found
    }
}

/// An error with all its causes.
pub(super) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A provider.
pub(crate) struct Provider {
    /// Its name in the settings and in addresses.
    pub(crate) name: String,
    /// What people call it.
    pub(crate) title: String,
    /// Its own name for itself, compared as text.
    pub(super) issuer: String,
    pub(super) client_id: ClientId,
    client_secret: Option<SecretString>,
    pub(super) redirect: RedirectUrl,
    pub(super) scopes: Vec<Scope>,
    pub(super) institution_claim: Option<String>,
    pub(super) email_is_verified: bool,
    pub(super) clock_skew: Duration,
    pub(super) known: &'static presets::Known,
    pub(super) exchange: Exchange,
    pub(super) discovery: Discovery,
    /// Where people come back to once they are signed out there.
    pub(super) home: url::Url,
}

impl Provider {
    fn new(
        name: &str,
        settings: &ProviderSettings,
        clock_skew: Duration,
        site: &str,
        time_limit: Duration,
    ) -> Result<Self, String> {
        let known = presets::Known::of(settings.preset);
        check_name(name)?;
        let issuer = settings.issuer.as_deref().or(known.issuer);
        let issuer = checked_issuer(issuer.ok_or("`issuer` is missing")?)?;
        if settings.client_id.trim().is_empty() {
            return Err("`client_id` is empty".to_owned());
        }
        let secret = settings.client_secret.clone().filter(|secret| !secret.expose_secret().is_empty());
        let site_problem = |error| format!("`site.address` is no address: {error}");
        let redirect = RedirectUrl::new(format!("{site}/sign-in/callback/{name}")).map_err(site_problem)?;
        let exchange = Exchange::new(time_limit).map_err(|error| error.to_string())?;
        let scopes = settings.scopes.as_deref().unwrap_or(known.scopes).split_whitespace();
        Ok(Self {
            name: name.to_owned(),
            title: settings.title.clone().or(known.title.map(str::to_owned)).unwrap_or(name.to_owned()),
            issuer: issuer.as_str().to_owned(),
            client_id: ClientId::new(settings.client_id.trim().to_owned()),
            client_secret: secret,
            redirect,
            scopes: scopes
                .filter(|scope| *scope != "openid")
                .map(|scope| Scope::new(scope.to_owned()))
                .collect(),
            institution_claim: settings
                .institution_claim
                .clone()
                .or(known.institution_claim.map(str::to_owned)),
            email_is_verified: settings.email_is_verified,
            clock_skew,
            known,
            discovery: Discovery::new(issuer, exchange.clone()),
            exchange,
            home: url::Url::parse(&format!("{site}/")).map_err(site_problem)?,
        })
    }

    /// The secret, as the library wants it for one request.
    pub(super) fn client_secret(&self) -> Option<ClientSecret> {
        self.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()))
    }

    pub(super) fn unavailable(
        &self,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> OpenIdError {
        OpenIdError::Unavailable { title: self.title.clone(), cause: cause.into() }
    }

    pub(super) fn refused(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenIdError {
        OpenIdError::Refused { title: self.title.clone(), cause: cause.into() }
    }

    pub(super) fn unproven(&self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> OpenIdError {
        OpenIdError::Unproven { title: self.title.clone(), cause: cause.into() }
    }
}

/// A name is part of an address and of names of variables.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if !name.is_empty() && name.len() <= 40 && name.chars().all(plain) {
        return Ok(());
    }
    Err("a provider's name is of small letters, digits, `-` and `_`, forty at most".to_owned())
}

/// HTTPS, but on this machine.
fn checked_issuer(issuer: &str) -> Result<IssuerUrl, String> {
    let problem = |problem: &str| format!("the issuer `{issuer}` {problem}");
    let parsed =
        IssuerUrl::new(issuer.to_owned()).map_err(|error| problem(&format!("is no address: {error}")))?;
    let url = parsed.url();
    if issuer.chars().any(|c| c.is_whitespace() || c.is_control()) || issuer.len() > 500 {
        return Err(problem("has spaces or is too long"));
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err(problem("must have no `?`, `#` or `@`"));
    }
    if is_safe(url) { Ok(parsed) } else { Err(problem("must begin with https://")) }
}

/// Whether nobody on the way can read or change what is sent: HTTPS, or this machine.
pub(super) fn is_safe(url: &url::Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(url::Host::Domain(name))) => name == "localhost",
        ("http", Some(url::Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(url::Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn providers(settings: &str) -> Result<Providers, String> {
        let head = "email_links = true\nlink_life = \"20m\"\nsession_life = \"1h\"\nsession_idle = \"0s\"\nrecent = \"0s\"\nattempt_life = \"10m\"\n\
                    clock_skew = \"30s\"\n";
        let settings: SignInSettings = toml::from_str(&format!("{head}{settings}")).unwrap();
        Providers::new(&settings, "https://gas.example.org").map_err(|error| error.to_string())
    }

    #[rstest]
    #[case("https://id.example.org", true)]
    #[case("https://id.example.org/realms/staff", true)]
    #[case("http://127.0.0.1:9000", true)]
    #[case("http://localhost:9000", true)]
    #[case("http://[::1]:9000", true)]
    #[case("http://id.example.org", false)]
    #[case("http://localhost.example.org", false)]
    #[case("https://id.example.org/?a=b", false)]
    #[case("https://id.example.org/#a", false)]
    #[case("https://ada:secret@id.example.org", false)]
    #[case("id.example.org", false)]
    #[case("https://id.example.org/a b", false)]
    #[case("file:///etc/passwd", false)]
    fn issuers_are_reached_by_https_or_on_this_machine(#[case] issuer: &str, #[case] usable: bool) {
        assert_eq!(checked_issuer(issuer).is_ok(), usable);
    }

    #[rstest]
    #[case("[providers.a]\nclient_id = \"x\"", "`sign_in.providers.a`: `issuer` is missing")]
    #[case(
        "[providers.a]\npreset = \"globus\"\nclient_id = \" \"",
        "`sign_in.providers.a`: `client_id` is empty"
    )]
    #[case("[providers.Big]\npreset = \"globus\"\nclient_id = \"x\"", "small letters")]
    fn what_cannot_be_used_is_said(#[case] settings: &str, #[case] problem: &str) {
        let said = providers(settings).err().unwrap();
        assert!(said.contains(problem), "{said}");
    }

    #[test]
    fn globus_needs_no_more_than_what_was_registered_there() {
        let providers = providers("[providers.globus]\npreset = \"globus\"\nclient_id = \"x\"").unwrap();
        let globus = providers.of_name("globus").unwrap();
        assert_eq!((globus.title.as_str(), globus.issuer.as_str()), ("Globus", "https://auth.globus.org"));
        assert_eq!(globus.redirect.as_str(), "https://gas.example.org/sign-in/callback/globus");
        assert_eq!(globus.institution_claim.as_deref(), Some("organization"));
    }
}
