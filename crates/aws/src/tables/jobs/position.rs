//! A place in the order of submission.

use aws_sdk_dynamodb::types::AttributeValue;
use gas_service::{id::JobId, job::Job, ports::Cursor};
use jiff::Timestamp;

use crate::tables::attributes::{sortable, text};

/// Where in the order of submission a job stands. Jobs of the same instant are told apart by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    submitted: Timestamp,
    job: JobId,
}

impl Position {
    pub(super) fn of_job(job: &Job) -> Self {
        Self { submitted: job.submit_time, job: job.job_id }
    }

    /// The attribute that indexes are ordered by: the time, then the id, as text that sorts so.
    pub(super) fn attribute(self) -> AttributeValue {
        text(format_args!("{}/{}", sortable(self.submitted), self.job))
    }

    /// The place that such an attribute means.
    pub(super) fn of_attribute(attribute: &str) -> Option<Self> {
        let (submitted, job) = attribute.split_once('/')?;
        Some(Self { submitted: submitted.parse().ok()?, job: job.parse().ok()? })
    }

    /// The place that a cursor means, if it means one. It leads nowhere but to places in the list it is used on.
    pub(super) fn of_cursor(cursor: &Cursor) -> Option<Self> {
        let (nanoseconds, job) = cursor.0.split_once('.')?;
        let nanoseconds = i128::from_str_radix(nanoseconds, 16).ok()?;
        let submitted = Timestamp::from_nanosecond(nanoseconds).ok()?;
        Some(Self { submitted, job: job.parse().ok()? })
    }

    pub(super) fn to_cursor(self) -> Cursor {
        Cursor(format!("{:x}.{}", self.submitted.as_nanosecond(), self.job))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_come_back(nanoseconds in 0_i128..4_000_000_000_000_000_000) {
            let submitted = Timestamp::from_nanosecond(nanoseconds).unwrap();
            let position = Position { submitted, job: JobId::generate() };
            prop_assert_eq!(Position::of_cursor(&position.to_cursor()), Some(position));
            let attribute = position.attribute();
            prop_assert_eq!(Position::of_attribute(attribute.as_s().unwrap()), Some(position));
        }

        #[test]
        fn whatever_a_client_sends_is_read_without_panic(text in ".{0,60}") {
            let _ = Position::of_cursor(&Cursor(text.clone()));
            let _ = Position::of_attribute(&text);
        }
    }
}
