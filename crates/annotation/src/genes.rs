//! Gene models.

pub(crate) mod transcript;
