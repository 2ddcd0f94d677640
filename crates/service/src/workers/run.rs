//! The loop of every worker that takes messages.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time};
use tracing::Instrument as _;

use super::{
    Environment, Handled, Role, annotator, archiver, deleter,
    mode::{until_read_only, until_work_is_allowed},
    notifier, restorer, thawer,
};
use crate::{
    message::{Message, QueueName},
    operation::Watch,
    ports::Delivery,
};

/// How long one call waits for a message to come.
const WAIT: Duration = Duration::from_secs(10);
/// How long running work has to come to a good end once the process is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The longest pause before a failed message is tried again.
const LONGEST_RETRY: Duration = Duration::from_mins(15);

/// Takes messages and handles them, several at once where the role allows it, until it is to stop.
pub(super) async fn take_messages(role: Role, queue: QueueName, environment: Arc<Environment>) {
    if role == Role::Annotator {
        annotator::remove_dead_directories(&environment).await;
    }
    let slots = Arc::new(Semaphore::new(at_once(role, &environment)));
    let mut running = JoinSet::new();
    let mut failures = 0;
    let watch = Watch::new(Arc::clone(&environment.ports.operation));
    while !environment.stop.is_cancelled() {
        let slot = tokio::select! {
            () = environment.stop.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot,
        };
        let Ok(slot) = slot else { break };
        if !until_work_is_allowed(&environment, &watch).await {
            break;
        }
        let Some(taken) = take(queue, &environment, &watch).await else { break };
        match taken {
            Ok(None) => failures = 0,
            Ok(Some(delivery)) => {
                failures = 0;
                let environment = Arc::clone(&environment);
                running.spawn(async move {
                    handle(role, &environment, &delivery).await;
                    drop(slot);
                });
            }
            Err(error) => {
                failures += 1;
                tracing::error!(%role, error = ?error, "taking a message failed");
                pause(&environment, retry_delay(&environment, failures)).await;
            }
        }
        while let Some(ended) = running.try_join_next() {
            report_panic(role, ended);
        }
    }
    while let Some(ended) = running.join_next().await {
        report_panic(role, ended);
    }
}

/// How many messages one process handles at once. Owners are told one after the other, so that two messages
/// about the same end make one mail.
fn at_once(role: Role, environment: &Environment) -> usize {
    match role {
        Role::Annotator => environment.settings.annotator.at_once.max(1),
        Role::Archiver | Role::Thawer | Role::Restorer => 4,
        Role::Notifier | Role::Sweeper => 1,
    }
}

/// Waits for a message. None when the process is to stop, and no message when nothing is to be changed any more; a call
/// under way then has a moment to return, so that no message is left invisible.
async fn take(
    queue: QueueName,
    environment: &Environment,
    watch: &Watch,
) -> Option<Result<Option<Delivery>, crate::ports::BackendError>> {
    let visibility = environment.settings.workers.visibility;
    let next = environment.ports.queue.take_next(queue, visibility, WAIT);
    tokio::pin!(next);
    tokio::select! {
        taken = &mut next => Some(taken),
        () = environment.stop.cancelled() => {
            leave(environment, next).await;
            None
        }
        () = until_read_only(watch) => {
            leave(environment, next).await;
            Some(Ok(None))
        }
    }
}

/// Gives a call for a message a moment to return, and what it brings back.
async fn leave(
    environment: &Environment,
    next: impl Future<Output = Result<Option<Delivery>, crate::ports::BackendError>>,
) {
    if let Ok(Ok(Some(delivery))) = time::timeout(Duration::from_millis(300), next).await {
        give_back(environment, &delivery, Duration::ZERO).await;
    }
}

/// Handles one message: finishes it when its effect is durable, and gives it back when not.
async fn handle(role: Role, environment: &Environment, delivery: &Delivery) {
    let span = tracing::info_span!("message", %role, message = ?delivery.message);
    async {
        let work = dispatch(environment, &delivery.message);
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = keep_visible(environment, delivery) => Ok(Handled::Later(Duration::ZERO)),
            () = out_of_time(role, environment) => Ok(Handled::Later(Duration::ZERO)),
        };
        conclude(role, environment, delivery, outcome).await;
    }
    .instrument(span)
    .await;
}

/// Handles a message that did not come by its queue's port: true when it is done.
pub(super) async fn handle_alone(role: Role, environment: &Environment, message: &Message) -> bool {
    let span = tracing::info_span!("message", %role, ?message);
    let outcome = dispatch(environment, message).instrument(span).await;
    let outcome_name = match &outcome {
        Ok(Handled::Done) => "done",
        Ok(Handled::Later(_)) => "later",
        Err(error) => {
            tracing::error!(%role, ?message, error = format!("{error:#}"), "handling the message failed");
            "failed"
        }
    };
    count(role, outcome_name);
    outcome_name == "done"
}

