//! The letters that the service writes: one screen each, with a link.

mod facts;

use askama::Template;
use jiff::Timestamp;

use self::facts::Facts;
use crate::{
    account::EmailAddress,
    deletion::Deletion,
    job::{Job, JobStatus},
    ports::Mail,
    settings::SiteSettings,
};

/// What there is to tell. Letters about a job go to the job's owner.
pub enum Letter<'a> {
    /// A one-time link to sign in.
    SignIn {
        /// To whom.
        to: &'a EmailAddress,
        /// Path and query of the link on this site.
        path: &'a str,
        /// When it stops working.
        expires: Timestamp,
    },
    /// A one-time link that shows an address to belong to somebody whom a provider vouches for.
    ConfirmAddress {
        /// To whom.
        to: &'a EmailAddress,
        /// Path and query of the link on this site.
        path: &'a str,
        /// When it stops working.
        expires: Timestamp,
    },
    /// A link to an address that a user wants to have.
    NewEmail {
        /// To whom: the new address.
        to: &'a EmailAddress,
        /// Path and query of the link on this site.
        path: &'a str,
        /// When it stops working.
        expires: Timestamp,
    },
    /// An account has another address now.
    EmailChanged {
        /// To whom: the former address.
        to: &'a EmailAddress,
        /// Since when.
        at: Timestamp,
    },
    /// An account and all that belonged to it are gone.
    AccountDeleted(&'a Deletion),
    /// A job has ended, well or badly.
    JobEnded(&'a Job),
    /// A result has moved to cold storage.
    ResultArchived(&'a Job),
    /// A result is back.
    ResultRestored(&'a Job),
}

impl Letter<'_> {
    /// The letter as a mail.
    pub fn render(&self, site: &SiteSettings) -> Result<Mail, askama::Error> {
        match self {
            Self::SignIn { to, path, expires } => sign_in::mail(to, &Facts::of_link(path, *expires, site)),
            Self::ConfirmAddress { to, path, expires } => {
                confirm_address::mail(to, &Facts::of_link(path, *expires, site))
            }
            Self::NewEmail { to, path, expires } => {
                new_email::mail(to, &Facts::of_link(path, *expires, site))
            }
            Self::EmailChanged { to, at } => email_changed::mail(to, &Facts::of_link("/profile", *at, site)),
            Self::AccountDeleted(deletion) => {
                account_deleted::mail(&deletion.email, &Facts::of_deletion(deletion, site))
            }
            Self::JobEnded(job) if job.job_status == JobStatus::Completed => {
                job_completed::mail(&job.user_email, &Facts::of_job(job, site))
            }
            Self::JobEnded(job) => job_failed::mail(&job.user_email, &Facts::of_job(job, site)),
            Self::ResultArchived(job) => result_archived::mail(&job.user_email, &Facts::of_job(job, site)),
            Self::ResultRestored(job) => result_restored::mail(&job.user_email, &Facts::of_job(job, site)),
        }
    }
}

/// A message is a folder of three templates. The `.html` one escapes what it is given; the other two are text.
macro_rules! message {
    ($name:ident, $subject:literal, $text:literal, $html:literal) => {
        mod $name {
            use super::{EmailAddress, Facts, Mail, Template};

            #[derive(Template)]
            #[template(path = $subject)]
            struct Subject<'f> {
                #[allow(dead_code, clippy::allow_attributes, reason = "some subjects need no facts")]
                facts: &'f Facts,
            }

            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'f> {
                facts: &'f Facts,
            }

            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'f> {
                facts: &'f Facts,
            }

            pub(super) fn mail(to: &EmailAddress, facts: &Facts) -> Result<Mail, askama::Error> {
                Ok(Mail {
                    to: to.clone(),
                    subject: Subject { facts }.render()?.trim().to_owned(),
                    text: Text { facts }.render()?,
                    html: Html { facts }.render()?,
                })
            }
        }
    };
}

message!(sign_in, "mail/sign_in/subject.txt", "mail/sign_in/body.txt", "mail/sign_in/body.html");
message!(new_email, "mail/new_email/subject.txt", "mail/new_email/body.txt", "mail/new_email/body.html");
message!(
    email_changed,
    "mail/email_changed/subject.txt",
    "mail/email_changed/body.txt",
    "mail/email_changed/body.html"
);
message!(
    account_deleted,
    "mail/account_deleted/subject.txt",
    "mail/account_deleted/body.txt",
    "mail/account_deleted/body.html"
);
message!(
    confirm_address,
    "mail/confirm_address/subject.txt",
    "mail/confirm_address/body.txt",
    "mail/confirm_address/body.html"
);
message!(
    job_completed,
    "mail/job_completed/subject.txt",
    "mail/job_completed/body.txt",
    "mail/job_completed/body.html"
);
message!(job_failed, "mail/job_failed/subject.txt", "mail/job_failed/body.txt", "mail/job_failed/body.html");
message!(
    result_archived,
    "mail/result_archived/subject.txt",
    "mail/result_archived/body.txt",
    "mail/result_archived/body.html"
);
message!(
    result_restored,
    "mail/result_restored/subject.txt",
    "mail/result_restored/body.txt",
    "mail/result_restored/body.html"
);

#[cfg(test)]
mod tests;
