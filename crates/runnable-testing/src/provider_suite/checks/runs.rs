//! What is told of a call: whose it is, and how it ends.

use runnable_chat::run_kind::CHAT_MODEL;
use runnable_core::{RunConfig, RunnableExt};
use runnable_events::StreamEventsExt;

use crate::{
    EventRecorder,
    provider_suite::{
        ServiceFixture,
        call::Call,
        service::{PIECES, answer, closed, model, serve, serve_well, stream},
    },
    server::Reply,
};

/// The run of a model has the model's name and kind, and says provider and model as tracing tools
/// know them.
pub async fn a_run_says_its_model_and_provider(wire: &(impl ServiceFixture + Clone)) {
    let server = serve_well(wire).await;
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    answer(model(wire, &server).invoke("Hi").config(config).await);
    let events = recorder.events();
    let (run, names) = (&events[0].run, wire.expected_run());
    assert_eq!((&*run.name, run.kind), (names.run, CHAT_MODEL));
    assert_eq!(run.metadata["ls_provider"], names.provider);
    assert_eq!(run.metadata["ls_model_name"], names.model);
    assert_eq!(run.metadata["ls_model_type"], "chat");
}

/// Dropping the stream of an answer closes its connection, which stops the service, though the model
/// is still held.
pub async fn dropping_a_stream_closes_the_connection(wire: &(impl ServiceFixture + Clone)) {
    let begun = wire.stream_start() + &wire.stream_chunk(PIECES[0]);
    let server = serve([Reply::events().piece(begun).stall()]).await;
    let model = model(wire, &server);
    let mut call = Call::of(&model);
    let record = call.record();
    call.says(&PIECES[..1]).await;
    assert_eq!(server.open_connections(), 1);
    drop(call);
    closed(&server).await;
    record.assert_ended("cancelled");
    drop(model);
}

/// A run ends once: with its end, an error, or cancelled.
pub async fn every_run_has_one_end_however_it_ends(wire: &(impl ServiceFixture + Clone)) {
    let begun = wire.stream_start() + &wire.stream_chunk(PIECES[0]);
    let replies = [
        Reply::events().piece(stream(wire)),
        Reply::json(500, &wire.error_body("out of order")),
        Reply::events().piece(&begun).close(),
        Reply::events().piece(&begun).stall(),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let server = serve([reply]).await;
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        let mut events = model(wire, &server).stream_events("Hi").config(config);
        // The last is left after its first chunk of text.
        while let Some(Ok(event)) = events.next().await {
            if number == 3 && event.event_name() == "on_chat_model_stream" {
                break;
            }
        }
        drop(events);
        let ends = recorder.events().iter().filter(|event| event.is_terminal()).count();
        assert_eq!(ends, 1, "{:?}", recorder.lines());
    }
}
