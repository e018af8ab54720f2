//! While the code of a step runs, the span of its run is current.

use opentelemetry::{
    Context,
    trace::{TraceContextExt, Tracer, TracerProvider},
};
use runnable_core::prelude::*;
use tokio::task::yield_now;

use crate::exported::Exported;

/// Returns the ID of the current span.
fn current() -> String {
    Context::map_current(|context| context.span().span_context().span_id().to_string())
}

#[tokio::test]
async fn the_span_of_a_step_is_current_while_its_code_runs() {
    let exported = Exported::new();
    let ids = async_lambda(|_: String, _| async move {
        let before = current();
        yield_now().await;
        Ok(vec![before, current()])
    });
    let ids = ids.with_name("ids");
    let outside = current();
    let seen = passthrough().pipe(ids).invoke("").config(exported.config()).await.unwrap();
    let id = exported.span("ids").id().to_string();
    assert_eq!(seen, [id.clone(), id]);
    assert_eq!(current(), outside);
}

#[tokio::test]
async fn spans_of_the_program_are_below_the_step() {
    let exported = Exported::new();
    let tracer = exported.provider.tracer("program");
    let inner = lambda(|text: String| text).with_name("inner");
    let step = async_lambda(move |text: String, cx: RunContext| {
        let (tracer, inner) = (tracer.clone(), inner.clone());
        async move {
            let query = Context::current_with_span(tracer.start("query"));
            let call = inner.invoke(text).config(&cx);
            let result = opentelemetry::trace::FutureExt::with_context(call, query.clone()).await;
            query.span().end();
            result
        }
    });
    step.with_name("step").invoke("a").config(exported.config()).await.unwrap();
    let paths = exported.paths();
    let step = "invoke_workflow step";
    assert_eq!(
        paths,
        [step.to_owned(), format!("{step} > query"), format!("{step} > query > inner")]
    );
}

#[tokio::test]
async fn several_listeners_do_not_mix_their_spans() {
    let (first, second) = (Exported::new(), Exported::new());
    let chain = passthrough().pipe(lambda(|text: String| text).with_name("inner"));
    let config = RunConfig::new().listener(first.listener()).listener(second.listener());
    chain.invoke("a").config(config).await.unwrap();
    for exported in [first, second] {
        let path = exported.path(&exported.span("inner"));
        assert_eq!(path, "invoke_workflow RunnableSequence > inner");
    }
}
