//! Tests the names at the root of `runnable`, alone and together with names of other crates.

use runnable::{
    ChatOptions, Error, ErrorKind, Graph, Result, Retriever, RetryPolicy, RunConfig, RunKind,
    Runnable, RunnableExt, StepInfo, TimeoutPhase, Timeouts,
    calls::Invoke,
    combinators::Each,
    lambda,
    message::TextBlock,
    model::{ChatProvider, ChatRequest},
    parser::Source,
    prompt::MessagesPlaceholder,
    run_kind,
    steps::Lambda,
    testing::ScriptedChatModel,
    tool::ToolDefinition,
    transport::{HttpClient, chat::ChatProtocol},
    try_lambda,
};

/// A glob import of the root does not hide a crate of the standard library, such as `core`.
mod everything_at_once {
    use runnable::*;

    #[derive(Clone)]
    struct Loud;

    impl core::fmt::Display for Loud {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("loud")
        }
    }

    #[tokio::test]
    async fn a_glob_of_the_root_does_not_hide_core() {
        let step = lambda(|text: String| format!("{text}: {Loud}"));
        assert_eq!(step.invoke("a").await.unwrap(), "a: loud");
    }
}

#[tokio::test]
async fn what_a_program_names_stands_at_the_root() {
    let step = lambda(|text: String| text.len()).with_retry(RetryPolicy::new().without_backoff());
    let step = step.with_timeouts(Timeouts::new());
    assert_eq!(step.invoke("four").config(RunConfig::new().run_name("length")).await.unwrap(), 4);
    let info: StepInfo = lambda(|text: String| text).info();
    assert_eq!(info.name(), "RunnableLambda");
    assert_eq!(run_kind::CHAT_MODEL, RunKind::new("chat_model"));
    let failed =
        try_lambda(|_: String| -> Result<()> { Err(Error::new(ErrorKind::Timeout, "late")) });
    let error = failed.invoke("a").await.unwrap_err();
    assert_eq!(error.timeout_phase(), None::<TimeoutPhase>);
    let graph: Graph = step.graph();
    assert!(!graph.to_string().is_empty());
}

/// Types that a program writes in its signatures. The test is that this function compiles.
#[allow(dead_code, reason = "the test is only that this compiles")]
fn types_can_be_named<S: Source, A: ChatProtocol, R: Runnable>(
    _: (Invoke<R>, Each<R>, A),
    _: Lambda<fn(S) -> S, S, S>,
    _: (
        TextBlock,
        ChatRequest,
        MessagesPlaceholder,
        ToolDefinition,
        ChatOptions,
        HttpClient,
        Retriever,
    ),
    _: (&dyn ChatProvider, ScriptedChatModel),
) {
}
