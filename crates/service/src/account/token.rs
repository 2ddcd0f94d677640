//! API tokens, what they may be used for, and how long.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SecretHash;
use crate::id::{TokenId, UserId};

/// What an API token may be used for; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To see jobs and to download.
    Read,
    /// To upload, to submit, cancel, run again and delete jobs.
    Submit,
    /// To change the profile, the plan and the tokens.
    Account,
}

impl Scope {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Submit, Self::Account];

    /// The name as stored, shown and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Account => "account",
        }
    }

    /// The scope of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// How long a token works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenLife {
    /// A week.
    Week,
    /// A month.
    Month,
    /// Three months.
    #[default]
    Quarter,
    /// A year.
    Year,
    /// Until it is revoked.
    Unlimited,
}

impl TokenLife {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Week, Self::Month, Self::Quarter, Self::Year, Self::Unlimited];

    /// The name as sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
            Self::Year => "365d",
            Self::Unlimited => "never",
        }
    }

    /// The name as shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Week => "7 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
            Self::Year => "365 days",
            Self::Unlimited => "no end",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|life| life.as_str() == name)
    }

    /// When a token ends that is made now.
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
            Self::Unlimited => return None,
        };
        Some(now + Duration::from_secs(days * 24 * 60 * 60))
    }
}

/// A key by which a program acts for a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Names the token in lists.
    pub token_id: TokenId,
    /// Hash of the secret.
    pub secret: SecretHash,
    /// For whom it acts.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scope: Scope,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working; none is never.
    pub expires: Option<Timestamp>,
    /// When it was last used, to the minute; none is never.
    pub last_used: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it works no longer.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.as_str()), Some(scope));
        }
        for life in TokenLife::ALL {
            assert_eq!(TokenLife::from_name(life.as_str()), Some(life));
        }
        assert_eq!(TokenLife::from_name("90"), None);
        assert_eq!(TokenLife::default().as_str(), "90d");
    }

    #[test]
    fn a_token_is_good_before_its_end_and_not_at_it() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(TokenLife::Unlimited.end(now), None);
        assert_eq!(TokenLife::Week.end(now).unwrap().as_second(), 7 * 86_400);
        let token = ApiToken {
            token_id: TokenId::generate(),
            secret: SecretHash(String::new()),
            user_id: UserId::generate(),
            name: String::new(),
            scope: Scope::Read,
            created: now,
            expires: TokenLife::Week.end(now),
            last_used: None,
        };
        let end = token.expires.unwrap();
        assert!(!token.has_expired(end - Duration::from_nanos(1)));
        assert!(token.has_expired(end));
    }
}
