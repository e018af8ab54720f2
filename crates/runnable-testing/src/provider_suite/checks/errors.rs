//! Services that refuse, with an error or with something else that is no answer.

use std::time::Duration;

use runnable_core::{ErrorKind, RunConfig, RunnableExt};

use crate::{
    EventRecorder,
    provider_suite::{
        ServiceFixture,
        fault::Fault,
        service::{KEY, begun, failure, model, said_so_far, serve},
    },
    server::Reply,
};

/// The class of an error is that of its status, whole and streamed, with what the service said. Only
/// what may pass is tried again.
pub async fn an_error_has_the_class_of_its_status(wire: &(impl ServiceFixture + Clone)) {
    let says = "so says the service";
    for (status, kind) in [
        (400, ErrorKind::InvalidRequest),
        (401, ErrorKind::Authentication),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
    ] {
        let reply = Reply::json(status, &wire.error_body(says));
        Fault::new(format!("answers {status}"), reply, kind).expect_message(says).check(wire).await;
    }
    for (status, kind) in [
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
        (529, ErrorKind::Unavailable),
    ] {
        let reply = Reply::json(status, &wire.error_body(says));
        let fault = Fault::new(format!("answers {status}"), reply, kind);
        fault.expect_message(says).expect_transient().check(wire).await;
    }

    let page = "<!doctype html><html><head><title>Bad gateway</title></head></html>";
    let page = Reply::new(502).header("content-type", "text/html").piece(page);
    let fault = Fault::new("stands behind a page", page, ErrorKind::Unavailable);
    fault.expect_message("Bad gateway").expect_transient().check(wire).await;
    // It would speak it the next time, too.
    let other = Reply::raw().piece("SSH-2.0-OpenSSH_9.9\r\n").close();
    Fault::new("speaks another language", other, ErrorKind::Connection).check(wire).await;
    let cut = Fault::new("breaks within its error", cut(503), ErrorKind::Unavailable);
    cut.expect_transient().check(wire).await;
}

/// Half a document.
fn cut(status: u16) -> Reply {
    let head = Reply::new(status).header("content-type", "application/json");
    head.header("content-length", "99").piece("{\"id\": ").close()
}

/// The question, and the key with it, goes nowhere else. Where it would have gone is told.
pub async fn a_redirect_is_not_followed(wire: &(impl ServiceFixture + Clone)) {
    let elsewhere = serve([Reply::new(200)]).await;
    let reply = Reply::new(307).header("location", &format!("{}/v2", elsewhere.url()));
    let fault = Fault::new("is somewhere else", reply, ErrorKind::InvalidRequest);
    fault.expect_message(elsewhere.address().to_string()).check(wire).await;
    assert_eq!(elsewhere.accepted_connections(), 0);
}

/// How long a service asks to wait is on the error.
pub async fn a_wait_that_is_asked_for_is_told(wire: &(impl ServiceFixture + Clone)) {
    let reply = Reply::json(429, &wire.error_body("slowly")).header("retry-after", "7");
    let server = serve([reply]).await;
    let error = failure(model(wire, &server).invoke("Hi").await);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

/// An error that the service writes into its answer has the class that it would have by itself.
pub async fn an_error_within_an_answer_keeps_what_came(wire: &(impl ServiceFixture + Clone)) {
    let says = "the service is overloaded";
    let Some(broken) = wire.error_event(says) else { return };
    let reply = Reply::events().piece(begun(wire)).piece(broken).stall();
    let fault = Fault::new("breaks, and says so", reply, ErrorKind::Unavailable);
    fault.expect_partial(said_so_far()).expect_message(says).check(wire).await;
}

/// Something that is no answer is an error, and no panic: a page, half a document, nothing.
pub async fn an_answer_that_is_none_is_an_error(wire: &(impl ServiceFixture + Clone)) {
    let page = Reply::new(200).header("content-type", "text/html").piece("<title>Log in</title>");
    Fault::new("is a page", page, ErrorKind::Parse).expect_message("Log in").check(wire).await;
    let cut = Fault::new("breaks within its answer", cut(200), ErrorKind::Connection);
    cut.check(wire).await;

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
            let fits = matches!(
                error.kind(),
                ErrorKind::Parse | ErrorKind::Connection | ErrorKind::EmptyStream
            );
            assert!(fits, "{reply:?}: {error:?}");
        }
    }
}

/// The key shows in no `Debug`, no error and no event, also where the service says it back.
pub async fn a_key_is_never_shown(wire: &(impl ServiceFixture + Clone)) {
    if !wire.needs_key() {
        return;
    }
    let said_back = format!("the key {KEY} is wrong");
    let server = serve([Reply::json(401, &wire.error_body(&said_back))]).await;
    let recorder = EventRecorder::new();
    let model = model(wire, &server);
    let config = RunConfig::new().listener(recorder.clone());
    let error = failure(model.invoke("Hi").config(config).await);
    let request = &server.requests()[0];
    let sent = ["authorization", "x-api-key", "api-key"];
    let sent = sent.iter().filter_map(|name| request.header(name)).any(|key| key.contains(KEY));
    assert!(sent || request.path().contains(KEY), "the key did not reach the service");
    let shown = [
        format!("{model:?}"),
        format!("{error:?}"),
        error.to_string(),
        format!("{:?}", recorder.events()),
    ];
    for shown in shown {
        assert!(!shown.contains(KEY), "{shown}");
    }
}
