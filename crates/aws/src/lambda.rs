//! The notifier as a function of AWS Lambda, which takes the messages itself and hands them over in batches.
//!
//! What is done is deleted by Lambda; what is not is told by name
//! ([partial batch responses](https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html), the source
//! must have `ReportBatchItemFailures`), comes again when its visibility ends, and goes to the dead letters when it came
//! too often. So a mail goes out once, once more after a crash, and never not at all; and a message that cannot be
//! read, or whose handling panics, is no concern of the others of its batch.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use gas_service::{
    ports::BackendError,
    workers::{self, Environment, Role},
};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::{
    queues::{Content, read, time_left},
    settings::AwsSettings,
};

/// What of an invocation's time is kept to answer in.
const RESERVE: Duration = Duration::from_secs(1);

/// What Lambda sets for each function, and its library cannot do without.
const VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Why the function does not go on.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// Not started by Lambda, or by something that takes its place badly.
    #[error("the variable `{0}` is not set, as Lambda does for each function")]
    Variable(&'static str),
    /// The Runtime API does not answer.
    #[error("speaking to the Runtime API of Lambda failed")]
    Runtime(#[source] lambda_runtime::Error),
}

/// Handles what Lambda hands over, as the notifier would have taken it from queue `job-results`. Does not end by itself.
pub async fn serve_notifier(
    environment: Arc<Environment>,
    settings: &AwsSettings,
) -> Result<(), FunctionError> {
    if let Some(missing) = VARIABLES.into_iter().find(|name| std::env::var_os(name).is_none()) {
        return Err(FunctionError::Variable(missing));
    }
    let function = Function { environment, prefix: settings.key_prefix() };
    let handler = service_fn(|event: LambdaEvent<Event>| {
        let function = function.clone();
        async move { function.invoked(event).await }
    });
    lambda_runtime::run(handler).await.map_err(FunctionError::Runtime)
}

/// What a queue or a topic hands over.
#[derive(Clone, Debug, Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

/// A message of a [queue](https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html) or of a
/// [topic](https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Record {
    Queued {
        #[serde(rename = "messageId")]
        id: String,
        body: String,
    },
    Published {
        #[serde(rename = "Sns")]
        notification: Notification,
    },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    message_id: String,
    message: String,
}

impl Record {
    fn id(&self) -> &str {
        match self {
            Self::Queued { id, .. } => id,
            Self::Published { notification } => &notification.message_id,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Queued { body, .. } => body,
            Self::Published { notification } => &notification.message,
        }
    }
}

/// The messages of a queue that are to come again.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// A topic knows no answer but that all failed; it then tries again.
#[derive(Debug, thiserror::Error)]
#[error("message `{0}` of a topic is not done")]
struct NotDone(String);

impl From<NotDone> for Diagnostic {
    fn from(error: NotDone) -> Self {
        Self { error_type: "NotDone".to_owned(), error_message: error.to_string() }
    }
}

#[derive(Clone)]
struct Function {
    environment: Arc<Environment>,
    prefix: String,
}

impl Function {
    async fn invoked(&self, event: LambdaEvent<Event>) -> Result<Answer, NotDone> {
        let deadline = event.context.deadline();
        let mut answer = Answer::default();
        // One after the other, as the worker does: two messages about one end make one mail.
        for record in event.payload.records {
            if self.handled(record.text(), deadline).await {
                continue;
            }
            tracing::warn!(id = record.id(), "a message is not done and is to come again");
            match record {
                Record::Queued { id, .. } => answer.batch_item_failures.push(Failure { item_identifier: id }),
                Record::Published { notification } => return Err(NotDone(notification.message_id)),
            }
        }
        Ok(answer)
    }

    /// Handles one text within the invocation's time. In a task of its own, so that a panic ends nothing else.
    async fn handled(&self, text: &str, deadline: SystemTime) -> bool {
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(RESERVE);
        if left.is_zero() {
            return false;
        }
        let content = match read(text, &self.prefix) {
            Ok(content) => content,
            Err(error) => {
                tracing::error!(text, %error, "a message cannot be read");
                return false;
            }
        };
        let mut work = tokio::spawn(handle(Arc::clone(&self.environment), content));
        match tokio::time::timeout(left, &mut work).await {
            Ok(Ok(Ok(done))) => done,
            Ok(Ok(Err(error))) => {
                tracing::error!(?error, "sending a message on failed");
                false
            }
            Ok(Err(panic)) => {
                tracing::error!(?panic, "handling a message panicked");
                false
            }
            Err(_) => {
                // Lambda halts the process between invocations: what was left running would go on in the next.
                work.abort();
                tracing::error!("the invocation's time is over");
                false
            }
        }
    }
}

