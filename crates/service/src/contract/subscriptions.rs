//! What is kept of users at the payment provider.

use jiff::Timestamp;

use super::{
    Fixture,
    samples::{address, race, seconds},
};
use crate::{
    account::User,
    id::{CustomerId, NoticeId, SubscriptionId, UserId},
    plan::Plan,
    ports::{Ports, Settled},
    subscription::{Standing, Subscribed, SubscriptionRecord},
};

async fn somebody(ports: &Ports) -> User {
    ports.accounts.user_of_email(&address(), ports.clock.now()).await.unwrap()
}

/// A customer that nobody else has.
fn customer() -> CustomerId {
    CustomerId(format!("cus_{}", UserId::generate()))
}

fn fresh(user: &User) -> SubscriptionRecord {
    SubscriptionRecord::new(user.user_id, customer())
}

/// The same with everything that a record can say. Times are as exact as any.
fn full(record: &SubscriptionRecord, now: Timestamp) -> SubscriptionRecord {
    SubscriptionRecord {
        subscribed: Some(Subscribed {
            subscription_id: SubscriptionId("sub_it's \"quoted\"".to_owned()),
            standing: Standing::PastDue,
            period_end: Some(now + seconds(2_592_000)),
            cancels_at_period_end: true,
        }),
        grace_until: Some(now + seconds(604_800)),
        attend_at: Some(now + seconds(86_400)),
        ..record.clone()
    }
}

async fn settled(ports: &Ports, record: &SubscriptionRecord, plan: Option<Plan>) -> SubscriptionRecord {
    match ports.subscriptions.settle(record, plan, ports.clock.now()).await.unwrap() {
        Settled::Written(record) => record,
        Settled::Conflict => panic!("{record:?} is in conflict"),
    }
}

async fn plan_of(ports: &Ports, user: &User) -> Plan {
    ports.accounts.user(user.user_id).await.unwrap().unwrap().plan
}

/// Whatever a record says, by its user and by its customer; and nothing of what was said before stays behind.
pub async fn a_record_comes_back_as_it_was(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let record = fresh(&user);
    assert_eq!(ports.subscriptions.find(user.user_id).await.unwrap(), None);
    assert_eq!(ports.subscriptions.of_customer(&record.customer_id).await.unwrap(), None);
    let mut kept = settled(&ports, &record, None).await;
    assert_eq!(kept, SubscriptionRecord { revision: kept.revision, ..record.clone() });
    for said in [full(&record, ports.clock.now()), record.clone(), full(&record, ports.clock.now())] {
        let next =
            settled(&ports, &SubscriptionRecord { revision: kept.revision, ..said.clone() }, None).await;
        assert!(next.revision > kept.revision);
        assert_eq!(next, SubscriptionRecord { revision: next.revision, ..said });
        assert_eq!(ports.subscriptions.find(user.user_id).await.unwrap(), Some(next.clone()));
        assert_eq!(ports.subscriptions.of_customer(&record.customer_id).await.unwrap(), Some(next.clone()));
        kept = next;
    }
    assert_eq!(ports.subscriptions.of_customer(&customer()).await.unwrap(), None);
}

/// The plan is written with the record, or neither; without a plan the user's stays.
pub async fn the_plan_is_written_with_the_record(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let first = settled(&ports, &fresh(&user), Some(Plan::PremiumUser)).await;
    assert_eq!(plan_of(&ports, &user).await, Plan::PremiumUser);
    let second = settled(&ports, &full(&first, ports.clock.now()), None).await;
    assert_eq!(plan_of(&ports, &user).await, Plan::PremiumUser);
    let now = ports.clock.now();
    let stale = ports.subscriptions.settle(&first, Some(Plan::FreeUser), now).await.unwrap();
    assert_eq!(stale, Settled::Conflict);
    assert_eq!(plan_of(&ports, &user).await, Plan::PremiumUser, "a refused write writes nothing");
    assert_eq!(ports.subscriptions.find(user.user_id).await.unwrap(), Some(second.clone()));
    settled(&ports, &second, Some(Plan::FreeUser)).await;
    assert_eq!(plan_of(&ports, &user).await, Plan::FreeUser);
}

/// Of many who read the same record one writes.
pub async fn of_many_writers_one_wins(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let first = settled(&ports, &fresh(&user), None).await;
    for record in [first, fresh(&user)] {
        let written = race(8, |number| {
            let (ports, record) = (fixture.ports(), record.clone());
            let plan = [Plan::FreeUser, Plan::PremiumUser][number % 2];
            async move { ports.subscriptions.settle(&record, Some(plan), ports.clock.now()).await.unwrap() }
        })
        .await;
        let won = written.iter().filter(|settled| matches!(settled, Settled::Written(_))).count();
        // The second record is new, as if there were none yet.
        assert_eq!(won, usize::from(record.revision > 0));
    }
    let other = somebody(&ports).await;
    let made = race(8, |_| {
        let (ports, record) = (fixture.ports(), fresh(&other));
        async move { ports.subscriptions.settle(&record, None, ports.clock.now()).await.unwrap() }
    })
    .await;
    assert_eq!(made.iter().filter(|settled| matches!(settled, Settled::Written(_))).count(), 1);
}

