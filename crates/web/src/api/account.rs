use axum::{Json, extract::State, http::StatusCode};
use gas_service::{account::User, id::UserId, plan::Plan, ports::Subscription, quota::next_day};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{app::App, error::WebError, sign_in::caller::ApiUser, strict::StrictJson};

/// You.
#[derive(Serialize, ToSchema)]
pub(crate) struct Profile {
    user_id: Uuid,
    user_email: String,
    name: String,
    institution: String,
    /// `free_user` or `premium_user`.
    #[schema(example = "free_user")]
    plan: &'static str,
    /// What you are to the service as of this request: `admin`, or else as `plan`.
    #[schema(example = "free_user")]
    role: &'static str,
    /// Largest upload in bytes; none is unlimited.
    max_upload_bytes: Option<u64>,
    /// How long a result stays before it is archived, in seconds; none is for ever.
    retention_seconds: Option<u64>,
    /// Most jobs that have not ended, at once; none is unlimited.
    max_jobs_at_once: Option<u64>,
    /// Most jobs accepted within one day of UTC; none is unlimited.
    max_jobs_per_day: Option<u64>,
    /// Most bytes of files of jobs that are not deleted; none is unlimited.
    max_stored_bytes: Option<u64>,
    /// What you have of it.
    usage: UsageJson,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
}

/// What you have.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageJson {
    /// Jobs that have not ended.
    jobs_at_once: u64,
    /// Jobs accepted since the day of UTC began; deleting one does not give it back.
    jobs_today: u64,
    /// Bytes of inputs, results, logs and summaries of jobs that are not deleted, archived results included.
    stored_bytes: u64,
    /// How many bytes are left; none is unlimited.
    stored_bytes_left: Option<u64>,
    /// When the next day begins.
    #[schema(value_type = String, format = DateTime)]
    next_day: Timestamp,
}

impl UsageJson {
    async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let usage = app.desk.usage(user).await?;
        let now = app.desk.ports.clock.now();
        Ok(Self {
            jobs_at_once: usage.jobs_at_once,
            jobs_today: usage.jobs_today,
            stored_bytes: usage.stored_bytes,
            stored_bytes_left: app.desk.quota(user).bytes_left(&usage),
            next_day: next_day(now),
        })
    }
}

impl Profile {
    async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let allowance = app.desk.settings.plans.of(user.plan);
        let quota = app.desk.quota(user);
        Ok(Self {
            user_id: user.user_id.as_uuid(),
            user_email: user.user_email.to_string(),
            name: user.name.clone(),
            institution: user.institution.clone(),
            plan: user.plan.as_str(),
            role: user.role(),
            max_upload_bytes: allowance.max_upload.map(|size| size.as_u64()),
            retention_seconds: allowance.retention.map(|time| time.as_secs()),
            max_jobs_at_once: quota.jobs_at_once,
            max_jobs_per_day: quota.jobs_per_day,
            max_stored_bytes: quota.stored_bytes,
            usage: UsageJson::of(app, user).await?,
            created: user.created,
            updated: user.updated,
        })
    }
}

/// What may be changed of a profile; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileChange {
    name: Option<String>,
    institution: Option<String>,
}

/// Read your profile.
#[utoipa::path(get, path = "/profile", tag = "account",
    responses((status = 200, description = "You", body = Profile)))]
pub(crate) async fn profile(
    State(app): State<App>,
    ApiUser(user): ApiUser,
) -> Result<Json<Profile>, WebError> {
    Ok(Json(Profile::of(&app, &user).await?))
}

/// Change your profile.
#[utoipa::path(patch, path = "/profile", tag = "account", request_body = ProfileChange,
    responses(
        (status = 200, description = "You, changed", body = Profile),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_body`"),
    ))]
pub(crate) async fn change_profile(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    StrictJson(change): StrictJson<ProfileChange>,
) -> Result<Json<Profile>, WebError> {
    let name = change.name.as_deref().unwrap_or(&user.name);
    let institution = change.institution.as_deref().unwrap_or(&user.institution);
    app.desk.set_profile(&user, name, institution).await?;
    let changed = present(&app, user.user_id).await?;
    Ok(Json(Profile::of(&app, &changed).await?))
}

async fn present(app: &App, user: UserId) -> Result<User, WebError> {
    let found = app.desk.ports.accounts.user(user).await.map_err(gas_service::desk::DeskError::from)?;
    found.ok_or(WebError::NotSignedIn)
}

/// Which plan to subscribe to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `premium_user`.
    #[schema(example = "premium_user")]
    plan: String,
}

/// What became of the wish.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubscriptionState {
    /// The plan that holds now.
    #[schema(example = "premium_user")]
    plan: &'static str,
    /// Where to go on to, when the payment provider has a say; the plan changes afterwards.
    continue_at: Option<String>,
}

/// Subscribe to the premium plan. All archived results come back.
#[utoipa::path(post, path = "/subscription", tag = "account", request_body = Wish,
    responses(
        (status = 200, description = "The plan holds", body = SubscriptionState),
        (status = 202, description = "Go on at the payment provider", body = SubscriptionState),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_body`, `no_such_plan`"),
    ))]
pub(crate) async fn subscribe(
    State(app): State<App>,
    ApiUser(user): ApiUser,
    StrictJson(wish): StrictJson<Wish>,
) -> Result<(StatusCode, Json<SubscriptionState>), WebError> {
    if Plan::from_name(&wish.plan) != Some(Plan::PremiumUser) {
        let message = "`plan` must be `premium_user`; DELETE the subscription to go back to `free_user`";
        return Err(WebError::invalid("no_such_plan", message));
    }
    let subscription = app.desk.subscribe(&user).await?;
    state_after(&app, user.user_id, subscription).await
}

/// End the subscription. Results go to the archive again.
#[utoipa::path(delete, path = "/subscription", tag = "account",
    responses(
        (status = 200, description = "The plan has ended", body = SubscriptionState),
        (status = 202, description = "Go on at the payment provider", body = SubscriptionState),
    ))]
pub(crate) async fn unsubscribe(
    State(app): State<App>,
    ApiUser(user): ApiUser,
) -> Result<(StatusCode, Json<SubscriptionState>), WebError> {
    let subscription = app.desk.unsubscribe(&user).await?;
    state_after(&app, user.user_id, subscription).await
}

async fn state_after(
    app: &App,
    user: UserId,
    subscription: Subscription,
) -> Result<(StatusCode, Json<SubscriptionState>), WebError> {
    let plan = present(app, user).await?.plan.as_str();
    Ok(match subscription {
        Subscription::Effective => (StatusCode::OK, Json(SubscriptionState { plan, continue_at: None })),
        Subscription::ContinueAt(address) => {
            (StatusCode::ACCEPTED, Json(SubscriptionState { plan, continue_at: Some(address) }))
        }
    })
}
