//! What the contract of queues does not see.

use std::time::{Duration, Instant};

use aws_sdk_sqs::types::MessageSystemAttributeName;
use gas_service::{
    contract::Fixture as _,
    id::{ArchiveId, JobId, RetrievalId, UserId},
    message::{Message, QueueName},
    ports::{BackendError, Delivery, Ports},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    between::{Act, Between, Call},
    fixture::{self, AwsFixture, queues},
};

const VISIBILITY: Duration = Duration::from_secs(9);
const LONG: Duration = Duration::from_secs(20);

async fn take(ports: &Ports, queue: QueueName) -> Option<Delivery> {
    ports.queue.take_next(queue, VISIBILITY, Duration::from_secs(1)).await.unwrap()
}

async fn kept(fixture: &AwsFixture, queue: QueueName) -> Vec<Value> {
    queues::peek(&fixture.settings.queues.of(queue).url).await
}

/// A program that does not hold a message has no say about it, whatever SQS itself would let it do with a receipt.
#[tokio::test]
async fn a_delivery_belongs_to_the_process_that_took_it() {
    let fixture = fixture::open().await;
    let other = fixture::ports_by(&fixture.shared, &fixture.settings);
    let message = Message::Annotate { job_id: JobId::generate() };
    fixture.ports().queue.send(QueueName::JobRequests, &message, None, Duration::ZERO).await.unwrap();
    let taken = take(&fixture.ports(), QueueName::JobRequests).await.unwrap();
    assert!(!other.queue.keep_alive(&taken, VISIBILITY).await.unwrap());
    other.queue.give_back(&taken, Duration::ZERO).await.unwrap();
    other.queue.finish(&taken).await.unwrap();
    assert!(take(&other, QueueName::JobRequests).await.is_none());
    assert!(fixture.ports().queue.keep_alive(&taken, VISIBILITY).await.unwrap());
    fixture.ports().queue.finish(&taken).await.unwrap();
    assert!(kept(&fixture, QueueName::JobRequests).await.is_empty());
}

/// Whose visibility has passed while nobody else took it: SQS would delete it, but it may be another's any moment.
#[tokio::test]
async fn a_delivery_that_is_over_is_left_alone() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let message = Message::Annotate { job_id: JobId::generate() };
    ports.queue.send(QueueName::JobRequests, &message, None, Duration::ZERO).await.unwrap();
    let short = Duration::from_secs(1);
    let taken = ports.queue.take_next(QueueName::JobRequests, short, LONG).await.unwrap().unwrap();
    fixture.pass(short * 2).await;
    ports.queue.finish(&taken).await.unwrap();
    assert!(!ports.queue.keep_alive(&taken, VISIBILITY).await.unwrap());
    assert_eq!(kept(&fixture, QueueName::JobRequests).await[0]["IsVisible"], true);
}

/// A message that is deleted behind our back is not ours any more, and that is no failure.
#[tokio::test]
async fn a_message_that_vanished_is_no_failure() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    for message in [0, 1].map(|_| Message::Annotate { job_id: JobId::generate() }) {
        ports.queue.send(QueueName::JobRequests, &message, None, Duration::ZERO).await.unwrap();
    }
    let first = take(&ports, QueueName::JobRequests).await.unwrap();
    let second = take(&ports, QueueName::JobRequests).await.unwrap();
    let url = &fixture.settings.queues.job_requests.url;
    aws_sdk_sqs::Client::new(&fixture.shared).purge_queue().queue_url(url).send().await.unwrap();
    assert!(!ports.queue.keep_alive(&first, VISIBILITY).await.unwrap());
    ports.queue.finish(&first).await.unwrap();
    ports.queue.give_back(&second, Duration::ZERO).await.unwrap();
}

