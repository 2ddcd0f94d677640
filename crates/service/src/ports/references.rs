use async_trait::async_trait;

use super::BackendError;
use crate::reference::InstalledReferences;

/// The references that jobs can be annotated against.
#[async_trait]
pub trait References: Send + Sync {
    /// Those there are now: one that was just installed is among them. Cheap enough to be asked with each page.
    async fn installed(&self) -> Result<InstalledReferences, BackendError>;
}

/// References that never change.
#[async_trait]
impl References for InstalledReferences {
    async fn installed(&self) -> Result<InstalledReferences, BackendError> {
        Ok(self.clone())
    }
}
