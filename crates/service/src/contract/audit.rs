//! Who did what, when.

use super::{Fixture, samples::seconds};
use crate::{
    id::{JobId, UserId},
    ports::{Actor, AuditEvent, Cursor},
};

/// Each user's own, newest first.
pub async fn events_come_back_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, now) = (UserId::generate(), ports.clock.now());
    let event = |later, user_id, job_id, action: &str| AuditEvent {
        job_id,
        ..AuditEvent::of_user(user_id, action, now + seconds(later))
    };
    let first = event(0, user, None, "signed_in");
    let last = event(2, user, Some(JobId::generate()), "submitted");
    for event in [&last, &first, &event(1, UserId::generate(), None, "signed_in")] {
        ports.audit.record(event).await.unwrap();
    }
    assert_eq!(ports.audit.recent(user, 10).await.unwrap(), [last, first]);
}

/// The newest are those that come.
pub async fn at_most_so_many_events_come_back(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, now) = (UserId::generate(), ports.clock.now());
    for number in 0..5 {
        let event = AuditEvent::of_user(user, format!("action_{number}"), now + seconds(number));
        ports.audit.record(&event).await.unwrap();
    }
    let recent = ports.audit.recent(user, 2).await.unwrap();
    let actions: Vec<_> = recent.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["action_4", "action_3"]);
    assert!(ports.audit.privileged(None, 10).await.unwrap().items.is_empty(), "none of it was privileged");
}

/// Upon one user, upon nobody, by whomever, in different months: all of them, and they stand in the trail of whom
/// they concern as well.
pub async fn privileged_acts_are_listed_across_users(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (admin, user, now) = (UserId::generate(), UserId::generate(), ports.clock.now());
    let days = |count: u64| seconds(count * 24 * 60 * 60);
    let act = |before: u64, user_id, by, action: &str| AuditEvent {
        at: now - days(before),
        user_id,
        job_id: Some(JobId::generate()),
        action: action.to_owned(),
        by,
        detail: "it's \"asked\" for: 🧬".to_owned(),
    };
    let acts = [
        act(0, Some(user), Actor::Admin(admin), "plan_changed"),
        act(0, None, Actor::CommandLine, "mode_changed"),
        act(1, Some(admin), Actor::Admin(admin), "mode_changed"),
        act(40, Some(user), Actor::CommandLine, "made_admin"),
        act(400, Some(user), Actor::Admin(admin), "job_cancelled"),
    ];
    for act in acts.iter().rev() {
        ports.audit.record(act).await.unwrap();
    }
    for by in [Actor::Oneself, Actor::Service] {
        let event = AuditEvent { by, ..AuditEvent::of_user(user, "signed_in", now) };
        ports.audit.record(&event).await.unwrap();
    }
    let (mut listed, mut cursor): (Vec<AuditEvent>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = ports.audit.privileged(cursor.as_ref(), 2).await.unwrap();
        assert!(page.items.len() <= 2);
        listed.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    // Two of the same instant come in either order.
    listed[..2].sort_by_key(|act| act.user_id.is_none());
    assert_eq!(listed, acts);
    let recent = ports.audit.recent(user, 10).await.unwrap();
    assert_eq!(recent.len(), 5);
    assert_eq!(recent[3..], [acts[3].clone(), acts[4].clone()]);
    let senseless = Cursor("no such place".to_owned());
    assert!(ports.audit.privileged(Some(&senseless), 2).await.unwrap().items.is_empty());
}
