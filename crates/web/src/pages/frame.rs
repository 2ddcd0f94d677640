//! What is around every page: its title, who is signed in, where in the site it is.

use std::sync::Arc;

use gas_service::account::User;

/// Parts of the site that the navigation bar leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Annotate,
    Annotations,
    Account,
    Admin,
    Elsewhere,
}

/// What is around a page.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(super) title: String,
    pub(super) user: Option<Arc<User>>,
    pub(super) section: Section,
    pub(super) refresh_seconds: Option<u32>,
}

impl Frame {
    /// A frame for whoever calls.
    pub(crate) fn new(title: impl Into<String>, section: Section, user: Option<Arc<User>>) -> Self {
        Self { title: title.into(), user, section, refresh_seconds: None }
    }

    /// A frame for a user.
    pub(crate) fn of(user: &Arc<User>, title: impl Into<String>, section: Section) -> Self {
        Self::new(title, section, Some(Arc::clone(user)))
    }

    /// The same for a page that browsers without scripts shall load again.
    pub(crate) fn refreshed_while(self, moving: bool) -> Self {
        Self { refresh_seconds: moving.then_some(5), ..self }
    }

    pub(super) fn is_in(&self, section: Section) -> bool {
        section == self.section
    }

    /// How the user is called in the menu.
    pub(super) fn user_name(&self) -> &str {
        match &self.user {
            Some(user) if user.name.is_empty() => user.user_email.as_str(),
            Some(user) => &user.name,
            None => "",
        }
    }

    pub(super) fn plan(&self) -> &'static str {
        self.user.as_ref().map_or("", |user| user.plan.title())
    }
}