/// One text for each hop, and the receives of the way are not counted: at most two are allowed here.
#[tokio::test]
async fn a_long_delay_is_made_of_hops() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let message = Message::Archive { job_id: JobId::generate() };
    let week = Duration::from_hours(24 * 7);
    ports.queue.send(QueueName::JobArchive, &message, None, week).await.unwrap();
    let waiting = kept(&fixture, QueueName::JobArchive).await;
    assert_eq!(waiting.len(), 1);
    let text: Value = serde_json::from_str(waiting[0]["Body"].as_str().unwrap()).unwrap();
    let left = text["due"].as_i64().unwrap() - Timestamp::now().as_second();
    assert!((604_790..=604_801).contains(&left), "{left}");
    let hidden = waiting[0]["VisibleAt"].as_i64().unwrap() - Timestamp::now().as_second();
    assert!((890..=900).contains(&hidden), "{hidden}");
    assert_eq!(ports.queue.depth(QueueName::JobArchive).await.unwrap().delayed, 1);

    // As it is found a quarter of an hour later, and four seconds before it is due.
    let due = Timestamp::now().as_second() + 4;
    let mut hop: Value = text.clone();
    hop["due"] = due.into();
    for text in [text, hop] {
        queues::send_raw(
            &fixture.shared,
            fixture.settings.queues.of(QueueName::JobArchive),
            &text.to_string(),
        )
        .await;
    }
    let taken = ports.queue.take_next(QueueName::JobArchive, VISIBILITY, LONG).await.unwrap().unwrap();
    assert!(Timestamp::now().as_second() >= due, "a hop came early");
    assert_eq!((taken.message.clone(), taken.receive_count), (message, 1));
    ports.queue.finish(&taken).await.unwrap();
    assert_eq!(kept(&fixture, QueueName::JobArchive).await.len(), 2, "the two that are due in a week");
    assert_eq!(ports.queue.depth(QueueName::JobArchive).await.unwrap().delayed, 2);
}

/// By which SQS tells users apart: through a topic and without, alone and in batches, and when it is sent on.
#[tokio::test]
async fn the_user_is_the_message_group() {
    let fixture = fixture::open().await;
    let (queue, user) = (fixture.ports().queue, UserId::generate());
    let message = Message::JobEnded { job_id: JobId::generate() };
    let group = async |queue: QueueName| {
        let sqs = aws_sdk_sqs::Client::new(&fixture.shared);
        let receive = sqs.receive_message().queue_url(&fixture.settings.queues.of(queue).url);
        let received = receive
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .wait_time_seconds(5)
            .send()
            .await
            .unwrap();
        let message = received.messages.unwrap().remove(0);
        message.attributes.and_then(|all| all.get(&MessageSystemAttributeName::MessageGroupId).cloned())
    };
    for name in [QueueName::JobRequests, QueueName::JobRestore] {
        queue.send(name, &message, Some(user), Duration::ZERO).await.unwrap();
        assert_eq!(group(name).await, Some(user.to_string()));
        queue.send(name, &message, None, Duration::ZERO).await.unwrap();
        assert_eq!(group(name).await, None);
    }
    // More than one call takes. Of a topic's batch the emulator hands no group on: a test of the calls covers that.
    queue.send_all(QueueName::JobRestore, &vec![message.clone(); 12], Some(user)).await.unwrap();
    for _ in 0..12 {
        assert_eq!(group(QueueName::JobRestore).await, Some(user.to_string()));
    }
    // Taken a second before it is due, it is sent on for the same user.
    let mut hop: Value = serde_json::from_str(&message.to_json().unwrap()).unwrap();
    hop["due"] = (Timestamp::now().as_second() + 2).into();
    let sqs = aws_sdk_sqs::Client::new(&fixture.shared);
    let send = sqs.send_message().queue_url(&fixture.settings.queues.job_archive.url);
    send.message_body(hop.to_string()).message_group_id(user.to_string()).send().await.unwrap();
    let none = queue.take_next(QueueName::JobArchive, VISIBILITY, Duration::ZERO).await.unwrap();
    assert!(none.is_none());
    assert_eq!(group(QueueName::JobArchive).await, Some(user.to_string()));
}

