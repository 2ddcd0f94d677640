//! What the texts on our queues say: messages of our own, and what S3 and Glacier tell of retrievals.

use gas_service::{
    id::{ArchiveId, RetrievalId},
    message::{Message, UnreadableMessage},
};
use jiff::Timestamp;
use serde::Deserialize;

/// What a text says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// One message as a rule; S3 may put several events into one text, or none that is for us.
    pub(crate) messages: Vec<Message>,
    /// Before this time nobody is to see it.
    pub(crate) due: Option<Timestamp>,
}

impl Content {
    fn of(messages: Vec<Message>) -> Self {
        Self { messages, due: None }
    }
}

/// Every shape that a text may have, as far as it tells them apart. All fields of all shapes are optional, so that
/// any JSON object is one of these.
#[derive(Deserialize)]
struct Shape {
    /// S3: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    /// S3 tries each new target with `s3:TestEvent`.
    #[serde(rename = "Event")]
    event: Option<String>,
    /// Glacier, as `DescribeJob` answers:
    /// <https://docs.aws.amazon.com/amazonglacier/latest/dev/api-describe-job-get.html>
    #[serde(rename = "Action")]
    action: Option<String>,
    #[serde(rename = "JobId")]
    job_id: Option<String>,
    #[serde(rename = "JobDescription")]
    job_description: Option<String>,
    /// A topic that delivers with its own envelope around the text: `Notification`.
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    /// Ours.
    due: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    s3: Option<S3>,
}

