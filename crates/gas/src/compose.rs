//! Wiring: which back end, which workers, which face, from the configuration.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use gas_embedded::Embedded;
use gas_service::{
    desk::Desk,
    ports::{Billing, Clock, FreeOfCharge, Mailer, Ports, References, SystemClock},
    workers::{AnnotateCommand, Environment},
};
use gas_stripe::{SetupError, StripeBilling};
use gas_web::{App, Providers, WebOptions};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    configuration::{Backend, Configuration, Prices},
    references::{self, ReferenceFolder},
    terminal,
};

/// A process of the service, wired but not yet running.
pub(crate) struct Composition {
    /// What was configured, with the site's address known.
    pub(crate) configuration: Configuration,
    /// The back end.
    pub(crate) ports: Ports,
    /// What must be closed at the end.
    embedded: Option<Embedded>,
    /// Cancelled when the process is to end.
    pub(crate) stop: CancellationToken,
}

impl Composition {
    /// Opens the back end. `address` is where the site listens, for links if nothing else is configured.
    pub(crate) async fn open(mut configuration: Configuration, address: &str) -> anyhow::Result<Self> {
        if configuration.site.address.is_empty() {
            address.clone_into(&mut configuration.site.address);
        }
        configuration.site.address = configuration.site.address.trim_end_matches('/').to_owned();
        let data = configuration.data.clone();
        std::fs::create_dir_all(&data)
            .with_context(|| format!("making the data directory `{}`", data.display()))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let references: Arc<dyn References> = Arc::new(ReferenceFolder::new(references::folder(&data)));
        let site = &configuration.site;
        let (mut ports, embedded) = match configuration.backend {
            Backend::Embedded => {
                let opened = Embedded::open(&data, &configuration.embedded, site, clock, references).await;
                let embedded =
                    opened.with_context(|| format!("opening the data directory `{}`", data.display()))?;
                (embedded.ports.clone(), Some(embedded))
            }
            Backend::Aws => (gas_aws::open(&configuration.aws, site, clock, references).await, None),
        };
        ports.billing = billing(&configuration, &ports)?;
        Ok(Self { configuration, ports, embedded, stop: CancellationToken::new() })
    }

    /// Ends what the back end holds open.
    pub(crate) async fn close(self) {
        drop(self.ports);
        if let Some(embedded) = self.embedded {
            embedded.close().await;
        }
    }

    /// Sees to it that the reference that comes with the program is there, and the default one.
    pub(crate) fn install_references(&self) -> anyhow::Result<()> {
        let references = references::folder(&self.configuration.data);
        references::install_shipped(&references)?;
        references::named(&self.configuration.annotator.reference, &references).map(drop)
    }

    /// Prints the links of mails that go no further than this machine, so that a newcomer is in at once; to a terminal only,
    /// for what is printed elsewhere is kept.
    pub(crate) fn printing_mail(mut self) -> Self {
        if self.ports.outbox.is_some() && terminal::is_watched() {
            let mailer = Arc::clone(&self.ports.mailer);
            self.ports.mailer = Arc::new(PrintingMailer(mailer));
        }
        self
    }

    /// The front desk.
    pub(crate) fn desk(&self) -> anyhow::Result<Desk> {
        let settings = Arc::new(self.configuration.service());
        Ok(Desk::new(self.ports.clone(), settings, this_program()?))
    }

    /// The web face.
    pub(crate) fn app(&self, metrics: PrometheusHandle) -> anyhow::Result<App> {
        let options = WebOptions {
            show_outbox: self.ports.outbox.is_some(),
            ..self.configuration.web.options(&self.configuration.site.address)
        };
        let providers = Providers::new(&self.configuration.sign_in, &self.configuration.site.address)?;
        let mut app = App::new(self.desk()?, options).with_metrics(metrics).with_providers(providers);
        app.shutdown = self.stop.clone();
        Ok(app)
    }

    /// What workers need.
    pub(crate) fn environment(&self) -> anyhow::Result<Arc<Environment>> {
        let data = std::path::absolute(&self.configuration.data)?;
        let references = references::folder(&data);
        Ok(Arc::new(Environment {
            ports: self.ports.clone(),
            settings: Arc::new(self.configuration.service()),
            annotate: AnnotateCommand { program: this_program()?, references, work: data.join("work") },
            stop: self.stop.clone(),
        }))
    }
}

/// Who takes the money.
fn billing(configuration: &Configuration, ports: &Ports) -> Result<Arc<dyn Billing>, SetupError> {
    let settings = &configuration.billing;
    Ok(match settings.prices {
        Prices::Demo => Arc::new(FreeOfCharge::Demo),
        Prices::Off => Arc::new(FreeOfCharge::Off),
        Prices::Stripe => {
            let (subscriptions, clock) = (Arc::clone(&ports.subscriptions), Arc::clone(&ports.clock));
            let site = &configuration.site.address;
            Arc::new(StripeBilling::new(&settings.stripe, site, subscriptions, clock)?)
        }
    })
}

fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("finding this program's own file")
}

/// Starts counting for `/metrics`.
pub(crate) fn metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];
    Ok(PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), &seconds)?
        .install_recorder()?)
}

/// Shows each mail's link on the terminal once the mail is out.
struct PrintingMailer(Arc<dyn Mailer>);

#[async_trait::async_trait]
impl Mailer for PrintingMailer {
    async fn send(&self, mail: &gas_service::ports::Mail) -> Result<(), gas_service::ports::BackendError> {
        self.0.send(mail).await?;
        let link = mail.text.split_whitespace().find(|word| word.starts_with("http")).unwrap_or_default();
        terminal::say(&format!("mail to {}: {}  {link}", mail.to, mail.subject));
        Ok(())
    }
}
