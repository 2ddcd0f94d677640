//! What is configured, what answers, what is missing.

use std::process::ExitCode;

use gas_annotation::Reference;
use gas_service::{
    ports::{Clock as _, SystemClock},
    settings::Confinement,
};
use gas_web::Providers;

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
        let mut findings = vec![
            back_end(&runtime, &configuration),
            payment(&runtime, &configuration),
            reference(&configuration),
            confinement(&configuration),
        ];
        findings.extend(ways_in(&runtime, &configuration));
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

/// Whether anybody can sign in, and whether the providers answer.
fn ways_in(runtime: &tokio::runtime::Runtime, configuration: &Configuration) -> Vec<anyhow::Result<String>> {
    let sign_in = &configuration.sign_in;
    let mut findings = Vec::new();
    if !sign_in.email_links && sign_in.providers.is_empty() {
        let problem =
            "a way to sign in: `sign_in.email_links` is off, and there is no provider in `sign_in.providers`";
        findings.push(Err(anyhow::anyhow!(problem)));
    }
    let answers = Providers::new(sign_in, "http://localhost")
        .map(|providers| runtime.block_on(async move { providers.check(SystemClock.now()).await }));
    let answers = answers.map_err(anyhow::Error::from);
    match answers {
        Err(error) => findings.push(Err(error)),
        Ok(answers) => findings.extend(answers.into_iter().map(|(name, answer)| match answer {
            Ok(()) => Ok(format!("provider `{name}` answers")),
            Err(problem) => Err(anyhow::anyhow!("an answer of provider `{name}`: {problem}")),
        })),
    }
    findings
}

fn reference(configuration: &Configuration) -> anyhow::Result<String> {
    let name = &configuration.annotator.reference;
    let directory = references::named(name, &references::folder(&configuration.data))?;
    let reference = Reference::open(&directory)?;
    Ok(format!("reference `{}` ({}) in `{}`", reference.name(), reference.assembly(), directory.display()))
}
