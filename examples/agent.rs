//! An agent with two tools, one of which needs approval. The program asks on the terminal before it
//! places an order. The tests are at the end of the file.
//!
//! ```text
//! cargo run --release --example agent -- [REQUEST] [--model MODEL]
//! cargo test -p examples --example agent
//! ```

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use examples::{Arguments, input_lines, main_of};
use futures::{Stream, StreamExt};
use runnable::agents::{Agent, AgentChunk, AgentPart, AgentState, agent, tool};
use runnable::{
    message::BlockDelta,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const USAGE: &str = "\
Orders from a small shop, and asks you before it places an order.

Usage: agent [REQUEST] [--model MODEL]

  REQUEST        what to order (default: two lamps)
  --model MODEL  such as openai:gpt-4o-mini (default: a stand-in inside the program
                 that answers the default request from a script)
";

fn main() -> ExitCode {
    main_of(USAGE, order)
}

async fn order(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => stand_in(),
    };
    let clerk = clerk(model);
    let config = RunConfig::new().listener(tree.clone());

    let mut answers = input_lines();
    let request = arguments.text("Order two lamps, please.");
    let mut paused = show(clerk.stream(request).config(config.clone())).await?;
    while let Some(mut state) = paused {
        decide(&mut state, &mut answers, io::stdin().is_terminal(), &mut io::stdout()).await?;
        // The state serializes to JSON. The program could therefore end here, and continue later.
        let stored = serde_json::to_string(&state).map_err(Error::other)?;
        let state: AgentState = serde_json::from_str(&stored).map_err(Error::other)?;
        paused = show(clerk.resume().stream(state).config(config.clone())).await?;
    }
    writeln!(io::stdout())?;
    tree.flush();
    Ok(())
}

/// Creates the agent. It may look up prices without approval, but not place orders.
fn clerk(model: ChatModel) -> Agent {
    agent(model, [price(), place_order()])
        .system_prompt("You are the clerk of a shop. Look up prices; never guess them.")
        .max_rounds(8)
        .answer_at_round_limit()
        .require_approval(["place_order"])
}

/// Prints the chunks of an agent as they arrive. Returns the state if the agent waits for approval.
async fn show(
    mut chunks: impl Stream<Item = Result<AgentChunk>> + Unpin,
) -> Result<Option<AgentState>> {
    let (mut out, mut paused) = (io::stdout(), None);
    // Read to the end: a stream that is dropped before cancels the run.
    while let Some(chunk) = StreamExt::next(&mut chunks).await {
        for part in chunk?.into_parts() {
            match part {
                AgentPart::Answer { chunk, .. } => {
                    for block in chunk.blocks() {
                        match &block.delta {
                            BlockDelta::Text(text) => write!(out, "{}", text.text)?,
                            BlockDelta::ToolCall(call) => {
                                let name = call.name.as_deref().unwrap_or_default();
                                write!(out, "{name}{}", call.args)?;
                            }
                            _ => (),
                        }
                    }
                    out.flush()?;
                }
                AgentPart::ToolResult { message, .. } => writeln!(out, " → {}", message.text())?,
                AgentPart::Paused(state) => paused = Some(state),
                _ => (),
            }
        }
    }
    Ok(paused)
}

/// Asks about each call that needs approval. A terminal shows the answers that the user types
/// (`is_echoed`). Without an answer, the call is rejected.
async fn decide(
    state: &mut AgentState,
    answers: &mut (impl Stream<Item = Result<String>> + Unpin),
    is_echoed: bool,
    out: &mut impl Write,
) -> Result<()> {
    for call in state.pending().cloned().collect::<Vec<_>>() {
        write!(out, "\nRun {}({})? [y/N] ", call.name, call.args)?;
        out.flush()?;
        let answer = StreamExt::next(answers).await.transpose()?;
        if !is_echoed || answer.is_none() {
            writeln!(out, "{}", answer.as_deref().unwrap_or_default())?;
        }
        let id = call.id.as_deref().unwrap_or_default();
        if answer.is_some_and(|answer| answer.trim().eq_ignore_ascii_case("y")) {
            state.approve(id)?;
        } else {
            state.reject(id, "The user does not want this order.")?;
        }
    }
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
struct Item {
    /// The name of the item, in the singular.
    item: String,
}

/// Returns the price of an item, in euros.
#[tool]
async fn price(Item { item }: Item) -> Result<f64> {
    match &*item {
        "lamp" => Ok(24.5),
        "desk" => Ok(199.0),
        _ => {
            // The model reads this error message, and can correct its call.
            let message = format!("unknown item `{item}`: expected one of `desk`, `lamp`");
            Err(Error::new(ErrorKind::NotFound, message))
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Order {
    /// The name of the item, in the singular.
    item: String,
    count: u32,
}

#[derive(Serialize)]
struct Receipt {
    order: u32,
    text: String,
}

/// Places an order. The order cannot be cancelled.
#[tool]
async fn place_order(Order { item, count }: Order) -> Result<Receipt> {
    Ok(Receipt { order: 1_001, text: format!("{count} × {item}") })
}

/// Creates a scripted model, so that the program runs without a key.
fn stand_in() -> ChatModel {
    ScriptedChatModel::from_fn(|request| {
        let messages = &request.prompt.messages;
        let results: Vec<_> =
            messages.iter().filter(|message| matches!(message, Message::Tool(_))).collect();
        match &results[..] {
            [] => ScriptedReply::tool_call("price", json!({"item": "lamp"})),
            [_] => ScriptedReply::words("Two lamps cost 49 €. ")
                .and_tool_call("place_order", json!({"item": "lamp", "count": 2})),
            [.., last] if last.text().contains("rejected") => "I did not order anything.".into(),
            _ => "I have ordered two lamps. The number of the order is 1001.".into(),
        }
    })
    .to_model()
}

/// Run these tests with `cargo test -p examples --example agent`. They need no key and no network.
#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the agent with these answers on the terminal, and returns its last text.
    async fn ordered(answers: &str) -> String {
        let clerk = clerk(stand_in());
        let mut output = clerk.invoke("Order two lamps, please.").await.unwrap();
        let mut answers = futures::stream::iter(answers.lines().map(|line| Ok(line.to_owned())));
        let mut asked = Vec::new();
        while let Some(mut state) = output.paused.take() {
            decide(&mut state, &mut answers, false, &mut asked).await.unwrap();
            output = clerk.resume().invoke(state).await.unwrap();
        }
        let asked = String::from_utf8(asked).unwrap();
        assert!(asked.contains(r#"Run place_order({"item":"lamp","count":2})?"#), "{asked}");
        output.text().into_owned()
    }

    #[tokio::test]
    async fn an_approved_order_is_placed() {
        assert!(ordered("y\n").await.starts_with("I have ordered"));
    }

    #[tokio::test]
    async fn an_order_without_approval_is_not_placed() {
        assert_eq!(ordered("n\n").await, "I did not order anything.");
        assert_eq!(ordered("").await, "I did not order anything.");
    }

    #[tokio::test]
    async fn the_price_is_looked_up_first() {
        let output = clerk(stand_in()).invoke("Order two lamps, please.").await.unwrap();
        assert_eq!(output.rounds[0].results[0].text(), "24.5");
    }
}
