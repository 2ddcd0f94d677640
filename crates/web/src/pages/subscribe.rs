//! The premium plan: what it brings, how to get it, how to leave it.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use gas_service::{
    account::User,
    job::{Job, ResultPlace},
    notation::grouped,
    plan::{Allowance, Plan},
    ports::{Price, Subscription},
};

use serde::Deserialize;

use super::{
    Page, amount,
    frame::{Frame, Section},
    moment, onward, show,
};
use crate::{
    app::App,
    error::WebError,
    router::{Access, Routes},
    sign_in::caller::{Caller, SignedIn},
    strict::StrictQuery,
};

pub(crate) fn routes() -> Routes {
    Routes::of(Access::Page)
        .get("/subscribe", offer)
        .post("/subscribe", subscribe)
        .get("/subscribe/done", done)
        .get("/unsubscribe", ask)
        .post("/unsubscribe", unsubscribe)
}

/// A plan's allowance in words.
struct Terms {
    max_upload: String,
    jobs_at_once: String,
    jobs_per_day: String,
    max_stored: String,
    retention: String,
    input_retention: String,
}

impl Terms {
    fn of(allowance: &Allowance) -> Self {
        let or = |words: Option<String>, none: &str| words.unwrap_or_else(|| none.to_owned());
        Self {
            max_upload: or(allowance.max_upload.map(|size| amount::size(size.as_u64())), "any size"),
            jobs_at_once: or(allowance.max_jobs_at_once.map(grouped), "any number"),
            jobs_per_day: or(allowance.max_jobs_per_day.map(grouped), "any number"),
            max_stored: or(allowance.max_stored.map(|size| amount::size(size.as_u64())), "no limit"),
            retention: or(allowance.retention.map(moment::in_words), "for ever"),
            input_retention: or(allowance.input_retention.map(moment::in_words), "as long as the job"),
        }
    }
}

/// How many of a user's newest results are where.
#[derive(Default)]
struct Away {
    archived: u64,
    thawing: u64,
    /// Whether there may be more than were looked at.
    or_more: bool,
}

impl Away {
    async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let page = app.desk.jobs(user, None, 100).await?;
        let at = |places: &[ResultPlace]| {
            let there = |job: &&Job| job.result_place.is_some_and(|place| places.contains(&place));
            u64::try_from(page.items.iter().filter(there).count()).unwrap_or(u64::MAX)
        };
        Ok(Self {
            archived: at(&[ResultPlace::Archiving, ResultPlace::Archived]),
            thawing: at(&[ResultPlace::Thawing]),
            or_more: page.next.is_some(),
        })
    }

    fn results(&self, number: u64) -> String {
        let more = if self.or_more { "at least " } else { "" };
        format!("{more}{}", amount::counted(number, "result", "results"))
    }
}

#[derive(Template)]
#[template(path = "subscribe.html")]
struct Offer {
    frame: Frame,
    user: Arc<User>,
    price: Price,
    /// The price in words, if the payment provider told it.
    costs: Option<String>,
    /// Whether there is a subscription to put right rather than to begin.
    lives: bool,
    free: Terms,
    premium: Terms,
    away: Away,
}

async fn offer(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    let plans = &app.desk.settings.plans;
    show(&Offer {
        frame: Frame::of(&user, "Premium", Section::Account),
        price: app.desk.ports.billing.price(),
        costs: app.desk.ports.billing.price_in_words().await,
        lives: lives(&app, &user).await?,
        free: Terms::of(&plans.free),
        premium: Terms::of(&plans.premium),
        away: Away::of(&app, &user).await?,
        user,
    })
}

/// Whether the payment provider has a subscription to go on with, or to put right.
async fn lives(app: &App, user: &User) -> Result<bool, WebError> {
    if app.desk.ports.billing.price() != Price::Provider {
        return Ok(false);
    }
    Ok(app.desk.subscription(user).await?.is_some_and(|record| record.living().is_some()))
}

impl Offer {
    fn is_premium(&self) -> bool {
        self.user.plan == Plan::PremiumUser
    }
}

async fn subscribe(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, WebError> {
    let subscription = app.desk.subscribe(&user).await?;
    go_on(user, subscription)
}

fn go_on(user: Arc<User>, subscription: Subscription) -> Result<Response, WebError> {
    match subscription {
        Subscription::Effective => Ok(Redirect::to("/subscribe/done").into_response()),
        Subscription::ContinueAt(address) => onward(&Caller(Some(user)), "the payment provider", &address),
    }
}

/// How long until the page on a payment looks again, and how often it does.
const LOOK_SECONDS: u32 = 3;
const MOST_LOOKS: u32 = 60;

/// Where people come from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    /// From the payment provider, who says that they paid. Its word to us counts, not the browser's.
    #[serde(default)]
    paid: bool,
    /// How often they looked since.
    #[serde(default)]
    looks: u32,
}

#[derive(Template)]
#[template(path = "subscribe_done.html")]
struct Done {
    frame: Frame,
    is_premium: bool,
    /// Whether the payment provider has yet to say that there was a payment.
    waits: bool,
    looks_again: bool,
    away: Away,
    free: Terms,
}

/// Says what holds now, whatever was pressed before; and looks again while the payment provider's word is awaited.
async fn done(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    StrictQuery(from): StrictQuery<From>,
) -> Result<Response, WebError> {
    let is_premium = user.plan == Plan::PremiumUser;
    let waits = from.paid && !is_premium && app.desk.ports.billing.price() == Price::Provider;
    let looks_again = waits && from.looks < MOST_LOOKS;
    let title = match (is_premium, waits) {
        (true, _) => "You have Premium",
        (false, true) => "Waiting for the payment provider",
        (false, false) => "You have the free plan",
    };
    let page = show(&Done {
        frame: Frame::of(&user, title, Section::Account),
        is_premium,
        waits,
        looks_again,
        away: Away::of(&app, &user).await?,
        free: Terms::of(&app.desk.settings.plans.free),
    })?;
    if !looks_again {
        return Ok(page.into_response());
    }
    let next = format!("{LOOK_SECONDS}; url=/subscribe/done?paid=true&looks={}", from.looks + 1);
    Ok(([(onward::REFRESH, next)], page).into_response())
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Ask {
    frame: Frame,
    is_premium: bool,
    /// Whether it is the payment provider's affair.
    lives: bool,
    free: Terms,
}

async fn ask(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    show(&Ask {
        frame: Frame::of(&user, "End Premium", Section::Account),
        is_premium: user.plan == Plan::PremiumUser,
        lives: lives(&app, &user).await?,
        free: Terms::of(&app.desk.settings.plans.free),
    })
}

async fn unsubscribe(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, WebError> {
    let subscription = app.desk.unsubscribe(&user).await?;
    go_on(user, subscription)
}
