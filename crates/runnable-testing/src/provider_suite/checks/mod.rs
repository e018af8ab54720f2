//! The checks of the provider suite.

mod answers;
mod any_model;
mod breaks;
mod errors;
mod runs;
mod silence;

pub use self::{
    answers::{
        a_whole_answer_has_text_usage_and_reason, an_answer_that_is_odd_but_whole_is_an_answer,
        calls_at_once_keep_their_answers_apart, pieces_come_as_they_are_sent,
    },
    any_model::{
        a_call_that_nobody_polls_is_no_run, a_dropped_answer_leaves_the_model_as_it_was,
        a_stream_gives_the_answer_of_an_invoked_call, a_watched_call_gives_the_same_answer,
        calls_at_once_answer_as_alone, every_run_has_one_start_and_one_end,
        what_no_model_can_follow_is_refused,
    },
    breaks::{
        a_reset_within_an_answer_loses_nothing_that_was_read,
        a_service_that_is_down_is_a_connection_error,
        a_stream_that_fails_before_its_first_word_is_replaced,
        an_answer_that_breaks_off_is_an_error_that_keeps_what_came,
        an_answer_that_cannot_be_read_on_is_an_error_that_keeps_what_came,
        what_breaks_before_an_answer_is_a_connection_error_that_may_pass,
    },
    errors::{
        a_key_is_never_shown, a_redirect_is_not_followed, a_wait_that_is_asked_for_is_told,
        an_answer_that_is_none_is_an_error, an_error_has_the_class_of_its_status,
        an_error_within_an_answer_keeps_what_came,
    },
    runs::{
        a_run_says_its_model_and_provider, dropping_a_stream_closes_the_connection,
        every_run_has_one_end_however_it_ends,
    },
    silence::{
        a_service_that_does_not_answer_is_left_in_time, a_service_that_falls_silent_is_left_in_time,
    },
};
