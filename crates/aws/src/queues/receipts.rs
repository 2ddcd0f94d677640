//! What is done by the receipt of a message that was taken: hiding it for longer, and deleting it.

use std::time::{Duration, Instant};

use aws_sdk_sqs::{
    error::{ProvideErrorMetadata as _, SdkError},
    operation::{
        change_message_visibility::ChangeMessageVisibilityError, delete_message::DeleteMessageError,
    },
};
use gas_service::{message::QueueName, ports::Delivery};

use super::{Fault, SqsQueue, seconds};

impl SqsQueue {
    pub(super) async fn hide_again(&self, delivery: &Delivery, visibility: Duration) -> Result<bool, Fault> {
        let now = Instant::now();
        let Some(longest) = self.held.longest(&delivery.receipt, now) else { return Ok(false) };
        let visibility = visibility.min(longest);
        // Showing it to others is what would come of zero seconds.
        if visibility < Duration::from_secs(1) {
            return Ok(true);
        }
        let hidden = self.hide(delivery, visibility).await?;
        if hidden {
            self.held.prolong(&delivery.receipt, now, visibility);
        } else {
            self.held.release(&delivery.receipt);
        }
        Ok(hidden)
    }

    /// Hides a message from now on; false when SQS knows nothing of the delivery.
    pub(super) async fn hide(&self, delivery: &Delivery, time: Duration) -> Result<bool, Fault> {
        let request = self
            .sqs
            .change_message_visibility()
            .queue_url(&self.address(delivery.queue).url)
            .receipt_handle(&delivery.receipt)
            .visibility_timeout(seconds(time));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_over(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn delete(&self, queue: QueueName, receipt: &str) -> Result<(), Fault> {
        let request = self.sqs.delete_message().queue_url(&self.address(queue).url).receipt_handle(receipt);
        match request.send().await {
            Err(error) if !is_gone(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// A standard queue refuses what is not in flight any more in one of three ways.
fn is_over(error: &SdkError<ChangeMessageVisibilityError>) -> bool {
    let service = error.as_service_error();
    service.is_some_and(|error| error.is_message_not_inflight() || error.is_receipt_handle_is_invalid())
        || error.code().is_some_and(|code| INVALID.contains(&code))
}

fn is_gone(error: &SdkError<DeleteMessageError>) -> bool {
    error.as_service_error().is_some_and(DeleteMessageError::is_receipt_handle_is_invalid)
        || error.code().is_some_and(|code| INVALID.contains(&code))
}

/// The code for a receipt of a message that is gone, or not in flight, as SQS spelled it before it spoke JSON and since.
/// The operations' own errors do not have it.
const INVALID: [&str; 2] = ["InvalidParameterValue", "InvalidParameterValueException"];
