//! How a write is known again.

use aws_sdk_dynamodb::types::AttributeValue;
use uuid::Uuid;

use super::attributes::{Attributes, Item, text};

/// The attribute that holds the stamp of the write that a row comes from.
pub(super) const STAMP: &str = "stamp";

/// Marks one write. Equal content is not proof: two annotators that claim a job at the same time write the same.
#[derive(Clone, Copy)]
pub(super) struct Stamp(Uuid);

impl Stamp {
    pub(super) fn new() -> Self {
        Self(Uuid::now_v7())
    }

    pub(super) fn attribute(self) -> AttributeValue {
        text(self.0)
    }

    /// Whether this very write made the row.
    pub(super) fn is_on(self, row: &Item) -> bool {
        Attributes(row).text_if(STAMP) == Some(self.0.to_string().as_str())
    }
}
