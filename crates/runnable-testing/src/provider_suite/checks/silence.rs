//! Checks with services that stop sending.
//!
//! Each check pauses Tokio's clock when the model only waits for the service. The paused clock then
//! jumps to the time limit of the model, so the test does not have to wait.

use std::time::Duration;

use runnable_core::{Error, ErrorKind, TimeoutPhase};
use tokio::time;

use crate::{
    provider_suite::{
        ServiceFixture,
        call::Call,
        service::{KEY, PIECES, half_an_event, serve, truncated_stream},
    },
    server::{FakeServer, Reply},
};

/// The longest time that a model may wait for a silent service.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Checks that a call times out if the service receives the request but does not respond. Also
/// checks that the call is not retried, because the service may still be computing.
pub async fn a_service_that_does_not_answer_is_left_in_time(wire: &(impl ServiceFixture + Clone)) {
    for reply in [Reply::raw().stall(), Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").stall()] {
        let server = serve([reply]).await;
        let mut call = call(wire, &server);
        let pause_after_request = async {
            server.wait_for_requests(1).await;
            time::pause();
        };
        let (error, ()) = tokio::join!(times_out(&mut call, &server), pause_after_request);
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk), "{error}");
        time::resume();
    }
}

/// Checks that a call times out if the service stops sending in the middle of its answer.
pub async fn a_service_that_falls_silent_is_left_in_time(wire: &(impl ServiceFixture + Clone)) {
    for rest in [Vec::new(), half_an_event(wire)] {
        let server =
            serve([Reply::events().piece(truncated_stream(wire)).piece(rest).stall()]).await;
        let mut call = call(wire, &server);
        call.assert_texts(&PIECES[..2]).await;
        time::pause();
        let error = times_out(&mut call, &server).await;
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Idle), "{error}");
        time::resume();
    }
}

fn call(wire: &impl ServiceFixture, server: &FakeServer) -> Call {
    let model = wire.retrying_model(&server.url(), KEY);
    Call::of(&model.unwrap_or_else(|| wire.model(&server.url(), KEY)))
}

/// Asserts that the call fails with a timeout within [`PATIENCE`], and returns the error.
async fn times_out(call: &mut Call, server: &FakeServer) -> Error {
    let Ok((text, error)) = time::timeout(PATIENCE, call.read_to_error()).await else {
        panic!("the model waited for more than an hour for a silent service");
    };
    assert_eq!((error.kind(), &*text), (ErrorKind::Timeout, ""), "{error}");
    assert_eq!(server.requests().len(), 1);
    call.record().assert_ended("error");
    server.wait_until_closed().await;
    error
}
