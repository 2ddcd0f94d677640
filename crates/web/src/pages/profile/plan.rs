//! What one has subscribed to.

use axum::{extract::State, response::Response};
use gas_service::{
    account::User,
    plan::Plan,
    ports::Price,
    subscription::{Standing, SubscriptionRecord},
};
use jiff::Timestamp;

use crate::{
    app::App,
    error::WebError,
    pages::{moment::Moment, onward},
    router::{Access, Routes},
    sign_in::caller::{Caller, SignedIn},
};

pub(super) fn routes() -> Routes {
    Routes::of(Access::Page).post("/subscription/portal", portal)
}

/// The section.
pub(super) struct PlanSection {
    pub(super) title: &'static str,
    pub(super) is_free: bool,
    /// Whether there is a subscription to go on with, or to put right, at the payment provider.
    pub(super) lives: bool,
    /// Whether the payment provider knows the user.
    pub(super) has_portal: bool,
    pub(super) state: Option<InWords>,
}

/// How the subscription stands, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InWords {
    pub(super) tone: &'static str,
    pub(super) icon: &'static str,
    pub(super) before: &'static str,
    pub(super) at: Option<Moment>,
    pub(super) after: &'static str,
}

impl PlanSection {
    pub(super) async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let has_provider = app.desk.ports.billing.price() == Price::Provider;
        let record = if has_provider { app.desk.subscription(user).await? } else { None };
        let now = app.desk.ports.clock.now();
        Ok(Self {
            title: user.plan.title(),
            is_free: user.plan == Plan::FreeUser,
            lives: record.as_ref().is_some_and(|record| record.living().is_some()),
            has_portal: record.is_some(),
            state: record.and_then(|record| InWords::of(&record, now)),
        })
    }
}

impl InWords {
    /// What is, when something happens next, and what to do.
    fn of(record: &SubscriptionRecord, now: Timestamp) -> Option<Self> {
        let subscribed = record.subscribed.as_ref()?;
        let (ends, end) = (subscribed.cancels_at_period_end, subscribed.period_end.map(Moment));
        let in_grace = record.grace_until.filter(|end| now < *end).map(Moment);
        let (tone, icon, before, at, after) = match subscribed.standing {
            Standing::Active | Standing::Trialing if ends => (
                "wait",
                "info",
                "Premium ends on",
                end,
                "Until then nothing changes; you can go on with it at the payment provider.",
            ),
            Standing::Active => ("good", "check", "Paid. The next payment is due on", end, ""),
            Standing::Trialing => ("good", "check", "A trial. The first payment is due on", end, ""),
            Standing::PastDue if in_grace.is_some() => (
                "bad",
                "info",
                "The last payment failed. Premium stays until",
                in_grace,
                "Check the card at the payment provider before then; else results move to the archive.",
            ),
            Standing::PastDue | Standing::Unpaid => (
                "bad",
                "info",
                "The last payment failed, and nothing was paid since.",
                None,
                "Check the card at the payment provider; when it is paid, Premium and your results come back.",
            ),
            Standing::Paused => (
                "wait",
                "info",
                "The subscription stands still.",
                None,
                "You can go on with it at the payment provider.",
            ),
            Standing::Incomplete => {
                ("wait", "info", "The payment was not completed.", None, "Subscribe once more.")
            }
            Standing::Canceled => {
                ("wait", "info", "Premium has ended.", None, "Invoices stay at the payment provider.")
            }
        };
        Some(Self { tone, icon, before, at, after })
    }
}

/// Leads to the payment provider's own pages on cards, invoices and the subscription.
async fn portal(State(app): State<App>, SignedIn(user): SignedIn) -> Result<Response, WebError> {
    let address = app.desk.portal(&user).await?;
    onward(&Caller(Some(user)), "the payment provider", &address)
}
