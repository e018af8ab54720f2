//! Steps with others to fall back on.

use runnable_chat::prelude::*;
use runnable_testing::{Answer, ScriptedChat};

use crate::parts::{Echo, about, assert_each_run_ends_once, outcomes, recorded, unavailable};

/// Defect 5: the members of an invoked fallback hung below the run around it, beside the fallback.
#[tokio::test]
async fn members_hang_below_their_fallback_invoked_or_streamed() {
    for streamed in [false, true] {
        let broken = ScriptedChat::new([Answer::error(unavailable())]).named("Broken").to_model();
        let spare = ScriptedChat::new(["Hello you"]).named("Spare").to_model();
        let chain = prompt("{text}").pipe(broken.with_fallback(spare)).pipe(text());
        let (config, recorder) = recorded();
        let answer = match streamed {
            true => chain.stream(about("hi")).config(config).gather().await,
            false => chain.invoke(about("hi")).config(config).await,
        };
        assert_eq!(answer.unwrap(), "Hello you");
        let run = |name: &str| recorder.of(name).remove(0).run;
        let (root, fallback) = (run("RunnableSequence"), run("RunnableWithFallbacks"));
        for member in ["Broken", "Spare"] {
            assert_eq!(run(member).parents[..], [root.id, fallback.id], "streamed: {streamed}");
        }
    }
}

/// Defect 15: telling a fallback the error wrote it into the caller's own input.
#[tokio::test]
async fn each_member_gets_the_input_as_the_caller_gave_it() {
    let spoil = try_lambda(|mut values: Args| {
        values = values.with("text", "spoilt").with("more", 1);
        Err::<Args, _>(Error::new(ErrorKind::Other, values.names().collect::<String>()))
    });
    let chain = spoil.with_fallback(passthrough());
    let values = about("hi");
    assert_eq!(chain.invoke(values.clone()).await.unwrap(), values);
    assert_eq!(chain.stream(values.clone()).gather().await.unwrap(), values);
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
    let spare = ScriptedChat::new(["spare"]).repeat_last().to_model();
    let careful = model.to_model().with_fallback(spare);
    let careful = careful.when(|error| error.kind() != ErrorKind::Authentication);
    let chain = prompt("{text}").pipe(careful).pipe(text());
    let (config, recorder) = recorded();
    let results = chain.batch(["own", "never", "other"].map(about)).config(config).await;
    let expected = [Ok("own".into()), Err(ErrorKind::Authentication), Ok("spare".into())];
    assert_eq!(outcomes(results), expected);
    assert_each_run_ends_once(&recorder.events());
    let script = recorder.script();
    let ends = |line: &str| script.iter().filter(|found| *found == line).count();
    assert_eq!(ends("on_chain_end RunnableWithFallbacks"), 2);
    assert_eq!(ends("on_chain_error RunnableWithFallbacks"), 1);
}
