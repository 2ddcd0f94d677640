//! Queues and their dead letters.

use super::{Act, Administration};
use crate::{
    desk::DeskError,
    message::QueueName,
    ports::{DeadLetter, Depth, Letters},
};

impl Administration {
    /// How full each queue is.
    pub async fn queues(&self) -> Result<Vec<(QueueName, Depth)>, DeskError> {
        let mut depths = Vec::with_capacity(QueueName::ALL.len());
        for queue in QueueName::ALL {
            depths.push((queue, self.desk.ports.queue.depth(queue).await?));
        }
        Ok(depths)
    }

    /// The newest dead letters of a queue.
    pub async fn dead_letters(&self, queue: QueueName, limit: u32) -> Result<Vec<DeadLetter>, DeskError> {
        Ok(self.desk.ports.queue.dead_letters(queue, limit).await?)
    }

    /// Has dead letters tried again; tells how many.
    pub async fn retry(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, DeskError> {
        let act = act_on("letters_retried", queue, letters);
        self.act(act, async { found(letters, self.desk.ports.queue.retry(queue, letters).await?) }).await
    }

    /// Removes dead letters for good; tells how many. The sweeper sends most messages again when they are missing.
    pub async fn discard(&self, queue: QueueName, letters: Letters<'_>) -> Result<u64, DeskError> {
        let act = act_on("letters_discarded", queue, letters);
        self.act(act, async { found(letters, self.desk.ports.queue.discard(queue, letters).await?) }).await
    }
}

fn act_on<'a>(action: &'a str, queue: QueueName, letters: Letters<'_>) -> Act<'a> {
    let which = match letters {
        Letters::All => "all",
        Letters::One(id) => id,
    };
    Act { action, upon: None, job: None, detail: super::clean(&format!("{}: {which}", queue.as_str())) }
}

/// One that was named must have been there.
fn found(letters: Letters<'_>, count: u64) -> Result<u64, DeskError> {
    if count == 0 && matches!(letters, Letters::One(_)) { Err(DeskError::NoSuchLetter) } else { Ok(count) }
}
