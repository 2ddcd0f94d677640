//! What the tables promise beyond the contracts.

use aws_sdk_dynamodb::{Client, types::TimeToLiveStatus};

use crate::fixture;

/// Links and sessions that have ended go by themselves.
#[tokio::test]
async fn accounts_expire_by_their_attribute() {
    let fixture = fixture::open().await;
    let client = Client::new(&fixture.shared);
    let described = client.describe_time_to_live().table_name(&fixture.settings.tables.accounts);
    let ttl = described.send().await.unwrap().time_to_live_description.unwrap();
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires"));
    assert_eq!(ttl.time_to_live_status, Some(TimeToLiveStatus::Enabled));
}
