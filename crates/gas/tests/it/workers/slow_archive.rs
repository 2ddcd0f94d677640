//! Cold storage that takes its time, as real ones do: copies longer than a lease, events that come before the
//! retrieval is written down, copies taken away before anybody read them.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gas_service::{
    id::{ArchiveId, JobId, RetrievalId},
    job::{Job, ResultPlace, Retrieval, RetrievalTier},
    message::{Message, QueueName},
    plan::Plan,
    ports::{BoxRead, ColdStorage, ColdStorageError},
};
use jiff::Timestamp;

use super::stage::{GOOD, Stage, eventually, settings};

/// Cold storage whose ways are changed.
struct Slow {
    inner: Arc<dyn ColdStorage>,
    storing: Duration,
    /// How long it takes to tell that a retrieval was started.
    starting: Duration,
    stored: AtomicU32,
    /// How many retrievals, from the first on, have their copies taken away before they are read.
    taken_away: u32,
    started: Mutex<Vec<RetrievalId>>,
}

impl Slow {
    fn before(stage: &mut Stage, change: impl FnOnce(&mut Self)) -> Arc<Self> {
        let mut slow = Self {
            inner: Arc::clone(&stage.ports.cold),
            storing: Duration::ZERO,
            starting: Duration::ZERO,
            stored: AtomicU32::new(0),
            taken_away: 0,
            started: Mutex::default(),
        };
        change(&mut slow);
        let slow = Arc::new(slow);
        stage.ports.cold = Arc::clone(&slow) as Arc<dyn ColdStorage>;
        slow
    }

    fn started(&self) -> Vec<RetrievalId> {
        self.started.lock().unwrap().clone()
    }
}

#[async_trait]
impl ColdStorage for Slow {
    async fn store(&self, archive: &ArchiveId, bytes: BoxRead, sha256: &str) -> Result<(), ColdStorageError> {
        self.stored.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.storing).await;
        self.inner.store(archive, bytes, sha256).await
    }

    async fn start_retrieval(
        &self,
        archive: &ArchiveId,
        tier: RetrievalTier,
        now: Timestamp,
    ) -> Result<Retrieval, ColdStorageError> {
        let retrieval = self.inner.start_retrieval(archive, tier, now).await?;
        self.started.lock().unwrap().push(retrieval.retrieval_id.clone());
        tokio::time::sleep(self.starting).await;
        Ok(retrieval)
    }

    async fn open_retrieved(
        &self,
        retrieval: &RetrievalId,
        now: Timestamp,
    ) -> Result<BoxRead, ColdStorageError> {
        if self.started().iter().take(self.taken_away as usize).any(|early| early == retrieval) {
            return Err(ColdStorageError::NotReady(retrieval.clone()));
        }
        self.inner.open_retrieved(retrieval, now).await
    }

    async fn delete(&self, archive: &ArchiveId) -> Result<(), ColdStorageError> {
        self.inner.delete(archive).await
    }
}

async fn dead_letters(stage: &Stage) -> usize {
    let mut dead = 0;
    for queue in QueueName::ALL {
        dead += stage.ports.queue.dead_letters(queue, 100).await.unwrap().len();
    }
    dead
}

async fn archived(stage: &Stage) -> (gas_service::account::User, JobId, Job) {
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    let row = stage.until_place(job, ResultPlace::Archived).await;
    (ada, job, row)
}

#[tokio::test]
async fn a_copy_that_takes_longer_than_the_lease_is_made_once() {
    let mut stage = Stage::new(GOOD).await;
    let slow = Slow::before(&mut stage, |slow| slow.storing = Duration::from_millis(1_500));
    let workers = stage.work();
    archived(&stage).await;
    stage.until_queues_are_empty().await;
    assert_eq!(slow.stored.load(Ordering::SeqCst), 1, "the lease is 400 ms, and was kept");
    assert_eq!(stage.files("cold").len(), 1);
    workers.stop().await;
}

