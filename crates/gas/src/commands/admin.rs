//! Looking after a server, on its own machine: on the embedded back end against its data directory, also while the
//! server runs; on AWS with the rights of a web server's role.

mod acts;
mod grant;
mod jobs;
mod letters;
mod mode;
mod plan;
mod queues;
mod shown;
mod token;
mod users;

use std::process::ExitCode;

use gas_service::{administration::Administration, ports::Actor};

use crate::{
    compose::Composition,
    configuration::{Configuration, ConfigurationFlags},
};

/// Look after a server, on its own machine.
#[derive(clap::Subcommand)]
pub(crate) enum Admin {
    /// Print an API token for a user, who is made if need be
    Token(token::Token),
    /// List users, by the beginning of their addresses
    Users(users::Users),
    /// Show a user, with jobs and what was done by and to them
    User(users::User),
    /// Put a user on a plan
    Plan(plan::Plan),
    /// Make a user an administrator; the user is made if need be
    Grant(grant::Grant),
    /// Make a user no longer an administrator
    Revoke(grant::Revoke),
    /// List jobs of all users, newest first, or show or cancel one
    Jobs(jobs::Jobs),
    /// Show how full the queues are
    Queues(queues::Queues),
    /// List messages that were given up on, and have them tried again or discarded
    DeadLetters(letters::DeadLetters),
    /// Show what the service does at present, or change it
    Mode(mode::Mode),
    /// List what was done by those who look after the service
    Audit(acts::Audit),
}

impl Admin {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Token(command) => command.run()?,
            Self::Users(command) => command.run()?,
            Self::User(command) => command.run()?,
            Self::Plan(command) => command.run()?,
            Self::Grant(command) => command.run()?,
            Self::Revoke(command) => command.run()?,
            Self::Jobs(command) => command.run()?,
            Self::Queues(command) => command.run()?,
            Self::DeadLetters(command) => command.run()?,
            Self::Mode(command) => command.run()?,
            Self::Audit(command) => command.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What all of these commands take.
#[derive(clap::Args)]
struct Common {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: ConfigurationFlags,
}

/// Why something is done to somebody.
#[derive(clap::Args)]
struct Why {
    /// Why; it stands in the audit log
    #[arg(long, value_name = "TEXT", default_value = "at the command line")]
    reason: String,
}

impl Why {
    fn reason(&self) -> anyhow::Result<gas_service::administration::Reason> {
        Ok(gas_service::administration::Reason::given(&self.reason)?)
    }
}

/// Opens the back end and does something with it.
fn with_administration<T>(
    flags: &ConfigurationFlags,
    work: impl AsyncFnOnce(&Administration) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    // Reading settings may ask for a secret, on a runtime of its own.
    let configuration = Configuration::read(flags)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let address = format!("http://{}", configuration.listen);
        let composition = Composition::open(configuration, &address).await?;
        let administration = composition.desk()?.administration(Actor::CommandLine);
        let done = work(&administration).await;
        drop(administration);
        composition.close().await;
        done
    })
}
