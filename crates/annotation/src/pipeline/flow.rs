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
use crate::formats::heading::Layout;
use crate::phased::PhasedCounts;
use crate::pipeline::counts::Counts;
use crate::pipeline::options::{Options, Progress};
use crate::pipeline::packer::Packer;
use crate::pipeline::sink::Sink;
use crate::pipeline::worker::{Edges, Worker, is_backwards};
use crate::reference::Reference;
use crate::vcf::batches::{Batch, Batches};
use crate::vcf::write::Compression;

/// Memory of a buffer that is kept for the next batch.
const KEPT_BYTES: usize = 8 << 20;
/// A batch of more bytes has a giant line.
const GIANT_BYTES: usize = 1 << 20;

/// A run under way.
pub(crate) struct Flow<'a> {
    pub(crate) reference: &'a Reference,
    pub(crate) options: &'a Options,
    /// What the records have in common in the output.
    pub(crate) layout: &'a Layout,
    /// Columns that every record must have.
    pub(crate) columns: Option<u64>,
    /// The line that names the columns, samples included.
    pub(crate) column_line: &'a [u8],
    pub(crate) progress: &'a (dyn Fn(Progress) + Sync),
}

/// What a finished run leaves.
pub(crate) struct Outcome<'a, R> {
    pub(crate) counts: Counts<'a>,
    /// The first line that should stand before the one above it.
    pub(crate) unsorted: Option<u64>,
    /// What was joined, if that was asked for.
    pub(crate) phased: Option<PhasedCounts>,
    /// The input, read to its end.
    pub(crate) source: Batches<R>,
}

/// A batch with the memory for its result.
#[derive(Default)]
struct Job {
    number: u64,
    batch: Batch,
    text: Vec<u8>,
    packed: Vec<u8>,
}

impl Job {
    /// Gives back what a giant line took.
    fn trim(&mut self) {
        for buffer in [&mut self.batch.bytes, &mut self.text, &mut self.packed] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
    }
}

/// A job that was worked on.
struct Done {
    job: Job,
    outcome: Result<Edges, Misfit>,
    records: u64,
}

impl<'a> Flow<'a> {
    /// Annotates `first` and then all that `source` has.
    pub(crate) fn run<R: Read + Send>(
        &self,
        mut source: Batches<R>,
        first: Batch,
        output: &mut (impl Write + Send),
    ) -> Result<Outcome<'a, R>, Misfit> {
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
            let sink = Sink::new(output, self.reference, self.options, self.layout, self.column_line);
            let written = write_in_order(&done, &free, sink, progress);
            // Whoever still waits for one of these ends now.
            drop((done, free));
            let mut counts = Counts::of(self.reference, self.options);
            let mut panicked = false;
            for annotator in annotators {
                match annotator.join() {
                    Ok(theirs) => counts.merge(theirs),
                    Err(_) => panicked = true,
                }
            }
            let source = reader.join().ok().filter(|_| !panicked);
            let (unsorted, phased) = written?;
            let source = source.ok_or_else(internal)?;
            Ok(Outcome { counts, unsorted, phased, source })
        })
    }

    fn workers(&self) -> usize {
        match self.options.threads {
            0 => thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    fn work(&self, work: &Receiver<Job>, to_write: &Sender<Done>) -> Counts<'a> {
        let mut worker = Worker::new(self.reference, self.options, self.columns);
        let mut packer = Packer::of_workers(self.options, self.layout);
        for mut job in work {
            let before = worker.counts.records;
            // A panic must not leave the writer waiting for this batch.
            let outcome = catch_unwind(AssertUnwindSafe(|| work_on(&mut job, &mut worker, &mut packer)));
            let outcome = outcome.unwrap_or_else(|_| Err(internal()));
            let records = worker.counts.records - before;
            if to_write.send(Done { job, outcome, records }).is_err() {
                break;
            }
        }
        worker.counts
    }
}

fn work_on(job: &mut Job, worker: &mut Worker<'_>, packer: &mut Packer<'_>) -> Result<Edges, Misfit> {
    let edges = worker.annotate(&job.batch, &mut job.text)?;
    packer.pack(&mut job.text, job.batch.first_line, &mut job.packed)?;
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
    mut sink: Sink<'_, impl Write>,
    progress: impl Fn(u64),
) -> Result<(Option<u64>, Option<PhasedCounts>), Misfit> {
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
    if waiting.is_empty() { Ok((unsorted, sink.finish()?)) } else { Err(internal()) }
}

/// Writes bytes as they are.
pub(crate) fn write(bytes: &[u8], output: &mut impl Write) -> Result<(), Misfit> {
    output.write_all(bytes).map_err(unwritten)
}

/// Packs and writes text.
pub(crate) fn write_packed(
    text: &[u8],
    compression: Compression,
    output: &mut impl Write,
) -> Result<(), Misfit> {
    let mut packed = Vec::new();
    compression.pack(text, &mut packed).map_err(unwritten)?;
    write(&packed, output)
}

/// Bytes that the output did not take.
pub(crate) fn unwritten(source: io::Error) -> Misfit {
    Misfit { place: Place::default(), fault: Fault::Write { source } }
}

fn internal() -> Misfit {
    Misfit { place: Place::default(), fault: Fault::Internal }
}
