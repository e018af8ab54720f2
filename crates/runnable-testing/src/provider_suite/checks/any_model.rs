//! Runs the checks of the model suite with a model that calls the fake service.

use crate::provider_suite::{
    ServiceFixture,
    service::{model, serve_well},
};

macro_rules! any_model {
    ($($check:ident)+) => {$(
        #[doc = concat!(
            "Runs [the check of the same name](crate::model_suite::checks::",
            stringify!($check),
            ") of the model suite.",
        )]
        pub async fn $check(wire: &(impl ServiceFixture + Clone)) {
            let server = serve_well(wire).await;
            crate::model_suite::checks::$check(&model(wire, &server)).await;
        }
    )+};
}

any_model! {
    a_stream_gives_the_answer_of_an_invoked_call
    a_watched_call_gives_the_same_answer
    a_call_that_nobody_polls_is_no_run
    every_run_has_one_start_and_one_end
    a_dropped_answer_leaves_the_model_as_it_was
    calls_at_once_answer_as_alone
    what_no_model_can_follow_is_refused
}
