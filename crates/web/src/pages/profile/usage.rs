//! What the plan allows.

use gas_service::account::User;

use crate::{
    app::App,
    pages::{amount, moment},
};

/// The section.
pub(super) struct Usage {
    pub(super) max_upload: Option<String>,
    pub(super) retention: Option<String>,
}

impl Usage {
    pub(super) fn of(app: &App, user: &User) -> Self {
        let allowance = app.desk.settings.plans.of(user.plan);
        Self {
            max_upload: allowance.max_upload.map(|size| amount::size(size.as_u64())),
            retention: allowance.retention.map(moment::in_words),
        }
    }
}
