//! Messages, each delivered at least once.

mod dead_letters;

use std::{collections::HashSet, time::Duration};

use super::{
    Fixture,
    samples::{race, seconds},
};
use crate::{
    id::{ArchiveId, JobId, RetrievalId, UserId},
    message::{Message, QueueName},
    ports::{DeadLetter, Delivery, Depth, Ports},
};

pub use self::dead_letters::*;

const QUEUE: QueueName = QueueName::JobRequests;
/// Longer than any test waits for what it expects.
const LONG: Duration = Duration::from_secs(20);
// Short, as back ends whose clock cannot be moved wait through it.
const VISIBILITY: Duration = Duration::from_secs(9);

fn message() -> Message {
    Message::Annotate { job_id: JobId::generate() }
}

async fn send(ports: &Ports) -> Message {
    let message = message();
    ports.queue.send(QUEUE, &message, Some(UserId::generate()), Duration::ZERO).await.unwrap();
    message
}

async fn take(ports: &Ports) -> Delivery {
    ports.queue.take_next(QUEUE, VISIBILITY, LONG).await.unwrap().unwrap()
}

fn messages_of(letters: &[DeadLetter]) -> Vec<Message> {
    letters.iter().filter_map(|letter| letter.message.clone()).collect()
}

async fn is_empty(ports: &Ports) -> bool {
    ports.queue.take_next(QUEUE, VISIBILITY, Duration::ZERO).await.unwrap().is_none()
}

/// The first system made messages by printing a table of its own and read them by exchanging quotes.
pub async fn a_message_arrives_as_it_was_sent(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = Message::RetrievalDone {
        archive_id: ArchiveId("it's \"quoted\" \\ 🧬".to_owned()),
        retrieval_id: RetrievalId("{'kind': None}".to_owned()),
    };
    ports.queue.send(QueueName::JobThaw, &sent, None, Duration::ZERO).await.unwrap();
    let taken = ports.queue.take_next(QueueName::JobThaw, VISIBILITY, LONG).await.unwrap().unwrap();
    assert_eq!((taken.message, taken.queue, taken.receive_count), (sent, QueueName::JobThaw, 1));
}

/// Each worker sees its own queue only.
pub async fn queues_do_not_mix(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = send(&ports).await;
    for other in QueueName::ALL.into_iter().filter(|queue| *queue != QUEUE) {
        assert!(ports.queue.take_next(other, VISIBILITY, Duration::ZERO).await.unwrap().is_none());
        assert_eq!(ports.queue.depth(other).await.unwrap(), Depth::default());
    }
    assert_eq!(take(&ports).await.message, sent);
}

/// The first system gave all messages one and the same mark against doubles: within five minutes only the
/// first one arrived.
pub async fn equal_messages_all_arrive(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = message();
    for _ in 0..3 {
        ports.queue.send(QUEUE, &sent, None, Duration::ZERO).await.unwrap();
    }
    let mut receipts = HashSet::new();
    for _ in 0..3 {
        let taken = take(&ports).await;
        assert_eq!((&taken.message, taken.receive_count), (&sent, 1));
        receipts.insert(taken.receipt);
    }
    assert_eq!(receipts.len(), 3);
    assert!(is_empty(&ports).await);
}

/// The first system deleted a message as soon as a process had been started: when that died, the job was lost.
pub async fn a_message_in_hand_is_hidden_and_comes_again(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = send(&ports).await;
    let first = take(&ports).await;
    assert!(is_empty(&ports).await);
    fixture.pass(VISIBILITY + seconds(1)).await;
    let second = take(&ports).await;
    assert_eq!((second.message, second.receive_count), (sent, 2));
    assert_ne!(second.receipt, first.receipt);
}

/// In the first system a job that took longer than the visibility was run twice.
pub async fn a_message_kept_alive_stays_hidden(fixture: &impl Fixture) {
    let ports = fixture.ports();
    send(&ports).await;
    let taken = take(&ports).await;
    for _ in 0..3 {
        fixture.pass(VISIBILITY * 2 / 3).await;
        assert!(ports.queue.keep_alive(&taken, VISIBILITY).await.unwrap());
        assert!(is_empty(&ports).await);
    }
    fixture.pass(VISIBILITY + seconds(1)).await;
    assert_eq!(take(&ports).await.receive_count, 2);
}

/// However often it is finished.
pub async fn a_finished_message_is_gone(fixture: &impl Fixture) {
    let ports = fixture.ports();
    send(&ports).await;
    let taken = take(&ports).await;
    ports.queue.finish(&taken).await.unwrap();
    ports.queue.finish(&taken).await.unwrap();
    ports.queue.give_back(&taken, Duration::ZERO).await.unwrap();
    assert!(!ports.queue.keep_alive(&taken, VISIBILITY).await.unwrap());
    fixture.pass(VISIBILITY * 2).await;
    assert!(is_empty(&ports).await);
    assert_eq!(ports.queue.depth(QUEUE).await.unwrap(), Depth::default());
}