/// Published without delay, so that others can subscribe; with a delay the topic is passed by.
#[tokio::test]
async fn topics_are_published_to() {
    let fixture = fixture::open().await;
    let (sqs, sns) = (aws_sdk_sqs::Client::new(&fixture.shared), aws_sdk_sns::Client::new(&fixture.shared));
    let topic = &fixture.settings.topics.job_results;
    let elsewhere = format!("{}-elsewhere", topic.rsplit(':').next().unwrap());
    let elsewhere = sqs.create_queue().queue_name(elsewhere).send().await.unwrap().queue_url.unwrap();
    let arn = queues::arn(&sqs, &elsewhere).await;
    queues::open_to_topic(&sqs, &elsewhere, &arn, topic).await;
    sns.subscribe().topic_arn(topic).protocol("sqs").endpoint(arn).send().await.unwrap();
    let message = Message::JobEnded { job_id: JobId::generate() };
    fixture.ports().queue.send(QueueName::JobResults, &message, None, Duration::ZERO).await.unwrap();
    fixture.ports().queue.send(QueueName::JobResults, &message, None, Duration::from_mins(1)).await.unwrap();
    assert_eq!(queues::peek(&elsewhere).await.len(), 1);
    let taken = take(&fixture.ports(), QueueName::JobResults).await.unwrap();
    assert_eq!(taken.message, message);
    assert_eq!(fixture.ports().queue.depth(QueueName::JobResults).await.unwrap().delayed, 1);
}

fn restored(keys: &[&str]) -> String {
    let record = |key| json!({ "eventName": "ObjectRestore:Completed", "s3": { "object": { "key": key } } });
    json!({ "Records": keys.iter().map(record).collect::<Vec<_>>() }).to_string()
}

/// Several events in one text are several messages; a trial event is none; all texts go.
#[tokio::test]
async fn events_of_s3_become_messages() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let trial = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
    for text in [trial, &restored(&["a", "b"]), &restored(&[]), &restored(&["c"])] {
        queues::send_raw(&fixture.shared, fixture.settings.queues.of(QueueName::JobThaw), text).await;
    }
    let mut archives = Vec::new();
    for _ in 0..3 {
        let taken = take(&ports, QueueName::JobThaw).await.unwrap();
        let Message::RetrievalDone { archive_id: ArchiveId(archive), retrieval_id: RetrievalId(retrieval) } =
            &taken.message
        else {
            panic!("{taken:?}");
        };
        assert_eq!(archive, retrieval);
        archives.push(archive.clone());
        ports.queue.finish(&taken).await.unwrap();
    }
    archives.sort();
    assert_eq!(archives, ["a", "b", "c"]);
    assert!(kept(&fixture, QueueName::JobThaw).await.is_empty());
    assert_eq!(ports.queue.depth(QueueName::JobThaw).await.unwrap().dead, 0);
}

/// With why it lies there, for whoever finds it in the console.
#[tokio::test]
async fn an_unreadable_message_is_buried_as_it_was() {
    let fixture = fixture::open().await;
    let text = "{\"version\":99,\"kind\":\"annotate\",\"note\":\"🧬\"}";
    queues::send_raw(&fixture.shared, fixture.settings.queues.of(QueueName::JobThaw), text).await;
    assert!(take(&fixture.ports(), QueueName::JobThaw).await.is_none());
    let dead = queues::peek(&fixture.settings.queues.job_thaw.dead_letters).await;
    assert_eq!(dead[0]["Body"], text);
    let reason = dead[0]["MessageAttributes"]["reason"]["StringValue"].as_str().unwrap();
    assert_eq!(
        reason,
        "the message is not one of this service's: missing field `job_id` at line 1 column 46"
    );
}

