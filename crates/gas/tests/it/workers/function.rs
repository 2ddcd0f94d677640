//! `gas worker notifier` as AWS Lambda runs it: by its Runtime API, played here.

use std::{
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use gas_service::{id::JobId, job::JobStatus, message::Message, workers::Role};
use serde_json::{Value, json};
use tokio::sync::{
    Mutex,
    mpsc::{Receiver, Sender, channel},
};

use super::stage::{GOOD, Stage};

/// An event, and when its time is over.
type Invocation = (Value, SystemTime);

/// Lambda, and the program that it started.
struct Lambda {
    invocations: Sender<Invocation>,
    answers: Receiver<(String, Value)>,
    program: Child,
}

#[derive(Clone)]
struct RuntimeApi {
    invocations: Arc<Mutex<Receiver<Invocation>>>,
    answers: Sender<(String, Value)>,
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
async fn next(State(api): State<RuntimeApi>) -> impl IntoResponse {
    let (event, deadline) = api.invocations.lock().await.recv().await.unwrap();
    let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-2:123456789012:function:notifier".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1".to_owned(),
        ),
    ];
    (headers, Json(event))
}

async fn answered(
    State(api): State<RuntimeApi>,
    Path((id, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    assert_eq!(id, "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    api.answers.send((kind, serde_json::from_slice(&body).unwrap())).await.unwrap();
    StatusCode::ACCEPTED
}

impl Lambda {
    /// Starts the notifier on the stage's data.
    async fn start(stage: &Stage) -> Self {
        let ((invocations, taken), (given, answers)) = (channel(1), channel(1));
        let api = RuntimeApi { invocations: Arc::new(Mutex::new(taken)), answers: given };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answered))
            .with_state(api);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let program = Command::new(env!("CARGO_BIN_EXE_gas"))
            .args(["worker", "notifier", "--data"])
            .arg(stage.path("data"))
            .current_dir(stage.path("data"))
            .env("GAS__SITE__ADDRESS", "http://gas.test")
            .envs([("AWS_LAMBDA_RUNTIME_API", address.as_str()), ("AWS_LAMBDA_FUNCTION_NAME", "notifier")])
            .envs([("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"), ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { invocations, answers, program }
    }

    /// Hands over an event; gives what is answered: `response` or `error`, and its text.
    async fn invoke(&mut self, event: Value, time: Duration) -> (String, Value) {
        self.invocations.send((event, SystemTime::now() + time)).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_mins(1), self.answers.recv()).await;
        answer.expect("an answer").unwrap()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

const LONG: Duration = Duration::from_secs(30);

fn queued(texts: &[(&str, &str)]) -> Value {
    let record = |(id, text): &(&str, &str)| json!({ "messageId": id, "body": text, "receiptHandle": "r", "eventSource": "aws:sqs" });
    json!({ "Records": texts.iter().map(record).collect::<Vec<_>>() })
}

fn published(text: &str) -> Value {
    let notification = json!({ "Type": "Notification", "MessageId": "published", "Message": text });
    json!({ "Records": [{ "EventSource": "aws:sns", "Sns": notification }] })
}

fn response(failures: &[&str]) -> (String, Value) {
    let failures: Vec<Value> = failures.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    ("response".to_owned(), json!({ "batchItemFailures": failures }))
}

/// A job that has ended, and the text that says so.
async fn ended(stage: &Stage) -> (JobId, String) {
    let workers = stage.work_as(&[Role::Annotator]);
    let ada = stage.user("ada@gas.test").await;
    let job_id = stage.submit(&ada, "a.vcf").await;
    stage.until_status(job_id, JobStatus::Completed).await;
    workers.stop().await;
    (job_id, Message::JobEnded { job_id }.to_json().unwrap())
}

#[tokio::test]
async fn a_poisonous_message_fails_alone() {
    let stage = Stage::new(GOOD).await;
    let (job, text) = ended(&stage).await;
    let mut lambda = Lambda::start(&stage).await;
    let gone = Message::JobEnded { job_id: JobId::generate() }.to_json().unwrap();
    let batch =
        queued(&[("poison", "{'kind': 'job_ended'}"), ("ours", &text), ("gone", &gone), ("again", &text)]);
    assert_eq!(lambda.invoke(batch, LONG).await, response(&["poison"]));
    assert_eq!(stage.mails(job).await.len(), 1, "one mail, though it was told twice");
    // And once more, as after a crash of whoever deletes messages.
    assert_eq!(lambda.invoke(queued(&[("ours", &text)]), LONG).await, response(&[]));
    assert_eq!(stage.mails(job).await.len(), 1);
}

/// What there is no time for is left to the next invocation.
#[tokio::test]
async fn the_time_of_an_invocation_is_kept() {
    let stage = Stage::new(GOOD).await;
    let (job, text) = ended(&stage).await;
    let mut lambda = Lambda::start(&stage).await;
    let batch = queued(&[("first", &text), ("second", &text)]);
    let late = lambda.invoke(batch.clone(), Duration::from_millis(500)).await;
    assert_eq!(late, response(&["first", "second"]));
    assert!(stage.mails(job).await.is_empty());
    assert_eq!(lambda.invoke(batch, LONG).await, response(&[]));
    assert_eq!(stage.mails(job).await.len(), 1);
}

/// A message that is not due is sent on, and done with here.
#[tokio::test]
async fn a_message_that_is_not_due_waits() {
    let stage = Stage::new(GOOD).await;
    let (job, text) = ended(&stage).await;
    let mut lambda = Lambda::start(&stage).await;
    let due = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_hours(1);
    let timed = text.replacen('{', &format!("{{\"due\":{},", due.as_secs()), 1);
    let before = stage.ports.queue.depth(gas_service::message::QueueName::JobResults).await.unwrap();
    assert_eq!(lambda.invoke(queued(&[("timed", &timed)]), LONG).await, response(&[]));
    let after = stage.ports.queue.depth(gas_service::message::QueueName::JobResults).await.unwrap();
    assert_eq!(after.delayed, before.delayed + 1);
    assert!(stage.mails(job).await.is_empty());
}

#[tokio::test]
async fn topics_are_answered_with_a_failure_and_strange_events_too() {
    let stage = Stage::new(GOOD).await;
    let (job, text) = ended(&stage).await;
    let mut lambda = Lambda::start(&stage).await;
    assert_eq!(lambda.invoke(published(&text), LONG).await, response(&[]));
    assert_eq!(stage.mails(job).await.len(), 1);
    let (kind, error) = lambda.invoke(published("hello"), LONG).await;
    assert_eq!((kind.as_str(), &error["errorType"]), ("error", &json!("NotDone")));
    let (kind, _) = lambda.invoke(json!({ "source": "aws.events" }), LONG).await;
    assert_eq!(kind, "error");
    assert_eq!(lambda.invoke(queued(&[("ours", &text)]), LONG).await, response(&[]), "it goes on");
}
