//! The letters that the service writes.

use jiff::Timestamp;

use crate::{account::EmailAddress, job::Job, ports::Mail, settings::SiteSettings};

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
        let (to, subject, path) = match self {
            Self::SignIn { to, path, .. } => ((*to).clone(), "Sign in".to_owned(), (*path).to_owned()),
            Self::JobEnded(job) | Self::ResultArchived(job) | Self::ResultRestored(job) => (
                job.user_email.clone(),
                format!("{} {}", job.input_file_name, job.job_status.as_str()),
                format!("/annotations/{}", job.job_id),
            ),
        };
        let text = format!("{}{path}\n", site.address);
        Ok(Mail { to, subject, html: text.clone(), text })
    }
}
