//! The plan follows the payment provider, whatever becomes of its notices.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use gas_service::{
    account::User,
    desk::DeskError,
    id::{CustomerId, NoticeId, SubscriptionId, UserId},
    job::ResultPlace,
    plan::Plan,
    ports::{BackendError, Billing, Notice, Price, RefusedNotice, Settled, Subscription},
    subscription::{Standing, Subscribed, SubscriptionRecord, plan_of},
    workers::Role,
};
use jiff::Timestamp;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::stage::{GOOD, Stage, eventually};

/// What a payment provider holds true, and the notices that it wrote.
#[derive(Default)]
struct Provider {
    present: Mutex<BTreeMap<String, Subscribed>>,
    notices: Mutex<Vec<Notice>>,
    /// For whom it ended everything.
    ended: Mutex<Vec<UserId>>,
    /// Whether it answers.
    silent: Mutex<bool>,
    /// Of which customer it says nothing.
    lost: Mutex<Option<CustomerId>>,
    /// How long it thinks about an answer.
    slow: Duration,
}

impl Provider {
    /// Something happens, and is written down.
    fn change(&self, customer: &CustomerId, standing: Standing) -> Notice {
        let subscribed = Subscribed {
            subscription_id: SubscriptionId("sub_1".to_owned()),
            standing,
            period_end: None,
            cancels_at_period_end: false,
        };
        self.present.lock().unwrap().insert(customer.0.clone(), subscribed);
        let mut notices = self.notices.lock().unwrap();
        let notice = Notice {
            notice_id: NoticeId(format!("evt_{}", notices.len())),
            kind: "customer.subscription.updated".to_owned(),
            customer: Some(customer.clone()),
        };
        notices.push(notice.clone());
        notice
    }
}

#[async_trait]
impl Billing for Provider {
    fn price(&self) -> Price {
        Price::Provider
    }

    async fn price_in_words(&self) -> Option<String> {
        None
    }

    async fn subscribe(&self, _: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::ContinueAt("http://provider.test/pay".to_owned()))
    }

    async fn unsubscribe(&self, _: &User) -> Result<Subscription, BackendError> {
        Ok(Subscription::ContinueAt("http://provider.test/manage".to_owned()))
    }

    async fn portal(&self, _: &User) -> Result<Option<String>, BackendError> {
        Ok(None)
    }

    async fn end_for_good(&self, user: &User) -> Result<(), BackendError> {
        self.ended.lock().unwrap().push(user.user_id);
        Ok(())
    }

    async fn present(&self, _: UserId, customer: &CustomerId) -> Result<Option<Subscribed>, BackendError> {
        if *self.silent.lock().unwrap() || self.lost.lock().unwrap().as_ref() == Some(customer) {
            return Err(BackendError::new("asking", "it does not answer"));
        }
        let present = self.present.lock().unwrap().get(&customer.0).cloned();
        // What was true when it was asked may no longer be when the answer comes.
        tokio::time::sleep(self.slow).await;
        Ok(present)
    }

    fn read_notice(&self, body: &[u8], _: Option<&str>, _: Timestamp) -> Result<Notice, RefusedNotice> {
        let id = String::from_utf8_lossy(body).into_owned();
        let notices = self.notices.lock().unwrap();
        let found = notices.iter().find(|notice| notice.notice_id.0 == id).cloned();
        found.ok_or(RefusedNotice::Signature("there is no such notice"))
    }

    async fn notices_since(&self, _: Timestamp) -> Result<Vec<Notice>, BackendError> {
        Ok(self.notices.lock().unwrap().clone())
    }

    async fn check(&self) -> Result<String, BackendError> {
        Ok(String::new())
    }
}

/// A stage with a provider, and a user who is known there.
async fn with(provider: Provider) -> (Stage, Arc<Provider>, User, CustomerId) {
    let mut stage = Stage::new(GOOD).await;
    let provider = Arc::new(provider);
    stage.ports.billing = Arc::<Provider>::clone(&provider);
    let ada = stage.user("ada@gas.test").await;
    let customer = CustomerId("cus_ada".to_owned());
    let record = SubscriptionRecord::new(ada.user_id, customer.clone());
    let kept = stage.ports.subscriptions.settle(&record, None, stage.ports.clock.now()).await.unwrap();
    assert!(matches!(kept, Settled::Written(_)));
    (stage, provider, ada, customer)
}

