//! Where files are handed in. The form works by itself; a script makes it a drop zone for several files.

use askama::Template;
use axum::{extract::State, response::Redirect};
use bytes::Bytes;
use gas_service::{account::User, id::UploadId, ports::BoxRead, reference::InstalledReference};
use serde::Deserialize;

use super::{
    Page, amount,
    frame::{Frame, Section},
    moment, show,
};
use crate::{
    app::App,
    error::WebError,
    router::{Access, Effect, Routes},
    sign_in::caller::SignedIn,
    upload_form::page_of,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page)
        .get("/annotate", page)
        .with_effect(Effect::Job)
        .post("/annotate/example", example)
}

/// A small real file: variants of human mitochondria.
const EXAMPLE: &[u8] = include_bytes!("../../testdata/example.vcf");
/// Its name.
const EXAMPLE_NAME: &str = "example.vcf";

/// What the drop zone must know.
#[derive(Clone, Debug)]
pub(crate) struct DropZone {
    /// A fresh id: sent twice, the form makes one job.
    pub(crate) upload_id: String,
    pub(crate) max_bytes: Option<u64>,
    /// Largest file that the browser may send without this server, in bytes; 0 is none.
    pub(crate) direct_bytes: u64,
    /// The reference for those who choose none.
    pub(crate) reference: String,
    pub(crate) references: Vec<Choice>,
    pub(crate) plan: &'static str,
    pub(crate) retention: Option<String>,
    /// How many bytes are left; none is no limit.
    pub(crate) bytes_left: Option<u64>,
    /// How many more jobs are taken now; none is no limit.
    pub(crate) jobs_left: Option<u64>,
    /// What is left, in words; none where there is no limit.
    pub(crate) left: Option<String>,
}

/// A reference to choose.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) name: String,
    pub(crate) assembly: String,
}

impl Choice {
    pub(crate) fn of(reference: &InstalledReference) -> Self {
        Self { name: reference.name.clone(), assembly: reference.assembly.clone() }
    }
}

impl DropZone {
    pub(crate) async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let settings = &app.desk.settings;
        let references = app.desk.references().await?;
        let target = app.desk.form_target().await?;
        let allowance = settings.plans.of(user.plan);
        let room = Room::of(app, user).await?;
        Ok(Self {
            upload_id: UploadId::generate().to_string(),
            max_bytes: allowance.max_upload.map(|size| size.as_u64()),
            direct_bytes: target.map_or(0, |target| target.max_bytes),
            reference: settings.annotator.reference.clone(),
            references: references.iter().map(Choice::of).collect(),
            plan: user.plan.title(),
            retention: allowance.retention.map(moment::in_words),
            left: room.in_words(),
            bytes_left: room.bytes,
            jobs_left: room.jobs(),
        })
    }

    pub(crate) fn limit(&self) -> Option<String> {
        self.max_bytes.map(amount::size)
    }
}

/// What is left of the plan's limits; none is no limit.
struct Room {
    bytes: Option<u64>,
    jobs_at_once: Option<u64>,
    jobs_today: Option<u64>,
}

impl Room {
    async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let (quota, usage) = (app.desk.quota(user), app.desk.usage(user).await?);
        let left = |limit: Option<u64>, used| limit.map(|limit| limit.saturating_sub(used));
        Ok(Self {
            bytes: quota.bytes_left(&usage),
            jobs_at_once: left(quota.jobs_at_once, usage.jobs_at_once),
            jobs_today: left(quota.jobs_per_day, usage.jobs_today),
        })
    }

    /// How many more are taken now.
    fn jobs(&self) -> Option<u64> {
        [self.jobs_at_once, self.jobs_today].into_iter().flatten().min()
    }

    /// Such as `3 more jobs now, 40 more today, and 1.5 GiB`.
    fn in_words(&self) -> Option<String> {
        let now =
            self.jobs_at_once.map(|jobs| format!("{} now", amount::counted(jobs, "more job", "more jobs")));
        let today =
            self.jobs_today.map(|jobs| format!("{} today", amount::counted(jobs, "more job", "more jobs")));
        let bytes = self.bytes.map(|bytes| format!("{} of storage", amount::size(bytes)));
        let parts: Vec<String> = [now, today, bytes].into_iter().flatten().collect();
        let (last, others) = parts.split_last()?;
        Some(if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) })
    }
}

#[derive(Template)]
#[template(path = "annotate.html")]
struct Annotate {
    frame: Frame,
    drop_zone: DropZone,
}

async fn page(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    let drop_zone = DropZone::of(&app, &user).await?;
    show(&Annotate { frame: Frame::of(&user, "Annotate", Section::Annotate), drop_zone })
}

#[derive(Deserialize)]
struct ExampleForm {
    upload_id: UploadId,
}

/// Hands in the example as if the user had. Pressed twice, it is one job.
async fn example(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    axum::Form(form): axum::Form<ExampleForm>,
) -> Result<Redirect, WebError> {
    let key = format!("example:{}", form.upload_id);
    let desk = &app.desk;
    if let Some(job) = desk.job_under_key(&user, Some(&key)).await? {
        return Ok(Redirect::to(&page_of(job.job_id)));
    }
    let size = u64::try_from(EXAMPLE.len()).ok();
    let upload = desk.agree_upload(&user, EXAMPLE_NAME, size).await?;
    let bytes: BoxRead = Box::pin(std::io::Cursor::new(Bytes::from_static(EXAMPLE)));
    desk.receive(&user, &upload, bytes).await?;
    let job = desk.submit(&user, upload.upload_id, None, Some(&key)).await?;
    Ok(Redirect::to(&page_of(job.job_id)))
}
