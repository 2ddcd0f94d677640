//! What claims say of a person.

use gas_service::{account::EmailAddress, desk::Vouched, identity::Identity};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    provider::Provider,
    verify::{self, Claims},
};

/// Most further identities that are looked up.
const MOST_ALIASES: usize = 20;

/// Claims of one document, by their names.
pub(super) struct Said(Map<String, Value>);

impl Said {
    pub(super) fn of(claims: &impl Serialize) -> Self {
        match serde_json::to_value(claims) {
            Ok(Value::Object(claims)) => Self(claims),
            _ => Self(Map::new()),
        }
    }

    /// A text, without what could break a page or a mail.
    fn text(&self, claim: &str) -> Option<String> {
        let text = self.0.get(claim)?.as_str()?;
        let text: String = text.trim().chars().filter(|c| !c.is_control()).take(200).collect();
        if text.is_empty() { None } else { Some(text) }
    }

    fn email(&self) -> Option<EmailAddress> {
        self.text("email")?.parse().ok()
    }

    fn name(&self) -> Option<String> {
        self.text("name").or_else(|| match (self.text("given_name"), self.text("family_name")) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (given, family) => given.or(family),
        })
    }

    /// Other subjects of a list of objects that have one each.
    fn aliases(&self, claim: &str, own: &str) -> Vec<String> {
        let Some(others) = self.0.get(claim).and_then(Value::as_array) else { return Vec::new() };
        let subjects = others.iter().filter_map(|other| other.get("sub")?.as_str());
        let others =
            subjects.filter(|subject| *subject != own && !subject.is_empty() && subject.len() <= 255);
        others.take(MOST_ALIASES).map(str::to_owned).collect()
    }
}

impl Provider {
    /// Whether the token alone says what is to be known, so that the provider need not be asked for more.
    pub(super) fn says_enough(&self, token: &Said) -> bool {
        let address =
            token.email().is_some() && (self.email_is_verified || token.0.contains_key("email_verified"));
        let institution = self.institution_claim.as_deref().is_none_or(|claim| token.0.contains_key(claim));
        address && institution
    }

    /// Puts together what the token and the further claims say. Address and verification are always of one document: that
    /// one address is verified says nothing of another.
    pub(super) fn vouched(&self, claims: &Claims, token: &Said, more: Option<&Said>) -> Vouched {
        let subject = claims.subject().as_str();
        let documents = || more.into_iter().chain([token]);
        let with_address = documents().find(|said| said.email().is_some());
        let email = with_address.and_then(Said::email);
        let says_so = with_address.and_then(|said| said.0.get("email_verified")).and_then(Value::as_bool);
        let first = |claim: &str| documents().find_map(|said| said.text(claim));
        let label = email.as_ref().map(ToString::to_string).or_else(|| first("preferred_username"));
        let aliases = self.known.aliases_claim.map(|claim| {
            let lists = documents().map(|said| said.aliases(claim, subject));
            lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
        });
        Vouched {
            identity: Identity {
                issuer: self.issuer.clone(),
                subject: subject.to_owned(),
                provider: self.name.clone(),
                label: label.unwrap_or_else(|| subject.to_owned()),
            },
            aliases: aliases.unwrap_or_default(),
            // Whether it says that the address is verified counts; whether it leaves that out, only if it is known to verify.
            email_verified: email.is_some() && says_so.unwrap_or(self.email_is_verified),
            email,
            name: documents().find_map(Said::name).unwrap_or_default(),
            institution: self.institution_claim.as_deref().and_then(first).unwrap_or_default(),
            authenticated: verify::authenticated(claims),
        }
    }
}
