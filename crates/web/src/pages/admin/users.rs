use askama::Template;
use gas_service::{account::User, notation::percent_encoded, ports::Cursor};
use serde::Deserialize;

use super::{Administrator, Here};
use crate::{
    pages::{Page, frame::Frame, moment::Moment, show},
    strict::StrictQuery,
};

/// Users of one page.
const AT_ONCE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    #[serde(default)]
    begins: String,
    cursor: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/users.html")]
struct UsersPage {
    frame: Frame,
    here: Here,
    begins: String,
    users: Vec<UserRow>,
    first: Option<String>,
    next: Option<String>,
}

struct UserRow {
    id: String,
    email: String,
    name: String,
    institution: String,
    plan: &'static str,
    admin: bool,
    created: Moment,
}

impl UserRow {
    fn of(user: &User) -> Self {
        Self {
            id: user.user_id.to_string(),
            email: user.user_email.to_string(),
            name: user.name.clone(),
            institution: user.institution.clone(),
            plan: user.plan.title(),
            admin: user.admin,
            created: Moment(user.created),
        }
    }
}

pub(super) async fn page(admin: Administrator, StrictQuery(query): StrictQuery<Query>) -> Page {
    let cursor = query.cursor.map(Cursor);
    let page = admin.users(&query.begins, cursor.as_ref(), AT_ONCE).await?;
    let first = format!("/admin/users?begins={}", percent_encoded(&query.begins));
    let next = page.next.map(|next| format!("{first}&cursor={}", percent_encoded(&next.0)));
    show(&UsersPage {
        frame: admin.frame("Users"),
        here: Here::Users,
        begins: query.begins,
        users: page.items.iter().map(UserRow::of).collect(),
        first: cursor.map(|_| first),
        next,
    })
}
