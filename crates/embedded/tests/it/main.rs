//! The embedded back end keeps the contracts of the ports, and what it promises beyond them.

mod disk;
mod fixture;
mod two_programs;

mod contracts {
    gas_service::contract_tests!(crate::fixture::open);
}
