//! The front desk: everything a person or a program may ask of the service, in one place.
//!
//! Pages and the API are two faces of these functions. The owner of a job is checked here and nowhere
//! else: [`Desk::owned_job`] is the only way from an identifier to a job.

mod billing;
mod deletion;
mod export;
mod files;
mod identities;
mod jobs;
mod last_use;
mod plan;
mod profile;
mod quota;
mod references;
mod sign_in;
mod submit;
mod tokens;
mod variants;

use std::{path::PathBuf, sync::Arc};

use bytesize::ByteSize;
use jiff::SignedDuration;

pub use self::{
    files::{Download, FileKind},
    identities::{AddressInDoubt, Arrival, SetOut, Vouched},
    jobs::Waiting,
    sign_in::{Invitation, SignedIn},
    tokens::{MOST_TOKENS, Presented},
};
use crate::{
    account::{InvalidEmail, User},
    export::Exports,
    id::JobId,
    mail::Letter,
    operation::Watch,
    ports::{AuditEvent, BackendError, ObjectStoreError, Ports, RefusedNotice, ReplaceError},
    rendering::{RenderError, Renderer},
    settings::Settings,
    upload::InvalidFileName,
};

/// The front desk.
#[derive(Clone)]
pub struct Desk {
    /// What the desk works with.
    pub ports: Ports,
    /// How it is set up.
    pub settings: Arc<Settings>,
    /// What makes other formats of results.
    pub renderer: Renderer,
    /// How the service stands.
    pub standing: Arc<Watch>,
    exports: Exports,
}

/// Why the desk did not do as asked. [`DeskError::code`] is stable; the text is for people.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum DeskError {
    #[error("there is no such job; it may have been deleted, or belong to another account")]
    NoSuchJob,
    #[error("there is no such upload; it may have expired. Choose the file again")]
    NoSuchUpload,
    #[error(transparent)]
    FileName(#[from] InvalidFileName),
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    #[error("the link has been used or has expired; ask for a new one")]
    StaleLink,
    #[error(
        "signing in by a mailed link is switched off here; choose one of the buttons on the sign-in page"
    )]
    EmailLinksOff,
    #[error("this way of signing in has been used or has expired; begin again on the sign-in page")]
    StaleAttempt,
    #[error(
        "this was begun in another browser, so nothing was done here; go on in the browser where you began, or begin again in this one"
    )]
    OtherBrowser,
    #[error(
        "that identity belongs to another account here; sign in with it and disconnect it there first, or use another"
    )]
    IdentityTaken,
    #[error("this is your only way to sign in; connect another one before you disconnect it")]
    LastWayIn,
    #[error("this link is for another account, so nothing was done; sign in with that one and open it again")]
    OtherAccount,
    #[error("that is your address already")]
    SameEmail,
    #[error("another account has that address; sign in with it, or choose another address")]
    EmailTaken,
    #[error("you have {MOST_TOKENS} API tokens, which is the most; revoke one that you no longer need")]
    TooManyTokens,
    #[error("another export of yours is under way; let it end first")]
    ExportRunning,
    #[error("type your e-mail address exactly to confirm; nothing was deleted")]
    OtherEmailTyped,
    #[error("this account is being deleted; when that is done, sign in again to begin anew")]
    AccountLeaving,
    #[error("`{name}` has more than {limit} bytes, the most that the {plan} plan takes{advice}")]
    TooLarge { name: String, limit: u64, plan: &'static str, advice: &'static str },
    #[error(
        "{used} of your jobs have not ended yet, and the {plan} plan takes {limit} at once; wait until one ends, or cancel one{advice}"
    )]
    TooManyJobs { limit: u64, used: u64, plan: &'static str, advice: &'static str },
    #[error(
        "{used} of your jobs were accepted today, and the {plan} plan takes {limit} a day; wait until midnight UTC, which is in {begins_in:#}{advice}"
    )]
    TooManyJobsToday {
        limit: u64,
        used: u64,
        plan: &'static str,
        begins_in: SignedDuration,
        advice: &'static str,
    },
    #[error(
        "`{name}` does not fit: your jobs' files take {used} of the {limit} that the {plan} plan keeps; delete jobs that you no longer need{advice}"
    )]
    StorageFull { name: String, limit: ByteSize, used: ByteSize, plan: &'static str, advice: &'static str },
    #[error(
        "you have {limit} uploads that are not yet jobs, and no more are taken at once; submit them, or wait until they are swept away"
    )]
    TooManyUploads { limit: u32 },
    #[error("the file is empty; choose one with at least a header line")]
    EmptyFile,
    #[error("the upload broke off before its end; send the file again")]
    BrokenOff,
    #[error("the file has not arrived yet; upload it before submitting")]
    NotUploaded,
    #[error("this server has no reference called `{name}`; it has {known}")]
    NoSuchReference { name: String, known: String },
    #[error("the job has not finished; its state is {0}")]
    NotFinished(&'static str),
    #[error("the job has already ended; its state is {0}")]
    AlreadyEnded(&'static str),
    #[error("the job failed and has no result; its page and its log say why")]
    NoResult,
    #[error("the result is in the archive; the premium plan brings it back")]
    Archived,
    #[error("the result is being restored from the archive; come back in a while")]
    Thawing,
    #[error("the result is no longer kept; run the job again")]
    Expired,
    #[error("the input is no longer kept; upload the file again")]
    InputGone,
    #[error("the cursor belongs to another query; begin again without it")]
    InvalidCursor,
    #[error("the result is too large to be sorted here; narrow the filter, or ask for the order of the file")]
    TooLargeToSort,
    #[error("too many downloads are being converted at the moment; try again in a minute")]
    Busy,
    #[error("there is no subscription to manage yet; subscribe first")]
    NoSubscription,
    #[error(transparent)]
    Notice(RefusedNotice),
    #[error(
        "{}",
        told("no new jobs are taken at the moment; those that were submitted are worked off", note)
    )]
    Draining { note: String },
    #[error(
        "{}",
        told("nothing can be changed at the moment; you can look at everything and download", note)
    )]
    ReadOnly { note: String },
    #[error("there is no such user")]
    NoSuchUser,
    #[error("this is the last administrator; make another one first")]
    LastAdministrator,
    #[error("there is no such dead letter; it may have been dealt with meanwhile")]
    NoSuchLetter,
    #[error("say why: the reason stands in the audit log")]
    NoReason,
    #[error("that change collided with another; try again")]
    Conflict,
    #[error("the server could not do this now; try again in a minute")]
    Backend(#[source] anyhow::Error),
}

