//! What can be set, and where each setting comes from: the defaults, a preset, a file, the environment, a secret of
//! the AWS back end, flags.

mod durations;
mod files;
mod secret;
mod web;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use config::{Config, Environment, File, FileFormat};
use gas_aws::AwsSettings;
use gas_embedded::EmbeddedSettings;
use gas_service::{
    plan::Plans,
    settings::{
        AnnotatorSettings, BillingSettings as BillingRules, RenderingSettings, Settings, SignInSettings,
        SiteSettings, UploadSettings, WorkerSettings,
    },
};
use gas_stripe::StripeSettings;
use serde::{Deserialize, Serialize};

use self::{
    secret::{Overrides, Secret},
    web::WebSettings,
};

/// Every setting with its default and what it means.
pub(crate) const DEFAULTS: &str = include_str!("../../../config.default.toml");

const CLASSROOM: &str = include_str!("../presets/classroom.toml");

/// A named set of settings for a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Preset {
    /// Small uploads, so that every student of a course meets the limit, the archive and the upgrade.
    Classroom,
}

impl Preset {
    fn text(self) -> &'static str {
        match self {
            Self::Classroom => CLASSROOM,
        }
    }
}

/// What a command line says about the configuration.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ConfigurationFlags {
    /// File with settings; without it `gas.toml` of the working folder, if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Settings for a purpose
    #[arg(long)]
    pub(crate) preset: Option<Preset>,
    /// Where everything is stored
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where the site listens, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
}

impl ConfigurationFlags {
    fn overrides(&self) -> Overrides {
        let data = self.data.as_ref().map(|data| ("data", data.to_string_lossy().into_owned()));
        let listen = self.listen.map(|listen| ("listen", listen.to_string()));
        data.into_iter().chain(listen).collect()
    }
}

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Where everything is kept.
    pub(crate) backend: Backend,
    /// Where the site listens.
    pub(crate) listen: SocketAddr,
    /// References, jobs under way, and what the embedded back end stores.
    pub(crate) data: PathBuf,
    /// How the site is reached and named.
    pub(crate) site: SiteSettings,
    /// The web face.
    pub(crate) web: WebSettings,
    /// What is logged, and how.
    pub(crate) log: LogSettings,
    /// What each plan allows.
    pub(crate) plans: Plans,
    /// What the premium plan costs.
    pub(crate) billing: BillingSettings,
    /// Links and sessions.
    pub(crate) sign_in: SignInSettings,
    /// Uploads.
    pub(crate) uploads: UploadSettings,
    /// Annotators and the limits of their child processes.
    pub(crate) annotator: AnnotatorSettings,
    /// Downloads in other formats.
    pub(crate) rendering: RenderingSettings,
    /// The other workers.
    pub(crate) workers: WorkerSettings,
    /// The embedded back end.
    pub(crate) embedded: EmbeddedSettings,
    /// The AWS back end.
    pub(crate) aws: AwsSettings,
    /// Settings that came from the secret or from files of their own, by their dotted names.
    #[serde(skip)]
    secret: Vec<String>,
}

/// The back ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    /// SQLite and folders of one machine.
    Embedded,
    /// Amazon Web Services.
    Aws,
}

/// What the premium plan costs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillingSettings {
    /// Nothing, for one reason or another, or what a payment provider takes.
    pub(crate) prices: Prices,
    /// How long the premium plan goes on after a payment has failed.
    #[serde(with = "humantime_serde")]
    pub(crate) grace: Duration,
    /// The payment provider.
    pub(crate) stripe: StripeSettings,
}

/// Who says what the premium plan costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Prices {
    /// Nobody: it costs nothing, and the button says that it is a demo.
    Demo,
    /// Nobody: it costs nothing here.
    Off,
    /// Stripe.
    Stripe,
}

