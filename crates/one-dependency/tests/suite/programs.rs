//! Small programs, written as a new user would write them.

use std::collections::HashMap;

use runnable::{prelude::*, testing::ScriptedChatModel};

/// Creates a model that returns these answers, one per call.
fn model(answers: impl IntoIterator<Item = &'static str>) -> ChatModel {
    ScriptedChatModel::new(answers).to_model()
}

#[tokio::test]
async fn a_batch_over_borrowed_lines() {
    let lines: Vec<String> = "tea\nmilk".lines().map(str::to_owned).collect();
    let chain = lambda(|line: String| line.len());
    let sizes: Result<Vec<_>> = chain.batch(&lines).await.into_iter().collect();
    assert_eq!(sizes.unwrap(), [3, 4]);
}

#[tokio::test]
async fn a_count_of_words_as_a_map() {
    let count = lambda(|text: String| {
        let mut counts = HashMap::new();
        text.split(' ').for_each(|word| *counts.entry(word.to_owned()).or_insert(0) += 1);
        counts
    });
    let most = lambda(|counts: HashMap<String, u32>| counts.into_values().max());
    assert_eq!(count.pipe(most).invoke("a b a").await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_step_that_streams_a_model_and_calls_another() {
    let (writer, critic) = (model(["A joke."]), model(["Funny."]).pipe(text()));
    let reviewed =
        stream_lambda(capture((writer, critic), |(writer, critic), topic: String, cx| {
            try_stream! {
                let mut joke = String::new();
                let mut chunks = writer.pipe(text()).stream(topic).config(&cx);
                while let Some(chunk) = chunks.next().await {
                    let chunk = chunk?;
                    joke.push_str(&chunk);
                    yield chunk;
                }
                let review = critic.invoke(joke).config(&cx).await?;
                yield format!(" {review}");
            }
        }));
    assert_eq!(reviewed.invoke("cats").await.unwrap(), "A joke. Funny.");
}

#[tokio::test]
async fn an_answer_read_by_a_parser() {
    let number = parser("Number", |text: String| text.trim().parse::<u32>());
    assert_eq!(model([" 42 "]).pipe(number).invoke("How many?").await.unwrap(), 42);
}

#[tokio::test]
async fn a_chain_chosen_at_run_time() {
    let chain = |loud: bool| {
        let trim = lambda(|text: String| text.trim().to_owned());
        let shout = lambda(|text: String| text.to_uppercase());
        if loud { trim.pipe(shout).into_dyn() } else { trim.into_dyn() }
    };
    assert_eq!(chain(true).invoke(" a ").await.unwrap(), "A");
    assert_eq!(chain(false).invoke(" a ").await.unwrap(), "a");
}

#[tokio::test]
async fn a_function_reads_configuration_and_resources() {
    struct Prices(HashMap<&'static str, u32>);

    let price = async_lambda(|name: String, cx: RunContext| async move {
        let discount = cx.configurable("discount").and_then(|value| value.as_u64());
        let price = cx.resource::<Prices>()?.0[name.as_str()];
        Ok(price - u32::try_from(discount.unwrap_or(0)).unwrap_or(0))
    })
    .declares("discount");
    let prices = || RunConfig::new().resource(Prices(HashMap::from([("tea", 5)])));
    assert_eq!(price.invoke("tea").config(prices()).await.unwrap(), 5);
    let config = prices().configurable("discount", 2);
    assert_eq!(price.invoke("tea").config(config).await.unwrap(), 3);
}

#[test]
fn a_program_without_async() {
    let chain = Blocking::new(lambda(|text: String| text.to_uppercase())).unwrap();
    assert_eq!(chain.invoke("a").unwrap(), "A");
}
