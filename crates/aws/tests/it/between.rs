//! Stands between the program and an emulator of DynamoDB or SQS: writes down what is asked, and makes trouble.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Something that was asked.
#[derive(Clone)]
pub(crate) struct Call {
    /// Such as `PutItem`.
    pub(crate) operation: String,
    /// Which of the SDK's tries of one call this is, from 1.
    pub(crate) attempt: u32,
    pub(crate) body: Value,
}

/// What is done with a call.
pub(crate) enum Act {
    /// The emulator answers.
    Pass,
    /// The emulator does as asked, but the connection breaks before its answer is through.
    LoseAnswer,
    /// The emulator answers a part of what a `BatchGetItem` asks; the rest is said to be left over.
    PassHalf,
    /// The emulator hears nothing of it; the answer is that of the last query of the same list, whose index lags behind.
    Stale,
    /// The emulator hears nothing of it; this is the answer.
    Answer(Value),
    /// The emulator hears nothing of it; this is the error.
    Refuse(Value),
}

impl Act {
    /// Too much is asked.
    pub(crate) fn throttle() -> Self {
        Self::Refuse(
            json!({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slower"}),
        )
    }

    /// Another transaction is at one of the rows, as `DynamoDB` says it; the emulators take one call after another and
    /// never say so.
    pub(crate) fn conflict() -> Self {
        Self::Refuse(conflict())
    }

    /// The same, said to a write of one row.
    pub(crate) fn conflict_of_one() -> Self {
        Self::Refuse(json!({"__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException"}))
    }
}

fn conflict() -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "ongoing"}],
    })
}

/// Decides what is done with a call, which it may also change, by its number among those of its operation, from 0.
type Decide = dyn Fn(&mut Call, usize) -> Act + Send + Sync;

/// What the proxy knows.
struct Knowledge {
    decide: Box<Decide>,
    emulator: String,
    /// What the program takes for the region.
    region: String,
    client: reqwest::Client,
    calls: Mutex<Vec<Call>>,
    numbers: Mutex<HashMap<String, usize>>,
    /// The last answer of each list.
    entries: Mutex<HashMap<String, Value>>,
    /// Rows that transactions under way touch, when those are to get in each other's way.
    touched: Option<Mutex<HashSet<String>>>,
    /// How often they were.
    conflicts: AtomicUsize,
}

/// The proxy.
pub(crate) struct Between {
    /// Leads through it.
    pub(crate) shared: SdkConfig,
    knowledge: Arc<Knowledge>,
}

impl Between {
    pub(crate) async fn start(decide: impl Fn(&mut Call, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::start_with(Box::new(decide), None).await
    }

    /// Transactions that touch the same row at the same time get in each other's way, as they do in DynamoDB.
    pub(crate) async fn start_with_conflicts() -> Self {
        Self::start_with(Box::new(|_, _| Act::Pass), Some(Mutex::default())).await
    }

    async fn start_with(decide: Box<Decide>, touched: Option<Mutex<HashSet<String>>>) -> Self {
        let emulator = std::env::var("GAS_TEST_MINISTACK").unwrap();
        let (client, calls, numbers) = (reqwest::Client::new(), Mutex::default(), Mutex::default());
        // The SDK bounds its repetitions by a count for each region; each proxy is a region of its own, so that tests
        // do not use up one another's.
        let region = format!("region-{}", Uuid::now_v7());
        let named = region.clone();
        let knowledge = Arc::new(Knowledge {
            decide,
            emulator,
            region,
            client,
            calls,
            numbers,
            entries: Mutex::default(),
            touched,
            conflicts: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&knowledge));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let retry =
            RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(20));
        let shared = aws_config::defaults(BehaviorVersion::latest()).retry_config(retry);
        let shared = shared.region(Region::new(named)).endpoint_url(format!("http://{address}")).load().await;
        Self { shared, knowledge }
    }

    /// What was asked so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.knowledge.calls.lock().unwrap().clone()
    }

    /// How often an operation was asked for.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| call.operation == operation).count()
    }

    /// How often transactions got in each other's way.
    pub(crate) fn conflicts(&self) -> usize {
        self.knowledge.conflicts.load(Ordering::Relaxed)
    }
}

