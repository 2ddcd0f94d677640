//! Tells owners what became of their jobs.

use std::time::Duration;

use anyhow::Context as _;

use super::{
    Environment, Handled,
    row::{Changed, change},
    settle::{change_and_settle, owes_mail},
};
use crate::{
    failpoint,
    job::{Job, Refusal},
    mail::Letter,
    message::Message,
};

/// Mails what the message says. A mail that went out just before a crash goes out once more, never not at all.
pub(super) async fn notify(environment: &Environment, message: &Message) -> anyhow::Result<Handled> {
    let (Message::JobEnded { job_id }
    | Message::ResultArchived { job_id }
    | Message::ResultRestored { job_id }) = message
    else {
        return Ok(Handled::Done);
    };
    let found = environment.ports.jobs.find(*job_id).await.context("reading the job")?;
    let Some(job) = found.filter(|job| !job.deleted) else { return Ok(Handled::Done) };
    // Mail goes where the owner reads it now; the job knows the address of its submission.
    let owner = environment.ports.accounts.user(job.user_id).await.context("reading the owner's address")?;
    let Some(owner) = owner else { return Ok(Handled::Done) };
    let job = Job { user_email: owner.user_email, ..job };
    match message {
        Message::ResultArchived { .. } => send(environment, &Letter::ResultArchived(&job)).await?,
        Message::ResultRestored { .. } => send(environment, &Letter::ResultRestored(&job)).await?,
        _ if owes_mail(&job) => return tell_end(environment, &job).await,
        _ => {}
    }
    Ok(Handled::Done)
}

/// The row says that the mail is being sent before it is, so that of two notifiers that get copies of one message one
/// sends it.
async fn tell_end(environment: &Environment, job: &Job) -> anyhow::Result<Handled> {
    let lease = environment.settings.workers.visibility;
    let now = environment.now();
    match change(environment, job.job_id, |row| row.begin_mailing(now, lease)).await? {
        Changed::Written(_) => {}
        // Should it die, the message comes again.
        Changed::Refused(Refusal::Leased(until), _) => {
            return Ok(Handled::Later(Duration::try_from(until.duration_since(now)).unwrap_or_default()));
        }
        Changed::Refused(..) | Changed::Gone => return Ok(Handled::Done),
    }
    if let Err(error) = send(environment, &Letter::JobEnded(job)).await {
        change(environment, job.job_id, |row| Ok(row.give_up_mailing())).await?;
        return Err(error);
    }
    failpoint::reached("notifier.mailed");
    change_and_settle(environment, job, |job| Ok(job.note_end_mailed())).await?;
    failpoint::reached("notifier.noted");
    Ok(Handled::Done)
}

async fn send(environment: &Environment, letter: &Letter<'_>) -> anyhow::Result<()> {
    let mail = letter.render(&environment.settings.site).context("writing the mail")?;
    environment.ports.mailer.send(&mail).await.context("sending the mail")?;
    metrics::counter!("gas_mails_total").increment(1);
    tracing::info!(subject = mail.subject, "mail sent");
    Ok(())
}
