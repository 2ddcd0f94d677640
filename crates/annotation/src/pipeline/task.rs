//! What is done with the lines of an input, whatever flows around it.

use crate::error::Misfit;
use crate::pipeline::worker::Edges;
use crate::vcf::batches::Batch;

/// Something that is done with every line.
pub(crate) trait Task: Sync {
    /// What its threads count.
    type Counts: Send;
    /// One for each thread.
    type Worker<'t>: Work<Counts = Self::Counts>
    where
        Self: 't;

    /// A new worker.
    fn worker(&self) -> Self::Worker<'_>;
}

/// A thread's part of a task.
pub(crate) trait Work {
    type Counts;

    /// Makes `text`, which is empty, of a batch.
    fn work(&mut self, batch: &mut Batch, text: &mut Vec<u8>) -> Result<Edges, Misfit>;

    /// Records until now.
    fn records(&self) -> u64;

    fn into_counts(self) -> Self::Counts;
}