/// A record belongs to a user who is there.
pub async fn nothing_is_written_for_nobody(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let nobody = User { user_id: UserId::generate(), ..somebody(&ports).await };
    for plan in [None, Some(Plan::PremiumUser)] {
        let written = ports.subscriptions.settle(&fresh(&nobody), plan, ports.clock.now()).await.unwrap();
        assert_eq!(written, Settled::Conflict);
    }
    assert_eq!(ports.subscriptions.find(nobody.user_id).await.unwrap(), None);
    assert_eq!(ports.accounts.user(nobody.user_id).await.unwrap(), None);
}

/// A user who is a new customer is found by the new one only.
pub async fn a_customer_can_be_replaced(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let user = somebody(&ports).await;
    let first = settled(&ports, &fresh(&user), None).await;
    let second = SubscriptionRecord { customer_id: customer(), ..first.clone() };
    let second = settled(&ports, &second, None).await;
    assert_eq!(ports.subscriptions.of_customer(&second.customer_id).await.unwrap(), Some(second));
    assert_eq!(ports.subscriptions.of_customer(&first.customer_id).await.unwrap(), None);
}

/// Only those whose time has come, and at most so many.
pub async fn due_records_come_longest_overdue_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let mut records = Vec::new();
    for attend in [Some(20), Some(10), None, Some(60), Some(30)] {
        let user = somebody(&ports).await;
        let attend_at = attend.map(|later| now + seconds(later));
        records.push(settled(&ports, &SubscriptionRecord { attend_at, ..fresh(&user) }, None).await);
    }
    let [second, first, _, _, third] = &records[..] else { panic!() };
    assert_eq!(ports.subscriptions.due(now, 10).await.unwrap(), []);
    let due = ports.subscriptions.due(now + seconds(30), 10).await.unwrap();
    assert_eq!(due, [first.clone(), second.clone(), third.clone()]);
    assert_eq!(ports.subscriptions.due(now + seconds(30), 2).await.unwrap(), [first.clone(), second.clone()]);
    settled(&ports, &SubscriptionRecord { attend_at: None, ..first.clone() }, None).await;
    assert_eq!(ports.subscriptions.due(now + seconds(10), 10).await.unwrap(), []);
}

/// What is forgotten can be begun anew, and whoever still has the old record cannot write it.
pub async fn a_record_can_be_forgotten(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, other) = (somebody(&ports).await, somebody(&ports).await);
    let kept = settled(&ports, &full(&fresh(&user), ports.clock.now()), None).await;
    let others = settled(&ports, &fresh(&other), None).await;
    for _ in 0..2 {
        ports.subscriptions.forget(user.user_id).await.unwrap();
    }
    assert_eq!(ports.subscriptions.find(user.user_id).await.unwrap(), None);
    assert_eq!(ports.subscriptions.of_customer(&kept.customer_id).await.unwrap(), None);
    assert_eq!(ports.subscriptions.due(Timestamp::MAX, 10).await.unwrap(), []);
    let late = ports.subscriptions.settle(&kept, Some(Plan::PremiumUser), ports.clock.now()).await.unwrap();
    assert_eq!(late, Settled::Conflict);
    assert_eq!(plan_of(&ports, &user).await, Plan::FreeUser);
    assert_eq!(ports.subscriptions.find(other.user_id).await.unwrap(), Some(others));
    settled(&ports, &fresh(&user), None).await;
}

/// A notice is remembered until its end; noting it twice is fine.
pub async fn notices_are_remembered_for_a_while(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let now = ports.clock.now();
    let notice = |name: &str| NoticeId(format!("evt_{name}_{}", UserId::generate()));
    let (kept, ended, never) = (notice("kept"), notice("it's \"ended\""), notice("never"));
    for _ in 0..2 {
        ports.subscriptions.note_seen(&kept, now + seconds(3600)).await.unwrap();
        ports.subscriptions.note_seen(&ended, now + seconds(2)).await.unwrap();
    }
    for (seen, notice) in [(true, &kept), (true, &ended), (false, &never)] {
        assert_eq!(ports.subscriptions.has_seen(notice).await.unwrap(), seen);
    }
    fixture.pass(seconds(3)).await;
    ports.subscriptions.forget_seen(ports.clock.now()).await.unwrap();
    // Forgetting may be the back end's own affair and take its time; it must not take what is to be kept.
    assert!(ports.subscriptions.has_seen(&kept).await.unwrap());
}
