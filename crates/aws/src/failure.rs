//! Failures of AWS in the words of the ports.

use std::error::Error;

use gas_service::ports::BackendError;

/// What went wrong, before it is said what was being done.
pub(crate) type Fault = Box<dyn Error + Send + Sync>;

/// Says what was being done when something failed.
pub(crate) trait WhileDoing<T> {
    /// The failure as a [`BackendError`], such as `` while_doing(|| format!("reading job `{id}`")) ``.
    fn while_doing(self, doing: impl FnOnce() -> String) -> Result<T, BackendError>;
}

impl<T, E: Into<Fault>> WhileDoing<T> for Result<T, E> {
    fn while_doing(self, doing: impl FnOnce() -> String) -> Result<T, BackendError> {
        self.map_err(|cause| BackendError::new(doing(), cause))
    }
}
