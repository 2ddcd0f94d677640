//! A back end that is watched while it keeps the contracts.

use std::time::Duration;

use async_trait::async_trait;
use gas_service::{
    contract::{Fixture, Limits},
    message::QueueName,
    ports::Ports,
};

use crate::{
    between::{Act, Between, Call},
    fixture::{self, AwsFixture},
};

/// An [`AwsFixture`] whose calls go through a proxy. When it is dropped, what was asked is judged.
pub(crate) struct Watched {
    inner: AwsFixture,
    ports: Ports,
    between: Between,
}

pub(super) async fn open() -> Watched {
    through(Between::start(|_, _| Act::Pass).await).await
}

/// A fresh back end behind that proxy.
pub(super) async fn through(between: Between) -> Watched {
    let inner = fixture::open().await;
    let ports = fixture::ports_by(&between.shared, &inner.settings);
    Watched { inner, ports, between }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let calls = self.between.calls();
            assert!(!calls.is_empty(), "nothing was asked");
            calls.iter().for_each(judge);
        }
    }
}

/// The first system looked for jobs by reading its whole table. Reads on which a decision may hang are strong.
fn judge(call: &Call) {
    let strong = |read: &serde_json::Value| read["ConsistentRead"] == true;
    let bounded = call.body["Limit"].as_u64().is_some_and(|limit| limit > 0);
    let fine = match call.operation.as_str() {
        "GetItem" => strong(&call.body),
        "BatchGetItem" => call.body["RequestItems"].as_object().unwrap().values().all(strong),
        // Indexes cannot be read strongly.
        "Query" => bounded && (call.body["IndexName"].is_string() || strong(&call.body)),
        "PutItem" | "UpdateItem" | "DeleteItem" => true,
        "TransactWriteItems" => call.body["ClientRequestToken"].is_string(),
        _ => false,
    };
    assert!(fine, "{} {:#}", call.operation, call.body);
}

#[async_trait]
impl Fixture for Watched {
    fn ports(&self) -> Ports {
        self.ports.clone()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    async fn pass(&self, time: Duration) {
        self.inner.pass(time).await;
    }

    async fn send_raw(&self, queue: QueueName, text: &str) {
        self.inner.send_raw(queue, text).await;
    }

    async fn half_written(&self) -> u64 {
        self.inner.half_written().await
    }
}
