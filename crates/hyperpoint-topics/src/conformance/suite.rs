//! [`check`], which runs all checks of the suite in order.

use super::deletion::{
    a_deleted_event_is_gone_and_its_place_is_no_loss,
    a_purge_deletes_what_the_topic_had_and_nothing_else, pages_of_few_events_go_on_past_deletions,
};
use super::delivery::{
    a_follower_that_was_disconnected_misses_nothing, a_repeated_publication_is_stored_once,
    all_nodes_see_all_events_in_one_order, data_is_delivered_unchanged,
};
use super::engine::Engine;
use super::generations::{
    a_log_that_is_created_anew_has_another_epoch, a_restored_copy_gives_no_id_again,
    acknowledged_events_survive_a_crash, only_positions_of_the_past_are_recognized,
};
use super::keys::{
    the_key_of_a_deleted_event_has_no_older_one_on_later_nodes,
    the_newest_event_of_each_key_is_read,
};
use super::pages::{
    the_history_of_one_topic_is_read_backwards, the_history_of_one_topic_is_read_page_by_page,
};

/// Runs all checks of the suite on a log.
///
/// # Panics
///
/// If a check fails, or an operation times out.
///
/// # Examples
///
/// See [`Engine`].
pub async fn check(engine: &dyn Engine) {
    all_nodes_see_all_events_in_one_order(engine).await;
    data_is_delivered_unchanged(engine).await;
    a_repeated_publication_is_stored_once(engine).await;
    a_follower_that_was_disconnected_misses_nothing(engine).await;
    the_history_of_one_topic_is_read_page_by_page(engine).await;
    the_history_of_one_topic_is_read_backwards(engine).await;
    acknowledged_events_survive_a_crash(engine).await;
    a_deleted_event_is_gone_and_its_place_is_no_loss(engine).await;
    pages_of_few_events_go_on_past_deletions(engine).await;
    a_purge_deletes_what_the_topic_had_and_nothing_else(engine).await;
    the_newest_event_of_each_key_is_read(engine).await;
    the_key_of_a_deleted_event_has_no_older_one_on_later_nodes(engine).await;
    only_positions_of_the_past_are_recognized(engine).await;
    a_restored_copy_gives_no_id_again(engine).await;
    a_log_that_is_created_anew_has_another_epoch(engine).await;
}
