//! The AWS back end keeps the contracts of the ports, against emulators.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod cold;
mod fixture;
mod mail;
mod queues;
mod secrets;
mod tables;

mod contracts {
    //! One line for each suite whose ports are built.

    gas_service::contract_tests!(crate::fixture::open, accounts);
    gas_service::contract_tests!(crate::fixture::open, audit);
    gas_service::contract_tests!(crate::fixture::open, jobs);
    gas_service::contract_tests!(crate::fixture::open, mail);
    gas_service::contract_tests!(crate::fixture::open, queue);
    gas_service::contract_tests!(crate::fixture::open, uploads);

    mod storage_class {
        gas_service::contract_tests!(crate::fixture::cold::open_storage_class, cold_storage);
    }

    mod vault {
        gas_service::contract_tests!(crate::fixture::cold::open_vault, cold_storage);
    }
}
