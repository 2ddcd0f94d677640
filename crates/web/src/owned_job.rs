use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use gas_service::{account::User, desk::DeskError, id::JobId, job::Job};

use crate::{app::App, error::WebError, sign_in::caller::ApiUser};

/// The job that the path's `{id}` names, if it is the caller's: the only way from a path to a job.
///
/// Whatever is wrong with the id, the answer is the same 404 as for another's job.
pub(crate) struct OwnedJob {
    pub(crate) user: Arc<User>,
    pub(crate) job: Job,
}

impl FromRequestParts<App> for OwnedJob {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let ApiUser(user) = ApiUser::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| DeskError::NoSuchJob)?;
        let id = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        let id: JobId = id.and_then(|id| id.parse().ok()).ok_or(DeskError::NoSuchJob)?;
        let job = app.desk.owned_job(&user, id).await?;
        Ok(Self { user, job })
    }
}
