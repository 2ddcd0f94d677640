use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use rstest::rstest;

use super::{RECONCILED_EVERY, Standing, Subscribed, SubscriptionRecord, plan_of};
use crate::{
    id::{CustomerId, SubscriptionId, UserId},
    plan::Plan::{self, FreeUser, PremiumUser},
};

const DAY: Duration = Duration::from_hours(24);
const GRACE: Duration = Duration::from_hours(7 * 24);

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn record() -> SubscriptionRecord {
    SubscriptionRecord::new(UserId::generate(), CustomerId("cus_1".to_owned()))
}

fn subscribed(standing: Standing) -> Subscribed {
    Subscribed {
        subscription_id: SubscriptionId("sub_1".to_owned()),
        standing,
        period_end: Some(now() + 30 * DAY),
        cancels_at_period_end: false,
    }
}

#[rstest]
#[case(Standing::Active, PremiumUser)]
#[case(Standing::Trialing, PremiumUser)]
#[case(Standing::PastDue, FreeUser)]
#[case(Standing::Unpaid, FreeUser)]
#[case(Standing::Incomplete, FreeUser)]
#[case(Standing::Paused, FreeUser)]
#[case(Standing::Canceled, FreeUser)]
fn each_standing_has_its_plan(#[case] standing: Standing, #[case] plan: Plan) {
    assert_eq!(plan_of(standing, None, now()), plan);
    let in_grace = plan_of(standing, Some(now() + DAY), now());
    assert_eq!(in_grace, if standing == Standing::PastDue { PremiumUser } else { plan });
    assert_eq!(plan_of(standing, Some(now()), now()), plan, "grace ends at its end");
    assert_eq!(Standing::from_name(standing.as_str()), Some(standing));
}

#[test]
fn who_was_never_spoken_of_keeps_the_plan() {
    let untold = record().told(None, now(), GRACE);
    assert_eq!((untold.plan(now()), untold.attend_at), (None, None));
}

#[test]
fn a_subscription_that_is_no_longer_known_is_over() {
    let told = record().told(Some(subscribed(Standing::Active)), now(), GRACE).told(None, now(), GRACE);
    assert_eq!(told.subscribed.as_ref().unwrap().standing, Standing::Canceled);
    assert_eq!((told.plan(now()), told.attend_at), (Some(FreeUser), None));
}

#[test]
fn grace_runs_from_the_first_word_of_it_and_begins_anew_after_a_payment() {
    let late = |record: &SubscriptionRecord, at| record.told(Some(subscribed(Standing::PastDue)), at, GRACE);
    let first = late(&record(), now());
    assert_eq!(first.grace_until, Some(now() + GRACE));
    let again = late(&first, now() + 3 * DAY);
    assert_eq!(again.grace_until, first.grace_until);
    assert_eq!(again.plan(now() + GRACE - Duration::from_secs(1)), Some(PremiumUser));
    assert_eq!(again.plan(now() + GRACE), Some(FreeUser));
    let paid = again.told(Some(subscribed(Standing::Active)), now() + 4 * DAY, GRACE);
    assert_eq!((paid.grace_until, paid.plan(now() + 40 * DAY)), (None, Some(PremiumUser)));
    assert_eq!(late(&paid, now() + 30 * DAY).grace_until, Some(now() + 30 * DAY + GRACE));
}

#[test]
fn another_subscription_has_a_grace_of_its_own() {
    let first = record().told(Some(subscribed(Standing::PastDue)), now(), GRACE);
    let other =
        Subscribed { subscription_id: SubscriptionId("sub_2".to_owned()), ..subscribed(Standing::PastDue) };
    assert_eq!(first.told(Some(other), now() + DAY, GRACE).grace_until, Some(now() + DAY + GRACE));
}

#[test]
fn the_next_look_is_at_what_comes_first() {
    let look = |present| record().told(Some(present), now(), GRACE).attend_at;
    assert_eq!(look(subscribed(Standing::Active)), Some(now() + RECONCILED_EVERY));
    assert_eq!(look(subscribed(Standing::Canceled)), None);
    let soon = Some(now() + Duration::from_hours(1));
    let ending = Subscribed { period_end: soon, cancels_at_period_end: true, ..subscribed(Standing::Active) };
    assert_eq!(look(ending.clone()), Some(now() + Duration::from_mins(65)));
    assert_eq!(look(Subscribed { cancels_at_period_end: false, ..ending }), Some(now() + RECONCILED_EVERY));
    let short = record().told(Some(subscribed(Standing::PastDue)), now(), Duration::from_secs(30));
    assert_eq!(short.attend_at, Some(now() + Duration::from_secs(30)));
}

#[test]
fn who_was_sent_to_pay_is_asked_after_soon() {
    let sent = record().sent_to_pay(now());
    assert_eq!(sent.attend_at, Some(now() + Duration::from_mins(5)));
    assert_eq!(sent.sent_to_pay(now() + DAY).attend_at, sent.attend_at);
}

proptest! {
    /// Whatever was said before, what is said last decides; and a look always comes after it is made.
    #[test]
    fn the_last_word_decides(words in proptest::collection::vec((0_usize..7, 0_u64..20), 1..12)) {
        let mut told = record();
        let mut at = now();
        for (word, days) in &words {
            at += u32::try_from(*days).unwrap() * DAY;
            told = told.told(Some(subscribed(Standing::ALL[*word])), at, GRACE);
            prop_assert!(told.attend_at.is_none_or(|look| look > at));
            prop_assert_eq!(&told.told(Some(subscribed(Standing::ALL[*word])), at, GRACE), &told, "twice is as good as once");
        }
        let last = Standing::ALL[words.last().unwrap().0];
        prop_assert_eq!(told.plan(at + GRACE), Some(plan_of(last, None, at)));
    }
}
