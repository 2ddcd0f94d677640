//! One job: how it stands, what came out, what can be done with it.

mod actions;
mod first_rows;
mod situation;

use std::time::Duration;

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderName, StatusCode},
    response::{IntoResponse as _, Response},
};
use gas_service::{
    desk::{Desk, Waiting},
    id::UploadId,
    job::{Failure, Job, JobStatus},
    notation::grouped,
    plan::Plan,
    rendering::ResultFormat,
};
use jiff::Timestamp;
use serde::Deserialize;

use self::{
    first_rows::FirstRows,
    situation::{Situation, situation},
};
use super::{
    Page, amount,
    annotate::Choice,
    frame::{Frame, Section},
    moment::{self, Moment},
    plots::{self, Bar, Slice, Track},
    show,
    stages::{Stage, stages},
    status::{self, Badge},
    summary::Summary,
};
use crate::{
    app::App,
    error::WebError,
    owned_job::OwnedJob,
    router::{Access, Routes},
    strict::StrictQuery,
};

pub(crate) fn routes() -> Routes {
    let own = Routes::of(Access::Page).get("/annotations/{id}", page).get("/annotations/{id}/live", live);
    Routes::all([own, actions::routes()])
}

#[derive(Template)]
#[template(path = "details.html")]
struct Details {
    frame: Frame,
    job: JobView,
}

/// What the page says of a job; also a fragment by itself, for when the state changed.
#[derive(Template)]
#[template(path = "parts/job.html")]
struct JobView {
    /// Whether it goes into a page that is open, and not into a new one.
    is_fragment: bool,
    id: String,
    name: String,
    title: String,
    badge: Badge,
    token: String,
    submitted: Moment,
    completed: Option<Moment>,
    took: Option<String>,
    annotated_by: Option<String>,
    reference: String,
    /// What is amiss between the file and the reference.
    reference_warning: Option<String>,
    /// Other references, to run it against again; none when the page shows no warning.
    other_references: Vec<Choice>,
    /// How many times an annotator began, when it was more than once.
    attempts: Option<u32>,
    progress: Progress,
    situation: Situation,
    failure: Option<Failure>,
    files: Files,
    can_cancel: bool,
    run_again_key: Option<String>,
    plots: Option<Plots>,
    rows: Option<FirstRows>,
    watch: Watch,
}

/// How the page keeps itself fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// By the event stream: something is under way.
    Stream,
    /// By asking now and then: an instant is awaited.
    Ask,
    /// Not at all: nothing more happens by itself.
    Rest,
}

impl Watch {
    fn of(job: &Job, situation: &Situation) -> Self {
        match (status::is_moving(job), job.archive_at) {
            (true, _) => Self::Stream,
            (false, Some(_)) => Self::Ask,
            // Right after an upgrade nothing moves yet.
            (false, None) if matches!(situation, Situation::AboutToThaw) => Self::Ask,
            (false, None) => Self::Rest,
        }
    }
}

/// What changes while a job is under way; a fragment by itself.
#[derive(Template)]
#[template(path = "parts/progress.html")]
struct Progress {
    /// The new title of a page that is open.
    title: Option<String>,
    stages: Vec<Stage>,
    /// None while nothing can be said.
    running: Option<Running>,
    waiting: Option<Waiting>,
    is_retried: bool,
}

struct Running {
    percent: u8,
    records: String,
    read: String,
    total: String,
}

impl Progress {
    fn of(job: &Job, waiting: Option<Waiting>, now: Timestamp) -> Self {
        let progress = &job.progress;
        let running = (job.job_status == JobStatus::Running).then(|| Running {
            percent: progress.percent(),
            records: amount::counted(progress.records, "record", "records"),
            read: amount::size(progress.bytes_read),
            total: amount::size(progress.bytes_total),
        });
        let is_retried = job.job_status == JobStatus::Pending && job.attempt > 0;
        Self { title: None, stages: stages(job, now), running, waiting, is_retried }
    }
}

/// What there is to download or to read.
struct Files {
    result: Option<File>,
    result_is_here: bool,
    /// The result's other formats.
    others: Vec<OtherFormat>,
    input: Option<File>,
    has_log: bool,
    has_summary: bool,
}

struct OtherFormat {
    format: ResultFormat,
    title: &'static str,
    about: &'static str,
}

impl OtherFormat {
    fn of(format: ResultFormat) -> Self {
        let (title, about) = match format {
            ResultFormat::Vcf => ("VCF", "as plain text"),
            ResultFormat::VcfGz => ("VCF.gz", "compressed by blocks, for tabix and genome browsers"),
            ResultFormat::Bcf => ("BCF", "binary VCF, for bcftools"),
            ResultFormat::Tsv => ("TSV", "a line for each allele and transcript, for spreadsheets"),
            ResultFormat::PlainTsv => {
                ("TSV for programs", "without a ' before cells that a spreadsheet would compute")
            }
            ResultFormat::JsonLines => ("JSON Lines", "an object for each record, for programs"),
            ResultFormat::Parquet => ("Parquet", "typed columns, for DuckDB, polars and pandas"),
        };
        Self { format, title, about }
    }
}

struct File {
    name: String,
    size: String,
    sha256: String,
}

impl Files {
    fn of(job: &Job) -> Self {
        let result = job.result.as_ref().map(|result| File {
            name: result.name.to_string(),
            size: amount::size(result.file.size),
            sha256: result.file.sha256.clone(),
        });
        let input = job.input.as_ref().map(|input| File {
            name: job.input_file_name.to_string(),
            size: amount::size(input.size),
            sha256: input.sha256.clone(),
        });
        let stored = job.hot_result().map(|result| ResultFormat::of_stored(&result.name));
        let others = ResultFormat::ALL.into_iter().filter(|format| Some(*format) != stored);
        Self {
            result,
            result_is_here: job.result_is_readable(),
            others: others.map(OtherFormat::of).collect(),
            input,
            has_log: job.log.is_some(),
            has_summary: job.summary.is_some(),
        }
    }
}

