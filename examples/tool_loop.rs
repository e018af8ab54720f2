//! A tool loop with two tools: the model calls the tools until it can answer. The tests are at the
//! end of the file.
//!
//! ```text
//! cargo run --release --example tool_loop -- [QUESTION] [--model MODEL]
//! cargo test -p examples --example tool_loop
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
};

use examples::{Arguments, main_of};
use runnable::{
    Tool, Toolbox,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const USAGE: &str = "\
Answers a question about a small shop, with tools that look things up.

Usage: tool_loop [QUESTION] [--model MODEL]

  QUESTION       what to ask (default: what two lamps and a desk cost)
  --model MODEL  such as openai:gpt-4o-mini (default: a stand-in inside the program
                 that answers the default question from a script)
";

fn main() -> ExitCode {
    main_of(USAGE, tool_loop)
}

async fn tool_loop(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => stand_in(),
    };
    let clerk = Clerk::new(model);

    let question = arguments.text("What do two lamps and a desk cost, and are they in stock?");
    let answer = clerk.invoke(question).config(RunConfig::new().listener(tree.clone())).await?;
    writeln!(io::stdout(), "{answer}\n")?;
    tree.flush();
    Ok(())
}

/// A step that answers questions about a shop. It calls the model and the requested tools until the
/// model requests no more tools.
#[derive(Clone)]
struct Clerk {
    model: ChatModel,
    tools: Toolbox,
}

/// The maximum number of times that the model may request tools for one question. Otherwise a model
/// that never stops would cost money forever.
const MOST_ROUNDS: usize = 8;

impl Clerk {
    fn new(model: ChatModel) -> Self {
        let tools = toolbox([stock(), total()]);
        Self { model: model.tools(&tools), tools }
    }
}

impl Runnable for Clerk {
    type Input = String;
    type Output = String;

    async fn run(&self, question: String, cx: RunContext) -> Result<String> {
        let rules = "You are the clerk of a shop. Look everything up; never guess a price.";
        let mut conversation = PromptValue::from([system(rules), human(question)]);
        for _ in 0..MOST_ROUNDS {
            let answer = self.model.invoke(&conversation).config(&cx).await?;
            let results = self.tools.invoke(&answer).config(&cx).await?;
            if results.is_empty() {
                return Ok(answer.into_text());
            }
            conversation.push(answer);
            conversation.extend(results);
        }
        let message =
            format!("the model requested tools {MOST_ROUNDS} times without giving an answer");
        Err(Error::new(ErrorKind::RecursionLimit, message))
    }
}

/// The items of the shop: the name, the price in cents, and the number in stock.
const SHOP: [(&str, u64, u64); 3] = [("chair", 4_900, 12), ("desk", 19_900, 0), ("lamp", 2_450, 7)];

fn look_up(item: &str) -> Result<(u64, u64)> {
    let found = SHOP.iter().find(|(name, ..)| *name == item);
    found.map(|(_, price, stock)| (*price, *stock)).ok_or_else(|| {
        let names = SHOP.map(|(name, ..)| format!("`{name}`")).join(", ");
        // The model reads this error message, and can correct its call.
        let message = format!("unknown item `{item}`: expected one of {names}");
        Error::new(ErrorKind::NotFound, message)
    })
}

fn stock() -> Tool {
    #[derive(Deserialize, JsonSchema)]
    struct Stock {
        /// The name of the item, in the singular.
        item: String,
    }

    tool("stock", "Tells how many of an item are there.", |Stock { item }, _| async move {
        let (_, stock) = look_up(&item)?;
        Ok(stock)
    })
}

fn total() -> Tool {
    #[derive(Deserialize, JsonSchema)]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Deserialize, JsonSchema)]
    struct Line {
        /// The name of the item, in the singular.
        item: String,
        count: u64,
    }

    #[derive(Serialize)]
    struct Total {
        euros: f64,
    }

    tool("total", "Adds up what an order costs.", |Order { lines }, _| async move {
        let mut cents = 0;
        for Line { item, count } in lines {
            cents += look_up(&item)?.0 * count;
        }
        Ok(Total { euros: cents as f64 / 100.0 })
    })
}

