//! How one can sign in.

use gas_service::account::User;

/// The section.
pub(super) struct WaysIn {
    pub(super) email: String,
}

impl WaysIn {
    pub(super) fn of(user: &User) -> Self {
        Self { email: user.user_email.to_string() }
    }
}
