//! E-mail addresses.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A plausible e-mail address: one `@`, a dot in the domain, no spaces, controls or brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// A text that cannot be an e-mail address.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an e-mail address (expected something like `ada@example.org`)")]
pub struct InvalidEmail(String);

impl EmailAddress {
    /// The address, its domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    /// Accepts what mail servers of this century accept; lower-cases the whole, as one person is
    /// one account however the address was typed.
    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let refused = || InvalidEmail(text.chars().take(100).collect());
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
        let local_is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let domain_is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let dotted = |part: &str| {
            !part.starts_with('.') && !part.ends_with('.') && !part.contains("..") && !part.is_empty()
        };
        let plausible = text.len() <= 254
            && local.len() <= 64
            && dotted(local)
            && dotted(domain)
            && local.chars().all(local_is_plain)
            && domain.chars().all(domain_is_plain)
            && (domain.contains('.') || domain == "localhost");
        if plausible { Ok(Self(text.to_ascii_lowercase())) } else { Err(refused()) }
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ada@example.org")]
    #[case(" Ada.Lovelace+gas@Example.ORG ")]
    #[case("root@localhost")]
    fn plausible_addresses_are_accepted(#[case] text: &str) {
        assert!(text.parse::<EmailAddress>().is_ok());
    }

    #[rstest]
    #[case("")]
    #[case("ada")]
    #[case("ada@")]
    #[case("@example.org")]
    #[case("ada@example")]
    #[case("ada@exa mple.org")]
    #[case("ada@example.org\r\nBcc: all@example.org")]
    #[case("a..b@example.org")]
    #[case("<ada@example.org>")]
    fn others_are_refused(#[case] text: &str) {
        assert!(text.parse::<EmailAddress>().is_err());
    }
}
