//! Users take turns.

use std::time::{Duration, Instant};

use gas_service::{
    account::User,
    contract::Fixture as _,
    id::{JobId, UserId},
    job::{Bucket, Job, NewJob, ObjectKey, StoredFile},
    message::{Message, QueueName},
    ports::{Created, Delivery, Ports},
    quota::Quota,
};

use crate::fixture::{EmbeddedFixture, open};

const QUEUE: QueueName = QueueName::JobRequests;
const VISIBILITY: Duration = Duration::from_secs(30);

fn message() -> Message {
    Message::Annotate { job_id: JobId::generate() }
}

/// Somebody.
pub(crate) async fn owner(ports: &Ports, email: &str) -> User {
    ports.accounts.user_of_email(&email.parse().unwrap(), ports.clock.now()).await.unwrap()
}

/// So many jobs of five bytes each, with their messages.
pub(crate) async fn jobs(ports: &Ports, owner: &User, count: usize) -> Vec<Job> {
    let mut jobs = Vec::new();
    for _ in 0..count {
        let (job_id, name) = (JobId::generate(), "a.vcf".parse().unwrap());
        let key = ObjectKey::of_job(owner.user_id, job_id, &name);
        let input = StoredFile { bucket: Bucket::Inputs, key, size: 5, sha256: String::new() };
        let reference = "human-mt".to_owned();
        let new = NewJob { job_id, input_file_name: name, input, reference, reference_warning: None };
        let job = Job::submit(new, owner, ports.clock.now(), VISIBILITY);
        assert_eq!(ports.jobs.create(&job, None, &Quota::UNLIMITED).await.unwrap(), Created::New);
        let message = Message::Annotate { job_id };
        ports.queue.send(QUEUE, &message, Some(owner.user_id), Duration::ZERO).await.unwrap();
        jobs.push(job);
    }
    jobs
}

/// So many messages of one more user, in the order in which they were sent.
pub(crate) async fn send(ports: &Ports, user: UserId, count: usize) -> Vec<Message> {
    let messages: Vec<Message> = (0..count).map(|_| message()).collect();
    ports.queue.send_all(QUEUE, &messages, Some(user)).await.unwrap();
    messages
}

async fn take(ports: &Ports) -> Delivery {
    ports.queue.take_next(QUEUE, VISIBILITY, Duration::ZERO).await.unwrap().unwrap()
}

/// Takes and finishes so many, one after the other, as a single worker does.
async fn work(ports: &Ports, count: usize) -> Vec<Message> {
    let mut done = Vec::new();
    for _ in 0..count {
        let delivery = take(ports).await;
        ports.queue.finish(&delivery).await.unwrap();
        done.push(delivery.message);
    }
    done
}

/// Where in what was done a message stands, from 0.
fn place(done: &[Message], message: &Message) -> usize {
    done.iter().position(|one| one == message).unwrap()
}

async fn a_thousand_and_one() -> (EmbeddedFixture, Vec<Message>, Message) {
    let fixture = open().await;
    let many = send(&fixture.ports, UserId::generate(), 1000).await;
    fixture.pass(Duration::from_secs(1)).await;
    let one = send(&fixture.ports, UserId::generate(), 1).await.remove(0);
    (fixture, many, one)
}

/// With one worker, which has nothing in hand when it asks.
#[tokio::test]
async fn one_users_thousand_do_not_hold_up_anothers_one() {
    let (fixture, many, one) = a_thousand_and_one().await;
    let done = work(&fixture.ports, 5).await;
    assert!(place(&done, &one) <= 1, "{}", place(&done, &one));
    let others: Vec<&Message> = done.iter().filter(|message| **message != one).collect();
    assert_eq!(others, many[..4].iter().collect::<Vec<_>>(), "a user's own are done in their order");
}

/// With many workers, all of which are busy with the first user's.
#[tokio::test]
async fn the_next_free_worker_is_for_who_has_none() {
    let fixture = open().await;
    send(&fixture.ports, UserId::generate(), 100).await;
    let mut in_hand = Vec::new();
    for _ in 0..8 {
        in_hand.push(take(&fixture.ports).await);
    }
    let [second, third] = [UserId::generate(), UserId::generate()];
    let seconds = send(&fixture.ports, second, 3).await;
    let thirds = send(&fixture.ports, third, 1).await;
    fixture.ports.queue.finish(&in_hand.remove(0)).await.unwrap();
    assert_eq!(take(&fixture.ports).await.message, seconds[0]);
    assert_eq!(take(&fixture.ports).await.message, thirds[0]);
    // The second user has one in hand, the first seven.
    assert_eq!(take(&fixture.ports).await.message, seconds[1]);
}

