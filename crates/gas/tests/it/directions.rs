//! Which crate may know which: docs/design.md, "Boundaries".

use std::{collections::BTreeSet, fs, path::Path};

/// Each crate, and those of ours that it may depend on.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("annotation", &[]),
    ("service", &[]),
    ("embedded", &["gas-service"]),
    ("aws", &["gas-service"]),
    ("stripe", &["gas-service"]),
    ("web", &["gas-service"]),
    ("gas", &["gas-annotation", "gas-aws", "gas-embedded", "gas-service", "gas-stripe", "gas-web"]),
];

/// What the engine must do without: network, async, and whatever else makes a service.
const NOT_IN_THE_ENGINE: &[&str] = &["tokio", "futures", "reqwest", "axum", "sqlx", "clap", "tracing"];

fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn dependencies_point_as_the_design_says() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let there: BTreeSet<String> = fs::read_dir(crates)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = MAY_KNOW.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, listed, "every crate has its line");
    for (name, known) in MAY_KNOW {
        let ours = dependencies(name).into_iter().filter(|dependency| dependency.starts_with("gas-"));
        let wrong: Vec<String> = ours.filter(|dependency| !known.contains(&dependency.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn the_engine_knows_nothing_of_services() {
    let wrong: Vec<String> = dependencies("annotation")
        .into_iter()
        .filter(|name| NOT_IN_THE_ENGINE.contains(&name.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
