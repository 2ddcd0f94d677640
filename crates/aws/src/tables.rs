//! Jobs, accounts, uploads and the audit trail in DynamoDB.
//!
//! Nothing here reads a whole table: rows are read by key, strongly consistent, or found by an index. Indexes lag
//! behind their table by a moment, so they only say *which* rows to read: each holds keys alone, and what is given
//! back was read by key afterwards. Keys alone also keep changes cheap: an annotator's reports touch no index but
//! `attend`.
//!
//! The SDK repeats a call whose answer was lost. A conditional write that took effect the first time would then meet
//! its own trace and be taken for somebody else's; so each such write leaves a [stamp] by which it is known again.

mod accounts;
mod attributes;
mod audit;
mod identities;
mod jobs;
mod operation;
mod passing;
mod stamp;
mod subscriptions;
mod table;
mod transaction;
mod update;
mod uploads;

use crate::failure::Fault;

pub(crate) use self::{
    accounts::DynamoAccounts,
    audit::DynamoAuditTrail,
    identities::DynamoIdentities,
    jobs::{DynamoJobStore, Layout, Turns},
    operation::DynamoOperation,
    subscriptions::DynamoSubscriptions,
    table::Table,
    uploads::DynamoUploadStore,
};
