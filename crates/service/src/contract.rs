//! Tests that every implementation of a port must pass, unchanged: the fine print of the traits.
//!
//! A back end implements [`Fixture`] for its tests and calls [`contract_tests!`](crate::contract_tests) with
//! a function that makes a fresh one; each contract is then a test of its own.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "these are tests, shared by back ends")]

pub mod accounts;
pub mod audit;
pub mod cold_storage;
pub mod deletions;
pub mod directory;
pub mod email_changes;
pub mod identities;
pub mod jobs;
pub mod mail;
pub mod objects;
pub mod operation;
pub mod queue;
pub mod quotas;
mod samples;
pub mod subscriptions;
pub mod tokens;
pub mod uploads;

use std::time::Duration;

use async_trait::async_trait;

use crate::{message::QueueName, ports::Ports};

/// A back end set up for one test, with nothing in it.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Its ports.
    fn ports(&self) -> Ports;

    /// How it was set up.
    fn limits(&self) -> Limits;

    /// Lets that much time pass: moves the clock if the back end can, waits if it cannot.
    async fn pass(&self, time: Duration);

    /// Puts a text on a queue that no program of ours would send.
    async fn send_raw(&self, queue: QueueName, text: &str);

    /// How many objects and archives lie about half written.
    async fn half_written(&self) -> u64;
}

/// How a back end was set up for the tests. Times are whole seconds, as some back ends count in those.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How often a message is handed out before it goes to the dead letters; at least 2.
    pub max_receives: u32,
    /// How long an Expedited retrieval takes.
    pub expedited_time: Duration,
    /// How long a Standard retrieval takes; longer.
    pub standard_time: Duration,
    /// How many Expedited retrievals may be under way at once; at least 1.
    pub expedited_at_once: u32,
}