impl DeskError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchJob => "no_such_job",
            Self::NoSuchUpload => "no_such_upload",
            Self::FileName(_) => "invalid_file_name",
            Self::Email(_) => "invalid_email",
            Self::StaleLink => "stale_link",
            Self::EmailLinksOff => "email_links_off",
            Self::StaleAttempt => "stale_attempt",
            Self::OtherBrowser => "other_browser",
            Self::IdentityTaken => "identity_taken",
            Self::LastWayIn => "last_way_in",
            Self::OtherAccount => "other_account",
            Self::SameEmail => "same_email",
            Self::EmailTaken => "email_taken",
            Self::TooManyTokens => "too_many_tokens",
            Self::ExportRunning => "export_running",
            Self::OtherEmailTyped => "other_email_typed",
            Self::AccountLeaving => "account_leaving",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyJobs { .. } => "too_many_jobs",
            Self::TooManyJobsToday { .. } => "too_many_jobs_today",
            Self::StorageFull { .. } => "storage_full",
            Self::TooManyUploads { .. } => "too_many_uploads",
            Self::EmptyFile => "empty_file",
            Self::BrokenOff => "upload_broken_off",
            Self::NotUploaded => "not_uploaded",
            Self::NoSuchReference { .. } => "no_such_reference",
            Self::NotFinished(_) => "not_finished",
            Self::AlreadyEnded(_) => "already_ended",
            Self::NoResult => "no_result",
            Self::Archived => "archived",
            Self::Thawing => "thawing",
            Self::Expired => "expired",
            Self::InputGone => "input_gone",
            Self::InvalidCursor => "invalid_cursor",
            Self::TooLargeToSort => "too_large_to_sort",
            Self::Busy => "busy",
            Self::NoSubscription => "no_subscription",
            Self::Notice(RefusedNotice::NoProvider) => "no_payment_provider",
            Self::Notice(RefusedNotice::Signature(_)) => "invalid_signature",
            Self::Notice(RefusedNotice::Unreadable(_)) => "unreadable_notice",
            Self::Draining { .. } => "draining",
            Self::ReadOnly { .. } => "read_only",
            Self::NoSuchUser => "no_such_user",
            Self::LastAdministrator => "last_administrator",
            Self::NoSuchLetter => "no_such_letter",
            Self::NoReason => "no_reason",
            Self::Conflict => "conflict",
            Self::Backend(_) => "unavailable",
        }
    }
}

/// With the note of whoever decided so, if there is one.
fn told(what: &str, note: &str) -> String {
    if note.is_empty() { what.to_owned() } else { format!("{what}. {note}") }
}

impl From<BackendError> for DeskError {
    fn from(error: BackendError) -> Self {
        Self::Backend(error.into())
    }
}

impl From<ReplaceError> for DeskError {
    fn from(error: ReplaceError) -> Self {
        match error {
            ReplaceError::Conflict(_) => Self::Conflict,
            ReplaceError::Backend(error) => error.into(),
        }
    }
}

impl From<RenderError> for DeskError {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Busy => Self::Busy,
            RenderError::Failed(error) => Self::Backend(error),
        }
    }
}

impl From<ObjectStoreError> for DeskError {
    fn from(error: ObjectStoreError) -> Self {
        match error {
            ObjectStoreError::BrokenOff(_) => Self::BrokenOff,
            other => Self::Backend(other.into()),
        }
    }
}

impl Desk {
    /// A desk on these ports. `program` is this very program, for the children that make other formats of results.
    pub fn new(ports: Ports, settings: Arc<Settings>, program: PathBuf) -> Self {
        let renderer = Renderer::new(program, &settings);
        let standing = Arc::new(Watch::new(Arc::clone(&ports.operation)));
        Self { ports, settings, renderer, standing, exports: Exports::default() }
    }

    async fn audit(&self, user: &User, job: Option<JobId>, action: &str) -> Result<(), DeskError> {
        let event = AuditEvent::of_user(user.user_id, action, self.ports.clock.now());
        Ok(self.ports.audit.record(&AuditEvent { job_id: job, ..event }).await?)
    }

    async fn mail(&self, letter: &Letter<'_>) -> Result<(), DeskError> {
        let mail = letter.render(&self.settings.site).map_err(|error| DeskError::Backend(error.into()))?;
        Ok(self.ports.mailer.send(&mail).await?)
    }
}
