//! Running the service, whole or one role of it.

mod function;

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use gas_service::{
    settings::Confinement,
    workers::{self, Role},
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    compose::{self, Composition},
    configuration::{Backend, Configuration, ConfigurationFlags},
    confinement, logging, terminal,
};

/// How long requests and workers may take to end after the process was told to.
const GRACE: Duration = Duration::from_secs(15);

/// Run the whole service in one process.
#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

/// Run only the web face.
#[derive(clap::Args)]
pub(crate) struct Web {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

/// Run only one kind of worker.
#[derive(clap::Args)]
pub(crate) struct Worker {
    /// Which
    #[arg(value_parser = role)]
    role: Role,
    #[command(flatten)]
    flags: ConfigurationFlags,
}

fn role(text: &str) -> Result<Role, String> {
    let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    text.parse().map_err(|_| format!("there is no such worker; there are {}", known.join(", ")))
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        run(&self.flags, true, &Role::ALL)
    }
}

impl Web {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        run(&self.flags, true, &[])
    }
}

impl Worker {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        if self.role == Role::Notifier && std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
            return function::run(&self.flags);
        }
        run(&self.flags, false, &[self.role])
    }
}

fn run(flags: &ConfigurationFlags, web: bool, roles: &[Role]) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(flags)?;
    logging::start(&configuration.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(configuration, web, roles))?;
    // Whatever still runs had its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

async fn serve(configuration: Configuration, web: bool, roles: &[Role]) -> anyhow::Result<()> {
    let listener = if web { Some(bind(configuration.listen).await?) } else { None };
    let address = match &listener {
        Some(listener) => format!("http://{}", reachable(listener.local_addr()?)),
        None => format!("http://{}", reachable(configuration.listen)),
    };
    let metrics = compose::metrics()?;
    let composition = Composition::open(configuration, &address).await?.printing_mail();
    composition.install_references()?;
    let stop = composition.stop.clone();
    let backend = composition.configuration.backend;
    let drain = composition.configuration.annotator.drain;
    let mut tasks = JoinSet::new();
    tell_of_confinement(composition.configuration.annotator.confinement);
    if !roles.is_empty() {
        let environment = composition.environment()?;
        for role in roles {
            tasks.spawn(workers::run(*role, Arc::clone(&environment)));
        }
    }
    if let Some(listener) = listener {
        let router = gas_web::router(composition.app(metrics)?);
        let web = &composition.configuration.web;
        let (limits, proxies) = (web.connections.clone(), web.trusted_proxies.clone());
        let ended = stop.clone();
        tasks.spawn(async move { gas_web::server::serve(listener, router, &limits, proxies, &ended).await });
        greet(&composition, &address)?;
    } else {
        terminal::say(&format!("{} at work; Ctrl-C stops it", roles_in_words(roles)));
    }
    tokio::select! {
        signal = told_to_end() => signal?,
        why = instance_is_to_go(backend) => tracing::info!(why, "told to end"),
        // A role that ends by itself takes the process with it, for whoever started it to start it again.
        _ = tasks.join_next(), if !tasks.is_empty() => tracing::error!("a part of the service ended by itself"),
    }
    let grace = if roles.contains(&Role::Annotator) { GRACE + drain } else { GRACE };
    finish(&stop, tasks, grace).await;
    composition.close().await;
    Ok(())
}

/// Whoever operates the service shall know what a stranger's file meets.
fn tell_of_confinement(wished: Confinement) {
    let told = confinement::in_words(wished);
    if confinement::is_whole() && wished != Confinement::Off {
        tracing::info!("{told}");
    } else {
        tracing::warn!("{told}");
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("listening at {address}; `--listen 127.0.0.1:0` takes any free port"))
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}

fn roles_in_words(roles: &[Role]) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

fn greet(composition: &Composition, address: &str) -> std::io::Result<()> {
    let site = &composition.configuration.site.address;
    let data = std::path::absolute(&composition.configuration.data)?;
    let data = data.display();
    let sign_in = match (composition.ports.outbox.is_some(), gas_web::is_of_this_machine(site)) {
        (true, true) => {
            let here = if terminal::is_watched() { "here and " } else { "" };
            format!("any e-mail address will do; the link is shown {here}at {address}/outbox")
        }
        (true, false) => {
            format!("by a link in a mail, which goes no further than {data}/outbox without SMTP")
        }
        (false, _) => "by a link that is mailed".to_owned(),
    };
    terminal::line(&format!(
        "Genomics Annotation Service {}\n  open      {site}\n  sign in   {sign_in}\n  data      {data}\n  stop      Ctrl-C",
        env!("CARGO_PKG_VERSION")
    ))
}

/// Waits until the cloud takes back the machine, if it is one of the cloud's.
async fn instance_is_to_go(backend: Backend) -> &'static str {
    match backend {
        Backend::Embedded => std::future::pending().await,
        Backend::Aws => gas_aws::instance_is_to_go().await,
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn told_to_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Lets requests and jobs come to their end, for a while.
async fn finish(stop: &CancellationToken, mut tasks: JoinSet<()>, grace: Duration) {
    tracing::info!("stopping");
    stop.cancel();
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, all).await.is_err() {
        tracing::warn!("some work did not end in {grace:?} and is left to be taken up again");
    }
}
