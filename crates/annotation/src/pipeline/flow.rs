//! Reading, annotating and writing, side by side and in order, in bounded memory.
//!
//! One thread reads batches of lines, several annotate and pack them, the caller's writes them in the
//! order of the input. A fixed number of jobs with their buffers goes round between them, so that a slow
//! disk does not let memory grow, and nothing is allocated for a record. A batch with a giant line goes
//! its round alone.
//!
//! Whoever meets an error hands it on in the place of its batch, so the first error of the file is the
//! one that is told. The writer then leaves, its channels close, and everybody else follows.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::error::{Fault, Misfit, Place};
use crate::pipeline::options::Progress;
use crate::pipeline::packer::{Packed, Packer, Packing};
use crate::pipeline::sink::{Sink, Sunk};
use crate::pipeline::task::{Task, Work};
use crate::pipeline::worker::{Edges, is_backwards};
use crate::vcf::batches::{Batch, Batches};

/// Memory of a buffer that is kept for the next batch.
const KEPT_BYTES: usize = 8 << 20;
/// A batch of more bytes has a giant line.
const GIANT_BYTES: usize = 1 << 20;

/// A run under way.
pub(crate) struct Flow<'a, T> {
    pub(crate) task: &'a T,
    /// Worker threads; 0 for one per processor.
    pub(crate) threads: usize,
    /// What workers do with lines that the task is done with.
    pub(crate) packing: Packing<'a>,
    /// What the output must end with.
    pub(crate) end: &'a [u8],
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
}

/// What a finished run leaves.
pub(crate) struct Outcome<C, R> {
    /// What each worker counted.
    pub(crate) counts: Vec<C>,
    /// The first line that should stand before the one above it.
    pub(crate) unsorted: Option<u64>,
    /// What the sink leaves.
    pub(crate) sunk: Sunk,
    /// The input, read to its end.
    pub(crate) source: Batches<R>,
}

/// A batch with the memory for its result.
#[derive(Default)]
struct Job {
    number: u64,
    batch: Batch,
    text: Vec<u8>,
    packed: Packed,
}

impl Job {
    /// Gives back what a giant line took.
    fn trim(&mut self) {
        for buffer in [&mut self.batch.bytes, &mut self.text, &mut self.packed.bytes] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
        self.packed.spots.clear();
    }
}

/// A job that was worked on.
struct Done {
    job: Job,
    outcome: Result<Edges, Misfit>,
    records: u64,
}

impl<T: Task> Flow<'_, T> {
    /// Works on `first` and then on all that `source` has.
    pub(crate) fn run<R: Read + Send>(
        &self,
        mut source: Batches<R>,
        first: Batch,
        sink: Sink<'_, impl Write + Send>,
    ) -> Result<Outcome<T::Counts, R>, Misfit> {
        let workers = self.workers();
        let jobs = 2 * workers + 2;
        let (free, to_read) = bounded::<Job>(jobs);
        let (to_work, work) = bounded::<Job>(jobs);
        let (to_write, done) = bounded::<Done>(jobs);
        for _ in 0..jobs {
            let _ = free.send(Job::default());
        }
        let rounds = Rounds { free: to_read, idle: Vec::new(), jobs };
        let packed_bytes = source.packed_bytes();
        thread::scope(|scope| {
            let failed = to_write.clone();
            let reader = scope.spawn(move || {
                read(&mut source, first, rounds, &to_work, &failed);
                source
            });
            let annotators: Vec<_> = (0..workers)
                .map(|_| {
                    let (work, to_write) = (work.clone(), to_write.clone());
                    scope.spawn(move || self.work(&work, &to_write))
                })
                .collect();
            drop((work, to_write));
            let progress = |records| {
                (self.progress)(Progress { bytes_read: packed_bytes.load(Ordering::Relaxed), records });
            };
            let written = write_in_order(&done, &free, sink, self.end, progress);
            // Whoever still waits for one of these ends now.
            drop((done, free));
            let counts: Vec<_> = annotators.into_iter().map(|annotator| annotator.join().ok()).collect();
            let source = reader.join().ok();
            let (unsorted, left) = written?;
            let counts: Option<Vec<_>> = counts.into_iter().collect();
            let (counts, source) = counts.zip(source).ok_or_else(internal)?;
            Ok(Outcome { counts, unsorted, sunk: left, source })
        })
    }

    fn workers(&self) -> usize {
        match self.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    fn work(&self, work: &Receiver<Job>, to_write: &Sender<Done>) -> T::Counts {
        let mut worker = self.task.worker();
        let mut packer = Packer::new(self.packing);
        for mut job in work {
            let before = worker.records();
            // A panic must not leave the writer waiting for this batch.
            let outcome = catch_unwind(AssertUnwindSafe(|| work_on(&mut job, &mut worker, &mut packer)));
            let outcome = outcome.unwrap_or_else(|_| Err(internal()));
            let records = worker.records() - before;
            if to_write.send(Done { job, outcome, records }).is_err() {
                break;
            }
        }
        worker.into_counts()
    }
}

