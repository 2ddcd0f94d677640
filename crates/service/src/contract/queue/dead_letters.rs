//! What is done with messages that were given up on.

use std::{collections::HashSet, time::Duration};

use super::{Fixture, QUEUE, is_empty, messages_of, seconds, send, take};
use crate::{
    message::{Message, QueueName},
    ports::{Depth, Letters, Ports},
};

/// A message that was taken too often.
async fn bury(fixture: &impl Fixture, ports: &Ports) -> Message {
    let message = send(ports).await;
    for _ in 0..fixture.limits().max_receives {
        let taken = take(ports).await;
        ports.queue.give_back(&taken, Duration::ZERO).await.unwrap();
    }
    assert!(is_empty(ports).await);
    fixture.pass(seconds(1)).await;
    message
}

/// At most so many.
pub async fn dead_letters_come_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let mut buried = Vec::new();
    let begun = ports.clock.now();
    for _ in 0..3 {
        buried.insert(0, bury(fixture, &ports).await);
    }
    let letters = ports.queue.dead_letters(QUEUE, 10).await.unwrap();
    assert_eq!(messages_of(&letters), buried);
    // Some back ends count in whole seconds.
    assert!(letters.iter().all(|letter| letter.at >= begun - seconds(1) && letter.at <= ports.clock.now()));
    assert_eq!(messages_of(&ports.queue.dead_letters(QUEUE, 2).await.unwrap()), buried[..2]);
    assert!(ports.queue.dead_letters(QueueName::JobThaw, 10).await.unwrap().is_empty());
}

/// One, and no other; as if it had never been taken. One that is not there is none.
pub async fn dead_letters_are_retried_and_discarded(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (first, second) = (bury(fixture, &ports).await, bury(fixture, &ports).await);
    let letters = ports.queue.dead_letters(QUEUE, 10).await.unwrap();
    let [newer, older] = [&letters[0].id, &letters[1].id].map(|id| Letters::One(id));
    assert_eq!(ports.queue.retry(QueueName::JobThaw, older).await.unwrap(), 0);
    assert_eq!(ports.queue.retry(QUEUE, Letters::One("nothing")).await.unwrap(), 0);
    assert_eq!(ports.queue.discard(QUEUE, Letters::One("nothing")).await.unwrap(), 0);
    assert_eq!(ports.queue.retry(QUEUE, older).await.unwrap(), 1);
    let taken = take(&ports).await;
    assert_eq!((&taken.message, taken.receive_count), (&first, 1));
    ports.queue.finish(&taken).await.unwrap();
    assert_eq!(ports.queue.retry(QUEUE, older).await.unwrap(), 0);
    assert_eq!(messages_of(&ports.queue.dead_letters(QUEUE, 10).await.unwrap()), [second]);
    assert_eq!(ports.queue.discard(QUEUE, newer).await.unwrap(), 1);
    assert_eq!(ports.queue.discard(QUEUE, newer).await.unwrap(), 0);
    assert!(is_empty(&ports).await);
    assert_eq!(ports.queue.depth(QUEUE).await.unwrap(), Depth::default());
}

/// Those of one queue only.
pub async fn all_dead_letters_are_retried_or_discarded_at_once(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let mut buried = HashSet::new();
    for _ in 0..3 {
        buried.insert(bury(fixture, &ports).await.to_json().unwrap());
    }
    assert_eq!(ports.queue.discard(QueueName::JobThaw, Letters::All).await.unwrap(), 0);
    assert_eq!(ports.queue.retry(QUEUE, Letters::All).await.unwrap(), 3);
    let mut retried = HashSet::new();
    for _ in 0..3 {
        let taken = take(&ports).await;
        retried.insert(taken.message.to_json().unwrap());
        ports.queue.finish(&taken).await.unwrap();
    }
    assert_eq!(retried, buried);
    for _ in 0..2 {
        bury(fixture, &ports).await;
    }
    assert_eq!(ports.queue.discard(QUEUE, Letters::All).await.unwrap(), 2);
    assert_eq!(ports.queue.discard(QUEUE, Letters::All).await.unwrap(), 0);
    assert!(is_empty(&ports).await);
    assert_eq!(ports.queue.depth(QUEUE).await.unwrap(), Depth::default());
}
