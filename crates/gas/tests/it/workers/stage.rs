//! A service in a temporary folder, with times cut to fractions of a second.

use std::{
    fs,
    future::Future,
    io::Cursor,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use gas_embedded::{Embedded, EmbeddedSettings};
use gas_service::{
    account::User,
    desk::Desk,
    id::JobId,
    job::{Job, JobStatus, ResultPlace},
    message::{Message, QueueName},
    plan::Plan,
    ports::{Clock, Ports},
    reference::{InstalledReference, InstalledReferences},
    settings::Settings,
    workers::{self, AnnotateCommand, Environment, Role},
};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Reads the flags that the annotator passes.
const FLAGS: &str = r#"#!/bin/sh
[ "$1" = annotate ] || exit 64
input=$2
while [ $# -gt 0 ]; do
  case $1 in -o) out=$2;; --log) log=$2;; --summary) summary=$2;; esac
  shift
done
"#;

/// Plays a good end.
pub(crate) const GOOD: &str = r#"
{ echo '##annotated'; cat "$input"; } > "$out"; echo log > "$log"; echo '{}' > "$summary"
echo '{"done":{"annotated_by":"gas test","records":3}}'
"#;

pub(crate) const INPUT: &str = "##fileformat=VCFv4.2\n#CHROM\tPOS\nMT\t73\n";

pub(crate) struct Stage {
    folder: TempDir,
    clock: Arc<AdvancedClock>,
    pub(crate) ports: Ports,
    pub(crate) settings: Arc<Settings>,
}

/// The system's clock, put forward.
#[derive(Default)]
struct AdvancedClock(Mutex<Duration>);

impl Clock for AdvancedClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + *self.0.lock().unwrap()
    }
}

pub(crate) fn settings() -> Settings {
    serde_json::from_value(json!({
        "site": { "address": "http://gas.test", "mail_from": "gas@gas.test" },
        "plans": { "free": { "retention": "150ms", "max_upload": "1MB" }, "premium": {} },
        "billing": { "grace": "2h" },
        "sign_in": { "link_life": "1h", "session_life": "1h", "session_idle": "0s", "recent": "0s", "email_links": true, "attempt_life": "10m", "clock_skew": "1m" },
        "uploads": { "life": "1h", "at_once": 100 },
        "annotator": {
            "at_once": 2, "threads": 1, "lease": "900ms", "drain": "0s", "max_attempts": 3, "reference": "human-mt",
            "max_memory": "1GB", "max_cpu_time": "60s", "max_wall_time": "60s", "max_output": "1GB",
            "drain": "0s",
        },
        "rendering": { "at_once": 2, "patience": "100ms", "idle_limit": "300ms" },
        "workers": {
            "visibility": "600ms", "retry_delay": "30ms", "archive_lease": "400ms", "sweep_interval": "40ms",
            "patience": "300ms",
        },
    }))
    .unwrap()
}

fn reference(name: &str) -> Arc<InstalledReference> {
    Arc::new(InstalledReference { name: name.to_owned(), ..InstalledReference::default() })
}

/// What the back end is like.
pub(crate) fn embedded() -> EmbeddedSettings {
    serde_json::from_value(json!({
        "cold_storage": { "expedited_time": "40ms", "standard_time": "120ms", "expedited_at_once": 2 },
        "max_receives": 10,
    }))
    .unwrap()
}

impl Stage {
    pub(crate) async fn with(child: &str, settings: Settings) -> Self {
        Self::on(embedded(), child, settings).await
    }