/// What is logged, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogSettings {
    /// In the language of `RUST_LOG`.
    pub(crate) filter: String,
    /// For whom.
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Settings that contradict what they must be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// A source cannot be read, a key is unknown, or a value is of the wrong kind.
    #[error(
        "the configuration cannot be used: {0}. `config.default.toml` and `gas check` show what can be set"
    )]
    Unusable(#[from] config::ConfigError),
    /// There is no home for the data.
    #[error("there is no place for the data: set `--data DIR`, or the variable `HOME`")]
    NoDataDirectory,
    /// The secret cannot be read.
    #[error(transparent)]
    Secret(#[from] gas_aws::SecretError),
    /// The system does not let us ask for the secret.
    #[error("starting to ask for the secret failed")]
    Runtime(#[source] std::io::Error),
    /// A file with a setting's value cannot be read.
    #[error("the file with the value of `{setting}` cannot be read")]
    File {
        /// Which setting.
        setting: String,
        /// Why.
        source: std::io::Error,
    },
    /// What the secret sets cannot be set.
    #[error(
        "the secret `{secret}` sets `{setting}`, which is no setting, or to a value of the wrong kind. \
         `config.default.toml` and `gas check` show what can be set"
    )]
    SecretSetting {
        /// Which secret.
        secret: String,
        /// Which setting; its value is not told.
        setting: String,
    },
    /// A provider of sign-in that cannot be used.
    #[error(transparent)]
    Provider(#[from] gas_web::UnusableProvider),
    /// A clock that is not to be trusted.
    #[error(
        "`sign_in.clock_skew` must not be more than five minutes: a token would be taken long after its end"
    )]
    ClockSkew,
    /// A time that ends when the calendar does.
    #[error("`{setting}` must not be more than a hundred years")]
    TooLong {
        /// Its name.
        setting: &'static str,
    },
    /// A setting that would make the service wait for ever or do nothing.
    #[error("`{setting}` must not be zero")]
    Zero {
        /// Its name.
        setting: &'static str,
    },
}

impl Configuration {
    /// Reads all sources, the later winning over the earlier.
    pub(crate) fn read(flags: &ConfigurationFlags) -> Result<Self, ConfigurationError> {
        let mut sources = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(preset) = flags.preset {
            sources = sources.add_source(File::from_str(preset.text(), FileFormat::Toml));
        }
        let file = flags.config.clone().unwrap_or_else(|| PathBuf::from("gas.toml"));
        let file = File::from(file).format(FileFormat::Toml).required(flags.config.is_some());
        let environment = Environment::with_prefix("GAS").prefix_separator("__").separator("__");
        sources = sources.add_source(file).add_source(environment);
        let ((sources, mut hidden), overrides) = (files::resolved(sources.build()?)?, flags.overrides());
        let mut builder = Config::builder().add_source(sources.clone());
        for (name, value) in &overrides {
            builder = builder.set_override(*name, value.as_str())?;
        }
        let mut configuration: Self = builder.build()?.try_deserialize()?;
        if configuration.backend == Backend::Aws && !configuration.aws.secret.is_empty() {
            let secret = Secret::read(&configuration.aws)?;
            configuration = secret.over(&sources, &overrides)?;
            hidden.extend(secret.names());
        }
        configuration.secret = hidden;
        configuration.checked()
    }

    /// As a file would have it, with what is secret hidden.
    pub(crate) fn shown(&self) -> Result<String, toml::ser::Error> {
        secret::shown(self, &self.secret)
    }

    fn checked(mut self) -> Result<Self, ConfigurationError> {
        if self.data.as_os_str().is_empty() {
            self.data = default_data_directory().ok_or(ConfigurationError::NoDataDirectory)?;
        }
        let must_not_be_zero = [
            ("annotator.at_once", self.annotator.at_once == 0),
            ("annotator.threads", self.annotator.threads == 0),
            ("annotator.max_attempts", self.annotator.max_attempts == 0),
            ("annotator.lease", self.annotator.lease.is_zero()),
            ("rendering.at_once", self.rendering.at_once == 0),
            ("rendering.idle_limit", self.rendering.idle_limit.is_zero()),
            ("sign_in.attempt_life", self.sign_in.attempt_life.is_zero()),
            ("workers.visibility", self.workers.visibility.is_zero()),
            ("workers.archive_lease", self.workers.archive_lease.is_zero()),
            ("workers.sweep_interval", self.workers.sweep_interval.is_zero()),
            ("embedded.max_receives", self.embedded.max_receives == 0),
        ];
        if let Some(setting) = durations::too_long(&self) {
            return Err(ConfigurationError::TooLong { setting });
        }
        if self.sign_in.clock_skew > Duration::from_mins(5) {
            return Err(ConfigurationError::ClockSkew);
        }
        // Where the site is reached is known later; what is wrong with a provider does not depend on it.
        gas_web::Providers::new(&self.sign_in, "http://localhost")?;
        match must_not_be_zero.iter().find(|(_, zero)| *zero) {
            Some((setting, _)) => Err(ConfigurationError::Zero { setting }),
            None => Ok(self),
        }
    }

    /// The part that the rules of the service need.
    pub(crate) fn service(&self) -> Settings {
        Settings {
            site: self.site.clone(),
            plans: self.plans.clone(),
            billing: BillingRules { grace: self.billing.grace },
            sign_in: self.sign_in.clone(),
            uploads: self.uploads.clone(),
            annotator: self.annotator.clone(),
            rendering: self.rendering.clone(),
            workers: self.workers.clone(),
        }
    }
}