/// The numbers and plots of a completed job.
struct Plots {
    summary: Summary,
    read: String,
    annotated: String,
    kept: Vec<KeptView>,
    kept_total: String,
    alleles: String,
    without_rows: Vec<KeptView>,
    consequences: Vec<Bar>,
    impacts: Vec<Slice>,
    exchanges: Vec<Slice>,
    ts_tv: Option<String>,
    tracks: Vec<Track>,
}

struct KeptView {
    count: String,
    explanation: String,
    first_line: Option<String>,
}

impl KeptView {
    fn of(count: u64, reason: &str, explanation: &str, first_line: Option<u64>) -> Self {
        Self {
            count: grouped(count),
            explanation: match explanation {
                "" => reason.replace('_', " "),
                words => words.to_owned(),
            },
            first_line: first_line.map(grouped),
        }
    }
}

impl Plots {
    fn of(summary: Summary) -> Self {
        let kept = summary.records.kept.iter().filter(|kept| kept.count > 0);
        let kept =
            kept.map(|kept| KeptView::of(kept.count, &kept.reason, &kept.explanation, kept.first_line));
        let without_rows = summary.alleles.without_rows.iter();
        let without_rows = without_rows
            .map(|alleles| KeptView::of(alleles.count, &alleles.reason, &alleles.explanation, None));
        Self {
            read: grouped(summary.records.read),
            annotated: grouped(summary.records.annotated),
            kept: kept.collect(),
            kept_total: grouped(summary.records.kept.iter().map(|kept| kept.count).sum()),
            alleles: grouped(summary.alleles.total),
            without_rows: without_rows.collect(),
            consequences: plots::consequences(&summary.consequences),
            impacts: plots::impacts(summary.impacts),
            exchanges: plots::exchanges(&summary),
            ts_tv: summary.alleles.ts_tv.map(|ratio| format!("{ratio:.2}")),
            tracks: plots::tracks(&summary.contigs),
            summary,
        }
    }

    fn unknown_contigs(&self) -> Vec<&str> {
        let contigs = self.summary.contigs.iter().filter(|contig| !contig.in_reference);
        contigs.map(|contig| contig.name.as_str()).take(30).collect()
    }
}

impl JobView {
    async fn of(app: &App, owned: &OwnedJob) -> Result<Self, WebError> {
        let (desk, job) = (&app.desk, &owned.job);
        let now = desk.ports.clock.now();
        let summary = Summary::read(desk, job).await;
        let situation = situation(job, owned.user.plan == Plan::PremiumUser, now);
        let took = job.start_time.zip(job.complete_time).map(|(from, to)| moment::between(from, to));
        Ok(Self {
            is_fragment: false,
            id: job.job_id.to_string(),
            name: job.input_file_name.to_string(),
            title: status::title(job),
            badge: Badge::of(job),
            token: status::token(job),
            submitted: Moment(job.submit_time),
            completed: job.complete_time.map(Moment),
            took: took.filter(|took| *took > Duration::ZERO).map(moment::took),
            annotated_by: job.annotated_by.clone(),
            reference: job.reference.clone(),
            reference_warning: job.reference_warning.clone(),
            other_references: others(desk, job).await?,
            attempts: Some(job.attempt).filter(|attempts| *attempts > 1),
            progress: Progress::of(job, desk.waiting(job).await?, now),
            failure: job.failure.clone(),
            files: Files::of(job),
            can_cancel: !job.job_status.is_final(),
            run_again_key: (job.job_status.is_final() && job.input.is_some())
                .then(|| UploadId::generate().to_string()),
            plots: summary.map(Plots::of),
            rows: FirstRows::read(desk, job).await,
            watch: Watch::of(job, &situation),
            situation,
        })
    }
}

/// What a job of which the reference does not fit could be run against.
async fn others(desk: &Desk, job: &Job) -> Result<Vec<Choice>, WebError> {
    if job.reference_warning.is_none() {
        return Ok(Vec::new());
    }
    let references = desk.references().await?;
    Ok(references.iter().filter(|one| one.name != job.reference).map(Choice::of).collect())
}

async fn page(State(app): State<App>, owned: OwnedJob) -> Page {
    let job = JobView::of(&app, &owned).await?;
    let frame = Frame::of(&owned.user, job.title.clone(), Section::Annotations);
    show(&Details { frame: frame.refreshed_while(job.watch == Watch::Stream), job })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    #[serde(default)]
    seen: String,
}

/// What is new for a page that shows the state `seen`: nothing, the progress, or the whole.
async fn live(
    State(app): State<App>,
    owned: OwnedJob,
    StrictQuery(Seen { seen }): StrictQuery<Seen>,
) -> Result<Response, WebError> {
    let job = &owned.job;
    if seen != status::token(job) {
        let whole = show(&JobView { is_fragment: true, ..JobView::of(&app, &owned).await? })?;
        let aim = |name, value| (HeaderName::from_static(name), value);
        return Ok(([aim("hx-retarget", "#job"), aim("hx-reswap", "outerHTML")], whole).into_response());
    }
    if job.job_status.is_final() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let waiting = app.desk.waiting(job).await?;
    let title = Some(status::title(job));
    let progress = Progress { title, ..Progress::of(job, waiting, app.desk.ports.clock.now()) };
    Ok(show(&progress)?.into_response())
}