/// More users with much to do than workers: the oldest messages are not always the first user's.
#[tokio::test]
async fn all_who_wait_get_their_turn() {
    let fixture = open().await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(send(&fixture.ports, UserId::generate(), 50).await);
        fixture.pass(Duration::from_secs(1)).await;
    }
    let done = work(&fixture.ports, 40).await;
    for messages in &waiting {
        assert!(place(&done, &messages[0]) < 20 && place(&done, &messages[1]) >= 20);
    }
}

/// Who sends one after the other does not come first each time.
#[tokio::test]
async fn who_comes_back_does_not_come_first() {
    let fixture = open().await;
    let [often, once, also] = [0, 1, 2].map(|_| UserId::generate());
    let waiting = [send(&fixture.ports, once, 3).await, send(&fixture.ports, also, 3).await];
    let mut served = 0;
    for _ in 0..6 {
        let sent = send(&fixture.ports, often, 1).await;
        let done = work(&fixture.ports, 1).await;
        served += usize::from(!waiting.concat().contains(&done[0]));
        drop(sent);
    }
    assert_eq!(served, 2);
}

/// Whose worker died is not taken for one who still has something in hand.
#[tokio::test]
async fn messages_out_of_hand_do_not_count() {
    let fixture = open().await;
    let [unlucky, busy] = [UserId::generate(), UserId::generate()];
    let lost = send(&fixture.ports, unlucky, 1).await;
    take(&fixture.ports).await;
    send(&fixture.ports, busy, 100).await;
    fixture.pass(VISIBILITY + Duration::from_secs(1)).await;
    let done = work(&fixture.ports, 3).await;
    assert!(place(&done, &lost[0]) <= 1);
}

/// A message that is given back, buried or delayed leaves its group as it should be.
#[tokio::test]
async fn groups_follow_what_becomes_of_their_messages() {
    let fixture = open().await;
    let user = UserId::generate();
    let [first, second] = [message(), message()];
    let queue = &fixture.ports.queue;
    queue.send(QUEUE, &first, Some(user), Duration::from_secs(20)).await.unwrap();
    assert!(queue.take_next(QUEUE, VISIBILITY, Duration::ZERO).await.unwrap().is_none());
    queue.send(QUEUE, &second, Some(user), Duration::ZERO).await.unwrap();
    let taken = take(&fixture.ports).await;
    assert_eq!(taken.message, second);
    queue.give_back(&taken, Duration::from_secs(10)).await.unwrap();
    fixture.pass(Duration::from_secs(11)).await;
    assert_eq!(take(&fixture.ports).await.message, second);
    fixture.pass(Duration::from_secs(10)).await;
    assert_eq!(take(&fixture.ports).await.message, first);
    for _ in 0..fixture.limits().max_receives {
        fixture.pass(VISIBILITY + Duration::from_secs(1)).await;
        while queue.take_next(QUEUE, VISIBILITY, Duration::ZERO).await.unwrap().is_some() {}
    }
    assert_eq!(queue.depth(QUEUE).await.unwrap().dead, 2);
}

/// Waiting, delayed or given up on; and nothing is known of the group.
#[tokio::test]
async fn nothing_is_left_of_a_forgotten_user() {
    let fixture = open().await;
    let (gone, queue) = (UserId::generate(), &fixture.ports.queue);
    send(&fixture.ports, gone, 3).await;
    for _ in 0..=fixture.limits().max_receives {
        while queue.take_next(QUEUE, VISIBILITY, Duration::ZERO).await.unwrap().is_some() {}
        fixture.pass(VISIBILITY + Duration::from_secs(1)).await;
    }
    send(&fixture.ports, gone, 2).await;
    queue.send(QUEUE, &message(), Some(gone), Duration::from_hours(1)).await.unwrap();
    let kept = send(&fixture.ports, UserId::generate(), 1).await;
    assert_eq!(queue.depth(QUEUE).await.unwrap().dead, 3);
    queue.forget_user(gone).await.unwrap();
    let depth = queue.depth(QUEUE).await.unwrap();
    assert_eq!((depth.ready, depth.delayed, depth.dead), (1, 0, 0));
    assert_eq!(work(&fixture.ports, 1).await, kept);
}

/// Turns are found by an index: a long queue is as quick as a short one. Ratios, as machines differ.
#[tokio::test]
async fn a_long_queue_is_not_slow() {
    async fn time_of(waiting: usize) -> Duration {
        let fixture = open().await;
        for _ in 0..10 {
            send(&fixture.ports, UserId::generate(), waiting / 10).await;
        }
        let begun = Instant::now();
        work(&fixture.ports, 100).await;
        begun.elapsed()
    }
    let (short, long) = (time_of(200).await, time_of(20_000).await);
    assert!(long < short * 4 + Duration::from_millis(500), "{short:?} {long:?}");
}