/// A taker that was too slow neither finishes nor gives back what another now has.
pub async fn a_delivery_that_is_no_longer_ours_changes_nothing(fixture: &impl Fixture) {
    let ports = fixture.ports();
    send(&ports).await;
    let slow = take(&ports).await;
    fixture.pass(VISIBILITY + seconds(1)).await;
    let present = take(&ports).await;
    assert!(!ports.queue.keep_alive(&slow, VISIBILITY * 10).await.unwrap());
    ports.queue.give_back(&slow, Duration::ZERO).await.unwrap();
    assert!(is_empty(&ports).await);
    ports.queue.finish(&slow).await.unwrap();
    assert!(ports.queue.keep_alive(&present, VISIBILITY).await.unwrap());
    ports.queue.give_back(&present, Duration::ZERO).await.unwrap();
    let last = take(&ports).await;
    ports.queue.give_back(&present, Duration::ZERO).await.unwrap();
    assert!(is_empty(&ports).await);
    ports.queue.finish(&last).await.unwrap();
}

/// At once, or after a while.
pub async fn a_message_given_back_comes_again(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = send(&ports).await;
    let first = take(&ports).await;
    ports.queue.give_back(&first, seconds(5)).await.unwrap();
    assert!(is_empty(&ports).await);
    fixture.pass(seconds(6)).await;
    let second = take(&ports).await;
    assert_eq!((second.message, second.receive_count), (sent, 2));
}

/// The first system let a process sleep until the time for archiving; with the process the archiving went.
pub async fn a_delayed_message_waits(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (sent, soon) = (message(), message());
    ports.queue.send(QUEUE, &sent, None, seconds(10)).await.unwrap();
    ports.queue.send(QUEUE, &soon, None, Duration::ZERO).await.unwrap();
    let taken = take(&ports).await;
    assert_eq!(taken.message, soon);
    ports.queue.finish(&taken).await.unwrap();
    assert!(is_empty(&ports).await);
    fixture.pass(seconds(11)).await;
    assert_eq!(take(&ports).await.message, sent);
}

/// A message that brings down whoever takes it does so only so often, and does not stop the others.
pub async fn a_message_never_finished_becomes_a_dead_letter(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let poison = send(&ports).await;
    for count in 1..=fixture.limits().max_receives {
        let taken = take(&ports).await;
        assert_eq!((&taken.message, taken.receive_count), (&poison, count));
        fixture.pass(VISIBILITY + seconds(1)).await;
    }
    let good = send(&ports).await;
    let taken = take(&ports).await;
    assert_eq!(taken.message, good);
    ports.queue.finish(&taken).await.unwrap();
    assert!(is_empty(&ports).await);
    assert_eq!(ports.queue.depth(QUEUE).await.unwrap(), Depth { dead: 1, ..Depth::default() });
    let letters = ports.queue.dead_letters(QUEUE, 10).await.unwrap();
    assert_eq!(messages_of(&letters), std::slice::from_ref(&poison));
    assert_eq!(letters[0].text, poison.to_json().unwrap());
}

/// What cannot be read is put aside, not handed out, not lost, and not taken for ever.
pub async fn an_unreadable_message_becomes_a_dead_letter(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let strange = ["{'kind': 'annotate'}", "{\"version\":99,\"kind\":\"annotate\"}", "🧬", "[]"];
    for text in strange {
        fixture.send_raw(QUEUE, text).await;
    }
    let good = send(&ports).await;
    assert_eq!(take(&ports).await.message, good);
    for _ in 0..fixture.limits().max_receives {
        assert!(is_empty(&ports).await);
        fixture.pass(seconds(1)).await;
    }
    let depth = ports.queue.depth(QUEUE).await.unwrap();
    assert_eq!((depth.dead, depth.ready), (4, 0));
    let letters = ports.queue.dead_letters(QUEUE, 10).await.unwrap();
    let texts: HashSet<&str> = letters.iter().map(|letter| letter.text.as_str()).collect();
    assert_eq!(texts, strange.into());
    assert!(letters.iter().all(|letter| letter.message.is_none()));
}