fn work_on(job: &mut Job, worker: &mut impl Work, packer: &mut Packer<'_>) -> Result<Edges, Misfit> {
    let first_line = job.batch.first_line;
    let edges = worker.work(&mut job.batch, &mut job.text)?;
    packer.pack(&mut job.text, first_line, &mut job.packed)?;
    Ok(edges)
}

/// The jobs that are free to be filled.
struct Rounds {
    free: Receiver<Job>,
    /// Those already taken from `free`.
    idle: Vec<Job>,
    /// All there are.
    jobs: usize,
}

impl Rounds {
    /// A job to fill; none when the writer has left.
    fn next(&mut self) -> Option<Job> {
        self.idle.pop().or_else(|| self.free.recv().ok())
    }

    /// Waits until at most so many jobs are on their way. False when the writer has left.
    fn wait_for_all_but(&mut self, busy: usize) -> bool {
        while self.idle.len() + busy < self.jobs {
            match self.free.recv() {
                Ok(job) => self.idle.push(job),
                Err(_) => return false,
            }
        }
        true
    }
}

/// Reads until the end of the input, an error, or until nobody wants more.
fn read<R: Read>(
    source: &mut Batches<R>,
    first: Batch,
    mut rounds: Rounds,
    to_work: &Sender<Job>,
    failed: &Sender<Done>,
) {
    let mut number = 0;
    let mut first = Some(first).filter(|batch| !batch.bytes.is_empty());
    while let Some(mut job) = rounds.next() {
        job.number = number;
        number += 1;
        let filled = match first.take() {
            Some(batch) => {
                job.batch = batch;
                Ok(true)
            }
            None => catch_unwind(AssertUnwindSafe(|| source.fill(&mut job.batch)))
                .unwrap_or_else(|_| Err(internal())),
        };
        let giant = job.batch.bytes.len() > GIANT_BYTES;
        let wanted = match filled {
            Ok(true) if giant => {
                rounds.wait_for_all_but(1) && to_work.send(job).is_ok() && rounds.wait_for_all_but(0)
            }
            Ok(true) => to_work.send(job).is_ok(),
            Ok(false) => false,
            Err(misfit) => {
                let _ = failed.send(Done { job, outcome: Err(misfit), records: 0 });
                false
            }
        };
        if !wanted {
            break;
        }
    }
}

/// Writes jobs by their number and sends them round again. Tells the first line out of order, and what was joined.
fn write_in_order(
    done: &Receiver<Done>,
    free: &Sender<Job>,
    mut sink: Sink<'_, impl Write + Send>,
    end: &[u8],
    progress: impl Fn(u64),
) -> Result<(Option<u64>, Sunk), Misfit> {
    let mut waiting = BTreeMap::new();
    let (mut next, mut records) = (0, 0);
    let (mut last, mut unsorted) = (None, None);
    for done in done {
        waiting.insert(done.job.number, done);
        while let Some(Done { mut job, outcome, records: more }) = waiting.remove(&next) {
            let edges = outcome?;
            sink.take(&job.packed)?;
            if let Some(record) = edges.first {
                let first_line = is_backwards(last, record).then_some(edges.first_line);
                unsorted = unsorted.or(first_line).or(edges.unsorted);
                last = edges.last;
            }
            next += 1;
            records += more;
            progress(records);
            job.trim();
            // The reader may have left already.
            let _ = free.send(job);
        }
    }
    if waiting.is_empty() { Ok((unsorted, sink.finish(end)?)) } else { Err(internal()) }
}

/// Writes bytes as they are.
pub(crate) fn write(bytes: &[u8], output: &mut impl Write) -> Result<(), Misfit> {
    output.write_all(bytes).map_err(unwritten)
}

/// Bytes that the output did not take.
pub(crate) fn unwritten(source: io::Error) -> Misfit {
    Misfit { place: Place::default(), fault: Fault::Write { source } }
}

fn internal() -> Misfit {
    Misfit { place: Place::default(), fault: Fault::Internal }
}
