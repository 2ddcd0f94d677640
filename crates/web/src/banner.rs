//! What every page says at its head while the service does not do everything.

use gas_service::operation::{Mode, Standing};

tokio::task_local! {
    static CURRENT: Standing;
}

/// Has the pages that are made meanwhile say how the service stands.
pub(crate) async fn scope<T>(standing: Standing, made: impl Future<Output = T>) -> T {
    CURRENT.scope(standing, made).await
}

/// What is to be said at the head of a page.
pub(crate) struct Banner {
    /// What is not done.
    pub(crate) what: &'static str,
    /// Why, in the words of whoever decided so; may be empty.
    pub(crate) note: String,
}

impl Banner {
    /// What is to be said of that, if anything is.
    pub(crate) fn of(standing: Standing) -> Option<Self> {
        let what = match standing.mode {
            Mode::Open => return None,
            Mode::Drain => {
                "No new jobs are taken at the moment. What was submitted is worked off, and everything else goes on."
            }
            Mode::ReadOnly => {
                "Nothing can be changed at the moment. You can look at everything and download as ever."
            }
        };
        Some(Self { what, note: standing.note })
    }
}

/// The banner of the request under way, if it has one.
pub(crate) fn current() -> Option<Banner> {
    Banner::of(CURRENT.try_with(Clone::clone).ok()?)
}
