//! What those who look after the service see and do: on the admin pages, and by `gas admin` on the server itself.
//!
//! Every act is recorded before it is done, so that none is ever done unrecorded; one that then fails is recorded as
//! failed, too. What people gave the service to annotate, and what came of it, is no business of administrators: they
//! see that a job is there and how it fares, not what is in its files.

mod letters;
mod people;
mod work;

use crate::{
    desk::{Desk, DeskError},
    id::{JobId, UserId},
    operation::{Mode, Standing},
    ports::{Actor, AuditEvent, Cursor, Page},
};

pub use self::{
    people::Person,
    work::{Overview, Search},
};

/// Most characters of a reason or a note.
const LONGEST_TEXT: usize = 500;

/// Why something is done to somebody or to something of theirs, in the words of who does it; it stands in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// A reason of at least one visible character.
    pub fn given(text: &str) -> Result<Self, DeskError> {
        let text = clean(text);
        if text.is_empty() { Err(DeskError::NoReason) } else { Ok(Self(text)) }
    }
}

/// One line of text, not too long.
fn clean(text: &str) -> String {
    let plain = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(LONGEST_TEXT).collect::<String>().trim().to_owned()
}

/// The service, to somebody who looks after it.
pub struct Administration {
    desk: Desk,
    by: Actor,
}

impl Desk {
    /// The service to that actor, of whom it is known that they may look after it.
    pub fn administration(&self, by: Actor) -> Administration {
        Administration { desk: self.clone(), by }
    }
}

/// An act that is about to be done.
struct Act<'a> {
    action: &'a str,
    upon: Option<UserId>,
    job: Option<JobId>,
    detail: String,
}

impl Administration {
    /// How the service stands.
    pub async fn standing(&self) -> Result<Standing, DeskError> {
        Ok(self.desk.ports.operation.standing().await?)
    }

    /// Has the service stand otherwise, in all its processes within about a second.
    pub async fn set_mode(&self, mode: Mode, note: &str) -> Result<(), DeskError> {
        let note = clean(note);
        let detail =
            if note.is_empty() { mode.as_str().to_owned() } else { format!("{}: {note}", mode.as_str()) };
        let standing = Standing { mode, note, since: Some(self.desk.ports.clock.now()) };
        let act = Act { action: "mode_changed", upon: None, job: None, detail };
        let changed =
            self.recorded(act, async { Ok(self.desk.ports.operation.set_standing(&standing).await?) });
        changed.await?;
        self.desk.standing.look_again();
        Ok(())
    }

    /// What was done by those who look after the service, newest first.
    pub async fn acts(&self, cursor: Option<&Cursor>, limit: u32) -> Result<Page<AuditEvent>, DeskError> {
        Ok(self.desk.ports.audit.privileged(cursor, limit).await?)
    }

    /// Does something unless nothing is to be changed at present.
    async fn act<T>(
        &self,
        act: Act<'_>,
        work: impl Future<Output = Result<T, DeskError>>,
    ) -> Result<T, DeskError> {
        let standing = self.standing().await?;
        if standing.mode == Mode::ReadOnly {
            return Err(DeskError::ReadOnly { note: standing.note });
        }
        self.recorded(act, work).await
    }

    async fn recorded<T>(
        &self,
        act: Act<'_>,
        work: impl Future<Output = Result<T, DeskError>>,
    ) -> Result<T, DeskError> {
        let mut event = AuditEvent {
            at: self.desk.ports.clock.now(),
            user_id: act.upon,
            job_id: act.job,
            action: act.action.to_owned(),
            by: self.by,
            detail: act.detail,
        };
        self.desk.ports.audit.record(&event).await?;
        let done = work.await;
        if done.is_err() {
            event.action.push_str("_failed");
            event.at = self.desk.ports.clock.now();
            if let Err(error) = self.desk.ports.audit.record(&event).await {
                tracing::error!(?error, action = event.action, "recording that an act failed failed, too");
            }
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something_in_one_line() {
        assert_eq!(Reason::given(" asked by\r\nmail \u{0}").unwrap(), Reason("asked by  mail".to_owned()));
        for nothing in ["", " ", "\n\t\u{0}"] {
            assert!(matches!(Reason::given(nothing), Err(DeskError::NoReason)), "{nothing:?}");
        }
        assert_eq!(Reason::given(&"🧬".repeat(1000)).unwrap().0.chars().count(), LONGEST_TEXT);
    }
}