/// More than one call takes. Looking shows them all again at once and loses none.
#[tokio::test]
async fn many_dead_letters_are_looked_at_and_left() {
    let fixture = fixture::open().await;
    let ports = fixture.ports();
    let dead = &fixture.settings.queues.job_restore.dead_letters;
    let address = gas_aws::QueueAddress { url: dead.clone(), dead_letters: String::new() };
    let mut buried = Vec::new();
    for _ in 0..23 {
        let message = Message::Restore { job_id: JobId::generate() };
        queues::send_raw(&fixture.shared, &address, &message.to_json().unwrap()).await;
        buried.insert(0, message);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for limit in [100, 5] {
        let newest = ports.queue.dead_letters(QueueName::JobRestore, limit).await.unwrap();
        let newest: Vec<_> = newest.into_iter().filter_map(|letter| letter.message).collect();
        assert_eq!(newest, buried[..buried.len().min(limit as usize)]);
    }
    let left = queues::peek(dead).await;
    assert_eq!(left.iter().filter(|letter| letter["IsVisible"] == true).count(), 23);
    assert_eq!(ports.queue.depth(QueueName::JobRestore).await.unwrap().dead, 23);
}

/// The back end, and what stands before its queues.
async fn behind(decide: impl Fn(&mut Call, usize) -> Act + Send + Sync + 'static) -> (AwsFixture, Between) {
    let between = Between::start(decide).await;
    let fixture = fixture::open().await;
    (fixture, between)
}

async fn send_many(
    fixture: &AwsFixture,
    between: &Between,
    count: usize,
) -> (Vec<Message>, Result<(), BackendError>) {
    let messages: Vec<_> = (0..count).map(|_| Message::Restore { job_id: JobId::generate() }).collect();
    let queue = fixture::ports_by(&between.shared, &fixture.settings).queue;
    let sent = queue.send_all(QueueName::JobRestore, &messages, None).await;
    (messages, sent)
}

/// What lies on the queue, in the order of sending.
async fn arrived(fixture: &AwsFixture) -> Vec<Message> {
    let mut found = Vec::new();
    for message in kept(fixture, QueueName::JobRestore).await {
        found.push(Message::from_json(message["Body"].as_str().unwrap()).unwrap());
    }
    found
}

fn refused(ours: bool, places: std::ops::Range<usize>) -> Act {
    let entry =
        |place: usize| json!({ "Id": place.to_string(), "SenderFault": ours, "Code": "C", "Message": "m" });
    Act::Answer(json!({ "Successful": [], "Failed": places.map(entry).collect::<Vec<_>>() }))
}

#[tokio::test]
async fn ten_messages_are_sent_by_one_call() {
    let (fixture, between) = behind(|_, _| Act::Pass).await;
    let (messages, sent) = send_many(&fixture, &between, 23).await;
    sent.unwrap();
    assert_eq!(between.count("SendMessageBatch"), 3);
    assert_eq!(arrived(&fixture).await, messages);
}

/// The first call takes none, the second one forgets all but the first two, the third takes the rest.
#[tokio::test]
async fn what_sqs_did_not_take_is_sent_again() {
    let (fixture, between) = behind(|call, number| match number {
        0 => refused(false, 0..5),
        1 => {
            call.body["Entries"].as_array_mut().unwrap().truncate(2);
            Act::Pass
        }
        _ => Act::Pass,
    })
    .await;
    let (messages, sent) = send_many(&fixture, &between, 5).await;
    sent.unwrap();
    assert_eq!(between.count("SendMessageBatch"), 3);
    assert_eq!(arrived(&fixture).await, messages);
}

#[tokio::test]
async fn what_sqs_never_takes_fails_in_the_end() {
    let (fixture, between) = behind(|_, _| refused(false, 0..2)).await;
    let (_, sent) = send_many(&fixture, &between, 2).await;
    assert_eq!(sent.unwrap_err().to_string(), "sending 2 messages to queue `job-restore`");
    assert_eq!(between.count("SendMessageBatch"), 11);
}

#[tokio::test]
async fn what_is_refused_through_our_fault_is_not_sent_again() {
    let (fixture, between) = behind(|_, _| refused(true, 1..2)).await;
    let (_, sent) = send_many(&fixture, &between, 2).await;
    let cause = std::error::Error::source(&sent.unwrap_err()).unwrap().to_string();
    assert_eq!(cause, "a message was refused: C: m");
    assert_eq!(between.count("SendMessageBatch"), 1);
}

/// Longer than one call of SQS waits, and than nothing at all.
#[tokio::test]
async fn a_taker_waits_through_several_calls() {
    let fixture = fixture::open().await;
    let begun = Instant::now();
    let wait = Duration::from_millis(21_500);
    let taken = fixture.ports().queue.take_next(QueueName::JobThaw, VISIBILITY, wait).await.unwrap();
    assert_eq!(taken, None);
    // Two whole calls would take longer.
    assert!((wait..LONG * 2).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}
