//! What every chat model has to hold, wherever it runs, as tests: run them on yours.
//!
//! A model that is reached over HTTP has more to hold: `provider_suite` runs these, too.
//!
//! ```
//! # mod mine {
//! use runnable_testing::ScriptedChatModel;
//!
//! runnable_testing::model_suite!(ScriptedChatModel::new(["Hello you"]).repeat_last().to_model());
//! # }
//! ```
//!
//! The macro makes a `#[tokio::test]` of each of the [`checks`]; their names say what they hold. The
//! model is made anew for each, by an expression that may `await`. It gives the same answer to the
//! same question, as often as it is asked: where it draws lots, at a temperature of zero.

pub mod checks;

/// The checks that both suites have, for one of them.
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

/// A test for each of the [`checks`](crate::model_suite::checks), of this model.
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
