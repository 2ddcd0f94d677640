//! Asks the payment provider anew where no notice of it came.

use std::{collections::HashSet, time::Duration};

use anyhow::Context as _;
use jiff::Timestamp;

use super::{super::Environment, BATCH};
use crate::{
    ports::{Notice, Price},
    subscription::follow::Follower,
};

/// So many failures end a round: then it is the provider that does not answer, and the next round comes soon.
const FAILURES: u32 = 5;
/// How often past notices are asked for.
const EVERY: Duration = Duration::from_hours(1);
/// How far back the first time after a start. The provider sends a notice again for three days by itself.
const FIRST_TIME: Duration = Duration::from_hours(3 * 24);
/// How far back beyond the last time: a notice may be listed a little after the time that it bears.
const OVERLAP: Duration = Duration::from_mins(10);

fn follower(environment: &Environment) -> Follower<'_> {
    Follower { ports: &environment.ports, settings: &environment.settings }
}

/// Without a provider nobody says anything, which is not to be taken for "no subscription".
fn has_provider(environment: &Environment) -> bool {
    environment.ports.billing.price() == Price::Provider
}

/// Subscriptions whose grace is over, that end, or that nothing was heard of for a day.
pub(super) async fn sweep_subscriptions(environment: &Environment) -> anyhow::Result<()> {
    let forgotten = environment.ports.subscriptions.forget_seen(environment.now()).await;
    forgotten.context("forgetting old notices")?;
    if !has_provider(environment) {
        return Ok(());
    }
    let mut failures = 0;
    loop {
        let due = environment.ports.subscriptions.due(environment.now(), BATCH).await;
        let due = due.context("listing subscriptions that are due")?;
        let full = due.len() >= BATCH as usize;
        let mut followed = 0_u32;
        for record in due {
            match follower(environment).follow(record.user_id).await {
                Ok(()) => followed += 1,
                Err(error) => {
                    failures += 1;
                    let user_id = record.user_id;
                    tracing::error!(%user_id, error = format!("{error:#}"), "following a subscription failed");
                    anyhow::ensure!(failures < FAILURES, "the payment provider does not answer as it should");
                }
            }
        }
        if !full || followed == 0 {
            return Ok(());
        }
    }
}

/// When past notices were last asked for; none since the start.
#[derive(Default)]
pub(super) struct CaughtUp(Option<Asked>);

struct Asked {
    at: Timestamp,
    /// Since when they are to be asked for the next time.
    next_since: Timestamp,
}

/// Notices that never arrived: those of subscriptions that nobody asks after yet. What cannot be followed is in no other's
/// way; it is asked for again each time, for three days.
pub(super) async fn sweep_notices(environment: &Environment, caught_up: &mut CaughtUp) -> anyhow::Result<()> {
    let now = environment.now();
    if !has_provider(environment) || caught_up.0.as_ref().is_some_and(|last| now < last.at + EVERY) {
        return Ok(());
    }
    let furthest = now - FIRST_TIME;
    let since = caught_up.0.as_ref().map_or(furthest, |last| last.next_since);
    let notices = environment.ports.billing.notices_since(since).await.context("asking for past notices")?;
    let all_followed = follow_all(environment, &notices).await?;
    let next_since = if all_followed { now - OVERLAP } else { since.max(furthest) };
    caught_up.0 = Some(Asked { at: now, next_since });
    Ok(())
}

/// False if there are customers who could not be followed. Each is tried once, and so many in a row end the round.
async fn follow_all(environment: &Environment, notices: &[Notice]) -> anyhow::Result<bool> {
    let (mut failed, mut in_a_row) = (HashSet::new(), 0);
    for notice in notices {
        if failed.contains(&notice.customer) {
            continue;
        }
        let Err(error) = follower(environment).hear(notice).await else {
            in_a_row = 0;
            continue;
        };
        metrics::counter!("gas_sweep_errors_total").increment(1);
        let notice_id = &notice.notice_id;
        tracing::error!(%notice_id, error = format!("{error:#}"), "following a past notice failed");
        failed.insert(&notice.customer);
        in_a_row += 1;
        anyhow::ensure!(in_a_row < FAILURES, "the payment provider does not answer as it should");
    }
    Ok(failed.is_empty())
}