/// True when all that the text says is done. What is not due is sent on.
async fn handle(environment: Arc<Environment>, content: Content) -> Result<bool, BackendError> {
    let now = environment.ports.clock.now();
    let left = content.due.map(|due| time_left(due, now)).unwrap_or_default();
    let mut done = true;
    for message in &content.messages {
        if left.is_zero() {
            done &= workers::handle(Role::Notifier, &environment, message).await;
        } else {
            environment.ports.queue.send(message.queue(), message, None, left).await?;
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};
    use gas_service::{
        id::JobId, message::Message, ports::Clock, reference::InstalledReferences, workers::AnnotateCommand,
    };
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    /// Has no time for anybody.
    struct BrokenClock;

    impl Clock for BrokenClock {
        fn now(&self) -> Timestamp {
            panic!("the clock is broken")
        }
    }

    fn on_a_broken_clock() -> Function {
        let queue = json!({ "url": "", "dead_letters": "" });
        let settings: AwsSettings = serde_json::from_value(json!({
            "region": "", "path_style": true, "attempt_timeout": "1s", "secret": "", "prefix": "",
            "buckets": { "inputs": "", "results": "" },
            "tables": { "jobs": "", "accounts": "", "uploads": "", "audit": "", "archives": "" },
            "topics": { "job_requests": "", "job_results": "", "job_thaw": "" },
            "queues": {
                "job_requests": queue, "job_results": queue, "job_archive": queue, "job_restore": queue,
                "job_thaw": queue,
            },
            "cold_storage": { "kind": "vault", "vault": "" },
            "mail_configuration_set": "",
        }))
        .unwrap();
        let rules: gas_service::settings::Settings = serde_json::from_value(json!({
            "site": { "address": "http://gas.test", "mail_from": "gas@gas.test" },
            "plans": { "free": {}, "premium": {} },
            "sign_in": { "link_life": "1h", "session_life": "1h", "session_idle": "0s", "recent": "0s", "email_links": true, "attempt_life": "10m", "clock_skew": "1m" },
            "billing": { "grace": "2h" },
            "uploads": { "life": "1h", "at_once": 100 },
            "annotator": {
                "at_once": 1, "threads": 1, "lease": "1s", "drain": "0s", "max_attempts": 3, "reference": "human-mt",
                "max_memory": "1GB", "max_cpu_time": "1s", "max_wall_time": "1s", "max_output": "1GB",
            },
            "rendering": { "at_once": 1, "patience": "1s", "idle_limit": "1s" },
            "workers": {
                "visibility": "1s", "retry_delay": "1s", "archive_lease": "1s", "sweep_interval": "1s", "patience": "1s",
            },
        }))
        .unwrap();
        let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let references = Arc::new(InstalledReferences::default());
        let ports = crate::open_by(&shared, &settings, &rules.site, Arc::new(BrokenClock), references);
        let annotate =
            AnnotateCommand { program: "gas".into(), references: "references".into(), work: "work".into() };
        let environment = Environment {
            ports,
            settings: Arc::new(rules),
            annotate,
            stop: tokio_util::sync::CancellationToken::new(),
        };
        Function { environment: Arc::new(environment), prefix: String::new() }
    }

    /// One whose handling panics is as one that failed: the others of its batch are handled.
    #[tokio::test]
    async fn a_panic_ends_nothing_else() {
        let text = Message::JobEnded { job_id: JobId::generate() }.to_json().unwrap();
        let records = ["a", "b"].map(|id| Record::Queued { id: id.to_owned(), body: text.clone() });
        let event = LambdaEvent::new(Event { records: records.into() }, in_time());
        let answer = on_a_broken_clock().invoked(event).await.unwrap();
        let failed: Vec<_> =
            answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        assert_eq!(failed, ["a", "b"]);
    }

    fn in_time() -> lambda_runtime::Context {
        let end = SystemTime::now() + Duration::from_secs(30);
        let mut context = lambda_runtime::Context::default();
        context.deadline =
            u64::try_from(end.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap();
        context
    }

    fn texts(event: &str) -> Vec<(String, String)> {
        let event: Event = serde_json::from_str(event).unwrap();
        event.records.iter().map(|record| (record.id().to_owned(), record.text().to_owned())).collect()
    }

    /// As in the developer guide of Lambda, "Using Lambda with Amazon SQS".
    #[test]
    fn events_of_a_queue_are_read() {
        let event = r#"{ "Records": [ {
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
            "body": "Test message.",
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185" },
            "messageAttributes": { "myAttribute": { "stringValue": "myValue", "stringListValues": [],
                "binaryListValues": [], "dataType": "String" } },
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
            "awsRegion": "us-east-2" } ] }"#;
        let expected = ("059f36b4-87a3-44ab-83d2-661975830a7d".to_owned(), "Test message.".to_owned());
        assert_eq!(texts(event), [expected]);
    }

    /// As in the developer guide of Lambda, "Invoking Lambda functions with Amazon SNS notifications".
    #[test]
    fn events_of_a_topic_are_read() {
        let event = r#"{ "Records": [ { "EventVersion": "1.0",
            "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed-a058-49f5-8c98-aedd2564c486",
            "EventSource": "aws:sns",
            "Sns": { "SignatureVersion": "1", "Timestamp": "2019-01-02T12:45:07.000Z",
                "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
                "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d002d285f9598aa1d9b.pem",
                "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "Message": "Hello from SNS!",
                "MessageAttributes": { "Test": { "Type": "String", "Value": "TestString" } },
                "Type": "Notification",
                "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
                "TopicArn": "arn:aws:sns:us-east-1:123456789012:sns-lambda", "Subject": "TestInvoke" } } ] }"#;
        let expected = ("95df01b4-ee98-5cb9-9903-4c221d41eb5e".to_owned(), "Hello from SNS!".to_owned());
        assert_eq!(texts(event), [expected]);
    }

    #[test]
    fn other_events_are_refused() {
        assert!(serde_json::from_str::<Event>(r#"{"Records":[{"s3":{}}]}"#).is_err());
        assert!(serde_json::from_str::<Event>(r#"{"source":"aws.events"}"#).is_err());
    }

    #[test]
    fn what_is_not_done_is_told_as_lambda_wants_it() {
        assert_eq!(serde_json::to_string(&Answer::default()).unwrap(), r#"{"batchItemFailures":[]}"#);
        let answer = Answer { batch_item_failures: vec![Failure { item_identifier: "id2".to_owned() }] };
        let text = r#"{"batchItemFailures":[{"itemIdentifier":"id2"}]}"#;
        assert_eq!(serde_json::to_string(&answer).unwrap(), text);
    }
}