async fn plan(stage: &Stage, user: &User) -> Plan {
    stage.ports.accounts.user(user.user_id).await.unwrap().unwrap().plan
}

async fn hear(stage: &Stage, notice: &Notice) {
    stage.desk().hear(notice.notice_id.0.as_bytes(), None).await.unwrap();
}

async fn until_plan(stage: &Stage, user: &User, wanted: Plan) {
    eventually("the plan follows", || async {
        let now = plan(stage, user).await;
        if now == wanted { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
}

/// A life at the provider: what happens, and which of the notices so far arrive then.
fn lives() -> impl Strategy<Value = Vec<(usize, Vec<prop::sample::Index>)>> {
    let arrivals = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    prop::collection::vec((0..Standing::ALL.len(), arrivals), 1..8)
}

/// Notices arrive in any order, doubled or never. A day later the plan is what the provider's state says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_becomes_of_the_notices_the_plan_is_right_in_the_end() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..24 {
        let life = lives().new_tree(&mut runner).unwrap().current();
        let (stage, provider, ada, customer) = with(Provider::default()).await;
        for (standing, arrivals) in &life {
            provider.change(&customer, Standing::ALL[*standing]);
            for arrival in arrivals {
                let notices = provider.notices.lock().unwrap().clone();
                hear(&stage, &notices[arrival.index(notices.len())]).await;
            }
        }
        // More than a day, and more than the grace.
        stage.pass(Duration::from_hours(25));
        let last = Standing::ALL[life.last().unwrap().0];
        let workers = stage.work_as(&[Role::Sweeper]);
        let wanted = plan_of(last, None, stage.ports.clock.now());
        // One that is heard to be past due only now has had its grace by the next day.
        if last == Standing::PastDue {
            eventually("it was heard", || async {
                let record = stage.ports.subscriptions.find(ada.user_id).await.unwrap().unwrap();
                if record.grace_until.is_some() { Ok(()) } else { Err(format!("{record:?}")) }
            })
            .await;
            stage.pass(Duration::from_hours(25));
        }
        until_plan(&stage, &ada, wanted).await;
        eventually("the record says so", || async {
            let record = stage.ports.subscriptions.find(ada.user_id).await.unwrap().unwrap();
            let standing = record.subscribed.map(|subscribed| subscribed.standing);
            if standing == Some(last) { Ok(()) } else { Err(format!("{standing:?}, {life:?}")) }
        })
        .await;
        assert_eq!(plan(&stage, &ada).await, wanted, "{life:?}");
        workers.stop().await;
    }
}

/// Many notices at once, while things go on to change: who asked before the last change cannot write after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_ask_at_once_none_writes_what_is_past() {
    for last in [Standing::Active, Standing::Canceled] {
        let slow = Provider { slow: Duration::from_millis(5), ..Provider::default() };
        let (stage, provider, ada, customer) = with(slow).await;
        let stage = Arc::new(stage);
        let mut hearing = Vec::new();
        for turn in 0..24 {
            let standing = if turn == 23 { last } else { Standing::ALL[turn % Standing::ALL.len()] };
            let notice = provider.change(&customer, standing);
            let stage = Arc::clone(&stage);
            hearing.push(tokio::spawn(async move { hear(&stage, &notice).await }));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for heard in hearing {
            heard.await.unwrap();
        }
        assert_eq!(plan(&stage, &ada).await, plan_of(last, None, stage.ports.clock.now()));
        let record = stage.ports.subscriptions.find(ada.user_id).await.unwrap().unwrap();
        assert_eq!(record.subscribed.unwrap().standing, last);
    }
}

/// The whole of it: paid, results come back; a payment fails, grace, archived again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_go_where_payment_wants_them() {
    let (stage, provider, ada, customer) = with(Provider::default()).await;
    let workers = stage.work();
    let job = stage.submit(&ada, "a.vcf").await;
    stage.until_place(job, ResultPlace::Archived).await;
    hear(&stage, &provider.change(&customer, Standing::Active)).await;
    stage.until_place(job, ResultPlace::Hot).await;
    hear(&stage, &provider.change(&customer, Standing::PastDue)).await;
    assert_eq!(plan(&stage, &ada).await, Plan::PremiumUser, "there is grace");
    // No notice tells that the grace is over.
    stage.pass(Duration::from_hours(2));
    stage.until_place(job, ResultPlace::Archived).await;
    assert_eq!(plan(&stage, &ada).await, Plan::FreeUser);
    // Paid at last, and the notice got lost.
    provider.change(&customer, Standing::Active);
    stage.pass(Duration::from_hours(25));
    stage.until_place(job, ResultPlace::Hot).await;
    workers.stop().await;
}

