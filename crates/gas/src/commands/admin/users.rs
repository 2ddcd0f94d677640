use gas_service::{
    account::EmailAddress,
    ports::{Cursor, Page},
};
use serde_json::json;

use super::{Common, shown, with_administration};
use crate::terminal;

/// How many one look into the table gives.
const AT_ONCE: u32 = 100;

/// List users, by the beginning of their addresses.
#[derive(clap::Args)]
pub(crate) struct Users {
    /// How their addresses begin
    #[arg(long, value_name = "BEGINNING", default_value = "")]
    email: String,
    /// How many are listed at most
    #[arg(long, default_value_t = 1000)]
    most: usize,
    #[command(flatten)]
    common: Common,
}

impl Users {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let users = with_administration(&self.common.flags, async |administration| {
            let (mut users, mut cursor): (Vec<_>, Option<Cursor>) = (Vec::new(), None);
            loop {
                let page = administration.users(&self.email, cursor.as_ref(), AT_ONCE).await?;
                users.extend(page.items);
                cursor = page.next;
                if cursor.is_none() || users.len() >= self.most {
                    users.truncate(self.most);
                    return Ok(users);
                }
            }
        })?;
        if self.common.json {
            return shown::json(&users);
        }
        for user in &users {
            terminal::line(&shown::user_line(user))?;
        }
        Ok(())
    }
}

/// Show a user, with jobs and what was done by and to them.
#[derive(clap::Args)]
pub(crate) struct User {
    /// Whom
    email: EmailAddress,
    #[command(flatten)]
    common: Common,
}

impl User {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let person = with_administration(&self.common.flags, async |administration| {
            let user = administration.user_of_email(&self.email).await?;
            Ok(administration.person(user.user_id).await?)
        })?;
        let Page { items: jobs, .. } = &person.jobs;
        if self.common.json {
            let jobs: Vec<_> = jobs.iter().map(shown::JobShown::of).collect();
            let usage = json!({
                "jobs_at_once": person.usage.jobs_at_once, "jobs_today": person.usage.jobs_today,
                "stored_bytes": person.usage.stored_bytes,
            });
            return shown::json(
                &json!({ "user": person.user, "usage": usage, "jobs": jobs, "events": person.events }),
            );
        }
        terminal::line(&shown::user_line(&person.user))?;
        let (name, institution) = (shown::plain(&person.user.name), shown::plain(&person.user.institution));
        terminal::line(&format!(
            "plan {}  name {name}  institution {institution}",
            person.user.plan.as_str()
        ))?;
        let usage = &person.usage;
        terminal::line(&format!(
            "jobs under way {}  jobs today {}  stored bytes {}",
            usage.jobs_at_once, usage.jobs_today, usage.stored_bytes
        ))?;
        for job in jobs {
            terminal::line(&shown::job_line(job))?;
        }
        for event in &person.events {
            terminal::line(&shown::event_line(event))?;
        }
        Ok(())
    }
}