    pub(crate) async fn on(embedded: EmbeddedSettings, child: &str, settings: Settings) -> Self {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("child.sh");
        fs::write(&program, format!("{FLAGS}stage={}\n{child}", folder.path().display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let clock = Arc::new(AdvancedClock::default());
        let told: Arc<dyn Clock> = Arc::<AdvancedClock>::clone(&clock);
        let references = Arc::new(InstalledReferences::new([reference("human-mt")]));
        let embedded = Embedded::open(&data, &embedded, &settings.site, told, references).await.unwrap();
        fs::create_dir_all(folder.path().join("references/human-mt")).unwrap();
        Self { folder, clock, ports: embedded.ports.clone(), settings: Arc::new(settings) }
    }

    /// Lets that much time pass at once.
    pub(crate) fn pass(&self, time: Duration) {
        *self.clock.0.lock().unwrap() += time;
    }

    pub(crate) async fn new(child: &str) -> Self {
        Self::with(child, settings()).await
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn desk(&self) -> Desk {
        Desk::new(self.ports.clone(), Arc::clone(&self.settings), self.path("child.sh"))
    }

    /// All workers, as one process would run them.
    pub(crate) fn work(&self) -> Workers {
        self.work_as(&Role::ALL)
    }

    pub(crate) fn work_as(&self, roles: &[Role]) -> Workers {
        let stop = CancellationToken::new();
        let environment = Arc::new(Environment {
            ports: self.ports.clone(),
            settings: Arc::clone(&self.settings),
            annotate: AnnotateCommand {
                program: self.path("child.sh"),
                references: self.path("references"),
                work: self.path("data/work"),
            },
            stop: stop.clone(),
        });
        let mut tasks = JoinSet::new();
        for role in roles {
            tasks.spawn(workers::run(*role, Arc::clone(&environment)));
        }
        Workers { stop, tasks }
    }

    pub(crate) async fn user(&self, email: &str) -> User {
        self.ports.accounts.user_of_email(&email.parse().unwrap(), self.ports.clock.now()).await.unwrap()
    }

    pub(crate) async fn submit(&self, user: &User, name: &str) -> JobId {
        let desk = self.desk();
        let upload = desk.agree_upload(user, name, None).await.unwrap();
        desk.receive(user, &upload, Box::pin(Cursor::new(INPUT))).await.unwrap();
        desk.submit(user, upload.upload_id, None, None).await.unwrap().job_id
    }

    pub(crate) async fn job(&self, job: JobId) -> Job {
        self.ports.jobs.find(job).await.unwrap().expect("the job is there")
    }

    /// Waits until the job is as wanted.
    pub(crate) async fn until(&self, job: JobId, what: &str, holds: impl Fn(&Job) -> bool) -> Job {
        eventually(what, || async {
            let job = self.job(job).await;
            if holds(&job) { Ok(job) } else { Err(format!("{job:?}")) }
        })
        .await
    }

    pub(crate) async fn until_status(&self, job: JobId, status: JobStatus) -> Job {
        self.until(job, status.as_str(), |job| job.job_status == status).await
    }

    pub(crate) async fn until_place(&self, job: JobId, place: ResultPlace) -> Job {
        self.until(job, place.as_str(), |job| job.result_place == Some(place)).await
    }

    pub(crate) async fn set_plan(&self, user: &User, plan: Plan) {
        self.desk().change_plan(user.user_id, plan).await.unwrap();
    }

    /// Subjects of the mails that link to the job.
    pub(crate) async fn mails(&self, job: JobId) -> Vec<String> {
        let mails = self.ports.outbox.as_ref().unwrap().newest(10_000).await.unwrap();
        let link = format!("http://gas.test/annotations/{job}");
        let mut subjects: Vec<String> = mails
            .into_iter()
            .filter(|mail| mail.mail.text.contains(&link))
            .map(|mail| mail.mail.subject)
            .collect();
        subjects.reverse();
        subjects
    }

    /// Names of all files under a folder of the data directory.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.path("data").join(folder), &mut found);
        found
    }

    /// Waits until no message is left to be handled.
    pub(crate) async fn until_queues_are_empty(&self) {
        eventually("all queues are empty", || async {
            for queue in QueueName::ALL {
                let depth = self.ports.queue.depth(queue).await.unwrap();
                if depth.ready + depth.in_flight + depth.delayed > 0 {
                    return Err(format!("{queue:?}: {depth:?}"));
                }
            }
            Ok(())
        })
        .await;
    }

    pub(crate) async fn send(&self, message: Message) {
        self.ports.queue.send(message.queue(), &message, None, Duration::ZERO).await.unwrap();
    }

    /// Rule 3: a completed result lies in the hot or in the cold store, and the row says where.
    pub(crate) async fn assert_result_exists(&self, job: JobId) {
        let job = self.job(job).await;
        let Some(result) = &job.result else { return };
        let hot = self.ports.objects.open(&result.file, 0).await.is_ok();
        let recorded = job.results_file_archive_id.as_ref();
        let cold = recorded.is_some_and(|id| self.files("cold").iter().any(|name| name.contains(&id.0)));
        assert!(hot || cold, "the result is nowhere: {job:?}");
        assert!(hot || !job.result_is_readable(), "the row promises what is not there: {job:?}");
    }

    pub(crate) async fn result(&self, job: JobId) -> String {
        use tokio::io::AsyncReadExt as _;
        let job = self.job(job).await;
        let mut text = String::new();
        let file = &job.hot_result().expect("the result is hot").file;
        self.ports.objects.open(file, 0).await.unwrap().read_to_string(&mut text).await.unwrap();
        text
    }
}

/// The workers of one life of a process.
pub(crate) struct Workers {
    pub(crate) stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Ends them as a crash would: each at the await where it is.
    pub(crate) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }

    /// Asks them to stop, and waits until they have.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }
}

/// Tries until it holds; a failing one tells how things were last.
pub(crate) async fn eventually<T, F: Future<Output = Result<T, String>>>(
    what: &str,
    holds: impl Fn() -> F,
) -> T {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        match holds().await {
            Ok(found) => return found,
            Err(last) => assert!(Instant::now() < end, "waited in vain until {what}; last: {last}"),
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.path().is_dir() {
            collect(&entry.path(), found);
        } else {
            found.push(entry.path().display().to_string());
        }
    }
}
