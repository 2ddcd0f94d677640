//! Settings whose value lies in a file, as containers and systemd hand secrets over: `file:/run/secrets/smtp`.

use std::{fs, io::Read as _, path::Path};

use config::{Config, Value, ValueKind};

use super::ConfigurationError;

/// What such a value begins with.
const SCHEME: &str = "file:";
/// Most bytes of such a file.
const MOST_BYTES: u64 = 64 * 1024;

/// Puts in place of each such value what is in its file, without the line's end. Gives the names of those settings, too.
pub(super) fn resolved(sources: Config) -> Result<(Config, Vec<String>), ConfigurationError> {
    let mut found = Vec::new();
    find(&sources.cache, "", &mut found);
    let mut builder = Config::builder().add_source(sources);
    for (setting, path) in &found {
        let read = read(Path::new(path));
        let text = read.map_err(|source| ConfigurationError::File { setting: setting.clone(), source })?;
        builder = builder.set_override(setting.as_str(), text)?;
    }
    Ok((builder.build()?, found.into_iter().map(|(setting, _)| setting).collect()))
}

fn find(value: &Value, name: &str, found: &mut Vec<(String, String)>) {
    match &value.kind {
        ValueKind::String(text) => {
            found.extend(text.strip_prefix(SCHEME).map(|path| (name.to_owned(), path.to_owned())));
        }
        ValueKind::Table(table) => {
            for (key, value) in table {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                find(value, &name, found);
            }
        }
        _ => {}
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