/// Whoever waits gets what is sent meanwhile.
pub async fn a_taker_waits_for_what_comes(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let waiting = tokio::spawn({
        let ports = fixture.ports();
        async move { take(&ports).await.message }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    let sent = send(&ports).await;
    assert_eq!(waiting.await.unwrap(), sent);
}

/// Whoever waits gets what was sent before, when its delay has passed.
pub async fn a_taker_waits_for_what_becomes_due(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let sent = message();
    ports.queue.send(QUEUE, &sent, None, seconds(2)).await.unwrap();
    let waiting = tokio::spawn({
        let ports = fixture.ports();
        async move { take(&ports).await.message }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    fixture.pass(seconds(3)).await;
    assert_eq!(waiting.await.unwrap(), sent);
}

/// Nothing comes: that is said.
pub async fn a_taker_does_not_wait_for_ever(fixture: &impl Fixture) {
    let ports = fixture.ports();
    ports.queue.send(QUEUE, &message(), None, seconds(500)).await.unwrap();
    let taken = ports.queue.take_next(QUEUE, VISIBILITY, seconds(1)).await.unwrap();
    assert_eq!(taken, None);
}

/// Each is a message of its own, however many there are and however long they are together; none is none.
pub async fn many_messages_are_sent_together(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let long = |letter: &str| Message::RetrievalDone {
        archive_id: ArchiveId(letter.repeat(120_000)),
        retrieval_id: RetrievalId("🧬".to_owned()),
    };
    let mut messages: Vec<Message> = (0..23).map(|_| message()).collect();
    messages.extend(["a", "b", "c", "d", "e"].map(long));
    messages.push(messages[0].clone());
    for queue in [QueueName::JobRequests, QueueName::JobRestore] {
        ports.queue.send_all(queue, &messages, Some(UserId::generate())).await.unwrap();
        ports.queue.send_all(queue, &[], None).await.unwrap();
        let mut taken = Vec::new();
        for _ in &messages {
            let delivery = ports.queue.take_next(queue, VISIBILITY, LONG).await.unwrap().unwrap();
            ports.queue.finish(&delivery).await.unwrap();
            assert_eq!(delivery.receive_count, 1);
            taken.push(delivery.message.to_json().unwrap());
        }
        let mut sent: Vec<String> = messages.iter().map(|message| message.to_json().unwrap()).collect();
        sent.sort();
        taken.sort();
        assert!(taken == sent);
        assert_eq!(ports.queue.depth(queue).await.unwrap(), Depth::default());
    }
}

/// Whoever waits gets the first of many, and the others are there.
pub async fn takers_wait_for_what_is_sent_together(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let ports = fixture.ports();
            tokio::spawn(async move { take(&ports).await.message.to_json().unwrap() })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let messages = [message(), message()];
    ports.queue.send_all(QUEUE, &messages, None).await.unwrap();
    let mut taken = HashSet::new();
    for taker in waiting {
        taken.insert(taker.await.unwrap());
    }
    assert_eq!(taken, messages.iter().map(|message| message.to_json().unwrap()).collect());
}

/// Many takers, many messages: each message once.
pub async fn takers_at_once_share_the_messages(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let mut sent = HashSet::new();
    for _ in 0..40 {
        sent.insert(send(&ports).await.to_json().unwrap());
    }
    let taken = race(8, |_| {
        let ports = fixture.ports();
        async move {
            let mut taken = Vec::new();
            for _ in 0..5 {
                let delivery = take(&ports).await;
                taken.push(delivery.message.to_json().unwrap());
                ports.queue.finish(&delivery).await.unwrap();
            }
            taken
        }
    })
    .await;
    let taken: Vec<String> = taken.into_iter().flatten().collect();
    assert_eq!(taken.len(), 40);
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), sent);
    assert!(is_empty(&ports).await);
}

/// What could be taken, what is in hand, what waits, and since when.
pub async fn depth_tells_how_full(fixture: &impl Fixture) {
    let ports = fixture.ports();
    assert_eq!(ports.queue.depth(QUEUE).await.unwrap(), Depth::default());
    for _ in 0..3 {
        send(&ports).await;
    }
    ports.queue.send(QUEUE, &message(), None, seconds(500)).await.unwrap();
    take(&ports).await;
    fixture.pass(seconds(7)).await;
    let depth = ports.queue.depth(QUEUE).await.unwrap();
    assert_eq!((depth.ready, depth.in_flight, depth.delayed, depth.dead), (2, 1, 1, 0));
    assert!((7..60).contains(&depth.oldest_ready_seconds), "{}", depth.oldest_ready_seconds);
    fixture.pass(VISIBILITY).await;
    let depth = ports.queue.depth(QUEUE).await.unwrap();
    assert_eq!((depth.ready, depth.in_flight, depth.delayed), (3, 0, 1));
}

/// Messages for others, and for nobody in particular, stay; whoever has the user's in hand may finish them; and one that is
/// sent for the user afterwards arrives.
pub async fn forgetting_a_user_spares_the_others(fixture: &impl Fixture) {
    let (ports, gone) = (fixture.ports(), UserId::generate());
    let sent_for = async |user: Option<UserId>| {
        let message = message();
        ports.queue.send(QUEUE, &message, user, Duration::ZERO).await.unwrap();
        message
    };
    sent_for(Some(gone)).await;
    let in_hand = take(&ports).await;
    let mut expected = vec![sent_for(Some(UserId::generate())).await, sent_for(None).await];
    for _ in 0..2 {
        ports.queue.forget_user(gone).await.unwrap();
    }
    ports.queue.finish(&in_hand).await.unwrap();
    expected.push(sent_for(Some(gone)).await);
    for _ in 0..3 {
        let taken = take(&ports).await;
        assert!(expected.contains(&taken.message));
        expected.retain(|message| *message != taken.message);
        ports.queue.finish(&taken).await.unwrap();
    }
    assert!(is_empty(&ports).await);
}
