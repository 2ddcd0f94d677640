//! The AWS back end keeps the contracts of the ports, against emulators.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod between;
mod cold;
mod fixture;
mod mail;
mod objects;
mod queues;
mod secrets;
mod tables;

mod contracts {
    //! One line for each suite whose ports are built; those of the tables are in `tables`.

    gas_service::contract_tests!(crate::fixture::open, mail);
    gas_service::contract_tests!(crate::fixture::open, objects);
    gas_service::contract_tests!(crate::fixture::open, queue);

    mod storage_class {
        gas_service::contract_tests!(crate::fixture::cold::open_storage_class, cold_storage);
    }

    mod vault {
        gas_service::contract_tests!(crate::fixture::cold::open_vault, cold_storage);
    }
}
