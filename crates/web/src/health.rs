//! What machines that watch the service ask: is it alive, is it ready, how much is there to do.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderName, header, request::Parts},
};
use gas_service::{
    account::Secret,
    desk::DeskError,
    id::{JobId, UserId},
    job::{Bucket, ObjectKey},
    message::QueueName,
    operation::Mode,
    ports::BoxRead,
    upload::FileName,
};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use tokio::sync::Mutex;

use crate::{
    app::App,
    client_address,
    error::WebError,
    router::{Access, Routes},
    sign_in::caller,
};

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::of(Access::Impersonal).get("/healthz", alive).get("/readyz", ready).get("/metrics", metrics)
}

/// Answers as long as the process does.
async fn alive() -> &'static str {
    "alive\n"
}

/// Answers well only if the tables answer and a file can be stored, or could be a moment ago; that is not tried while
/// nothing is to be changed.
/// Says which mode the service is in if it does not do everything.
async fn ready(State(app): State<App>) -> Result<String, WebError> {
    app.desk.ports.jobs.count_by_status().await.map_err(DeskError::from)?;
    let mode = app.desk.standing.standing().await.map_err(DeskError::from)?.mode;
    if mode != Mode::ReadOnly {
        app.stored.check(Instant::now(), async || store_and_delete(&app).await).await?;
    }
    Ok(if mode == Mode::Open { "ready\n".to_owned() } else { format!("ready\nmode: {}\n", mode.as_str()) })
}

/// For how long it is believed that a file can be stored: strangers may ask, and each try costs the disk.
const BELIEVED: Duration = Duration::from_secs(2);

/// When a file was last stored as a try. Whoever asks meanwhile waits for the one that tries.
#[derive(Default)]
pub(crate) struct Stored(Mutex<Option<Instant>>);

impl Stored {
    async fn check<E>(&self, now: Instant, store: impl AsyncFnOnce() -> Result<(), E>) -> Result<(), E> {
        let mut last = self.0.lock().await;
        if last.is_none_or(|last| now.saturating_duration_since(last) >= BELIEVED) {
            store().await?;
            *last = Some(now);
        }
        Ok(())
    }
}

/// The owner of objects that only try whether objects can be stored.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

async fn store_and_delete(app: &App) -> Result<(), WebError> {
    let nobody: UserId = NOBODY.parse().map_err(WebError::internal)?;
    let name: FileName = "ready".parse().map_err(WebError::internal)?;
    let key = ObjectKey::of_job(nobody, JobId::generate(), &name);
    let objects = &app.desk.ports.objects;
    let bytes: BoxRead = Box::pin(&b"ready"[..]);
    objects.put(Bucket::Inputs, &key, bytes, None).await.map_err(DeskError::from)?;
    objects.delete(Bucket::Inputs, &key).await.map_err(DeskError::from)?;
    Ok(())
}

/// Figures in the text format of Prometheus: what this process counted, and the state of queues and jobs as
/// it is now.
async fn metrics(
    State(app): State<App>,
    _: MetricsReader,
) -> Result<([(HeaderName, &'static str); 1], String), WebError> {
    let mut text = app.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    queues(&app, &mut text).await?;
    jobs(&app, &mut text).await?;
    mode(&app, &mut text).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

/// Whoever may read figures: from certain addresses, or by a token. To all others there are none.
struct MetricsReader;

impl FromRequestParts<App> for MetricsReader {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let options = &app.options;
        let address = client_address::of(&options.trusted_proxies, &parts.extensions, &parts.headers);
        let is_near = address.is_some_and(|address| client_address::is_among(&options.metrics_from, address));
        let shown = caller::bearer_token(&parts.headers);
        let is_shown = options.metrics_token.as_ref().zip(shown).is_some_and(|(token, shown)| {
            let token = Secret::presented(token.expose_secret());
            token.hash().0.as_bytes().ct_eq(shown.hash().0.as_bytes()).into()
        });
        if is_near || is_shown { Ok(Self) } else { Err(WebError::NotFound) }
    }
}

async fn queues(app: &App, text: &mut String) -> Result<(), DeskError> {
    let mut depths = Vec::with_capacity(QueueName::ALL.len());
    for queue in QueueName::ALL {
        depths.push((queue.as_str(), app.desk.ports.queue.depth(queue).await?));
    }
    let states = [
        ("ready", "Messages that can be taken."),
        ("in_flight", "Messages in a worker's hands."),
        ("delayed", "Messages whose time has not come."),
        ("dead", "Dead letters: messages given up on."),
    ];
    for (state, help) in states {
        family(text, &format!("gas_queue_{state}"), help);
        for (queue, depth) in &depths {
            let value = match state {
                "ready" => depth.ready,
                "in_flight" => depth.in_flight,
                "delayed" => depth.delayed,
                _ => depth.dead,
            };
            sample(text, &format!("gas_queue_{state}"), "queue", queue, value);
        }
    }
    family(text, "gas_queue_oldest_ready_seconds", "Age of the oldest message that can be taken.");
    for (queue, depth) in &depths {
        sample(text, "gas_queue_oldest_ready_seconds", "queue", queue, depth.oldest_ready_seconds);
    }
    Ok(())
}

async fn jobs(app: &App, text: &mut String) -> Result<(), DeskError> {
    family(text, "gas_jobs", "Jobs by status.");
    for (status, count) in app.desk.ports.jobs.count_by_status().await? {
        sample(text, "gas_jobs", "status", &status, count);
    }
    Ok(())
}

async fn mode(app: &App, text: &mut String) -> Result<(), DeskError> {
    let present = app.desk.standing.standing().await?.mode;
    family(text, "gas_mode", "1 for the mode that the service is in.");
    for mode in Mode::ALL {
        sample(text, "gas_mode", "mode", mode.as_str(), u64::from(mode == present));
    }
    Ok(())
}

fn family(text: &mut String, name: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(text: &mut String, name: &str, label: &str, value: &str, figure: u64) {
    let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {figure}");
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_file_is_stored_once_for_all_who_ask_within_a_moment() {
        let (stored, tries) = (Stored::default(), Cell::new(0));
        let (now, full) = (Instant::now(), Err("no room"));
        let ask = async |now, answer: Result<(), &'static str>| {
            let store = async || {
                tries.set(tries.get() + 1);
                answer
            };
            (stored.check(now, store).await, tries.get())
        };
        assert_eq!(ask(now, full).await, (full, 1));
        assert_eq!(ask(now, Ok(())).await, (Ok(()), 2), "a failure is not believed");
        assert_eq!(ask(now + BELIEVED / 2, full).await, (Ok(()), 2));
        assert_eq!(ask(now + BELIEVED, full).await, (full, 3));
    }
}
