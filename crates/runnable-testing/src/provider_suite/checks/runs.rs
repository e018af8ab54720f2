//! Checks of the runs of a model: their metadata and their end events.

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

/// Checks the name, the kind and the metadata of the model's run.
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

/// Checks that dropping a stream closes its connection, even if the model is not dropped.
pub async fn dropping_a_stream_closes_the_connection(wire: &(impl ServiceFixture + Clone)) {
    let truncated_stream = wire.stream_start() + &wire.stream_chunk(PIECES[0]);
    let server = serve([Reply::events().piece(truncated_stream).stall()]).await;
    let model = model(wire, &server);
    let mut call = Call::of(&model);
    let record = call.record();
    call.assert_texts(&PIECES[..1]).await;
    assert_eq!(server.open_connections(), 1);
    drop(call);
    closed(&server).await;
    record.assert_ended("cancelled");
    drop(model);
}

/// Checks that a run has exactly one end event, whether it succeeds, fails or is dropped.
pub async fn every_run_has_one_end_however_it_ends(wire: &(impl ServiceFixture + Clone)) {
    let truncated_stream = wire.stream_start() + &wire.stream_chunk(PIECES[0]);
    let replies = [
        Reply::events().piece(stream(wire)),
        Reply::json(500, &wire.error_body("out of order")),
        Reply::events().piece(&truncated_stream).close(),
        Reply::events().piece(&truncated_stream).stall(),
    ];
    for (number, reply) in replies.into_iter().enumerate() {
        let server = serve([reply]).await;
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        let mut events = model(wire, &server).stream_events("Hi").config(config);
        // Drop the last stream after its first chunk of text.
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
