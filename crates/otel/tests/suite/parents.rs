//! The parent of each span is the span of the enclosing run.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Barrier},
    time::Duration,
};

use opentelemetry::{
    Context,
    trace::{FutureExt, SpanKind, TraceContextExt, Tracer, TracerProvider},
};
use runnable_core::prelude::*;
use tokio::{task::JoinSet, time::sleep};

use crate::exported::Exported;

fn nap(name: &'static str) -> impl Runnable<Input = u64, Output = u64> {
    let step = async_lambda(|n: u64, _| async move {
        sleep(Duration::from_secs(n)).await;
        Ok(n)
    });
    step.with_name(name)
}

#[tokio::test]
async fn a_sequence_is_a_workflow_with_its_steps() {
    let exported = Exported::new();
    let upper = lambda(|text: String| text.to_uppercase()).with_name("upper");
    let count = lambda(|text: String| text.len()).with_name("count");
    upper.pipe(count).invoke("abc").config(exported.config()).await.unwrap();
    let root = "invoke_workflow RunnableSequence";
    let steps = ["upper", "count"].map(|step| format!("{root} > {step}"));
    let mut expected = vec![root.to_owned()];
    expected.extend(steps);
    expected.sort();
    assert_eq!(exported.paths(), expected);

    let span = exported.span("upper");
    assert_eq!(span.kind(), &SpanKind::Internal);
    assert_eq!(span.text("openinference.span.kind").as_deref(), Some("CHAIN"));
    assert_eq!(span.text("runnable.run.position").as_deref(), Some("seq:step:1"));
    assert_eq!(span.get("gen_ai.operation.name"), None, "the conventions have no name for it");
    assert!(span.text("code.file.path").is_none(), "the name of the run was set");
    assert_eq!(exported.span(root).text("gen_ai.agent.name").as_deref(), Some("RunnableSequence"));
}

#[tokio::test(start_paused = true)]
async fn concurrent_runs_have_the_right_parents() {
    let exported = Exported::new();
    let branch =
        |name: &'static str, inner: &'static str| passthrough().pipe(nap(inner)).with_name(name);
    let both = parallel((branch("left", "left inner"), branch("right", "right inner")));
    let calls = both.batch([3u64, 1, 2]).config(exported.config()).await;
    assert!(calls.iter().all(Result::is_ok));

    for side in ["left", "right"] {
        let inner = format!("{side} inner");
        let spans = exported.spans();
        let naps: Vec<_> = spans.iter().filter(|span| span.name() == inner).collect();
        assert_eq!(naps.len(), 3);
        for nap in naps {
            let path = exported.path(nap);
            assert!(path.ends_with(&format!("> {side} > {inner}")), "{path}");
        }
    }
    let spans = exported.spans();
    let traces: HashSet<_> = spans.iter().map(|span| span.0.span_context.trace_id()).collect();
    assert_eq!(traces.len(), 3, "each call of the batch is its own trace");
    let indexes: BTreeSet<_> =
        spans.iter().filter_map(|span| span.int("runnable.run.batch_index")).collect();
    assert_eq!(indexes.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn children_start_and_end_within_their_parent() {
    let exported = Exported::new();
    let chain = nap("first").pipe(nap("second"));
    chain.invoke(2u64).config(exported.config()).await.unwrap();
    let root = exported.span("invoke_workflow RunnableSequence");
    let (first, second) = (exported.span("first"), exported.span("second"));
    assert_eq!(root.duration(), Duration::from_secs(4));
    assert_eq!(first.duration(), Duration::from_secs(2));
    assert_eq!(first.times().1, second.times().0, "one step starts when the other ends");
    assert!(root.times().0 <= first.times().0 && second.times().1 <= root.times().1);
}

#[test]
fn runs_on_several_threads_have_the_right_parents() {
    let exported = Exported::new();
    let config = exported.config();
    let barrier = Arc::new(Barrier::new(4));
    std::thread::scope(|scope| {
        for number in 0..4usize {
            let (config, barrier) = (config.clone(), Arc::clone(&barrier));
            scope.spawn(move || {
                let inner = lambda(move |n: usize| {
                    barrier.wait();
                    n + number
                });
                let names = ["t0", "t1", "t2", "t3"];
                let chain = passthrough().pipe(inner.with_name(names[number]));
                let chain = chain.with_name(["r0", "r1", "r2", "r3"][number]);
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(chain.invoke(1usize).config(config)).unwrap();
            });
        }
    });
    for number in 0..4 {
        let path = exported.path(&exported.span(&format!("t{number}")));
        assert_eq!(path, format!("invoke_workflow r{number} > t{number}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_in_a_task_that_outlives_its_parent_keeps_its_parent() {
    let exported = Exported::new();
    let spawns = async_lambda(|n: u64, cx: RunContext| async move {
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            sleep(Duration::from_secs(10)).await;
            nap("late").invoke(n).config(&cx).await
        });
        tasks.detach_all();
        Ok(n)
    });
    let chain = spawns.with_name("spawns");
    chain.invoke(1u64).config(exported.config()).await.unwrap();
    assert_eq!(exported.names(), ["invoke_workflow spawns"]);
    sleep(Duration::from_secs(20)).await;
    assert_eq!(exported.path(&exported.span("late")), "invoke_workflow spawns > late");
}

#[tokio::test]
async fn the_span_of_the_program_is_the_parent_of_the_root() {
    let exported = Exported::new();
    let tracer = exported.provider.tracer("program");
    let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    let span = tracer.start("GET /shout");
    let request = Context::current_with_span(span);
    let call = shout.invoke("a").config(exported.config());
    call.with_context(request.clone()).await.unwrap();
    request.span().end();
    let path = exported.path(&exported.span("invoke_workflow shout"));
    assert_eq!(path, "GET /shout > invoke_workflow shout");
}

#[tokio::test]
async fn the_source_of_a_closure_is_an_attribute() {
    let exported = Exported::new();
    lambda(|n: u64| n + 1).invoke(1u64).config(exported.config()).await.unwrap();
    let span = exported.span("invoke_workflow RunnableLambda");
    assert!(span.text("code.file.path").unwrap().ends_with("parents.rs"));
    assert!(span.int("code.line.number").unwrap() > 0);
}
