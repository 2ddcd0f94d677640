//! The browsers in which one is signed in.

use axum::{extract::State, http::HeaderMap, response::Redirect};
use gas_service::account::{SecretHash, Session, User};

use crate::{
    app::App,
    error::WebError,
    pages::moment::{self, Moment},
    router::{Access, Routes},
    sign_in::{
        caller::SignedIn,
        cookie::{self, SetCookie},
    },
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page).post("/profile/sign-out-everywhere", sign_out)
}

/// The section.
pub(super) struct Sessions {
    /// After how long without use one ends.
    pub(super) idle_limit: Option<String>,
    pub(super) all: Vec<SessionView>,
}

/// A session in the list.
pub(super) struct SessionView {
    pub(super) began: Option<Moment>,
    pub(super) last_used: Option<Moment>,
    pub(super) ends: Moment,
    pub(super) by: String,
    pub(super) is_this: bool,
}

impl Sessions {
    pub(super) async fn of(app: &App, user: &User, headers: &HeaderMap) -> Result<Self, WebError> {
        let this = cookie::session(app, headers).map(|secret| secret.hash());
        let all = app.desk.sessions(user).await?;
        Ok(Self {
            idle_limit: app.desk.settings.sign_in.idle_limit().map(moment::in_words),
            all: all.iter().map(|session| SessionView::of(app, session, this.as_ref())).collect(),
        })
    }
}

impl SessionView {
    fn of(app: &App, session: &Session, this: Option<&SecretHash>) -> Self {
        let provider = session.provider.as_deref();
        Self {
            began: session.created.map(Moment),
            last_used: session.last_sign().map(Moment),
            ends: Moment(session.expires),
            by: provider.map_or_else(|| "a mailed link".to_owned(), |name| app.providers.title(name)),
            is_this: this == Some(&session.secret),
        }
    }
}

/// This browser, too: whoever presses the button because another has the cookie does not know which one that is.
async fn sign_out(
    State(app): State<App>,
    SignedIn(user): SignedIn,
) -> Result<(SetCookie, Redirect), WebError> {
    app.desk.sign_out_everywhere(&user).await?;
    Ok((cookie::closing(&app), Redirect::to("/sign-in")))
}