/// Makes a test of each contract, on fixtures that the given asynchronous function makes; or of those of one suite
/// only, for back ends that have several implementations of one port.
#[macro_export]
macro_rules! contract_tests {
    ($fixture:path) => {
        $crate::contract_tests!($fixture, accounts);
        $crate::contract_tests!($fixture, audit);
        $crate::contract_tests!($fixture, cold_storage);
        $crate::contract_tests!($fixture, deletions);
        $crate::contract_tests!($fixture, directory);
        $crate::contract_tests!($fixture, email_changes);
        $crate::contract_tests!($fixture, identities);
        $crate::contract_tests!($fixture, jobs);
        $crate::contract_tests!($fixture, mail);
        $crate::contract_tests!($fixture, objects);
        $crate::contract_tests!($fixture, operation);
        $crate::contract_tests!($fixture, queue);
        $crate::contract_tests!($fixture, quotas);
        $crate::contract_tests!($fixture, subscriptions);
        $crate::contract_tests!($fixture, tokens);
        $crate::contract_tests!($fixture, uploads);
    };
    ($fixture:path, accounts) => {
        $crate::contract_tests!(@suite $fixture, accounts:
            one_address_is_one_user two_at_once_get_the_same_user profile_and_plan_can_be_changed
            a_user_who_is_not_there_is_not_changed a_link_can_be_looked_at_without_using_it_up
            a_link_works_once_however_many_try a_link_ends_in_time a_session_knows_its_user_until_it_ends
            a_session_sees_the_present_plan sessions_are_listed_newest_first all_sessions_of_a_user_end_at_once
            the_use_of_a_session_is_noted a_session_gets_another_secret
            an_address_can_be_changed an_address_that_is_taken_stays one_gets_an_address_that_many_want
            forgetting_spares_the_living);
    };
    ($fixture:path, deletions) => {
        $crate::contract_tests!(@suite $fixture, deletions:
            an_account_is_shut_when_its_deletion_begins a_deletion_that_has_begun_stays
            deletions_are_due_in_time one_at_a_time_has_a_deletion_in_hand
            of_many_who_want_a_deletion_one_gets_it a_removed_user_leaves_nothing);
    };
    ($fixture:path, email_changes) => {
        $crate::contract_tests!(@suite $fixture, email_changes:
            a_link_to_a_new_address_is_kept_until_it_is_removed a_link_to_a_new_address_ends_in_time);
    };
    ($fixture:path, tokens) => {
        $crate::contract_tests!(@suite $fixture, tokens:
            tokens_are_listed_newest_first a_token_acts_until_it_is_revoked nobody_revokes_the_token_of_another
            a_token_that_has_expired_is_still_known the_use_of_a_token_is_noted
            no_more_tokens_are_made_than_are_allowed a_revoked_token_makes_room_once who_leaves_gets_no_token);
    };
    ($fixture:path, audit) => {
        $crate::contract_tests!(@suite $fixture, audit:
            events_come_back_newest_first at_most_so_many_events_come_back
            privileged_acts_are_listed_across_users);
    };
    ($fixture:path, cold_storage) => {
        $crate::contract_tests!(@suite $fixture, cold_storage:
            what_was_stored_comes_back_after_its_time the_message_comes_with_the_bytes
            other_bytes_than_promised_are_refused an_archive_whose_sender_stops_is_not_kept
            an_archive_can_be_stored_again expedited_capacity_is_limited_and_standard_always_works
            capacity_comes_back deleting_takes_the_retrievals_along deleting_what_is_not_there_is_fine
            what_was_never_stored_cannot_be_retrieved);
    };
    ($fixture:path, identities) => {
        $crate::contract_tests!(@suite $fixture, identities:
            an_attempt_works_once_however_many_try an_attempt_ends_in_time
            a_waiting_identity_is_looked_at_often_and_taken_once an_identity_leads_to_its_user
            an_identity_is_never_taken_from_its_user identities_are_listed_first_linked_first
            nobody_unlinks_the_identity_of_another
            of_two_that_go_beside_each_other_one_stays all_identities_of_a_user_are_forgotten_together
            forgetting_attempts_spares_the_living);
    };
    ($fixture:path, directory) => {
        $crate::contract_tests!(@suite $fixture, directory:
            users_are_listed_by_the_beginning_of_their_address a_user_is_found_by_the_address
            administrators_come_and_go one_administrator_is_left_however_many_go_at_once
            who_leaves_becomes_no_administrator);
    };
    ($fixture:path, jobs) => {
        $crate::contract_tests!(@suite $fixture, jobs:
            a_job_comes_back_as_it_was creating_again_gives_the_existing_job
            one_key_makes_one_job_however_many_try a_key_is_its_users_own replacing_raises_the_revision
            of_many_claims_one_wins a_stale_change_is_a_conflict a_job_is_found_by_its_archive
            lists_are_by_time_of_submission_newest_first lists_show_neither_others_nor_deleted_jobs
            paging_is_complete_while_jobs_are_added a_senseless_cursor_is_an_empty_page
            jobs_of_all_users_are_listed_newest_first a_list_of_one_state_has_that_state_only
            jobs_on_the_way_are_listed overdue_jobs_come_longest_overdue_first
            counts_follow_every_change purging_removes_for_good);
    };
    ($fixture:path, mail) => {
        $crate::contract_tests!(@suite $fixture, mail:
            mail_can_be_read_newest_first mail_keeps_every_character mail_is_found_by_its_id_only);
    };
    ($fixture:path, objects) => {
        $crate::contract_tests!(@suite $fixture, objects:
            bytes_come_back_with_size_and_checksum reading_begins_where_asked a_large_object_is_streamed
            equal_names_do_not_collide strange_names_are_kept too_many_bytes_leave_nothing
            a_transfer_that_breaks_off_leaves_nothing a_transfer_that_nobody_awaits_leaves_nothing
            a_failed_replacement_leaves_the_former replacing_is_at_once writers_at_once_leave_one_whole_object
            a_copy_lives_on_its_own copying_what_is_not_there_says_so deleting_is_idempotent
            owners_come_and_go_at_once what_was_stored_is_found what_is_not_there_is_not_found
            an_object_of_another_size_is_refused forms_are_offered_where_there_is_a_target);
    };
    ($fixture:path, operation) => {
        $crate::contract_tests!(@suite $fixture, operation:
            a_fresh_service_is_open the_last_word_on_the_mode_holds);
    };
    ($fixture:path, queue) => {
        $crate::contract_tests!(@suite $fixture, queue:
            a_message_arrives_as_it_was_sent queues_do_not_mix equal_messages_all_arrive
            a_message_in_hand_is_hidden_and_comes_again a_message_kept_alive_stays_hidden
            a_finished_message_is_gone a_delivery_that_is_no_longer_ours_changes_nothing
            a_message_given_back_comes_again a_delayed_message_waits
            a_message_never_finished_becomes_a_dead_letter an_unreadable_message_becomes_a_dead_letter
            dead_letters_come_newest_first dead_letters_are_retried_and_discarded
            all_dead_letters_are_retried_or_discarded_at_once a_taker_waits_for_what_comes a_taker_waits_for_what_becomes_due
            a_taker_does_not_wait_for_ever many_messages_are_sent_together takers_wait_for_what_is_sent_together
            takers_at_once_share_the_messages depth_tells_how_full forgetting_a_user_spares_the_others);
    };
    ($fixture:path, quotas) => {
        $crate::contract_tests!(@suite $fixture, quotas:
            of_many_submissions_no_more_get_through_than_are_allowed an_ended_job_makes_room_for_another
            a_day_takes_so_many_jobs_whatever_becomes_of_them files_count_until_their_job_is_deleted
            usage_follows_every_change limits_are_each_users_own
            what_was_accepted_before_is_not_refused_again what_a_user_had_is_forgotten
            jobs_ahead_are_counted_by_turns);
    };
    ($fixture:path, subscriptions) => {
        $crate::contract_tests!(@suite $fixture, subscriptions:
            a_record_comes_back_as_it_was the_plan_is_written_with_the_record of_many_writers_one_wins
            nothing_is_written_for_nobody a_customer_can_be_replaced due_records_come_longest_overdue_first
            a_record_can_be_forgotten notices_are_remembered_for_a_while);
    };
    ($fixture:path, uploads) => {
        $crate::contract_tests!(@suite $fixture, uploads:
            a_record_is_its_owners_only arrival_is_noted expired_records_come_first_to_end_first
            removing_a_record_is_idempotent records_are_found_by_their_owner
            no_more_uploads_are_open_than_are_allowed what_is_closed_or_removed_makes_room_once
            the_count_of_a_user_is_forgotten);
    };
    (@suite $fixture:path, $suite:ident: $($test:ident)*) => {
        mod $suite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $test() {
                    let fixture = $fixture().await;
                    $crate::contract::$suite::$test(&fixture).await;
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    /// A contract that is written but not listed would never be checked.
    #[test]
    fn every_contract_is_listed() {
        let suites = [
            include_str!("contract/accounts.rs"),
            include_str!("contract/audit.rs"),
            include_str!("contract/cold_storage.rs"),
            include_str!("contract/deletions.rs"),
            include_str!("contract/directory.rs"),
            include_str!("contract/email_changes.rs"),
            include_str!("contract/identities.rs"),
            include_str!("contract/jobs.rs"),
            include_str!("contract/jobs/across_users.rs"),
            include_str!("contract/mail.rs"),
            include_str!("contract/objects.rs"),
            include_str!("contract/operation.rs"),
            include_str!("contract/queue.rs"),
            include_str!("contract/queue/dead_letters.rs"),
            include_str!("contract/quotas.rs"),
            include_str!("contract/subscriptions.rs"),
            include_str!("contract/tokens.rs"),
            include_str!("contract/uploads.rs"),
        ];
        let listed: Vec<&str> = include_str!("contract.rs").split([' ', '\n', ')', ';']).collect();
        for suite in suites {
            let names = suite.split("pub async fn ").skip(1).map(|rest| rest.split('(').next().unwrap());
            for name in names {
                assert!(listed.contains(&name), "{name} is not listed");
            }
        }
    }
}
