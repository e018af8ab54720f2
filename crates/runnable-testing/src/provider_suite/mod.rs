//! A test suite for providers of chat models: the rules that every provider must follow.
//!
//! Implement [`ServiceFixture`] to describe how the service answers. The tests start a fake server
//! on the loopback interface, which sends complete, streamed, invalid and truncated answers, and
//! call this server with the provider's model.
//!
//! ```
//! # mod mine {
//! # use runnable_chat::{ChatModel, Usage};
//! # use runnable_testing::provider_suite::{ExpectedRun, ServiceFixture};
//! #[derive(Clone)]
//! struct MyService;
//!
//! impl ServiceFixture for MyService {
//! #   fn expected_run(&self) -> ExpectedRun { todo!() }
//! #   fn model(&self, base_url: &str, key: &str) -> ChatModel { todo!() }
//! #   fn response_body(&self, text: &str, usage: Usage) -> serde_json::Value { todo!() }
//! #   fn stream_start(&self) -> String { todo!() }
//! #   fn stream_chunk(&self, text: &str) -> String { todo!() }
//! #   fn stream_end(&self, usage: Usage) -> String { todo!() }
//! #   fn error_body(&self, message: &str) -> serde_json::Value { todo!() }
//!     // …
//! }
//!
//! runnable_testing::provider_suite!(MyService);
//! # }
//! ```
//!
//! The macro creates a `#[tokio::test]` for each of the [`checks`]. They include the checks of
//! [`model_suite`](mod@crate::model_suite). To test failures that are specific to the service, use
//! a [`Fault`].

pub mod checks;

mod call;
mod fault;
mod service;
mod wire;

pub use fault::Fault;
pub use wire::{ExpectedRun, ServiceFixture};

/// Creates a test for each of the [`checks`](crate::provider_suite::checks) of a provider.
///
/// The argument is a [`ServiceFixture`](crate::provider_suite::ServiceFixture). See the module
/// [`provider_suite`](mod@crate::provider_suite) for an example.
#[macro_export]
macro_rules! provider_suite {
    ($wire:expr) => {
        $crate::provider_suite! { $wire =>
            a_run_says_its_model_and_provider
            a_whole_answer_has_text_usage_and_reason
            pieces_come_as_they_are_sent
            an_answer_that_is_odd_but_whole_is_an_answer
            dropping_a_stream_closes_the_connection
            every_run_has_one_end_however_it_ends
            an_error_has_the_class_of_its_status
            a_redirect_is_not_followed
            a_wait_that_is_asked_for_is_told
            an_error_within_an_answer_keeps_what_came
            an_answer_that_is_none_is_an_error
            a_service_that_is_down_is_a_connection_error
            a_stream_that_fails_before_its_first_word_is_replaced
            what_breaks_before_an_answer_is_a_connection_error_that_may_pass
            an_answer_that_breaks_off_is_an_error_that_keeps_what_came
            an_answer_that_cannot_be_read_on_is_an_error_that_keeps_what_came
            a_reset_within_an_answer_loses_nothing_that_was_read
            a_service_that_does_not_answer_is_left_in_time
            a_service_that_falls_silent_is_left_in_time
            a_key_is_never_shown
            calls_at_once_keep_their_answers_apart
        }
        $crate::__checks_of_any_model! { provider_suite $wire }
    };
    ($wire:expr => $($check:ident)+) => {$(
        #[::tokio::test]
        async fn $check() {
            $crate::provider_suite::checks::$check(&$wire).await;
        }
    )+};
}
