use async_trait::async_trait;

use super::BackendError;
use crate::operation::Standing;

/// What the service does and does not do at present, for all of its processes.
#[async_trait]
pub trait Operation: Send + Sync {
    /// How it stands now; [`Standing::default`] until somebody said otherwise.
    async fn standing(&self) -> Result<Standing, BackendError>;

    /// Has it stand otherwise; durable when it returns. The last who says so is right.
    async fn set_standing(&self, standing: &Standing) -> Result<(), BackendError>;
}
