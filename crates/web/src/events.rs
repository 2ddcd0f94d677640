//! The state of a job, told as it changes.
//!
//! A stream looks at the job's row in short intervals: whichever process changes the row, every stream sees it,
//! and nothing has to be told to anybody. It closes when nothing more is to be expected.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::Stream;
use gas_service::{
    account::User,
    desk::DeskError,
    id::{JobId, UserId},
    job::{Job, ResultPlace},
};
use tokio::time::{Instant, sleep};

use crate::{api::JobJson, app::App, error::WebError, owned_job::OwnedJob, sign_in::caller::Caller};

/// Most streams of one user at a time.
const MAX_STREAMS: usize = 24;
/// Longest life of a stream; the browser then connects, and is authenticated, again.
const MAX_LIFE: Duration = Duration::from_mins(30);
/// After how many looks at the job it is asked anew who follows it: a session may have ended, or a token been revoked.
const LOOKS: u32 = 30;
/// How much slower a job is looked at when it has ended and only its archive is awaited.
const SLOWER: u32 = 3;

/// How many streams each user has open.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<UserId, usize>>);

impl Streams {
    fn open(self: &Arc<Self>, user: UserId) -> Result<Slot, WebError> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user).or_default();
        if *count >= MAX_STREAMS {
            return Err(WebError::TooMany {
                message: format!("you already follow {MAX_STREAMS} jobs; close a tab and try again"),
                retry_after_seconds: 10,
            });
        }
        *count += 1;
        Ok(Slot { streams: Arc::clone(self), user })
    }
}

/// A stream's place among those of its user, given back when the stream ends.
struct Slot {
    streams: Arc<Streams>,
    user: UserId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

/// Follow a job.
///
/// Server-sent events: `job` with the job whenever it changed, and `end` when nothing more is to be expected;
/// close the stream then. The id of an event is the job's revision.
#[utoipa::path(get, path = "/jobs/{id}/events", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The events; the data of `job` is the job", body = JobJson,
            content_type = "text/event-stream"),
        (status = 204, description = "Nothing new since `Last-Event-ID`, and nothing more to be expected"),
        (status = 404, description = "`no_such_job`"),
        (status = 429, description = "`too_many_requests`: you follow too many jobs at once"),
    ))]
pub(crate) async fn stream(
    State(app): State<App>,
    owned: OwnedJob,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    if settled(&owned.job) && known.is_some_and(|known| known == owned.job.revision.to_string()) {
        // Tells an EventSource not to come again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let slot = app.streams.open(owned.user.user_id)?;
    let follower = Follower {
        job_id: owned.job.job_id,
        user: owned.user,
        headers,
        looks: 0,
        until: Instant::now() + MAX_LIFE,
        told: None,
        next: Step::Tell(Box::new(owned.job)),
        pace: app.options.event_interval,
        app,
        _slot: slot,
    };
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(events(follower)).keep_alive(keep_alive).into_response())
}

/// Whether nothing more happens to a job unless its owner does something.
fn settled(job: &Job) -> bool {
    job.job_status.is_final()
        && match job.result_place {
            None | Some(ResultPlace::Archived | ResultPlace::Expired) => true,
            Some(ResultPlace::Hot) => job.archive_at.is_none(),
            Some(ResultPlace::Archiving | ResultPlace::Thawing) => false,
        }
}

/// What a client was told: the row's revision, and what follows from other rows.
type Told = (u64, Option<u64>);

enum Step {
    Tell(Box<Job>),
    Look,
    Close,
}

struct Follower {
    app: App,
    user: Arc<User>,
    /// By which the user is known.
    headers: HeaderMap,
    looks: u32,
    job_id: JobId,
    until: Instant,
    told: Option<Told>,
    next: Step,
    pace: Duration,
    _slot: Slot,
}

fn events(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(follower, async |mut follower| {
        follower.next_event().await.map(|event| (Ok(event), follower))
    })
}

impl Follower {
    /// The next thing to tell; none closes the stream. Without an `end` before, the client comes again.
    async fn next_event(&mut self) -> Option<Event> {
        loop {
            match std::mem::replace(&mut self.next, Step::Look) {
                Step::Close => return None,
                Step::Tell(job) => match self.tell(&job).await {
                    Ok(Some(event)) => return Some(event),
                    Ok(None) => {}
                    Err(error) => return self.give_up(&error),
                },
                Step::Look => {
                    if Instant::now() >= self.until || !self.pause().await || !self.is_still_known().await {
                        return None;
                    }
                    match self.app.desk.owned_job(&self.user, self.job_id).await {
                        Ok(job) => self.next = Step::Tell(Box::new(job)),
                        Err(DeskError::NoSuchJob) => return Some(self.end()),
                        Err(error) => return self.give_up(&error),
                    }
                }
            }
        }
    }

    /// The job as an event, if it is news; notes what to do after it.
    async fn tell(&mut self, job: &Job) -> Result<Option<Event>, DeskError> {
        if settled(job) && self.told.is_some_and(|(revision, _)| revision == job.revision) {
            return Ok(Some(self.end()));
        }
        let slower = if job.job_status.is_final() { SLOWER } else { 1 };
        self.pace = self.app.options.event_interval * slower;
        let waiting = self.app.desk.waiting(job).await?.map(|waiting| waiting.place);
        let now = (job.revision, waiting);
        if settled(job) {
            self.next = Step::Tell(Box::new(job.clone()));
        }
        if self.told == Some(now) {
            return Ok(None);
        }
        self.told = Some(now);
        let data = JobJson::of(&self.app.desk, job).await?;
        let data = serde_json::to_string(&data).map_err(|error| DeskError::Backend(error.into()))?;
        Ok(Some(Event::default().event("job").id(job.revision.to_string()).data(data)))
    }

    fn end(&mut self) -> Event {
        self.next = Step::Close;
        Event::default().event("end").data("{}")
    }

    fn give_up(&self, error: &DeskError) -> Option<Event> {
        tracing::warn!(job_id = %self.job_id, ?error, "an event stream ended early; its client comes again");
        None
    }

    /// Whether it still is the same user who follows, which is asked now and then. Whoever is not comes again and is refused.
    async fn is_still_known(&mut self) -> bool {
        self.looks += 1;
        if !self.looks.is_multiple_of(LOOKS) {
            return true;
        }
        let known = Caller::identify(&self.app, &self.headers).await;
        known.is_ok_and(|(Caller(user), _)| user.is_some_and(|user| user.user_id == self.user.user_id))
    }

    /// Waits a little; false when the process is to end.
    async fn pause(&self) -> bool {
        tokio::select! {
            () = sleep(self.pace) => true,
            () = self.app.shutdown.cancelled() => false,
        }
    }
}
