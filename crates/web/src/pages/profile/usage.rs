//! What the plan allows, and what is used of it.

use gas_service::{account::User, notation::grouped, quota};

use crate::{
    app::App,
    error::WebError,
    pages::{amount, moment, moment::Moment},
};

/// The section.
pub(super) struct Usage {
    pub(super) max_upload: Option<String>,
    pub(super) retention: Option<String>,
    pub(super) meters: Vec<Meter>,
    pub(super) next_day: Moment,
}

/// How much of one thing is used.
pub(super) struct Meter {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// What is used and how much there is, in words.
    pub(super) words: String,
    /// What is left, in words; none where there is no limit.
    pub(super) left: Option<String>,
    /// From 0 to 100; none where there is no limit.
    pub(super) percent: Option<u64>,
}

impl Meter {
    fn of(
        id: &'static str,
        name: &'static str,
        used: u64,
        limit: Option<u64>,
        in_words: fn(u64) -> String,
    ) -> Self {
        let words = match limit {
            Some(limit) => format!("{} of {}", in_words(used), in_words(limit)),
            None => format!("{}, no limit", in_words(used)),
        };
        let left = limit.map(|limit| match limit.saturating_sub(used) {
            0 => "nothing left".to_owned(),
            left => format!("{} left", in_words(left)),
        });
        let percent =
            limit.map(|limit| (used.saturating_mul(100)).checked_div(limit).unwrap_or(100).min(100));
        Self { id, name, words, left, percent }
    }
}

impl Usage {
    pub(super) async fn of(app: &App, user: &User) -> Result<Self, WebError> {
        let allowance = app.desk.settings.plans.of(user.plan);
        let (usage, quota) = (app.desk.usage(user).await?, app.desk.quota(user));
        let meters = vec![
            Meter::of(
                "jobs-at-once",
                "Jobs that have not ended",
                usage.jobs_at_once,
                quota.jobs_at_once,
                grouped,
            ),
            Meter::of("jobs-today", "Jobs today", usage.jobs_today, quota.jobs_per_day, grouped),
            Meter::of("stored", "Stored files", usage.stored_bytes, quota.stored_bytes, amount::size),
        ];
        Ok(Self {
            max_upload: allowance.max_upload.map(|size| amount::size(size.as_u64())),
            retention: allowance.retention.map(moment::in_words),
            meters,
            next_day: Moment(quota::next_day(app.desk.ports.clock.now())),
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(3, Some(10), "3 of 10", Some("7 left"), Some(30))]
    #[case(12, Some(10), "12 of 10", Some("nothing left"), Some(100))]
    #[case(0, Some(0), "0 of 0", Some("nothing left"), Some(100))]
    #[case(1_234, None, "1,234, no limit", None, None)]
    fn meters_say_what_is_used_and_left(
        #[case] used: u64,
        #[case] limit: Option<u64>,
        #[case] words: &str,
        #[case] left: Option<&str>,
        #[case] percent: Option<u64>,
    ) {
        let meter = Meter::of("id", "Name", used, limit, grouped);
        assert_eq!((meter.words.as_str(), meter.left.as_deref(), meter.percent), (words, left, percent));
    }
}
