//! Notices that the instance on which this program runs is about to be taken away.

use std::{env, time::Duration};

use aws_config::imds::{Client, client::error::ImdsError};

/// Spot gives two minutes; AWS recommends to look every five seconds.
const PACE: Duration = Duration::from_secs(5);
/// There once a spot instance is to be interrupted: `{"action": "terminate", "time": "…"}`; 404 before.
const SPOT: &str = "/latest/meta-data/spot/instance-action";
/// `Terminated` once an Auto Scaling group has chosen the instance to go; `InService` before, 404 outside of groups.
const GROUP: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";

/// Ends when the instance metadata say that the instance is to go, and tells why. Never ends on other machines: where
/// `AWS_EC2_METADATA_DISABLED` is `true` nothing is asked, and who does not answer is asked less often.
pub async fn instance_is_to_go() -> &'static str {
    if env::var("AWS_EC2_METADATA_DISABLED").is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
        std::future::pending::<()>().await;
    }
    let metadata = Client::builder().max_attempts(1).build();
    let mut pause = PACE;
    loop {
        match look(&metadata).await {
            Ok(Some(why)) => return why,
            Ok(None) => pause = PACE,
            Err(error) => {
                tracing::debug!(error = %error, "the instance metadata do not answer");
                pause = (pause * 2).min(PACE * 12);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

async fn look(metadata: &Client) -> Result<Option<&'static str>, ImdsError> {
    if read(metadata, SPOT).await?.is_some() {
        return Ok(Some("the spot instance is to be interrupted"));
    }
    let state = read(metadata, GROUP).await?;
    Ok(state
        .is_some_and(|state| state == "Terminated")
        .then_some("the Auto Scaling group lets the instance go"))
}

async fn read(metadata: &Client, path: &str) -> Result<Option<String>, ImdsError> {
    match metadata.get(path).await {
        Ok(text) => Ok(Some(String::from(text))),
        Err(ImdsError::ErrorResponse(answer)) if answer.response().status().as_u16() == 404 => Ok(None),
        Err(error) => Err(error),
    }
}
