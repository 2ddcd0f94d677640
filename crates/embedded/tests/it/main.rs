//! The embedded back end keeps the contracts of the ports, and what it promises beyond them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod disk;
mod fair_queue;
mod fixture;
mod former_version;
mod mail_server;
mod sessions;
mod two_programs;

mod contracts {
    gas_service::contract_tests!(crate::fixture::open);
}