/// Creates a scripted model, so that the program runs without a key. The model requests two tools
/// at once, misspells an item, and corrects itself.
fn stand_in() -> ChatModel {
    let order =
        |lamp: &str| json!({"lines": [{"item": lamp, "count": 2}, {"item": "desk", "count": 1}]});
    ScriptedChatModel::new([
        ScriptedReply::tool_call("stock", json!({"item": "lamp"}))
            .and_tool_call("stock", json!({"item": "desk"}))
            .and_tool_call("total", order("lamps")),
        ScriptedReply::tool_call("total", order("lamp")),
        ScriptedReply::words(
            "Two lamps and a desk cost 248 €. There are 7 lamps, but no desk is left.",
        ),
    ])
    .to_model()
}

/// Run these tests with `cargo test -p examples --example tool_loop`. They need no key and no
/// network.
#[cfg(test)]
mod tests {
    use runnable::testing::EventRecorder;

    use super::*;

    /// Returns the clerk with a scripted model, and the script, which records the prompts.
    fn clerk<const N: usize>(answers: [ScriptedReply; N]) -> (Clerk, ScriptedChatModel) {
        let script = ScriptedChatModel::new(answers);
        (Clerk::new(script.to_model()), script)
    }

    /// Returns the texts of the last prompt.
    fn tool_results(script: &ScriptedChatModel) -> Vec<String> {
        let prompts = script.prompts();
        let messages = prompts.last().map_or(&[][..], |prompt| &prompt.messages);
        let results = messages.iter().filter(|message| matches!(message, Message::Tool(_)));
        results.map(|message| message.text().into_owned()).collect()
    }

    #[tokio::test]
    async fn an_answer_without_tools_is_returned() {
        let (clerk, script) = clerk(["Good morning.".into()]);
        assert_eq!(clerk.invoke("Hello").await.unwrap(), "Good morning.");
        assert_eq!(script.prompts()[0].messages[1], human("Hello"));
        assert_eq!(script.requests()[0].options.tools.len(), 2);
    }

    #[tokio::test]
    async fn tool_results_are_sent_back_in_order() {
        let calls = ScriptedReply::tool_call("stock", json!({"item": "desk"})).and_tool_call(
            "total",
            json!({"lines": [{"item": "lamp", "count": 2}, {"item": "chair", "count": 1}]}),
        );
        let (clerk, script) = clerk([calls, "98 €".into()]);
        assert_eq!(clerk.invoke("How much?").await.unwrap(), "98 €");
        assert_eq!(tool_results(&script), ["0", r#"{"euros":98.0}"#]);
    }

    #[tokio::test]
    async fn the_model_reads_the_error_of_its_call() {
        let calls = ScriptedReply::tool_call("stock", json!({"item": "lamps"}))
            .and_tool_call("stock", json!({}))
            .and_tool_call("sell", json!({}));
        let (clerk, script) = clerk([calls, "Sorry.".into()]);
        assert_eq!(clerk.invoke("How many lamps?").await.unwrap(), "Sorry.");
        let told = tool_results(&script);
        let parts = ["expected one of `chair`, `desk`, `lamp`", "`item`", "`sell`"];
        for (told, part) in told.iter().zip(parts) {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(told.len(), 3);
    }

    #[tokio::test]
    async fn endless_tool_calls_are_stopped() {
        let asks = ScriptedReply::tool_call("stock", json!({"item": "lamp"}));
        let script = ScriptedChatModel::new([asks]).repeat_last();
        let error = Clerk::new(script.to_model()).invoke("?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RecursionLimit);
        assert_eq!(script.prompts().len(), MOST_ROUNDS);
    }

    #[tokio::test]
    async fn each_tool_is_a_run_of_the_clerk() {
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        Clerk::new(stand_in()).invoke("?").config(config).await.unwrap();
        let tools = recorder.lines().into_iter().filter(|line| line.starts_with("on_tool_start"));
        assert_eq!(tools.count(), 4);
        assert_eq!(recorder.lines()[0], "on_chain_start Clerk");
    }
}
