//! Checks with services that return an error, or an invalid answer.

use std::time::Duration;

use runnable_core::{ErrorKind, RunConfig, RunnableExt};

use crate::{
    EventRecorder,
    provider_suite::{
        ServiceFixture,
        fault::Fault,
        service::{KEY, failure, model, partial_text, serve, truncated_stream},
    },
    server::Reply,
};

/// Checks that the HTTP status determines the kind of the error.
///
/// Also checks that the error contains the message of the service, and that only transient errors
/// are retried.
pub async fn an_error_has_the_class_of_its_status(wire: &(impl ServiceFixture + Clone)) {
    let message = "the message of the service";
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
    ] {
        let reply = Reply::json(status, &wire.error_body(message));
        let fault = Fault::new(format!("returns {status}"), reply, kind);
        fault.expect_message(message).check(wire).await;
    }
    for (status, kind) in [
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
        (529, ErrorKind::Unavailable),
    ] {
        let reply = Reply::json(status, &wire.error_body(message));
        let fault = Fault::new(format!("returns {status}"), reply, kind);
        fault.expect_message(message).expect_transient().check(wire).await;
    }

    let page = "<!doctype html><html><head><title>Bad gateway</title></head></html>";
    let page = Reply::new(502).header("content-type", "text/html").piece(page);
    let fault = Fault::new("returns an HTML page", page, ErrorKind::Unavailable);
    fault.expect_message("Bad gateway").expect_transient().check(wire).await;
    // A call of a service that uses another protocol is not retried, because the service would
    // answer in the same way.
    let other = Reply::raw().piece("SSH-2.0-OpenSSH_9.9\r\n").close();
    Fault::new("uses another protocol", other, ErrorKind::Connection).check(wire).await;
    let fault = Fault::new("truncates its error", truncated(503), ErrorKind::Unavailable);
    fault.expect_transient().check(wire).await;
}

/// Returns a reply with this status and a truncated JSON body.
fn truncated(status: u16) -> Reply {
    let head = Reply::new(status).header("content-type", "application/json");
    head.header("content-length", "99").piece("{\"id\": ").close()
}

/// Checks that a redirect is an error that names the target of the redirect. The model must not
/// send the key to the target.
pub async fn a_redirect_is_not_followed(wire: &(impl ServiceFixture + Clone)) {
    let target = serve([Reply::new(200)]).await;
    let reply = Reply::new(307).header("location", &format!("{}/v2", target.url()));
    let fault = Fault::new("redirects", reply, ErrorKind::InvalidRequest);
    fault.expect_message(target.address().to_string()).check(wire).await;
    assert_eq!(target.accepted_connections(), 0);
}

/// Checks that the error contains the delay of the `retry-after` header.
pub async fn a_wait_that_is_asked_for_is_told(wire: &(impl ServiceFixture + Clone)) {
    let reply = Reply::json(429, &wire.error_body("slowly")).header("retry-after", "7");
    let server = serve([reply]).await;
    let error = failure(model(wire, &server).invoke("Hi").await);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

/// Checks that an error event in a stream becomes an error of the same kind as an error response.
///
/// Also checks that the error contains the text that was received before the error event.
pub async fn an_error_within_an_answer_keeps_what_came(wire: &(impl ServiceFixture + Clone)) {
    let message = "the service is overloaded";
    let Some(error_event) = wire.error_event(message) else { return };
    let reply = Reply::events().piece(truncated_stream(wire)).piece(error_event).stall();
    let fault = Fault::new("sends an error event", reply, ErrorKind::Unavailable);
    fault.expect_partial(partial_text()).expect_message(message).check(wire).await;
}

/// Checks that the model returns an error for an invalid answer, and does not panic.
///
/// The invalid answers are an HTML page, truncated JSON, an empty body and others.
pub async fn an_answer_that_is_none_is_an_error(wire: &(impl ServiceFixture + Clone)) {
    let page = Reply::new(200).header("content-type", "text/html").piece("<title>Log in</title>");
    let fault = Fault::new("returns an HTML page", page, ErrorKind::Parse);
    fault.expect_message("Log in").check(wire).await;
    let fault = Fault::new("truncates its answer", truncated(200), ErrorKind::Connection);
    fault.check(wire).await;

    let replies = [
        Reply::new(200).header("content-type", "application/json").piece("{\"id\": "),
        Reply::new(200).header("content-type", "application/json").piece("[]"),
        Reply::new(200).header("content-type", "application/json"),
        Reply::events().piece("data: {\"half\n\n"),
        Reply::events().piece("data: \u{1}\n\n"),
        Reply::events(),
    ];
    for reply in replies {
        let server = serve([reply.clone()]).await;
        let model = model(wire, &server);
        for error in [failure(model.invoke("Hi").await), failure(model.stream("Hi").concat().await)]
        {
            let is_expected = matches!(
                error.kind(),
                ErrorKind::Parse | ErrorKind::Connection | ErrorKind::EmptyStream
            );
            assert!(is_expected, "{reply:?}: {error:?}");
        }
    }
}

/// Checks that the key does not appear in `Debug` output, errors and events.
///
/// In this check, the service repeats the key in its error message.
pub async fn a_key_is_never_shown(wire: &(impl ServiceFixture + Clone)) {
    if !wire.needs_key() {
        return;
    }
    let message = format!("the key {KEY} is wrong");
    let server = serve([Reply::json(401, &wire.error_body(&message))]).await;
    let recorder = EventRecorder::new();
    let model = model(wire, &server);
    let config = RunConfig::new().listener(recorder.clone());
    let error = failure(model.invoke("Hi").config(config).await);
    let request = &server.requests()[0];
    let headers = ["authorization", "x-api-key", "api-key"];
    let is_sent =
        headers.iter().filter_map(|name| request.header(name)).any(|key| key.contains(KEY));
    assert!(is_sent || request.path().contains(KEY), "the service did not receive the key");
    let outputs = [
        format!("{model:?}"),
        format!("{error:?}"),
        error.to_string(),
        format!("{:?}", recorder.events()),
    ];
    for output in outputs {
        assert!(!output.contains(KEY), "{output}");
    }
}
