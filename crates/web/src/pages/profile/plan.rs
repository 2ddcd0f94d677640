//! What one has subscribed to.

use gas_service::{account::User, plan::Plan};

/// The section.
pub(super) struct PlanSection {
    pub(super) title: &'static str,
    pub(super) is_free: bool,
}

impl PlanSection {
    pub(super) fn of(user: &User) -> Self {
        Self { title: user.plan.title(), is_free: user.plan == Plan::FreeUser }
    }
}
