//! Several writes that happen together or not at all.

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};
use uuid::Uuid;

use super::{Fault, attributes::Item};
use crate::patience::Patience;

/// What became of a transaction.
pub(super) enum Outcome {
    /// All was written.
    Written,
    /// Nothing was: conditions did not hold.
    Refused(Refusals),
}

/// What became of one try.
pub(super) enum Try {
    /// It came to an end.
    Ended(Outcome),
    /// Nothing was written, and the same may succeed in a moment: another transaction was at one of the rows, or the
    /// table was too busy.
    Hindered(Fault),
}

/// For each write, in their order, whether its condition failed, and what row it met.
pub(super) struct Refusals(Vec<CancellationReason>);

impl Refusals {
    /// Whether the condition of that write failed.
    pub(super) fn failed(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(is_condition)
    }

    /// The row that the failed condition of that write met, if there was one and it was asked for.
    pub(super) fn row(&self, place: usize) -> Option<&Item> {
        self.0.get(place).filter(|reason| is_condition(reason)).and_then(CancellationReason::item)
    }
}

/// Writes what `writes` makes, together; again and again while it is hindered, until that has been enough.
pub(super) async fn write_together(
    client: &Client,
    writes: impl Fn() -> Result<Vec<TransactWriteItem>, Fault> + Send + Sync,
) -> Result<Outcome, Fault> {
    let mut patience = Patience::new();
    loop {
        match try_together(client, writes()?).await? {
            Try::Ended(outcome) => return Ok(outcome),
            Try::Hindered(_) if patience.wait().await => {}
            Try::Hindered(error) => return Err(error),
        }
    }
}

/// Writes all, together, once. Under one token the SDK's own repetitions count as one.
pub(super) async fn try_together(client: &Client, writes: Vec<TransactWriteItem>) -> Result<Try, Fault> {
    let call = client.transact_write_items().client_request_token(Uuid::now_v7().to_string());
    let Err(error) = call.set_transact_items(Some(writes)).send().await else {
        return Ok(Try::Ended(Outcome::Written));
    };
    let reasons = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().to_vec()
        }
        _ => return Err(error.into()),
    };
    if reasons.iter().any(is_condition) {
        return Ok(Try::Ended(Outcome::Refused(Refusals(reasons))));
    }
    if reasons.iter().any(is_passing) { Ok(Try::Hindered(error.into())) } else { Err(error.into()) }
}

fn is_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

/// Whether it may be otherwise in a moment.
fn is_passing(reason: &CancellationReason) -> bool {
    let passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    reason.code().is_some_and(|code| passing.contains(&code))
}