async fn dispatch(environment: &Environment, message: &Message) -> anyhow::Result<Handled> {
    match message {
        Message::Annotate { job_id } => annotator::annotate(environment, *job_id).await,
        message @ (Message::JobEnded { .. }
        | Message::ResultArchived { .. }
        | Message::ResultRestored { .. }) => notifier::notify(environment, message).await,
        Message::Archive { job_id } => archiver::archive(environment, *job_id).await,
        Message::PlanChanged { user_id } => restorer::follow_plan(environment, *user_id).await,
        Message::AccountDeleted { user_id } => deleter::delete_account(environment, *user_id).await,
        Message::Restore { job_id } => restorer::restore(environment, *job_id).await,
        Message::RetrievalDone { archive_id, retrieval_id } => {
            thawer::thaw(environment, archive_id, retrieval_id).await
        }
    }
}

/// Hides the message from others for as long as the work goes on. Never ends by itself.
async fn keep_visible(environment: &Environment, delivery: &Delivery) {
    let visibility = environment.settings.workers.visibility;
    loop {
        time::sleep(visibility / 3).await;
        match environment.ports.queue.keep_alive(delivery, visibility).await {
            Ok(true) => {}
            // Another may have it now. The work goes on: whoever writes second is refused.
            Ok(false) => tracing::warn!("the message was lost to another while it was handled"),
            Err(error) => tracing::warn!(error = ?error, "keeping the message failed"),
        }
    }
}

/// Ends some time after the process was told to stop. Annotators stop by themselves.
async fn out_of_time(role: Role, environment: &Environment) {
    environment.stop.cancelled().await;
    let drain = environment.settings.annotator.drain;
    let grace = if role == Role::Annotator { drain + GRACE * 2 } else { GRACE };
    time::sleep(grace).await;
    tracing::warn!("the work took too long to stop; the message is given back");
}

async fn conclude(
    role: Role,
    environment: &Environment,
    delivery: &Delivery,
    outcome: anyhow::Result<Handled>,
) {
    let outcome_name = match outcome {
        Ok(Handled::Done) => {
            if let Err(error) = environment.ports.queue.finish(delivery).await {
                tracing::warn!(error = ?error, "finishing the message failed; it will be handled once more");
            }
            "done"
        }
        Ok(Handled::Later(delay)) => {
            give_back(environment, delivery, delay).await;
            "later"
        }
        Err(error) => {
            let delay = retry_delay(environment, delivery.receive_count);
            let tries = delivery.receive_count;
            tracing::error!(error = format!("{error:#}"), tries, ?delay, "handling the message failed");
            give_back(environment, delivery, delay).await;
            "failed"
        }
    };
    count(role, outcome_name);
}

fn count(role: Role, outcome: &'static str) {
    metrics::counter!("gas_messages_total", "role" => role.as_str(), "outcome" => outcome).increment(1);
}

async fn give_back(environment: &Environment, delivery: &Delivery, delay: Duration) {
    if let Err(error) = environment.ports.queue.give_back(delivery, delay).await {
        tracing::warn!(error = ?error, "giving the message back failed; it comes back by itself");
    }
}

/// The pause doubles with each try, up to a quarter of an hour.
fn retry_delay(environment: &Environment, tries: u32) -> Duration {
    doubled(environment.settings.workers.retry_delay, tries)
}

fn doubled(first: Duration, tries: u32) -> Duration {
    let factor = 2_u32.saturating_pow(tries.saturating_sub(1));
    first.saturating_mul(factor).min(LONGEST_RETRY.max(first))
}

async fn pause(environment: &Environment, time: Duration) {
    tokio::select! {
        () = environment.stop.cancelled() => {}
        () = time::sleep(time) => {}
    }
}

/// A handler that panicked neither finished its message nor gave it back: it becomes visible by itself.
fn report_panic(role: Role, ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        count(role, "panicked");
        tracing::error!(%role, error = ?error, "handling a message panicked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3_pauses_between_tries_grow_and_have_an_end() {
        let first = Duration::from_secs(5);
        let pauses: Vec<u64> = (1..=5).map(|tries| doubled(first, tries).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80], "the first system tried at once and for ever");
        assert_eq!(doubled(first, 1000), LONGEST_RETRY);
    }
}
