//! What a user has subscribed to, and what that allows.

pub(crate) mod change;

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

/// The two plans, by the names that the first service's table used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Limited uploads; results move to cold storage after the retention.
    FreeUser,
    /// No limit on uploads but the server's own; results stay.
    PremiumUser,
}

impl Plan {
    /// The name as stored and as shown by the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FreeUser => "free_user",
            Self::PremiumUser => "premium_user",
        }
    }

    /// The name as shown to people.
    pub fn title(self) -> &'static str {
        match self {
            Self::FreeUser => "Free",
            Self::PremiumUser => "Premium",
        }
    }

    /// The plan of that stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "free_user" => Some(Self::FreeUser),
            "premium_user" => Some(Self::PremiumUser),
            _ => None,
        }
    }
}

/// What a plan allows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The largest input accepted, in bytes as uploaded; none is unlimited.
    #[serde(default)]
    pub max_upload: Option<ByteSize>,
    /// How many jobs may be unfinished at once; none is unlimited.
    #[serde(default)]
    pub max_jobs_at_once: Option<u64>,
    /// How many jobs are accepted within one day of UTC; none is unlimited.
    #[serde(default)]
    pub max_jobs_per_day: Option<u64>,
    /// How many bytes the files of jobs that are not deleted may have together, in bytes; none is unlimited. A job that
    /// was accepted is never refused its result, which may go beyond it.
    #[serde(default)]
    pub max_stored: Option<ByteSize>,
    /// How long a result stays hot after completion; none is for ever.
    #[serde(default, with = "humantime_serde::option")]
    pub retention: Option<Duration>,
    /// How long an input is kept after its job ended; none is as long as the job.
    #[serde(default, with = "humantime_serde::option")]
    pub input_retention: Option<Duration>,
}

/// The allowances of both plans.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plans {
    /// What `free_user` may.
    pub free: Allowance,
    /// What `premium_user` may.
    pub premium: Allowance,
}

impl Plans {
    /// What that plan allows.
    pub fn of(&self, plan: Plan) -> &Allowance {
        match plan {
            Plan::FreeUser => &self.free,
            Plan::PremiumUser => &self.premium,
        }
    }
}