#[derive(Deserialize)]
struct S3 {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// Reads a text. `prefix` is what keys of archives begin with.
pub(crate) fn read(text: &str, prefix: &str) -> Result<Content, UnreadableMessage> {
    read_enveloped(text, prefix, true)
}

fn read_enveloped(text: &str, prefix: &str, envelope: bool) -> Result<Content, UnreadableMessage> {
    let shape: Shape = serde_json::from_str(text)?;
    if let Some(records) = shape.records {
        return Ok(Content::of(records.into_iter().filter_map(|record| restored(record, prefix)).collect()));
    }
    if shape.event.as_deref() == Some("s3:TestEvent") {
        return Ok(Content::default());
    }
    if let (Some(action), Some(job)) = (&shape.action, shape.job_id) {
        return Ok(Content::of(retrieved(action, job, shape.job_description).into_iter().collect()));
    }
    if let (true, Some("Notification"), Some(inner)) = (envelope, shape.kind.as_deref(), &shape.message) {
        return read_enveloped(inner, prefix, false);
    }
    let due = shape.due.and_then(|seconds| Timestamp::from_second(seconds).ok());
    Ok(Content { messages: vec![Message::from_json(text)?], due })
}

/// The event that an object of a cold storage class can be read again. Other events, and keys that are not ours, are
/// no work for anybody.
fn restored(record: Record, prefix: &str) -> Option<Message> {
    let name = record.event_name.strip_prefix("s3:").unwrap_or(&record.event_name);
    let key = form_decoded(&record.s3?.object.key)?;
    let archive = key.strip_prefix(prefix).filter(|_| name == "ObjectRestore:Completed")?;
    Some(Message::RetrievalDone {
        archive_id: ArchiveId(archive.to_owned()),
        retrieval_id: RetrievalId(archive.to_owned()),
    })
}

/// The end of a job of Glacier, good or bad: who reads what was retrieved finds out. Inventories, and retrievals that
/// somebody else started, are no work for us.
fn retrieved(action: &str, job: String, description: Option<String>) -> Option<Message> {
    let archive = description.filter(|archive| !archive.is_empty() && action == "ArchiveRetrieval")?;
    Some(Message::RetrievalDone { archive_id: ArchiveId(archive), retrieval_id: RetrievalId(job) })
}

/// A key as S3 writes it into events, `red+flower.jpg` for `red flower.jpg`; none if it cannot be one.
fn form_decoded(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use gas_service::id::JobId;
    use rstest::rstest;

    use super::*;

    /// As in the user guide of S3, "Event message structure", with values where that describes them.
    fn s3_event(name: &str, key: &str) -> String {
        format!(
            r#"{{"Records":[{{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-west-2",
            "eventTime":"2026-11-26T00:00:00.000Z","eventName":"{name}",
            "userIdentity":{{"principalId":"AmazonCustomer:A3NL1KOZZKExample"}},
            "requestParameters":{{"sourceIPAddress":"s3.amazonaws.com"}},
            "responseElements":{{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD"}},
            "s3":{{"s3SchemaVersion":"1.0","configurationId":"thaw",
            "bucket":{{"name":"amzn-s3-demo-bucket","ownerIdentity":{{"principalId":"A3NL1KOZZKExample"}},"arn":"arn:aws:s3:::amzn-s3-demo-bucket"}},
            "object":{{"key":"{key}","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"}}}},
            "glacierEventData":{{"restoreEventData":{{"lifecycleRestorationExpiryTime":"2026-12-01T00:00:00.000Z","lifecycleRestoreStorageClass":"GLACIER"}}}}}}]}}"#
        )
    }

    /// As in the developer guide of Glacier, "Configuring vault notifications", with the description that we give.
    fn glacier_notice(action: &str, status: &str, description: &str) -> String {
        format!(
            r#"{{"Action":"{action}","ArchiveId":"NkbByEejwEggmBz2fTHgJrg0XBoDfjP4q6iu87-TjhqG6eGoOY9Z8i1_AUyUsuhPAdTqLHy8pTl5nfCFJmDl2yEZONi5L26Omw12vcs01MNGntHEQL8MBfGlqrEXAMPLEArchiveId",
            "ArchiveSHA256TreeHash":"beb0fe31a1c7ca8c6c04d574ea906e3f97b31fdca7571defb5b44dca89b5af60","ArchiveSizeInBytes":16777216,
            "Completed":true,"CompletionDate":"2012-05-15T17:21:39.339Z","CreationDate":"2012-05-15T17:21:39.339Z",
            "InventorySizeInBytes":null,"JobDescription":{description},"JobId":"HkF9p6o7yjhFx-K3CGl6fuSm6VzW9T7esGQfco8nUXVYwS0jlb5gq1JZ55yHgt5vP54ZShjoQzQVVh7vEXAMPLEjobID",
            "RetrievalByteRange":"0-16777215","SHA256TreeHash":"beb0fe31a1c7ca8c6c04d574ea906e3f97b31fdca7571defb5b44dca89b5af60",
            "SNSTopic":"arn:aws:sns:us-west-2:012345678901:mytopic","StatusCode":"{status}","StatusMessage":"{status}",
            "VaultARN":"arn:aws:glacier:us-west-2:012345678901:vaults/examplevault"}}"#
        )
    }

    fn done(archive: &str, retrieval: &str) -> Content {
        let archive_id = ArchiveId(archive.to_owned());
        Content::of(vec![Message::RetrievalDone {
            archive_id,
            retrieval_id: RetrievalId(retrieval.to_owned()),
        }])
    }

    const GLACIER_JOB: &str =
        "HkF9p6o7yjhFx-K3CGl6fuSm6VzW9T7esGQfco8nUXVYwS0jlb5gq1JZ55yHgt5vP54ZShjoQzQVVh7vEXAMPLEjobID";

    #[rstest]
    #[case("ObjectRestore:Completed", "", "0190-a", Some("0190-a"))]
    #[case("s3:ObjectRestore:Completed", "", "0190-a", Some("0190-a"))]
    #[case("ObjectRestore:Completed", "gas/archive/", "gas/archive/0190-a", Some("0190-a"))]
    #[case("ObjectRestore:Completed", "", "red+flower%2B%C3%BC%21.jpg", Some("red flower+ü!.jpg"))]
    #[case("ObjectRestore:Completed", "gas/", "gasometer/0190-a", None)]
    #[case("ObjectRestore:Completed", "gas/", "0190-a", None)]
    #[case("ObjectRestore:Completed", "", "%FF", None)]
    #[case("ObjectRestore:Completed", "", "100%", None)]
    #[case("ObjectRestore:Post", "", "0190-a", None)]
    #[case("ObjectRestore:Delete", "", "0190-a", None)]
    #[case("ObjectCreated:Put", "", "0190-a", None)]
    fn events_of_s3(
        #[case] name: &str,
        #[case] prefix: &str,
        #[case] key: &str,
        #[case] archive: Option<&str>,
    ) {
        let expected = archive.map_or_else(Content::default, |archive| done(archive, archive));
        assert_eq!(read(&s3_event(name, key), prefix).unwrap(), expected);
    }

    #[test]
    fn a_text_of_s3_may_hold_several_events() {
        let [one, two, three] =
            [("ObjectRestore:Completed", "a"), ("ObjectRestore:Post", "b"), ("ObjectRestore:Completed", "c")]
                .map(|(name, key)| s3_event(name, key));
        let records: Vec<serde_json::Value> = [one, two, three]
            .iter()
            .map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap()["Records"][0].clone())
            .collect();
        let content = read(&serde_json::json!({ "Records": records }).to_string(), "").unwrap();
        assert_eq!(content.messages, [done("a", "a").messages, done("c", "c").messages].concat());
    }

    #[test]
    fn the_trial_event_of_s3_is_no_work() {
        let text = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z",
            "Bucket":"amzn-s3-demo-bucket","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE"}"#;
        assert_eq!(read(text, "").unwrap(), Content::default());
    }

    #[rstest]
    #[case("ArchiveRetrieval", "Succeeded", "\"0190-a\"", true)]
    #[case("ArchiveRetrieval", "Failed", "\"0190-a\"", true)]
    #[case("ArchiveRetrieval", "Succeeded", "null", false)]
    #[case("ArchiveRetrieval", "Succeeded", "\"\"", false)]
    #[case("InventoryRetrieval", "Succeeded", "\"0190-a\"", false)]
    fn notices_of_glacier(
        #[case] action: &str,
        #[case] status: &str,
        #[case] description: &str,
        #[case] ours: bool,
    ) {
        let expected = if ours { done("0190-a", GLACIER_JOB) } else { Content::default() };
        assert_eq!(read(&glacier_notice(action, status, description), "gas/").unwrap(), expected);
    }

    #[test]
    fn a_topic_may_put_its_envelope_around_a_text() {
        let inner = Message::Annotate { job_id: JobId::generate() };
        let text = serde_json::json!({ "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-west-2:123456789012:MyTopic", "Message": inner.to_json().unwrap() });
        assert_eq!(read(&text.to_string(), "").unwrap().messages, [inner]);
        let twice = serde_json::json!({ "Type": "Notification", "Message": text.to_string() });
        assert!(read(&twice.to_string(), "").is_err());
    }

    #[test]
    fn our_own_messages_may_have_a_time() {
        let message = Message::Annotate { job_id: JobId::generate() };
        let plain = message.to_json().unwrap();
        assert_eq!(read(&plain, "").unwrap(), Content::of(vec![message.clone()]));
        let timed = plain.replacen('{', "{\"due\":1800000000,", 1);
        let due = Some(Timestamp::from_second(1_800_000_000).unwrap());
        assert_eq!(read(&timed, "").unwrap(), Content { messages: vec![message], due });
    }

    #[rstest]
    #[case("")]
    #[case("[]")]
    #[case("🧬")]
    #[case("{}")]
    #[case("{'kind': 'annotate'}")]
    #[case(r#"{"version":99,"kind":"annotate"}"#)]
    #[case(r#"{"Records":[{}]}"#)]
    #[case(r#"{"Type":"Notification","Message":"hello"}"#)]
    fn other_texts_are_not_guessed_at(#[case] text: &str) {
        assert!(read(text, "").is_err());
    }
}