async fn answer(State(knowledge): State<Arc<Knowledge>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    let tries = headers["amz-sdk-request"].to_str().unwrap();
    let attempt = tries.split("attempt=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    let mut call = Call { operation, attempt, body: serde_json::from_slice(&body).unwrap() };
    knowledge.calls.lock().unwrap().push(call.clone());
    let number = {
        let mut numbers = knowledge.numbers.lock().unwrap();
        let number = numbers.entry(call.operation.clone()).or_default();
        *number += 1;
        *number - 1
    };
    match (knowledge.decide)(&mut call, number) {
        Act::Pass => match &knowledge.touched {
            Some(touched) if call.operation == "TransactWriteItems" => {
                pass_alone(&knowledge, touched, &headers, &call).await
            }
            _ => pass(&knowledge, &headers, &call).await,
        },
        Act::PassHalf => pass_half(&knowledge, &headers, &call).await,
        Act::LoseAnswer => {
            pass(&knowledge, &headers, &call).await;
            let broken =
                futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(io::Error::other("broken"))]);
            Response::new(Body::from_stream(broken))
        }
        Act::Stale => {
            let entries = knowledge.entries.lock().unwrap();
            said(StatusCode::OK, &entries[&list(&call).unwrap()])
        }
        Act::Answer(answer) => said(StatusCode::OK, &answer),
        Act::Refuse(error) => said(StatusCode::BAD_REQUEST, &error),
    }
}

fn said(status: StatusCode, answer: &Value) -> Response {
    (status, [("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response()
}

async fn pass(knowledge: &Knowledge, headers: &HeaderMap, call: &Call) -> Response {
    let mut headers = headers.clone();
    headers.remove("host");
    headers.remove("content-length");
    let signed = headers["authorization"].to_str().unwrap();
    let signed = signed.replace(&knowledge.region, &std::env::var("AWS_REGION").unwrap());
    headers.insert("authorization", signed.parse().unwrap());
    let request = knowledge.client.post(&knowledge.emulator).headers(headers).body(call.body.to_string());
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
    let answer = answer.bytes().await.unwrap();
    if let Some(list) = list(call) {
        let entries = serde_json::from_slice(&answer).unwrap();
        knowledge.entries.lock().unwrap().insert(list, entries);
    }
    (status, [("content-type", kind)], answer).into_response()
}

/// Which list of an index a query asks for.
fn list(call: &Call) -> Option<String> {
    let index = call.body["IndexName"].as_str()?;
    Some(format!("{index} {}", call.body["ExpressionAttributeValues"][":hash"]))
}

/// Asks for half of the rows.
async fn pass_half(knowledge: &Knowledge, headers: &HeaderMap, call: &Call) -> Response {
    let (mut asked, mut left) = (call.clone(), call.body["RequestItems"].clone());
    for (table, rest) in left.as_object_mut().unwrap() {
        let keys = rest["Keys"].as_array().unwrap().clone();
        let (some, others) = keys.split_at(keys.len().div_ceil(2));
        asked.body["RequestItems"][table]["Keys"] = json!(some);
        rest["Keys"] = json!(others);
    }
    left.as_object_mut().unwrap().retain(|_, rest| rest["Keys"] != json!([]));
    let answer = pass(knowledge, headers, &asked).await;
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let mut body: Value = serde_json::from_slice(&body).unwrap();
    body["UnprocessedKeys"] = left;
    said(StatusCode::OK, &body)
}

/// Passes a transaction on if no other is at one of its rows.
async fn pass_alone(
    knowledge: &Knowledge,
    touched: &Mutex<HashSet<String>>,
    headers: &HeaderMap,
    call: &Call,
) -> Response {
    let rows = rows(&call.body);
    if !rows.is_disjoint(&touched.lock().unwrap()) {
        knowledge.conflicts.fetch_add(1, Ordering::Relaxed);
        return said(StatusCode::BAD_REQUEST, &conflict());
    }
    touched.lock().unwrap().extend(rows.iter().cloned());
    tokio::time::sleep(Duration::from_millis(5)).await;
    let answer = pass(knowledge, headers, call).await;
    touched.lock().unwrap().retain(|row| !rows.contains(row));
    answer
}

/// The keys of the rows that a transaction on the job table writes.
fn rows(body: &Value) -> HashSet<String> {
    let writes = body["TransactItems"].as_array().unwrap().iter();
    let writes = writes.flat_map(|write| write.as_object().unwrap().values());
    let keys =
        writes.map(|write| write.get("Key").unwrap_or(&write["Item"])["job_id"]["S"].as_str().unwrap());
    keys.map(str::to_owned).collect()
}
