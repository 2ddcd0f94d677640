//! Where a result is and what becomes of it, as its owner should hear it.

use gas_service::job::{Job, ResultPlace, RetrievalTier};
use jiff::Timestamp;

use crate::pages::moment::Countdown;

/// What is to be said about a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Situation {
    /// Nothing.
    Quiet,
    /// It goes to the archive soon.
    Leaving(Countdown),
    /// It is being moved to the archive.
    Archiving,
    /// It is in the archive.
    Archived,
    /// It is on its way back: by which tier and until when, if that is known already.
    Thawing(Option<(&'static str, Countdown)>),
    /// In the archive, but its owner has paid: it will be asked for at once.
    AboutToThaw,
    /// No longer kept.
    Expired,
}

pub(super) fn situation(job: &Job, is_premium: bool, now: Timestamp) -> Situation {
    let Some(place) = job.result_place else { return Situation::Quiet };
    match (place, job.archive_at) {
        (ResultPlace::Hot, Some(at)) if !is_premium => Situation::Leaving(Countdown::to(at, now)),
        (ResultPlace::Hot, _) => Situation::Quiet,
        (ResultPlace::Archiving | ResultPlace::Archived, _) if is_premium => Situation::AboutToThaw,
        (ResultPlace::Archiving, _) => Situation::Archiving,
        (ResultPlace::Archived, _) => Situation::Archived,
        (ResultPlace::Thawing, _) => Situation::Thawing(job.retrieval.as_ref().map(|retrieval| {
            let tier = match retrieval.tier {
                RetrievalTier::Expedited => "Expedited",
                RetrievalTier::Standard => "Standard",
            };
            (tier, Countdown::to(retrieval.expected, now))
        })),
        (ResultPlace::Expired, _) => Situation::Expired,
    }
}
