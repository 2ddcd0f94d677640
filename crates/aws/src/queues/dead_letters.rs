//! The dead letters of a queue: a queue of their own, which nobody takes from.

use std::collections::HashSet;

use aws_sdk_sqs::{
    Client,
    error::BuildError,
    types::{
        ChangeMessageVisibilityBatchRequestEntry, Message as SqsMessage, MessageAttributeValue,
        MessageSystemAttributeName as Attribute, QueueAttributeName,
    },
};

use gas_service::ports::Letters;

use super::{Fault, count};

/// How many are looked at, in all. SQS gives them in no order, so the newest are known only once all are.
const MOST: usize = 1_000;
/// The most that one call takes.
const BATCH: usize = 10;
/// How long letters are hidden while they are looked at, in seconds. If this program dies meanwhile they come back
/// by themselves; somebody else who looks at the same time misses those.
const LOOKING_SECONDS: i32 = 20;

/// A letter as it lies there.
pub(super) struct Letter {
    /// The queue's name for it, the same however often it is taken.
    pub(super) id: String,
    pub(super) text: String,
    /// When it was first sent, in epoch milliseconds: SQS does not tell when it died.
    pub(super) sent: i64,
}

/// The newest letters, newest first.
/// There is no way to read without taking, so they are taken and given back; a queue of dead letters has no dead
/// letters of its own, and no letter is lost however often it is taken.
pub(super) async fn newest(sqs: &Client, url: &str, limit: usize) -> Result<Vec<Letter>, Fault> {
    let taken = take_all(sqs, url).await;
    let (letters, failure) = match taken {
        Ok(letters) => (letters, None),
        Err((letters, failure)) => (letters, Some(failure)),
    };
    give_back(sqs, url, &letters).await?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut letters: Vec<Letter> = letters
        .into_iter()
        .map(|letter| Letter {
            sent: sent(&letter),
            id: letter.message_id.unwrap_or_default(),
            text: letter.body.unwrap_or_default(),
        })
        .collect();
    letters.sort_by_key(|letter| std::cmp::Reverse(letter.sent));
    letters.truncate(limit);
    Ok(letters)
}

/// Takes the letters meant, sends each on to `onto` if there is such a queue, and deletes it thereafter; tells how many.
/// Whatever breaks off in between, a letter is there or there or at both places, and what was taken comes back by
/// itself.
pub(super) async fn clear(
    sqs: &Client,
    url: &str,
    letters: Letters<'_>,
    onto: Option<&str>,
) -> Result<u64, Fault> {
    let (taken, failure) = match take_all(sqs, url).await {
        Ok(taken) => (taken, None),
        Err((taken, failure)) => (taken, Some(failure)),
    };
    let meant = |letter: &SqsMessage| match letters {
        Letters::All => true,
        Letters::One(id) => letter.message_id.as_deref() == Some(id),
    };
    let (meant, others): (Vec<_>, Vec<_>) = taken.into_iter().partition(meant);
    let cleared = clear_all(sqs, url, &meant, onto).await;
    give_back(sqs, url, &others).await?;
    match failure {
        Some(failure) => Err(failure),
        None => cleared,
    }
}

async fn clear_all(
    sqs: &Client,
    url: &str,
    letters: &[SqsMessage],
    onto: Option<&str>,
) -> Result<u64, Fault> {
    let mut cleared = 0;
    for letter in letters {
        if let Some(onto) = onto {
            let text = letter.body.clone().unwrap_or_default();
            let send = sqs.send_message().queue_url(onto).message_body(text);
            send.set_message_group_id(attribute(letter, &Attribute::MessageGroupId)).send().await?;
        }
        let receipt = letter.receipt_handle.clone();
        sqs.delete_message().queue_url(url).set_receipt_handle(receipt).send().await?;
        cleared += 1;
    }
    Ok(cleared)
}

/// Takes what is there. A failure comes with what was taken before it.
async fn take_all(sqs: &Client, url: &str) -> Result<Vec<SqsMessage>, (Vec<SqsMessage>, Fault)> {
    let mut letters = Vec::new();
    let mut seen = HashSet::new();
    let there = match visible(sqs, url).await {
        Ok(there) => there.min(MOST),
        Err(failure) => return Err((letters, failure)),
    };
    while seen.len() < there {
        let taken = match take_some(sqs, url).await {
            Ok(taken) => taken,
            Err(failure) => return Err((letters, failure)),
        };
        let before = seen.len();
        for letter in taken {
            if seen.insert(letter.message_id.clone()) {
                letters.push(letter);
            }
        }
        // The count is approximate, or somebody else looks at them too.
        if seen.len() == before {
            break;
        }
    }
    Ok(letters)
}

async fn visible(sqs: &Client, url: &str) -> Result<usize, Fault> {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let answer = sqs.get_queue_attributes().queue_url(url).attribute_names(name.clone()).send().await?;
    Ok(usize::try_from(count(answer.attributes.as_ref(), &name)).unwrap_or(usize::MAX))
}

async fn take_some(sqs: &Client, url: &str) -> Result<Vec<SqsMessage>, Fault> {
    let answer = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(i32::try_from(BATCH)?)
        .visibility_timeout(LOOKING_SECONDS)
        // With a wait, however short, SQS asks all its servers.
        .wait_time_seconds(1)
        .message_system_attribute_names(Attribute::SentTimestamp)
        .message_system_attribute_names(Attribute::MessageGroupId)
        .send()
        .await?;
    Ok(answer.messages.unwrap_or_default())
}

async fn give_back(sqs: &Client, url: &str, letters: &[SqsMessage]) -> Result<(), Fault> {
    for batch in letters.chunks(BATCH) {
        let entries: Vec<_> = batch
            .iter()
            .enumerate()
            .map(|(index, letter)| shown(index, letter))
            .collect::<Result<_, BuildError>>()?;
        // Those that cannot be shown now show themselves soon.
        sqs.change_message_visibility_batch().queue_url(url).set_entries(Some(entries)).send().await?;
    }
    Ok(())
}

fn shown(index: usize, letter: &SqsMessage) -> Result<ChangeMessageVisibilityBatchRequestEntry, BuildError> {
    ChangeMessageVisibilityBatchRequestEntry::builder()
        .id(index.to_string())
        .set_receipt_handle(letter.receipt_handle.clone())
        .visibility_timeout(0)
        .build()
}

/// Epoch milliseconds.
fn sent(letter: &SqsMessage) -> i64 {
    attribute(letter, &Attribute::SentTimestamp).and_then(|sent| sent.parse().ok()).unwrap_or_default()
}

fn attribute(letter: &SqsMessage, name: &Attribute) -> Option<String> {
    letter.attributes.as_ref()?.get(name).cloned()
}

/// Puts a text that cannot be read with the dead letters, as it is, and the reason beside it.
pub(super) async fn bury(sqs: &Client, url: &str, text: &str, reason: &str) -> Result<(), Fault> {
    let reason = MessageAttributeValue::builder().data_type("String").string_value(reason).build()?;
    sqs.send_message().queue_url(url).message_body(text).message_attributes("reason", reason).send().await?;
    Ok(())
}
