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
    plan::{Allowance, Plan},
    ports::{Price, Subscription},
};

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
    retention: String,
    input_retention: String,
}

impl Terms {
    fn of(allowance: &Allowance) -> Self {
        let or = |words: Option<String>, none: &str| words.unwrap_or_else(|| none.to_owned());
        Self {
            max_upload: or(allowance.max_upload.map(|size| amount::size(size.as_u64())), "any size"),
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
    free: Terms,
    premium: Terms,
    away: Away,
}

async fn offer(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    let plans = &app.desk.settings.plans;
    show(&Offer {
        frame: Frame::of(&user, "Premium", Section::Account),
        price: app.desk.ports.billing.price(),
        free: Terms::of(&plans.free),
        premium: Terms::of(&plans.premium),
        away: Away::of(&app, &user).await?,
        user,
    })
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

#[derive(Template)]
#[template(path = "subscribe_done.html")]
struct Done {
    frame: Frame,
    is_premium: bool,
    away: Away,
    free: Terms,
}

/// Says what holds now, whatever was pressed before.
async fn done(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    let is_premium = user.plan == Plan::PremiumUser;
    let title = if is_premium { "You have Premium" } else { "You have the free plan" };
    show(&Done {
        frame: Frame::of(&user, title, Section::Account),
        is_premium,
        away: Away::of(&app, &user).await?,
        free: Terms::of(&app.desk.settings.plans.free),
    })
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Ask {
    frame: Frame,
    is_premium: bool,
    free: Terms,
}

async fn ask(State(app): State<App>, SignedIn(user): SignedIn) -> Page {
    show(&Ask {
        frame: Frame::of(&user, "End Premium", Section::Account),
        is_premium: user.plan == Plan::PremiumUser,
        free: Terms::of(&app.desk.settings.plans.free),
    })
}

async fn unsubscribe(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, WebError> {
    let subscription = app.desk.unsubscribe(&user).await?;
    go_on(user, subscription)
}
