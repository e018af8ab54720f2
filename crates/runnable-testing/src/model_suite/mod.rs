//! A test suite for chat models: the rules that every chat model must follow.
//!
//! For a provider that calls a service over HTTP, use `provider_suite`, which includes these tests.
//!
//! ```
//! # mod mine {
//! use runnable_testing::ScriptedChatModel;
//!
//! runnable_testing::model_suite!(ScriptedChatModel::new(["Hello you"]).repeat_last().to_model());
//! # }
//! ```
//!
//! The macro creates a `#[tokio::test]` for each of the [`checks`]. The argument of the macro is an
//! expression that creates the model. The expression is evaluated in each test, and can use
//! `await`.
//!
//! The model must always give the same answer to the same question. If the model samples at random,
//! set its temperature to zero.

pub mod checks;

/// Expands to a test for each check that both suites contain: `model_suite!` and `provider_suite!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __checks_of_any_model {
    ($suite:ident $subject:expr) => {
        $crate::$suite! { $subject =>
            a_stream_gives_the_answer_of_an_invoked_call
            a_watched_call_gives_the_same_answer
            a_call_that_nobody_polls_is_no_run
            every_run_has_one_start_and_one_end
            a_dropped_answer_leaves_the_model_as_it_was
            calls_at_once_answer_as_alone
            what_no_model_can_follow_is_refused
        }
    };
}

/// Creates a test for each of the [`checks`](crate::model_suite::checks) of a chat model.
///
/// See the module [`model_suite`](mod@crate::model_suite) for an example.
#[doc(alias("ChatModelUnitTests", "ChatModelIntegrationTests"))]
#[macro_export]
macro_rules! model_suite {
    ($model:expr) => {
        $crate::model_suite! { $model => a_run_says_what_it_is_of }
        $crate::__checks_of_any_model! { model_suite $model }
    };
    ($model:expr => $($check:ident)+) => {$(
        #[::tokio::test]
        async fn $check() {
            $crate::model_suite::checks::$check(&$model).await;
        }
    )+};
}
