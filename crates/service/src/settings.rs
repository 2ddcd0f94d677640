//! What can be set about the rules of the service. Back ends have settings of their own.

use std::{collections::BTreeMap, time::Duration};

use bytesize::ByteSize;
use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};

use crate::plan::Plans;

/// All settings of the rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How the site is reached and named.
    pub site: SiteSettings,
    /// What each plan allows.
    pub plans: Plans,
    /// Payment.
    pub billing: BillingSettings,
    /// Links and sessions.
    pub sign_in: SignInSettings,
    /// Uploads.
    pub uploads: UploadSettings,
    /// Annotators and the limits of their child processes.
    pub annotator: AnnotatorSettings,
    /// Downloads in other formats.
    pub rendering: RenderingSettings,
    /// The other workers.
    pub workers: WorkerSettings,
}

/// How the site is reached and named.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSettings {
    /// The address that links in mails begin with, such as `https://gas.example.org`; no slash at its end.
    pub address: String,
    /// Sender of all mail.
    pub mail_from: String,
}

/// Payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingSettings {
    /// How long the premium plan goes on after a payment has failed.
    #[serde(with = "humantime_serde")]
    pub grace: Duration,
}

/// Links, sessions, and the providers that vouch for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInSettings {
    /// Whether a mailed link signs in.
    pub email_links: bool,
    /// How long a mailed link works.
    #[serde(with = "humantime_serde")]
    pub link_life: Duration,
    /// How long a browser stays signed in.
    #[serde(with = "humantime_serde")]
    pub session_life: Duration,
    /// How long it does so without being used; zero is no limit.
    #[serde(with = "humantime_serde")]
    pub session_idle: Duration,
    /// How long after signing in people may change who can get in; zero is no limit.
    #[serde(with = "humantime_serde")]
    pub recent: Duration,
    /// How long somebody may take at a provider.
    #[serde(with = "humantime_serde")]
    pub attempt_life: Duration,
    /// How far a provider's clock may be from ours.
    #[serde(with = "humantime_serde")]
    pub clock_skew: Duration,
    /// The providers, by the names that their addresses here have.
    #[serde(default)]
    pub providers: BTreeMap<String, ProviderSettings>,
}

impl SignInSettings {
    /// After which time without use a session ends, if there is such a time.
    pub fn idle_limit(&self) -> Option<Duration> {
        Some(self.session_idle).filter(|limit| !limit.is_zero())
    }

    /// After which time a session is no longer one of somebody who signed in not long ago, if there is such a time.
    pub fn recent_limit(&self) -> Option<Duration> {
        Some(self.recent).filter(|limit| !limit.is_zero())
    }
}

/// A provider of `OpenID` Connect. What is left out comes from the preset.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What is known of it beforehand.
    #[serde(default)]
    pub preset: ProviderPreset,
    /// Its own name for itself, an address, exactly as its documents have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// By which name it knows this service.
    pub client_id: String,
    /// What proves to it that it is this service; none for a public client.
    #[serde(default, serialize_with = "masked", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretString>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is asked of it beside `openid`, with spaces between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// Which claim names the institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution_claim: Option<String>,
    /// Whether its addresses are verified although it does not say so.
    #[serde(default)]
    pub email_is_verified: bool,
}

/// Providers about which something is known beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderPreset {
    /// Nothing but the standard.
    #[default]
    Generic,
    /// Globus Auth.
    Globus,
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn masked<S: Serializer>(_: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("********")
}

/// Uploads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadSettings {
    /// How long an upload may take to become a job before it is swept away.
    #[serde(with = "humantime_serde")]
    pub life: Duration,
    /// How many uploads that are not yet jobs one user may have at once.
    pub at_once: u32,
}

/// Annotators and the limits of their child processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotatorSettings {
    /// How many jobs one process annotates at once.
    pub at_once: usize,
    /// Threads of one child process.
    pub threads: usize,
    /// How long an annotator is believed alive after its last sign.
    #[serde(with = "humantime_serde")]
    pub lease: Duration,
    /// How long running jobs may go on once the process was told to end; then they are handed back.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
    /// How often a job is tried before it fails.
    pub max_attempts: u32,
    /// The reference for jobs that name none.
    pub reference: String,
    /// Memory that a child may allocate; the mapped reference does not count.
    pub max_memory: ByteSize,
    /// Processor time of a child.
    #[serde(with = "humantime_serde")]
    pub max_cpu_time: Duration,
    /// Time by the clock of a child.
    #[serde(with = "humantime_serde")]
    pub max_wall_time: Duration,
    /// Size of each file that a child writes.
    pub max_output: ByteSize,
    /// What a child gives up before it reads a stranger's file.
    #[serde(default)]
    pub confinement: Confinement,
}

/// What child processes give up before they read a stranger's file: other files, the network, other programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confinement {
    /// Nothing.
    Off,
    /// As much as the system knows how to take.
    #[default]
    Possible,
    /// All of it; on a system that does not know how, they do not run.
    Whole,
}

impl Confinement {
    /// The flags that tell a child.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Off => &[],
            Self::Possible => &["--confined", "possible"],
            Self::Whole => &["--confined", "whole"],
        }
    }
}

/// Downloads that are made when they are asked for. Each may cost as much memory, time and output as a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderingSettings {
    /// How many one process makes at once.
    pub at_once: usize,
    /// How long one waits for its turn before it is refused.
    #[serde(with = "humantime_serde")]
    pub patience: Duration,
    /// How long its reader may stand still before it is broken off.
    #[serde(with = "humantime_serde")]
    pub idle_limit: Duration,
}

/// The other workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSettings {
    /// How long a worker may hold a message before another gets it; renewed while it works.
    #[serde(with = "humantime_serde")]
    pub visibility: Duration,
    /// How long a worker waits before it tries a failed message again.
    #[serde(with = "humantime_serde")]
    pub retry_delay: Duration,
    /// How long a copy to or from cold storage may take before another worker takes over.
    #[serde(with = "humantime_serde")]
    pub archive_lease: Duration,
    /// How often the sweeper looks.
    #[serde(with = "humantime_serde")]
    pub sweep_interval: Duration,
    /// How long the sweeper lets a message take before it sends another.
    #[serde(with = "humantime_serde")]
    pub patience: Duration,
}
