//! The contents of errors: path, kind, source and text.

use std::error::Error as _;

use futures::stream;
use runnable_core::{TimeoutPhase, prelude::*};

use crate::words::{Words, shout};

fn refuse(text: String) -> Result<String> {
    Err(Error::new(ErrorKind::RateLimit, format!("no {text}")))
}

fn path(error: &Error) -> Vec<&str> {
    error.path().collect()
}

#[tokio::test]
async fn an_error_contains_the_path_of_its_steps() {
    let chain = Words.pipe(try_lambda(refuse)).pipe(shout());
    let error = chain.invoke("cats").await.unwrap_err();
    assert_eq!(path(&error), ["RunnableSequence", "refuse"]);
    assert_eq!(error.to_string(), "no cats (in RunnableSequence > refuse)");
}

#[tokio::test]
async fn a_streamed_error_has_the_same_path() {
    let chain = Words.pipe(try_lambda(refuse)).pipe(shout()).pipe(Words).pipe(shout());
    let error = chain.stream("cats").next().await.unwrap().unwrap_err();
    assert_eq!(path(&error), ["RunnableSequence", "refuse"]);
}

#[tokio::test]
async fn nested_calls_and_branches_are_on_the_path() {
    let inner = shout().pipe(try_lambda(refuse));
    let call = async_lambda(move |text: String, cx: RunContext| {
        let inner = inner.clone();
        async move { inner.invoke(text).config(RunConfig::from(&cx).run_name("inner")).await }
    });
    let chain =
        parallel((passthrough(), Words.pipe(call))).pipe(lambda(|(a, b): (String, String)| a + &b));
    for error in
        [chain.invoke("cats").await.unwrap_err(), chain.stream("cats").concat().await.unwrap_err()]
    {
        assert_eq!(
            path(&error),
            [
                "RunnableSequence",
                "RunnableParallel<0,1>",
                "RunnableSequence",
                "RunnableLambda",
                "inner",
                "refuse"
            ]
        );
        assert_eq!(error.kind(), ErrorKind::RateLimit);
    }
}

#[tokio::test]
async fn errors_keep_their_kind_and_the_type_of_their_source() {
    let number = try_lambda(|text: String| text.parse::<u64>());
    let error = Words.pipe(number).invoke("many").await.unwrap_err();
    assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    assert!(error.source().is_none(), "the message is the message of the source");

    let caused =
        Error::new(ErrorKind::Connection, "no answer").with_source(std::io::Error::other("reset"));
    assert_eq!(caused.source().unwrap().to_string(), "reset");
    assert!(caused.is_transient());
    assert_eq!(
        Error::other(caused).kind(),
        ErrorKind::Connection,
        "an `Error` is not wrapped again"
    );
}

#[tokio::test]
async fn an_error_of_an_invoked_stream_has_the_partial_output() {
    let breaks = generator(|_: ChunkStream<String>, _| {
        let broken = Error::new(ErrorKind::Connection, "the line is dead");
        stream::iter([Ok("one ".to_owned()), Ok("two".to_owned()), Err(broken)])
    });
    let error = breaks.pipe(passthrough()).invoke("").await.unwrap_err();
    let partial: Option<String> = error.partial();
    let other_type: Option<Vec<u8>> = error.partial();
    assert_eq!((partial.as_deref(), other_type), (Some("one two"), None));
}

#[test]
fn a_custom_error_can_contain_the_exceeded_limit() {
    let error = Error::new(ErrorKind::Timeout, "the service did not answer within 5s")
        .with_timeout_phase(TimeoutPhase::Connect);
    assert_eq!(error.timeout_phase(), Some(TimeoutPhase::Connect));
    assert_eq!(error.to_string(), "the service did not answer within 5s");
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_error_returned_by_main_is_readable() {
    let line = line!() + 1;
    let number = try_lambda(|text: String| text.parse::<u64>());
    let error = number.pipe(passthrough()).invoke("many").await.unwrap_err();
    let expected = format!(
        "invalid digit found in string (in RunnableSequence > RunnableLambda at {}:{line})",
        file!()
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(format!("{error:?}"), expected);
    assert_eq!(error.path().collect::<Vec<_>>(), ["RunnableSequence", "RunnableLambda"]);

    let cause = Error::other("the cable is cut");
    let error = Error::new(ErrorKind::Connection, "no route").with_source(cause);
    assert_eq!(format!("{error:?}"), "no route\n\nCaused by:\n    the cable is cut");
    assert!(format!("{error:#?}").contains("kind: Connection"), "{error:#?}");
}

#[tokio::test]
async fn a_name_replaces_the_source_location_of_a_closure() {
    let number = try_lambda(|text: String| text.parse::<u64>());
    let error = number.clone().with_name("number").invoke("many").await.unwrap_err();
    assert_eq!(error.to_string(), "invalid digit found in string (in number)");
    let error = number.invoke("many").config(RunConfig::new().run_name("call")).await.unwrap_err();
    assert_eq!(error.to_string(), "invalid digit found in string (in call)");
}
