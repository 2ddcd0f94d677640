//! Events of the audit trail, as people read them.

use std::collections::HashMap;

use gas_service::{
    id::UserId,
    ports::{Actor, AuditEvent},
};

use crate::{app::App, error::WebError, pages::moment::Moment};

/// An event in a list.
pub(super) struct EventRow {
    pub(super) at: Moment,
    /// `plan_changed` as `plan changed`.
    pub(super) action: String,
    pub(super) by: Somebody,
    pub(super) upon: Option<Somebody>,
    pub(super) job: Option<String>,
    pub(super) detail: String,
}

/// Who did something, or whom it concerns.
pub(super) struct Somebody {
    pub(super) name: String,
    /// Of a user.
    pub(super) id: Option<String>,
}

/// With the addresses of those whom the events name, as they are now.
pub(super) async fn rows(app: &App, events: Vec<AuditEvent>) -> Result<Vec<EventRow>, WebError> {
    let mut names: HashMap<UserId, String> = HashMap::new();
    let mentioned = |event: &AuditEvent| {
        let by = if let Actor::Admin(admin) = event.by { Some(admin) } else { None };
        [by, event.user_id].into_iter().flatten().collect::<Vec<_>>()
    };
    for user in events.iter().flat_map(mentioned) {
        if names.contains_key(&user) {
            continue;
        }
        let found = app.desk.ports.accounts.user(user).await.map_err(gas_service::desk::DeskError::from)?;
        let name = found.map_or_else(|| "a deleted account".to_owned(), |user| user.user_email.to_string());
        names.insert(user, name);
    }
    let somebody = |user: UserId| Somebody {
        name: names.get(&user).cloned().unwrap_or_default(),
        id: Some(user.to_string()),
    };
    let nameless = |name: &str| Somebody { name: name.to_owned(), id: None };
    Ok(events
        .into_iter()
        .map(|event| EventRow {
            at: Moment(event.at),
            action: event.action.replace('_', " "),
            by: match event.by {
                Actor::Oneself => nameless("themselves"),
                Actor::Service => nameless("the service"),
                Actor::CommandLine => nameless("the command line"),
                Actor::Admin(admin) => somebody(admin),
            },
            upon: event.user_id.map(somebody),
            job: event.job_id.map(|job| job.to_string()),
            detail: event.detail,
        })
        .collect())
}
