//! Steps with others to fall back on.

use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{Echo, about, assert_each_run_ends_once, outcomes, recorded, unavailable};

/// Defect 5: the members of an invoked fallback hung below the run around it, beside the fallback.
#[tokio::test]
async fn members_hang_below_their_fallback_invoked_or_streamed() {
    for streamed in [false, true] {
        let broken = ScriptedChatModel::new([ScriptedReply::error(unavailable())])
            .with_run_name("Broken")
            .to_model();
        let spare = ScriptedChatModel::new(["Hello you"]).with_run_name("Spare").to_model();
        let chain = prompt("{text}").pipe(broken.with_fallback(spare)).pipe(text());
        let (config, recorder) = recorded();
        let answer = match streamed {
            true => chain.stream(about("hi")).config(config).concat().await,
            false => chain.invoke(about("hi")).config(config).await,
        };
        assert_eq!(answer.unwrap(), "Hello you");
        let run = |name: &str| recorder.events_of(name).remove(0).run;
        let (root, fallback) = (run("RunnableSequence"), run("RunnableWithFallbacks"));
        for member in ["Broken", "Spare"] {
            assert_eq!(run(member).parent_ids[..], [root.id, fallback.id], "streamed: {streamed}");
        }
    }
}

/// Defect 15, without telling: whatever a member does to its input, the next has the caller's.
#[tokio::test]
async fn each_member_gets_the_input_as_the_caller_gave_it() {
    let spoil = try_lambda(|mut values: Dict| {
        values = values.with("text", "spoilt").with("more", 1);
        Err::<Dict, _>(Error::new(ErrorKind::Other, values.names().collect::<String>()))
    });
    let chain = spoil.with_fallback(passthrough());
    let values = about("hi");
    assert_eq!(chain.invoke(values.clone()).await.unwrap(), values);
    assert_eq!(chain.stream(values.clone()).concat().await.unwrap(), values);
}

/// Defect 15: the error was written into the caller's own input, where every later member, and who
/// watched, found it.
#[tokio::test]
async fn a_member_that_is_told_the_error_does_not_change_the_input() {
    let broken = || Echo::failing(|_, _| Some(unavailable()));
    let (last, values) = (Echo::new(), about("hi"));
    let first = prompt("{text}").pipe(broken().to_model()).pipe(text());
    let told = |model: &Echo| {
        let explain = prompt("{text}, {error}").pipe(model.to_model()).pipe(text());
        let tell = |values: Dict, error: &Error| values.with("error", error.message());
        first.clone().with_fallback_input(explain, tell)
    };
    for streamed in [false, true] {
        let model = Echo::new();
        let (config, recorder) = recorded();
        let answer = match streamed {
            true => told(&model).stream(values.clone()).config(config).concat().await,
            false => told(&model).invoke(values.clone()).config(config).await,
        };
        assert_eq!(answer.unwrap(), "hi, 503");
        let root = &recorder.events_of("RunnableWithFallbacks")[0];
        assert_eq!(root.to_langchain_v2()["data"]["input"], json!({ "text": "hi" }));

        // One after it that is told nothing does not see the error at all.
        let sees = lambda(|values: Dict| PromptValue::from(values.names().collect::<String>()));
        let chain = told(&broken()).with_fallback(sees.pipe(last.to_model()).pipe(text()));
        let answer = match streamed {
            true => chain.stream(values.clone()).concat().await,
            false => chain.invoke(values.clone()).await,
        };
        assert_eq!(answer.unwrap(), "text");
    }
}

/// Defect 17: where an error that is not to be fallen back from ended a batch, no run of it had an
/// end.
#[tokio::test]
async fn every_run_of_a_batch_ends_where_its_fallback_gives_up() {
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
    let results = chain.batch(["own", "never", "other"].map(about)).config(config).await;
    let expected = [Ok("own".into()), Err(ErrorKind::Authentication), Ok("spare".into())];
    assert_eq!(outcomes(results), expected);
    assert_each_run_ends_once(&recorder.events());
    let script = recorder.lines();
    let ends = |line: &str| script.iter().filter(|found| *found == line).count();
    assert_eq!(ends("on_chain_end RunnableWithFallbacks"), 2);
    assert_eq!(ends("on_chain_error RunnableWithFallbacks"), 1);
}
