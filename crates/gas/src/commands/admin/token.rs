use anyhow::Context as _;
use gas_service::{
    account::{EmailAddress, Scope, TokenLife},
    plan::Plan,
};

use crate::{
    compose::Composition,
    configuration::{Configuration, ConfigurationFlags},
    terminal,
};

/// Print an API token for a user.
#[derive(clap::Args)]
pub(crate) struct Token {
    /// Whose
    #[arg(long)]
    email: EmailAddress,
    /// Puts the user on that plan
    #[arg(long, value_name = "free_user|premium_user", value_parser = plan)]
    plan: Option<Plan>,
    /// What the token is called in the user's list
    #[arg(long, default_value = "made by gas admin token")]
    name: String,
    /// What it may be used for: reading, jobs too, or everything
    #[arg(long, value_name = "read|submit|account", value_parser = scope, default_value = "account")]
    scope: Scope,
    /// How long it works
    #[arg(long, value_name = "7d|30d|90d|365d|never", value_parser = life, default_value = "90d")]
    expires: TokenLife,
    #[command(flatten)]
    flags: ConfigurationFlags,
}

pub(super) fn plan(text: &str) -> Result<Plan, String> {
    Plan::from_name(text).ok_or_else(|| "there are the plans free_user and premium_user".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::from_name(text).ok_or_else(|| "there are the scopes read, submit and account".to_owned())
}

fn life(text: &str) -> Result<TokenLife, String> {
    TokenLife::from_name(text).ok_or_else(|| "a token works for 7d, 30d, 90d, 365d, or never ends".to_owned())
}

impl Token {
    pub(super) fn run(self) -> anyhow::Result<()> {
        // Reading settings may ask for a secret, on a runtime of its own.
        let configuration = Configuration::read(&self.flags)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.make(configuration))
    }

    async fn make(self, configuration: Configuration) -> anyhow::Result<()> {
        let address = format!("http://{}", configuration.listen);
        let composition = Composition::open(configuration, &address).await?;
        let desk = composition.desk()?;
        let now = desk.ports.clock.now();
        let user = desk.ports.accounts.user_of_email(&self.email, now).await.context("finding the user")?;
        if let Some(plan) = self.plan.filter(|plan| *plan != user.plan) {
            desk.change_plan(user.user_id, plan).await.context("changing the plan")?;
        }
        let made = desk.create_token(&user, &self.name, self.scope, self.expires).await;
        let (_, secret) = made.context("making the token")?;
        composition.close().await;
        Ok(terminal::line(secret.reveal())?)
    }
}
