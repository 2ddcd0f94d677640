//! The addresses of the way to a provider and back.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use gas_service::{
    account::{Secret, User},
    desk::{Arrival, DeskError, Vouched},
    identity::SignInAttempt,
};
use serde::Deserialize;

use super::{OpenIdError, Provider, bond};
use crate::{
    app::App,
    error::WebError,
    pages,
    rate_limit::LinkKind,
    router::{Access, Effect, Routes},
    sign_in::{
        caller::Caller,
        email_link,
        mailbox::{count_link, typed_address},
    },
};

/// Where people tell their address if the provider does not; a page.
const ADDRESS: &str = "/sign-in/address";

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Public)
        .with_effect(Effect::None)
        .post("/sign-in/with/{provider}", begin)
        .get("/sign-in/callback/{provider}", come_back)
        .post(ADDRESS, give_address)
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    next: String,
    /// Whether the provider is to ask even whom it knows.
    #[serde(default)]
    again: bool,
}

async fn begin(
    State(app): State<App>,
    caller: Caller,
    Path(provider): Path<String>,
    Form(wish): Form<Wish>,
) -> Result<Response, WebError> {
    let provider = app.providers.of_name(&provider)?;
    let purpose = if wish.again { Purpose::SignInAgain } else { Purpose::SignIn };
    set_out(&app, &caller, provider, &wish.next, purpose).await
}

/// What somebody goes to a provider for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose<'a> {
    /// To sign in.
    SignIn,
    /// To show once more who it is, which the provider shall not take for known.
    SignInAgain,
    /// To connect the identity there to this user's account.
    Connect(&'a User),
}

/// Sends the browser to a provider.
pub(crate) async fn set_out(
    app: &App,
    caller: &Caller,
    provider: &Provider,
    next: &str,
    purpose: Purpose<'_>,
) -> Result<Response, WebError> {
    let connects = if let Purpose::Connect(user) = purpose { Some(user.user_id) } else { None };
    let set_out = app.desk.set_out(&provider.name, next, connects).await?;
    let asks_anew = matches!(purpose, Purpose::SignInAgain);
    let there = provider.way_there(&set_out, asks_anew, app.desk.ports.clock.now()).await?;
    let bond = bond::for_attempt(app, &set_out.state, &set_out.browser);
    let page = pages::onward(caller, &provider.title, there.as_str())?;
    Ok((AppendHeaders([(header::SET_COOKIE, bond)]), page).into_response())
}

/// What a provider has the browser bring (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Deserialize)]
struct Brought {
    #[serde(default)]
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// The one address that is asked for with GET and changes something: the standard has it so. What stands in for the usual
/// protection of forms is the attempt, which only its browser can use, once.
async fn come_back(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Path(provider): Path<String>,
    Query(brought): Query<Brought>,
) -> Result<Response, WebError> {
    let provider = app.providers.of_name(&provider)?;
    let state = Secret::presented(&brought.state);
    let browser = bond::of(&app, &headers, &state);
    let attempt = app.desk.come_back(&provider.name, &state, browser.as_ref()).await?;
    let vouched = what_is_vouched(&app, provider, brought, &attempt).await?;
    let over = AppendHeaders([(header::SET_COOKIE, bond::over(&app, &state))]);
    let onward = match attempt.connects {
        Some(connects) => {
            let user = caller.0.filter(|user| user.user_id == connects).ok_or(DeskError::StaleAttempt)?;
            app.desk.connect(&user, &vouched).await?;
            Redirect::to(&attempt.next).into_response()
        }
        None => match app.desk.arrive(&vouched, &attempt.next).await? {
            Arrival::SignedIn(signed_in) => email_link::enter(&app, &headers, &signed_in).await?,
            Arrival::Unconfirmed => doubt(&app, &vouched, &attempt.next).await?,
        },
    };
    Ok((over, onward).into_response())
}

async fn what_is_vouched(
    app: &App,
    provider: &Provider,
    brought: Brought,
    attempt: &SignInAttempt,
) -> Result<Vouched, WebError> {
    let now = app.desk.ports.clock.now();
    provider.check_sender(brought.iss.as_deref(), now).await?;
    match (brought.error.as_deref(), brought.code) {
        (None, Some(code)) => Ok(provider.redeem(code, attempt, now).await?),
        (Some("access_denied"), _) => Err(OpenIdError::Declined { title: provider.title.clone() }.into()),
        (Some(error), _) => {
            let error: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
            Err(provider.refused(format!("it said `{error}`")).into())
        }
        (None, None) => Err(provider.unproven("there is neither a code nor an error").into()),
    }
}

/// Has an address shown to be the person's own: by a mail to the one that the provider gave, or to one that is asked for.
async fn doubt(app: &App, vouched: &Vouched, next: &str) -> Result<Response, WebError> {
    let Some(email) = &vouched.email else {
        let browser = app.desk.await_address(vouched, next).await?;
        let bond = bond::for_address(app, &browser);
        return Ok((AppendHeaders([(header::SET_COOKIE, bond)]), Redirect::to(ADDRESS)).into_response());
    };
    count_link(app, email, LinkKind::Address)?;
    let doubted = app.desk.doubt_address(vouched, email, next).await?;
    let bond = bond::for_link(app, &doubted.link, &doubted.browser);
    Ok((AppendHeaders([(header::SET_COOKIE, bond)]), Redirect::to(email_link::SENT)).into_response())
}

#[derive(Deserialize)]
struct Address {
    email: String,
}

/// Mails a link to the address that the provider did not give.
async fn give_address(
    State(app): State<App>,
    headers: HeaderMap,
    Form(form): Form<Address>,
) -> Result<Response, WebError> {
    let browser = bond::awaiting_address(&app, &headers).ok_or(DeskError::StaleAttempt)?;
    let email = typed_address(&app, &form.email, LinkKind::Address)?;
    let doubted = app.desk.give_address(&browser, &email).await?;
    let bonds = AppendHeaders([
        (header::SET_COOKIE, bond::address_over(&app)),
        (header::SET_COOKIE, bond::for_link(&app, &doubted.link, &doubted.browser)),
    ]);
    Ok((bonds, Redirect::to(email_link::SENT)).into_response())
}