#[tokio::test]
async fn an_upgrade_calls_a_slow_copy_off() {
    let mut stage = Stage::new(GOOD).await;
    Slow::before(&mut stage, |slow| slow.storing = Duration::from_secs(1));
    let workers = stage.work();
    let ada = stage.user("ada@gas.test").await;
    let job = stage.submit(&ada, "a.vcf").await;
    stage.until_place(job, ResultPlace::Archiving).await;
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Hot).await;
    stage.until_queues_are_empty().await;
    assert_eq!(stage.job(job).await.result_place, Some(ResultPlace::Hot));
    assert!(stage.files("cold").is_empty(), "what came after the call-off is deleted by who made it");
    workers.stop().await;
}

#[tokio::test]
async fn the_event_may_come_before_the_retrieval_is_written_down() {
    let mut stage = Stage::new(GOOD).await;
    // A retrieval takes 40 ms, the answer to starting it far longer, and yet less than the restorer's lease.
    Slow::before(&mut stage, |slow| slow.starting = Duration::from_millis(350));
    let workers = stage.work();
    let (ada, job, _) = archived(&stage).await;
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Hot).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let hot = stage.job(job).await;
    assert_eq!((hot.result_place, hot.retrieval), (Some(ResultPlace::Hot), None));
    assert!(stage.result(job).await.starts_with("##annotated"));
    workers.stop().await;
}

#[tokio::test]
async fn a_copy_that_was_taken_away_before_it_was_read_is_fetched_again() {
    let mut stage = Stage::new(GOOD).await;
    let slow = Slow::before(&mut stage, |slow| slow.taken_away = 2);
    let workers = stage.work();
    let (ada, job, _) = archived(&stage).await;
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Hot).await;
    assert_eq!(slow.started().iter().collect::<HashSet<_>>().len(), 3);
    // Messages of the former retrievals are finished as soon as another is under way.
    stage.until_queues_are_empty().await;
    assert_eq!(dead_letters(&stage).await, 0);
    workers.stop().await;
}

#[tokio::test]
async fn an_event_of_a_former_retrieval_is_finished_while_another_is_under_way() {
    let mut settings = settings();
    settings.workers.patience = Duration::from_hours(1);
    let mut stage = Stage::with(GOOD, settings).await;
    Slow::before(&mut stage, |slow| slow.taken_away = u32::MAX);
    let workers = stage.work();
    let (ada, job, row) = archived(&stage).await;
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until(job, "a retrieval is under way", |job| job.retrieval.is_some()).await;
    let (archive_id, retrieval_id) = (row.results_file_archive_id.unwrap(), RetrievalId("former".into()));
    stage.send(Message::RetrievalDone { archive_id, retrieval_id }).await;
    eventually("the present retrieval's event alone is tried again", || async {
        let depth = stage.ports.queue.depth(QueueName::JobThaw).await.unwrap();
        if depth.ready + depth.in_flight + depth.delayed == 1 { Ok(()) } else { Err(format!("{depth:?}")) }
    })
    .await;
    assert_eq!(dead_letters(&stage).await, 0);
    workers.stop().await;
}

#[tokio::test]
async fn events_that_are_doubled_or_late_change_nothing() {
    let mut stage = Stage::new(GOOD).await;
    let slow = Slow::before(&mut stage, |_| {});
    let workers = stage.work();
    let (ada, job, row) = archived(&stage).await;
    let archive_id = row.results_file_archive_id.unwrap();
    stage.set_plan(&ada, Plan::PremiumUser).await;
    stage.until_place(job, ResultPlace::Hot).await;
    let retrieval_id = slow.started().pop().unwrap();
    let event = Message::RetrievalDone { archive_id: archive_id.clone(), retrieval_id };
    for _ in 0..3 {
        stage.send(event.clone()).await;
    }
    stage.until_queues_are_empty().await;
    assert!(stage.result(job).await.starts_with("##annotated"));
    // The next archive has a name of its own, so an event of the former brings nothing back.
    stage.set_plan(&ada, Plan::FreeUser).await;
    let again = stage.until_place(job, ResultPlace::Archived).await;
    assert_ne!(again.results_file_archive_id, Some(archive_id));
    for _ in 0..3 {
        stage.send(event.clone()).await;
    }
    stage.until_queues_are_empty().await;
    assert_eq!(stage.job(job).await.result_place, Some(ResultPlace::Archived));
    assert_eq!(dead_letters(&stage).await, 0);
    workers.stop().await;
}
