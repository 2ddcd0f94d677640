//! What the templates tell, as text that is safe on one line.

use jiff::Timestamp;

use crate::{
    deletion::Deletion,
    job::{Failure, Job},
    notation::grouped,
    settings::SiteSettings,
};

/// What the templates tell; a fact that a letter does not need is empty.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) site: String,
    pub(super) link: String,
    pub(super) subscribe: String,
    pub(super) name: String,
    pub(super) records: String,
    pub(super) reference: String,
    /// Until when the link works, or the result can be downloaded.
    pub(super) time: String,
    pub(super) code: String,
    /// Where in the input the fault is, such as ` (line 4, column 2)`.
    pub(super) place: String,
    pub(super) cause: String,
    pub(super) remedy: String,
    /// Names the deletion of an account.
    pub(super) receipt: String,
    /// What was deleted, as words and numbers.
    pub(super) deleted: Vec<(&'static str, String)>,
}

impl Facts {
    pub(super) fn of_link(path: &str, expires: Timestamp, site: &SiteSettings) -> Self {
        let link = format!("{}{path}", site.address);
        Self { site: site.address.clone(), link, time: in_words(expires), ..Self::default() }
    }

    pub(super) fn of_deletion(deletion: &Deletion, site: &SiteSettings) -> Self {
        let tally = deletion.tally.unwrap_or_default();
        let or_none = |time: Option<Timestamp>| time.map_or_else(|| "none".to_owned(), in_words);
        Self {
            site: site.address.clone(),
            time: in_words(deletion.begun),
            receipt: deletion.deletion_id.to_string(),
            deleted: vec![
                ("Jobs", grouped(tally.jobs)),
                ("Files", grouped(tally.files)),
                ("Archived results", grouped(tally.archives)),
                ("Bytes", grouped(tally.bytes)),
                ("First job", or_none(tally.first)),
                ("Last job", or_none(tally.last)),
            ],
            ..Self::default()
        }
    }

    pub(super) fn of_job(job: &Job, site: &SiteSettings) -> Self {
        let failure = job.failure.as_ref();
        let told =
            |of: fn(&Failure) -> &String| failure.map(|failure| plain(of(failure), 500)).unwrap_or_default();
        Self {
            site: site.address.clone(),
            link: format!("{}/annotations/{}", site.address, job.job_id),
            subscribe: format!("{}/subscribe", site.address),
            name: plain(job.input_file_name.as_str(), 200),
            records: counted(job.progress.records),
            reference: plain(&job.reference, 100),
            time: job.archive_at.map(in_words).unwrap_or_default(),
            code: told(|failure| &failure.code),
            place: failure.map(place).unwrap_or_default(),
            cause: told(|failure| &failure.cause),
            remedy: told(|failure| &failure.remedy),
            ..Self::default()
        }
    }
}

/// Names and causes come from strangers' files. What could break a line, or turn the direction of the text after it
/// round, is replaced; what is too long is cut.
fn plain(text: &str, most: usize) -> String {
    let disturbs = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let mut plain: String =
        text.chars().take(most).map(|c| if disturbs(c) { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        plain.push('…');
    }
    plain
}

fn place(failure: &Failure) -> String {
    match (failure.line, failure.column) {
        (Some(line), Some(column)) => format!(" (line {}, column {column})", grouped(line)),
        (Some(line), None) => format!(" (line {})", grouped(line)),
        (None, _) => String::new(),
    }
}

fn counted(records: u64) -> String {
    if records == 1 { "1 record".to_owned() } else { format!("{} records", grouped(records)) }
}

/// A mail does not know its reader's time zone, so it names the one it uses.
fn in_words(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}