/// `$XDG_DATA_HOME/gas`, or what stands for it.
pub(crate) fn default_data_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base =
        absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")))?;
    Some(base.join("gas"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(preset: Option<Preset>, file: &str) -> Result<Configuration, ConfigurationError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gas.toml");
        std::fs::write(&path, file).unwrap();
        Configuration::read(&ConfigurationFlags {
            config: Some(path),
            preset,
            ..ConfigurationFlags::default()
        })
    }

    #[test]
    fn defaults_are_complete_and_a_file_wins_over_them() {
        let configuration = read(None, "[plans.free]\nretention = \"10m\"\n").unwrap();
        assert_eq!(configuration.plans.free.retention, Some(Duration::from_mins(10)));
        assert_eq!(configuration.plans.free.max_upload.map(|size| size.as_u64()), Some(50 << 20));
        assert_eq!(configuration.plans.premium.max_upload, None);
    }

    #[test]
    fn the_classroom_has_small_uploads() {
        let configuration = read(Some(Preset::Classroom), "").unwrap();
        assert_eq!(configuration.plans.free.max_upload.map(|size| size.as_u64()), Some(150 << 10));
    }

    #[rstest::rstest]
    #[case("kind = \"storage_class\"\nbucket = \"b\"\nclass = \"DEEP_ARCHIVE\"", true)]
    #[case("kind = \"vault\"\nvault = \"v\"", true)]
    #[case("kind = \"vault\"\nvault = \"v\"\nbucket = \"b\"", false)]
    fn either_cold_storage_can_be_chosen(#[case] section: &str, #[case] readable: bool) {
        assert_eq!(read(None, &format!("[aws.cold_storage]\n{section}\n")).is_ok(), readable);
    }

    #[rstest::rstest]
    #[case("", false)]
    #[case("[site]\naddress = \"http://gas.example.org\"", false)]
    #[case("[site]\naddress = \"https://gas.example.org\"", true)]
    #[case("[site]\naddress = \"https://gas.example.org\"\n[web]\nsecure_cookies = false", false)]
    #[case("[web]\nsecure_cookies = true", true)]
    fn the_address_tells_whether_there_is_https(#[case] file: &str, #[case] https: bool) {
        let configuration = read(None, file).unwrap();
        assert_eq!(configuration.web.options(&configuration.site.address).secure_cookies, https);
    }

    #[test]
    fn a_value_may_lie_in_a_file_and_is_then_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("smtp");
        std::fs::write(&path, "smtps://gas:hunter2@mail.example.org\n").unwrap();
        let file =
            format!("[embedded.smtp]\nurl = \"file:{0}\"\n[site]\nmail_from = \"file:{0}\"", path.display());
        let configuration = read(None, &file).unwrap();
        assert_eq!(configuration.site.mail_from, "smtps://gas:hunter2@mail.example.org");
        assert!(!configuration.shown().unwrap().contains("hunter2"));
        assert!(!format!("{:?}", configuration.embedded).contains("hunter2"));
        let missing = read(None, "[site]\nmail_from = \"file:/nowhere\"").unwrap_err();
        assert!(missing.to_string().contains("`site.mail_from`"), "{missing}");
    }

    #[test]
    fn unknown_keys_and_useless_values_are_errors() {
        assert!(read(None, "retention = 5\n").is_err());
        assert!(read(None, "[plans.free]\nretentoin = \"5s\"\n").is_err());
        let error = read(None, "[annotator]\nat_once = 0\n").unwrap_err();
        assert_eq!(error.to_string(), "`annotator.at_once` must not be zero");
    }

    #[rstest::rstest]
    #[case(
        "[plans.free]\nretention = \"101years\"",
        Some("`plans.free.retention` must not be more than a hundred years")
    )]
    #[case(
        "[plans.premium]\ninput_retention = \"10000years\"",
        Some("`plans.premium.input_retention` must not be more than a hundred years")
    )]
    #[case(
        "[sign_in]\nsession_life = \"9000years\"",
        Some("`sign_in.session_life` must not be more than a hundred years")
    )]
    #[case(
        "[workers]\npatience = \"9000years\"",
        Some("`workers.patience` must not be more than a hundred years")
    )]
    #[case("[workers]\narchive_lease = \"0s\"", Some("`workers.archive_lease` must not be zero"))]
    #[case("[plans.free]\nretention = \"100years\"", None)]
    fn no_time_goes_beyond_the_calendar(#[case] file: &str, #[case] refusal: Option<&str>) {
        let error = read(None, file).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), refusal);
    }
}
