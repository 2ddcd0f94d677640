//! The notifier where AWS Lambda runs it: it is handed messages instead of taking them.

use std::process::ExitCode;

use super::told_to_end;
use crate::{
    compose::Composition,
    configuration::{Configuration, ConfigurationFlags},
    logging,
};

pub(super) fn run(flags: &ConfigurationFlags) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(flags)?;
    logging::start(&configuration.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(configuration))?;
    Ok(ExitCode::SUCCESS)
}

/// Answers invocations until told to end. No reference is installed: mails need none.
async fn serve(configuration: Configuration) -> anyhow::Result<()> {
    let address = format!("http://{}", configuration.listen);
    let composition = Composition::open(configuration, &address).await?;
    let environment = composition.environment()?;
    tokio::select! {
        signal = told_to_end() => signal?,
        served = gas_aws::serve_notifier(environment, &composition.configuration.aws) => served?,
    }
    composition.close().await;
    Ok(())
}
