//! What the tables promise beyond the contracts.

mod attributes;
mod departed;
mod faults;
mod first_gas;
mod lag;
mod tokens;
mod troubled;
mod usage;
mod watched;

/// The contracts while every call is watched.
mod contracts_watched {
    gas_service::contract_tests!(crate::tables::watched::open, accounts);
    gas_service::contract_tests!(crate::tables::watched::open, identities);
    gas_service::contract_tests!(crate::tables::watched::open, deletions);
    gas_service::contract_tests!(crate::tables::watched::open, email_changes);
    gas_service::contract_tests!(crate::tables::watched::open, tokens);
    gas_service::contract_tests!(crate::tables::watched::open, audit);
    gas_service::contract_tests!(crate::tables::watched::open, directory);
    gas_service::contract_tests!(crate::tables::watched::open, jobs);
    gas_service::contract_tests!(crate::tables::watched::open, operation);
    gas_service::contract_tests!(crate::tables::watched::open, quotas);
    gas_service::contract_tests!(crate::tables::watched::open, subscriptions);
    gas_service::contract_tests!(crate::tables::watched::open, uploads);
}

/// The contracts while answers are lost, calls throttled, transactions cancelled and long answers cut.
mod contracts_in_trouble {
    gas_service::contract_tests!(crate::tables::troubled::open, accounts);
    gas_service::contract_tests!(crate::tables::troubled::open, identities);
    gas_service::contract_tests!(crate::tables::troubled::open, deletions);
    gas_service::contract_tests!(crate::tables::troubled::open, email_changes);
    gas_service::contract_tests!(crate::tables::troubled::open, tokens);
    gas_service::contract_tests!(crate::tables::troubled::open, audit);
    gas_service::contract_tests!(crate::tables::troubled::open, directory);
    gas_service::contract_tests!(crate::tables::troubled::open, jobs);
    gas_service::contract_tests!(crate::tables::troubled::open, operation);
    gas_service::contract_tests!(crate::tables::troubled::open, quotas);
    gas_service::contract_tests!(crate::tables::troubled::open, subscriptions);
    gas_service::contract_tests!(crate::tables::troubled::open, uploads);
}
