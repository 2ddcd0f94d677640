//! Identifiers: version 7 UUIDs, each with a type of its own so that none is taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an identifier.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a valid identifier (expected a UUID)")]
pub struct InvalidId(pub String);

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new identifier; later ones sort after earlier ones.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier as a UUID.
            pub fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(text.to_owned()))
            }
        }
    };
}

identifier! {
    /// Names a user.
    UserId
}
identifier! {
    /// Names a job.
    JobId
}
identifier! {
    /// Names an upload that the server has agreed to take.
    UploadId
}
identifier! {
    /// Names the deletion of an account.
    DeletionId
}
identifier! {
    /// Names who has a deletion in hand.
    HolderId
}
identifier! {
    /// Names an API token (not its secret).
    TokenId
}

macro_rules! opaque {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

opaque! {
    /// Names a copy in cold storage; chosen before the copy is made, never used for another.
    ArchiveId
}

impl ArchiveId {
    /// A new name for a copy of that job's result: lower-case letters, digits and hyphens.
    pub fn generate(job: JobId) -> Self {
        Self(format!("{job}-{}", Uuid::now_v7().simple()))
    }
}

opaque! {
    /// Names a retrieval from cold storage that was started.
    RetrievalId
}

opaque! {
    /// Names a user at the payment provider.
    CustomerId
}

opaque! {
    /// Names a subscription at the payment provider.
    SubscriptionId
}

opaque! {
    /// Names a notice of the payment provider; the same when the notice is sent again.
    NoticeId
}
