//! How full a queue is.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::types::{Datapoint, Dimension, Statistic};
use aws_sdk_sqs::{
    Client,
    types::QueueAttributeName::{
        self, ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesDelayed as Delayed,
        ApproximateNumberOfMessagesNotVisible as Hidden,
    },
};
use gas_service::ports::Depth;

use super::{Fault, count};
use crate::settings::QueueAddress;

/// How far back the age of the oldest message may lie. `CloudWatch` gets it each minute, late at times, and not at all
/// from queues that nobody used for six hours.
const LOOK_BACK: Duration = Duration::from_mins(10);

/// Counts messages, and asks for the age of the oldest where there is one.
pub(super) async fn measure(
    sqs: &Client,
    cloudwatch: &aws_sdk_cloudwatch::Client,
    queue: &QueueAddress,
) -> Result<Depth, Fault> {
    let ([ready, in_flight, delayed], letters) =
        tokio::try_join!(counts(sqs, &queue.url), counts(sqs, &queue.dead_letters))?;
    // The counts are worth more than the age: they are told without it.
    let oldest_ready_seconds = if ready == 0 {
        0
    } else {
        oldest(cloudwatch, &queue.url).await.unwrap_or_else(|error| {
            tracing::warn!(queue = queue.url, ?error, "asking for the age of the oldest message failed");
            0
        })
    };
    Ok(Depth { ready, in_flight, delayed, dead: letters.iter().sum(), oldest_ready_seconds })
}

async fn counts(sqs: &Client, url: &str) -> Result<[u64; 3], Fault> {
    let names = [Visible, Hidden, Delayed];
    let asked = sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    let answer = asked.send().await?;
    Ok(names.map(|name: QueueAttributeName| count(answer.attributes.as_ref(), &name)))
}

/// The latest `ApproximateAgeOfOldestMessage`, in seconds: of the oldest message that is not finished, in hand or
/// not, which is as near as SQS comes. Zero when `CloudWatch` knows none, as of a queue just made.
async fn oldest(cloudwatch: &aws_sdk_cloudwatch::Client, url: &str) -> Result<u64, Fault> {
    let now = SystemTime::now();
    let name = url.rsplit('/').next().unwrap_or_default();
    let answer = cloudwatch
        .get_metric_statistics()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value(name).build())
        .start_time((now - LOOK_BACK).into())
        .end_time((now + Duration::from_secs(1)).into())
        .period(60)
        .statistics(Statistic::Maximum)
        .send()
        .await?;
    let latest = answer.datapoints.unwrap_or_default().into_iter().filter(|point| point.maximum.is_some());
    Ok(latest.max_by_key(|point| point.timestamp).map_or(0, |point| seconds(&point)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age fits, and rounds down")]
fn seconds(point: &Datapoint) -> u64 {
    point.maximum.unwrap_or_default().max(0.0) as u64
}
