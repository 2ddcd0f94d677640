//! Settings from a secret. Their values are in no message, and hidden wherever the configuration is shown.

use std::collections::BTreeMap;

use config::{Config, ValueKind, builder::DefaultState};
use gas_aws::{AwsSettings, SecretError, read_secret};
use serde_json::Value;

use super::{Configuration, ConfigurationError};

/// What stands for a value that nobody is to see.
pub(super) const MASK: &str = "********";

/// The settings of a secret, by their dotted names.
pub(super) struct Secret {
    name: String,
    settings: BTreeMap<String, Value>,
}

impl Secret {
    /// Reads the secret that the settings name.
    pub(super) fn read(settings: &AwsSettings) -> Result<Self, ConfigurationError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(ConfigurationError::Runtime)?;
        let read: Result<_, SecretError> = runtime.block_on(read_secret(settings));
        Ok(Self { name: settings.secret.clone(), settings: read? })
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.settings.keys().cloned().collect()
    }

    /// Reads everything once more, with the secret between `sources` and `flags`. When that cannot be used, it is for
    /// a setting of the secret, and that one is found by trying each by itself: what the library says would quote it.
    pub(super) fn over(
        &self,
        sources: &Config,
        flags: &Overrides,
    ) -> Result<Configuration, ConfigurationError> {
        let all = self.settings.iter().collect::<Vec<_>>();
        if let Some(configuration) = joined(sources, &all, flags) {
            return Ok(configuration);
        }
        let culprit = self.settings.iter().find(|setting| joined(sources, &[*setting], flags).is_none());
        let setting = culprit.map_or_else(|| self.names().join("`, `"), |(name, _)| name.clone());
        Err(ConfigurationError::SecretSetting { secret: self.name.clone(), setting })
    }
}

/// What the command line says, by name.
pub(super) type Overrides = BTreeMap<&'static str, String>;

fn joined(sources: &Config, secret: &[(&String, &Value)], flags: &Overrides) -> Option<Configuration> {
    let mut builder = config::ConfigBuilder::<DefaultState>::default().add_source(sources.clone());
    for (name, value) in secret {
        // The library would take more than dotted names, and what is hidden is found by its dotted name.
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return None;
        }
        builder = builder.set_override(name.as_str(), plain(value)?).ok()?;
    }
    for (name, value) in flags {
        builder = builder.set_override(*name, value.as_str()).ok()?;
    }
    builder.build().ok()?.try_deserialize().ok()
}

/// A setting is a text, a number or a yes or no.
fn plain(value: &Value) -> Option<ValueKind> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Bool(yes) => Some((*yes).into()),
        Value::Number(number) => number.as_i64().map(Into::into).or_else(|| number.as_f64().map(Into::into)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The configuration as a file would have it, with what is secret hidden.
pub(super) fn shown(configuration: &Configuration, secret: &[String]) -> Result<String, toml::ser::Error> {
    let mut all = toml::Value::try_from(configuration)?;
    for name in secret {
        let found = name.split('.').try_fold(&mut all, |table, part| table.get_mut(part));
        if let Some(value) = found {
            *value = MASK.into();
        }
    }
    toml::to_string_pretty(&all)
}

#[cfg(test)]
mod tests {
    use config::{File, FileFormat};

    use super::{super::DEFAULTS, *};

    #[test]
    fn flags_win_over_a_secret_and_a_secret_over_all_else() {
        let sources = Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .add_source(File::from_str("[site]\naddress = \"http://file\"\n", FileFormat::Toml))
            .build()
            .unwrap();
        let settings = [
            ("listen", "127.0.0.1:9001".into()),
            ("site.address", "http://secret".into()),
            ("annotator.at_once", 7.into()),
            ("web.secure_cookies", true.into()),
        ];
        let settings = settings.map(|(name, value): (_, Value)| (name.to_owned(), value)).into();
        let secret = Secret { name: "gas".to_owned(), settings };
        let flags = [("listen", "127.0.0.1:9000".to_owned())].into();
        let joined = secret.over(&sources, &flags).unwrap();
        assert_eq!(joined.listen.port(), 9000);
        assert_eq!(joined.site.address, "http://secret");
        assert_eq!((joined.annotator.at_once, joined.web.secure_cookies), (7, Some(true)));
    }
}
