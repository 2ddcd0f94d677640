//! What is configured, what answers, what is missing.

use std::process::ExitCode;

use gas_annotation::Reference;
use gas_service::settings::Confinement;

use crate::{
    compose::Composition,
    configuration::{Backend, Configuration, ConfigurationFlags, Prices},
    confinement, references, terminal,
};

/// Show what is configured, what answers and what is missing.
#[derive(clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

impl Check {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let configuration = Configuration::read(&self.flags)?;
        terminal::line(&configuration.shown()?)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let findings = [
            back_end(&runtime, &configuration),
            payment(&runtime, &configuration),
            reference(&configuration),
            confinement(&configuration),
        ];
        let mut all_well = true;
        for finding in findings {
            match finding {
                Ok(text) => terminal::line(&format!("# ok       {text}"))?,
                Err(error) => {
                    all_well = false;
                    terminal::line(&format!("# MISSING  {error:#}"))?;
                }
            }
        }
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What the premium plan costs, and whether the payment provider answers.
fn payment(runtime: &tokio::runtime::Runtime, configuration: &Configuration) -> anyhow::Result<String> {
    runtime.block_on(async {
        let composition = Composition::open(configuration.clone(), "http://localhost").await?;
        let told = composition.ports.billing.check().await;
        composition.close().await;
        Ok(format!("payment: {}", told?))
    })
}

fn back_end(runtime: &tokio::runtime::Runtime, configuration: &Configuration) -> anyhow::Result<String> {
    // Payment has a finding of its own.
    let mut configuration = configuration.clone();
    configuration.billing.prices = Prices::Off;
    runtime.block_on(async {
        let composition = Composition::open(configuration.clone(), "http://localhost").await?;
        let jobs = composition.ports.jobs.count_by_status().await?;
        composition.close().await;
        let jobs: Vec<String> = jobs.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let jobs = if jobs.is_empty() { "no jobs yet".to_owned() } else { jobs.join(", ") };
        let place = match configuration.backend {
            Backend::Embedded => format!("data directory `{}`", configuration.data.display()),
            Backend::Aws => format!("table `{}`", configuration.aws.tables.jobs),
        };
        Ok(format!("{place}: {jobs}"))
    })
}

/// Missing only where it must be there.
fn confinement(configuration: &Configuration) -> anyhow::Result<String> {
    let told = confinement::in_words(configuration.annotator.confinement);
    let must = configuration.annotator.confinement == Confinement::Whole;
    anyhow::ensure!(!must || confinement::is_whole(), "{told}");
    Ok(told)
}

fn reference(configuration: &Configuration) -> anyhow::Result<String> {
    let name = &configuration.annotator.reference;
    let directory = references::named(name, &references::folder(&configuration.data))?;
    let reference = Reference::open(&directory)?;
    Ok(format!("reference `{}` ({}) in `{}`", reference.name(), reference.assembly(), directory.display()))
}