/// A notice that could not be followed is not remembered, and a provider that is silent ends nobody's plan.
#[tokio::test]
async fn a_silent_provider_changes_nothing() {
    let (stage, provider, ada, customer) = with(Provider::default()).await;
    let paid = provider.change(&customer, Standing::Active);
    hear(&stage, &paid).await;
    *provider.silent.lock().unwrap() = true;
    let over = provider.change(&customer, Standing::Canceled);
    assert!(stage.desk().hear(over.notice_id.0.as_bytes(), None).await.is_err());
    let workers = stage.work_as(&[Role::Sweeper]);
    stage.pass(Duration::from_hours(30));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(plan(&stage, &ada).await, Plan::PremiumUser);
    *provider.silent.lock().unwrap() = false;
    until_plan(&stage, &ada, Plan::FreeUser).await;
    workers.stop().await;
}

/// Strangers at the provider, and what is not about subscriptions.
#[tokio::test]
async fn notices_on_others_are_taken_and_passed_over() {
    let (stage, provider, ada, _) = with(Provider::default()).await;
    hear(&stage, &provider.change(&CustomerId("cus_other".to_owned()), Standing::Active)).await;
    let notice_id = NoticeId("evt_nothing".to_owned());
    let nothing = Notice { notice_id, kind: "product.updated".to_owned(), customer: None };
    provider.notices.lock().unwrap().push(nothing.clone());
    hear(&stage, &nothing).await;
    assert_eq!(plan(&stage, &ada).await, Plan::FreeUser);
}

/// The notices of one fail, and come first.
#[tokio::test]
async fn a_notice_that_cannot_be_followed_holds_up_no_other_and_is_tried_again() {
    let (stage, provider, ada, customer) = with(Provider::default()).await;
    let eve = stage.user("eve@gas.test").await;
    let hers = CustomerId("cus_eve".to_owned());
    let record = SubscriptionRecord::new(eve.user_id, hers.clone());
    stage.ports.subscriptions.settle(&record, None, stage.ports.clock.now()).await.unwrap();
    *provider.lost.lock().unwrap() = Some(customer.clone());
    for _ in 0..10 {
        provider.change(&customer, Standing::Active);
    }
    provider.change(&hers, Standing::Active);
    let workers = stage.work_as(&[Role::Sweeper]);
    until_plan(&stage, &eve, Plan::PremiumUser).await;
    assert_eq!(plan(&stage, &ada).await, Plan::FreeUser);
    *provider.lost.lock().unwrap() = None;
    stage.pass(Duration::from_mins(61));
    until_plan(&stage, &ada, Plan::PremiumUser).await;
    workers.stop().await;
}

/// Who is on the way to pay while the account is shut, or is gone by then, ends up with nothing that can be paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_pay_for_an_account_that_goes() {
    let (stage, provider, ada, _) = with(Provider::default()).await;
    let stays = stage.user("bob@gas.test").await;
    stage.desk().subscribe(&stays).await.unwrap();
    assert_eq!(*provider.ended.lock().unwrap(), []);
    stage.desk().delete_account(&ada, ada.user_email.as_str()).await.unwrap();
    let refused = stage.desk().subscribe(&ada).await.unwrap_err();
    assert!(matches!(refused, DeskError::AccountLeaving), "{refused}");
    assert_eq!(*provider.ended.lock().unwrap(), [ada.user_id]);

    let workers = stage.work();
    eventually("the account is gone", || async {
        let left = stage.ports.deletions.find(ada.user_id).await.unwrap();
        if left.is_none() { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    workers.stop().await;
    provider.ended.lock().unwrap().clear();
    let refused = stage.desk().subscribe(&ada).await.unwrap_err();
    assert!(matches!(refused, DeskError::AccountLeaving), "{refused}");
    assert_eq!(*provider.ended.lock().unwrap(), [ada.user_id]);
}
