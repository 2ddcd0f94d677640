//! Tests of what the program is joined from.

#[cfg(test)]
mod admin_command;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod confinement;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod directions;
#[cfg(test)]
mod fetch;
#[cfg(test)]
mod log_hygiene;
#[cfg(test)]
mod reference_build;
#[cfg(test)]
mod secret;
#[cfg(test)]
mod web;
#[cfg(test)]
mod workers;
