//! Many messages by few calls. Each call takes some of its messages and may refuse others; those that it refused
//! through no fault of ours are sent again, a few times.

use aws_sdk_sns::types::PublishBatchRequestEntry;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::Fault;
use crate::patience::Patience;

/// The most messages that one call takes.
const MOST: usize = 10;
/// The most bytes that the texts of one call have together: 256 KiB with SNS; SQS would take more.
const MOST_BYTES: usize = 256 << 10;

/// Where messages go.
pub(super) enum Target<'a> {
    Topic { sns: &'a aws_sdk_sns::Client, arn: &'a str },
    Queue { sqs: &'a aws_sdk_sqs::Client, url: &'a str },
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
#[error("a message was refused: {code}: {reason}")]
struct Refusal {
    code: String,
    reason: String,
    ours: bool,
}

/// What became of the messages of one call. They are named by their places in it.
struct Answer {
    taken: Vec<String>,
    refused: Vec<Refusal>,
}

/// Messages without an answer, or an answer without messages.
#[derive(Debug, thiserror::Error)]
#[error("a message was neither taken nor refused")]
struct Unanswered;

impl Target<'_> {
    /// Sends all; each is kept by AWS when this returns.
    pub(super) async fn send_all(&self, texts: &[String], tenant: Option<&str>) -> Result<(), Fault> {
        let mut rest = texts;
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest));
            self.send_batch(batch, tenant).await?;
            rest = others;
        }
        Ok(())
    }

    async fn send_batch(&self, batch: &[String], tenant: Option<&str>) -> Result<(), Fault> {
        let mut left: Vec<&str> = batch.iter().map(String::as_str).collect();
        let mut patience = Patience::new();
        loop {
            let Answer { taken, refused } = self.call(&left, tenant).await?;
            let mut place = 0..left.len();
            left.retain(|_| place.next().is_some_and(|place| !taken.contains(&place.to_string())));
            if left.is_empty() {
                return Ok(());
            }
            let why = refused.into_iter().max_by_key(|refusal| refusal.ours);
            if why.as_ref().is_some_and(|refusal| refusal.ours) || !patience.wait().await {
                return Err(why.map_or_else(|| Unanswered.into(), Into::into));
            }
        }
    }

    async fn call(&self, texts: &[&str], tenant: Option<&str>) -> Result<Answer, Fault> {
        match self {
            Self::Topic { sns, arn } => publish(sns, arn, texts, tenant).await,
            Self::Queue { sqs, url } => send(sqs, url, texts, tenant).await,
        }
    }
}

/// How many of the first texts go into one call; one that is too long goes alone, for AWS to refuse.
fn batch_length(texts: &[String]) -> usize {
    let mut bytes = 0;
    let fitting = texts.iter().take(MOST).take_while(|text| {
        bytes += text.len();
        bytes <= MOST_BYTES
    });
    fitting.count().max(1)
}

async fn publish(
    sns: &aws_sdk_sns::Client,
    arn: &str,
    texts: &[&str],
    tenant: Option<&str>,
) -> Result<Answer, Fault> {
    let mut call = sns.publish_batch().topic_arn(arn);
    for (place, text) in texts.iter().enumerate() {
        let entry = PublishBatchRequestEntry::builder().id(place.to_string()).message(*text);
        let entry = entry.set_message_group_id(tenant.map(str::to_owned));
        call = call.publish_batch_request_entries(entry.build()?);
    }
    let answer = call.send().await?;
    let taken = answer.successful.unwrap_or_default().into_iter().filter_map(|entry| entry.id).collect();
    let refused = answer.failed.unwrap_or_default().into_iter();
    let refused = refused.map(|entry| Refusal::new(entry.code, entry.message, entry.sender_fault)).collect();
    Ok(Answer { taken, refused })
}

