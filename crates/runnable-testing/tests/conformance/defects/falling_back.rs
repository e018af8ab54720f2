//! Defects of fallbacks.

use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{
    Echo, assert_each_run_ends_once, outcomes, prompt_values, recorded, unavailable,
};

/// Defect 5: with `invoke`, the members of a fallback are children of the fallback's parent.
#[tokio::test]
async fn fallback_members_are_children_of_the_fallback() {
    for streamed in [false, true] {
        let broken = ScriptedChatModel::new([ScriptedReply::error(unavailable())])
            .with_run_name("Broken")
            .to_model();
        let spare = ScriptedChatModel::new(["Hello you"]).with_run_name("Spare").to_model();
        let chain = prompt("{text}").pipe(broken.with_fallback(spare)).pipe(text());
        let (config, recorder) = recorded();
        let answer = if streamed {
            chain.stream(prompt_values("hi")).config(config).concat().await
        } else {
            chain.invoke(prompt_values("hi")).config(config).await
        };
        assert_eq!(answer.unwrap(), "Hello you");
        let run = |name: &str| recorder.events_of(name).remove(0).run;
        let (root, fallback) = (run("RunnableSequence"), run("RunnableWithFallbacks"));
        for member in ["Broken", "Spare"] {
            assert_eq!(run(member).parent_ids[..], [root.id, fallback.id], "streamed: {streamed}");
        }
    }
}

/// Defect 15, without the error in the input: a member cannot change the input of the next member.
#[tokio::test]
async fn each_fallback_member_receives_the_original_input() {
    let spoil = try_lambda(|mut values: Dict| {
        values = values.with("text", "spoilt").with("more", 1);
        Err::<Dict, _>(Error::new(ErrorKind::Other, values.names().collect::<String>()))
    });
    let chain = spoil.with_fallback(passthrough());
    let values = prompt_values("hi");
    assert_eq!(chain.invoke(values.clone()).await.unwrap(), values);
    assert_eq!(chain.stream(values.clone()).concat().await.unwrap(), values);
}

/// Defect 15: the error is written into the caller's input. Every later member and every listener
/// sees it there.
#[tokio::test]
async fn passing_the_error_does_not_change_the_original_input() {
    let broken = || Echo::failing(|_, _| Some(unavailable()));
    let (last, values) = (Echo::new(), prompt_values("hi"));
    let first = prompt("{text}").pipe(broken().to_model()).pipe(text());
    let with_explanation = |model: &Echo| {
        let explain = prompt("{text}, {error}").pipe(model.to_model()).pipe(text());
        let tell = |values: Dict, error: &Error| values.with("error", error.message());
        first.clone().with_fallback_input(explain, tell)
    };
    for streamed in [false, true] {
        let model = Echo::new();
        let (config, recorder) = recorded();
        let answer = if streamed {
            with_explanation(&model).stream(values.clone()).config(config).concat().await
        } else {
            with_explanation(&model).invoke(values.clone()).config(config).await
        };
        assert_eq!(answer.unwrap(), "hi, 503");
        let root = &recorder.events_of("RunnableWithFallbacks")[0];
        assert_eq!(root.to_langchain_v2()["data"]["input"], json!({ "text": "hi" }));

        // A later member that does not receive the error has the original input.
        let names = lambda(|values: Dict| PromptValue::from(values.names().collect::<String>()));
        let last = names.pipe(last.to_model()).pipe(text());
        let chain = with_explanation(&broken()).with_fallback(last);
        let answer = if streamed {
            chain.stream(values.clone()).concat().await
        } else {
            chain.invoke(values.clone()).await
        };
        assert_eq!(answer.unwrap(), "text");
    }
}

/// Defect 17: if an error that the fallback does not handle ends a batch, no run has an end.
#[tokio::test]
async fn every_run_ends_if_a_fallback_rejects_an_error() {
    let model = Echo::failing(|text, _| match text {
        "never" => Some(Error::new(ErrorKind::Authentication, "no key")),
        "other" => Some(unavailable()),
        _ => None,
    });
    let spare = ScriptedChatModel::new(["spare"]).repeat_last().to_model();
    let careful = model.to_model().with_fallback(spare);
    let careful = careful.when(|error| error.kind() != ErrorKind::Authentication);
    let chain = prompt("{text}").pipe(careful).pipe(text());
    let (config, recorder) = recorded();
    let results = chain.batch(["own", "never", "other"].map(prompt_values)).config(config).await;
    let expected = [Ok("own".into()), Err(ErrorKind::Authentication), Ok("spare".into())];
    assert_eq!(outcomes(results), expected);
    assert_each_run_ends_once(&recorder.events());
    let lines = recorder.lines();
    let ends = |line: &str| lines.iter().filter(|recorded| *recorded == line).count();
    assert_eq!(ends("on_chain_end RunnableWithFallbacks"), 2);
    assert_eq!(ends("on_chain_error RunnableWithFallbacks"), 1);
}
