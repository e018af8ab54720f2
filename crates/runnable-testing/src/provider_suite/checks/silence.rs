//! Services that say nothing, or nothing more.
//!
//! The clock runs until there is nothing but the service to wait for. Then it is stopped, and jumps
//! to the model's limit.

use std::time::Duration;

use runnable_core::{Error, ErrorKind, TimeoutPhase};
use tokio::time;

use crate::{
    provider_suite::{
        ServiceFixture,
        call::Call,
        service::{KEY, PIECES, begun, half_an_event, serve},
    },
    server::{FakeServer, Reply},
};

/// Nobody waits longer for a sign of life.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// A service that takes the question and says nothing is left within an hour, and not asked again:
/// it may be computing.
pub async fn a_service_that_does_not_answer_is_left_in_time(wire: &(impl ServiceFixture + Clone)) {
    for reply in [Reply::raw().stall(), Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").stall()] {
        let server = serve([reply]).await;
        let mut call = call(wire, &server);
        let asked = async {
            server.wait_for_requests(1).await;
            time::pause();
        };
        let (error, ()) = tokio::join!(is_left(&mut call, &server), asked);
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::FirstChunk), "{error}");
        time::resume();
    }
}

/// A service that falls silent within its answer is left within an hour.
pub async fn a_service_that_falls_silent_is_left_in_time(wire: &(impl ServiceFixture + Clone)) {
    for rest in [Vec::new(), half_an_event(wire)] {
        let server = serve([Reply::events().piece(begun(wire)).piece(rest).stall()]).await;
        let mut call = call(wire, &server);
        call.says(&PIECES[..2]).await;
        time::pause();
        let error = is_left(&mut call, &server).await;
        assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Idle), "{error}");
        time::resume();
    }
}

fn call(wire: &impl ServiceFixture, server: &FakeServer) -> Call {
    let model = wire.retrying_model(&server.url(), KEY);
    Call::of(&model.unwrap_or_else(|| wire.model(&server.url(), KEY)))
}

async fn is_left(call: &mut Call, server: &FakeServer) -> Error {
    let Ok((text, error)) = time::timeout(PATIENCE, call.fails()).await else {
        panic!("a service that says nothing was waited for for an hour");
    };
    assert_eq!((error.kind(), &*text), (ErrorKind::Timeout, ""), "{error}");
    assert_eq!(server.requests().len(), 1);
    call.record().assert_ended("error");
    server.wait_until_closed().await;
    error
}