async fn send(
    sqs: &aws_sdk_sqs::Client,
    url: &str,
    texts: &[&str],
    tenant: Option<&str>,
) -> Result<Answer, Fault> {
    let mut call = sqs.send_message_batch().queue_url(url);
    for (place, text) in texts.iter().enumerate() {
        let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(*text);
        let entry = entry.set_message_group_id(tenant.map(str::to_owned));
        call = call.entries(entry.build()?);
    }
    let answer = call.send().await?;
    let taken = answer.successful.into_iter().map(|entry| entry.id).collect();
    let refused = answer.failed.into_iter();
    let refused = refused.map(|entry| Refusal::new(entry.code, entry.message, entry.sender_fault)).collect();
    Ok(Answer { taken, refused })
}

impl Refusal {
    fn new(code: String, reason: Option<String>, ours: bool) -> Self {
        Self { code, reason: reason.unwrap_or_default(), ours }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
    use aws_sdk_sns::{
        config::{
            ConfigBag, Credentials, Intercept, RuntimeComponents, SharedCredentialsProvider,
            interceptors::BeforeTransmitInterceptorContextRef,
        },
        error::BoxError,
    };
    use rstest::rstest;

    use super::*;

    const KIB: usize = 1 << 10;
    /// Nobody listens there.
    const NOWHERE: &str = "http://127.0.0.1:1";

    /// Keeps what calls would send.
    #[derive(Clone, Debug, Default)]
    struct Sent(Arc<Mutex<Vec<String>>>);

    #[async_trait::async_trait]
    impl Intercept for Sent {
        fn name(&self) -> &'static str {
            "sent"
        }

        fn read_before_transmit(
            &self,
            context: &BeforeTransmitInterceptorContextRef<'_>,
            _: &RuntimeComponents,
            _: &mut ConfigBag,
        ) -> Result<(), BoxError> {
            let body = context.request().body().bytes().unwrap_or_default();
            self.0.lock().unwrap().push(String::from_utf8_lossy(body).into_owned());
            Ok(())
        }
    }

    impl Sent {
        /// How often that stands in all that was sent.
        fn count(&self, text: &str) -> usize {
            self.0.lock().unwrap().iter().map(|body| body.matches(text).count()).sum()
        }
    }

    /// SQS keeps users apart by the group alone, so each message of a batch must have it. Asked of the calls themselves, as an
    /// emulator may lose what a topic should hand on.
    #[tokio::test]
    async fn every_message_of_a_batch_has_its_group() {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(NOWHERE)
            .build();
        let sent = Sent::default();
        let sns = aws_sdk_sns::config::Builder::from(&shared).interceptor(sent.clone());
        let sns = aws_sdk_sns::Client::from_conf(sns.build());
        let topic = Target::Topic { sns: &sns, arn: "arn:aws:sns:us-east-1:123456789012:topic" };
        let texts = ["one".to_owned(), "two".to_owned(), "three".to_owned()];
        topic.send_all(&texts, Some("somebody")).await.unwrap_err();
        assert_eq!(sent.count("MessageGroupId=somebody"), 3, "{sent:?}");
        let sqs = aws_sdk_sqs::config::Builder::from(&shared).interceptor(sent.clone());
        let sqs = aws_sdk_sqs::Client::from_conf(sqs.build());
        let queue = Target::Queue { sqs: &sqs, url: "http://127.0.0.1:1/123456789012/queue" };
        queue.send_all(&texts, Some("somebody")).await.unwrap_err();
        assert_eq!(sent.count("\"MessageGroupId\":\"somebody\""), 3, "{sent:?}");
        let before = sent.count("MessageGroupId");
        topic.send_all(&texts, None).await.unwrap_err();
        queue.send_all(&texts, None).await.unwrap_err();
        assert_eq!(sent.count("MessageGroupId"), before, "nobody in particular has none");
    }

    #[rstest]
    #[case::few(&[10, 10], 2)]
    #[case::more_than_one_call_takes(&[10; 23], 10)]
    #[case::just_as_long_as_may_be(&[128 * KIB, 128 * KIB], 2)]
    #[case::longer_together(&[128 * KIB, 128 * KIB, 1], 2)]
    #[case::too_long_alone(&[300 * KIB, 1], 1)]
    fn batches_are_as_large_as_may_be(#[case] lengths: &[usize], #[case] expected: usize) {
        let texts: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        assert_eq!(batch_length(&texts), expected);
    }
}
