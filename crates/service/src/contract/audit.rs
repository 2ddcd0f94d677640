//! Who did what, when.

use super::{Fixture, samples::seconds};
use crate::{
    id::{JobId, UserId},
    ports::AuditEvent,
};

/// Each user's own, newest first.
pub async fn events_come_back_newest_first(fixture: &impl Fixture) {
    let ports = fixture.ports();
    let (user, now) = (UserId::generate(), ports.clock.now());
    let event = |later, user_id, job_id, action: &str| AuditEvent {
        at: now + seconds(later),
        user_id,
        job_id,
        action: action.to_owned(),
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
    let (user_id, now) = (UserId::generate(), ports.clock.now());
    for number in 0..5 {
        let action = format!("action_{number}");
        let event = AuditEvent { at: now + seconds(number), user_id, job_id: None, action };
        ports.audit.record(&event).await.unwrap();
    }
    let recent = ports.audit.recent(user_id, 2).await.unwrap();
    let actions: Vec<_> = recent.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["action_4", "action_3"]);
}
