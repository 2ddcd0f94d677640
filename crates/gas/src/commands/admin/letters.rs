use anyhow::bail;
use gas_service::{
    administration::Administration,
    message::QueueName,
    ports::{DeadLetter, Letters},
};
use serde_json::json;

use super::{Common, shown, with_administration};
use crate::terminal;

/// How many letters of a queue are listed.
const LISTED: u32 = 1000;

/// List messages that were given up on, and have them tried again or discarded.
#[derive(clap::Args)]
pub(crate) struct DeadLetters {
    /// Those of one queue
    #[arg(value_parser = queue)]
    queue: Option<QueueName>,
    /// Have that letter of the queue tried again
    #[arg(long, value_name = "ID", requires = "queue", conflicts_with_all = ["retry_all", "discard", "discard_all"])]
    retry: Option<String>,
    /// Have all letters of the queue tried again
    #[arg(long, requires = "queue", conflicts_with_all = ["discard", "discard_all"])]
    retry_all: bool,
    /// Remove that letter of the queue for good
    #[arg(long, value_name = "ID", requires = "queue", conflicts_with = "discard_all")]
    discard: Option<String>,
    /// Remove all letters of the queue for good
    #[arg(long, requires = "queue")]
    discard_all: bool,
    #[command(flatten)]
    common: Common,
}

fn queue(text: &str) -> Result<QueueName, String> {
    let found = QueueName::ALL.into_iter().find(|queue| queue.as_str() == text);
    found.ok_or_else(|| format!("there are the queues {}", QueueName::ALL.map(QueueName::as_str).join(", ")))
}

fn meant(id: Option<&str>, all: bool) -> Option<Letters<'_>> {
    id.map(Letters::One).or(all.then_some(Letters::All))
}

impl DeadLetters {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let flags = &self.common.flags;
        let retried = meant(self.retry.as_deref(), self.retry_all);
        let discarded = meant(self.discard.as_deref(), self.discard_all);
        match (self.queue, retried, discarded) {
            (Some(queue), Some(letters), _) => {
                let count = with_administration(flags, async |administration: &Administration| {
                    Ok(administration.retry(queue, letters).await?)
                })?;
                self.tell("retried", count)
            }
            (Some(queue), None, Some(letters)) => {
                let count = with_administration(flags, async |administration: &Administration| {
                    Ok(administration.discard(queue, letters).await?)
                })?;
                self.tell("discarded", count)
            }
            (None, Some(_), _) | (None, _, Some(_)) => bail!("name the queue whose letters are meant"),
            (queue, None, None) => self.list(queue),
        }
    }

    fn tell(&self, what: &str, count: u64) -> anyhow::Result<()> {
        if self.common.json {
            return shown::json(&json!({ what: count }));
        }
        terminal::say(&format!("{count} {what}"));
        Ok(())
    }

    fn list(&self, queue: Option<QueueName>) -> anyhow::Result<()> {
        let queues = queue.map_or(QueueName::ALL.to_vec(), |queue| vec![queue]);
        let letters = with_administration(&self.common.flags, async |administration: &Administration| {
            let mut letters: Vec<(QueueName, DeadLetter)> = Vec::new();
            for queue in queues {
                let of_queue = administration.dead_letters(queue, LISTED).await?;
                letters.extend(of_queue.into_iter().map(|letter| (queue, letter)));
            }
            Ok(letters)
        })?;
        if self.common.json {
            let letter = |(queue, letter): &(QueueName, DeadLetter)| {
                json!({ "queue": queue.as_str(), "id": letter.id, "at": letter.at, "text": letter.text,
                    "message": letter.message })
            };
            return shown::json(&letters.iter().map(letter).collect::<Vec<_>>());
        }
        for (queue, letter) in &letters {
            let (time, text) = (shown::moment(letter.at), shown::plain(&letter.text));
            terminal::line(&format!("{}  {}  {time}  {text}", queue.as_str(), letter.id))?;
        }
        Ok(())
    }
}
