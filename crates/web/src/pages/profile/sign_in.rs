//! How one can sign in, and connecting and disconnecting providers.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    response::{Redirect, Response},
};
use gas_service::account::User;
use serde::Deserialize;

use crate::{
    app::App,
    error::WebError,
    pages::moment::Moment,
    router::{Access, Routes},
    sign_in::{
        caller::{Caller, SignedIn},
        openid::{
            Provider,
            routes::{Purpose, set_out},
        },
    },
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Recent)
        .post("/profile/identities/connect/{provider}", connect)
        .post("/profile/identities/disconnect", disconnect)
}

/// The section.
pub(super) struct WaysIn {
    pub(super) email: String,
    /// Whether a mailed link signs in.
    pub(super) email_links: bool,
    /// Identities that do.
    pub(super) identities: Vec<Way>,
    /// Providers that could be connected.
    pub(super) providers: Vec<Choice>,
}

/// An identity that signs in.
pub(super) struct Way {
    pub(super) title: String,
    pub(super) label: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) linked: Moment,
}

/// A provider that could be connected.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) title: String,
    /// Whether an account there is connected already.
    pub(super) is_connected: bool,
}

impl WaysIn {
    pub(super) async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let linked = app.desk.identities(user).await?;
        let is_connected = |name: &str| linked.iter().any(|linked| linked.identity.provider == name);
        let choice = |of: &Arc<Provider>| Choice {
            name: of.name.clone(),
            title: of.title.clone(),
            is_connected: is_connected(&of.name),
        };
        let providers = app.providers.iter().map(choice).collect();
        let identities = linked.into_iter().map(|linked| Way {
            title: app.providers.title(&linked.identity.provider),
            label: linked.identity.label,
            issuer: linked.identity.issuer,
            subject: linked.identity.subject,
            linked: Moment(linked.linked),
        });
        Ok(Self {
            email: user.user_email.to_string(),
            email_links: app.desk.settings.sign_in.email_links,
            identities: identities.collect(),
            providers,
        })
    }
}

/// Sends the browser to a provider, to come back with an identity for this account.
async fn connect(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Path(provider): Path<String>,
) -> Result<Response, WebError> {
    let provider = app.providers.of_name(&provider)?;
    let caller = Caller(Some(Arc::clone(&user)));
    set_out(&app, &caller, provider, "/profile?done=connected#sign-in", Purpose::Connect(&user)).await
}

#[derive(Deserialize)]
struct Which {
    issuer: String,
    subject: String,
}

async fn disconnect(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    Form(which): Form<Which>,
) -> Result<Redirect, WebError> {
    app.desk.disconnect(&user, &which.issuer, &which.subject).await?;
    Ok(Redirect::to("/profile?done=disconnected#sign-in"))
}
