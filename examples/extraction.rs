//! Typed extraction that grows on the screen: an order is read from a letter, field by field.
//!
//! ```text
//! cargo run --release --example extraction -- [LETTER] [--model MODEL]
//! ```

use std::{
    io::{self, Write},
    mem,
    process::ExitCode,
};

use examples::{Arguments, main_of};
use runnable::{
    ChatPromptTemplate,
    parser::{format_instructions, json_partial},
    prelude::*,
    prompt::few_shot,
    testing::{ScriptedChatModel, ScriptedReply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const USAGE: &str = "\
Extracts an order from a letter, and shows the order while the model writes it.

Usage: extraction [LETTER] [--model MODEL]

  LETTER         the text of the letter (default: a letter of Mrs Hopper)
  --model MODEL  such as openai:gpt-4o-mini (default: a stand-in inside the program
                 that answers the default letter from a script)
";

const LETTER: &str = "Please send two lamps and, if you still have it, the oak desk to Mrs Hopper, \
                      12 Harbour Street. It is a gift, so no invoice in the parcel!";

fn main() -> ExitCode {
    main_of(USAGE, extraction)
}

/// The order in a letter. All fields have defaults, so that a part of an order is an order, too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Order {
    /// The name of the customer.
    customer: String,
    /// The address of the delivery.
    address: String,
    items: Vec<Item>,
    /// Whether the order is a gift.
    gift: Option<bool>,
    /// Other wishes of the customer.
    note: String,
}

/// An item of an order. Both fields are required, so an item appears when its count starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Item {
    name: String,
    count: u32,
}

async fn extraction(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => stand_in(),
    };
    let chain = extract().pipe(model).pipe(json_partial::<Order>());

    let letter = arguments.text(LETTER);
    let mut orders =
        chain.stream(dict! { letter: letter }).config(RunConfig::new().listener(tree.clone()));
    let mut screen = Screen::new(io::stdout());
    while let Some(order) = orders.next().await {
        let AtOnce(order) = order?;
        screen.show(order)?;
    }
    screen.end()?;
    tree.flush();
    Ok(())
}

/// Creates the prompt: what to extract, two examples, and the letter.
fn extract() -> ChatPromptTemplate {
    let examples = [
        dict! {
            letter: "3 chairs for Tom Li, 1 Mill Road.",
            order: json!({
                "customer": "Tom Li",
                "address": "1 Mill Road",
                "items": [{"name": "chair", "count": 3}],
                "gift": false,
                "note": "",
            }),
        },
        dict! {
            letter: "Hello!",
            order: json!({"customer": "", "address": "", "items": [], "gift": null, "note": ""}),
        },
    ];
    prompt((
        system_template("You extract orders from letters.\n{format}"),
        few_shot([human_template("{letter}"), ai_template("{order}")], examples),
        human_template("{letter}"),
    ))
    .partial(dict! { format: format_instructions::<Order>() })
}

/// Shows each part of an order as soon as it is known. Text grows in its line.
struct Screen<W> {
    out: W,
    /// The field that is being written.
    field: &'static str,
    /// The order so far.
    known: Order,
    /// The number of items that are shown.
    items: usize,
}

impl<W: Write> Screen<W> {
    fn new(out: W) -> Self {
        Self { out, field: "", known: Order::default(), items: 0 }
    }

    /// Shows what `order` adds to the order so far.
    fn show(&mut self, order: Order) -> io::Result<()> {
        let known = mem::take(&mut self.known);
        self.grow("customer", &known.customer, &order.customer)?;
        self.grow("address", &known.address, &order.address)?;
        // Until another field starts, the count of the last item can grow, for example from 2 to 25.
        let is_growing = order.gift.is_none() && order.note.is_empty();
        let complete = order.items.len().saturating_sub(usize::from(is_growing));
        self.show_items(&order.items[..complete])?;
        if let (None, Some(gift)) = (known.gift, order.gift) {
            self.begin("gift")?;
            write!(self.out, "{}", if gift { "yes" } else { "no" })?;
        }
        self.grow("note", &known.note, &order.note)?;
        self.known = order;
        self.out.flush()
    }

    /// Shows the items that are not shown yet.
    fn show_items(&mut self, items: &[Item]) -> io::Result<()> {
        for item in items.iter().skip(self.items) {
            self.begin("item")?;
            write!(self.out, "{} × {}", item.count, item.name)?;
            (self.field, self.items) = ("", self.items + 1);
        }
        Ok(())
    }

    /// Writes the new part of a text.
    fn grow(&mut self, field: &'static str, before: &str, now: &str) -> io::Result<()> {
        match now.strip_prefix(before) {
            None | Some("") => Ok(()),
            Some(new) => {
                self.begin(field)?;
                write!(self.out, "{new}")
            }
        }
    }

    /// Starts a line for a field, unless it is the current field.
    fn begin(&mut self, field: &'static str) -> io::Result<()> {
        if self.field != field {
            self.field = field;
            write!(self.out, "\n{field:>9}: ")?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let order = mem::take(&mut self.known);
        self.show_items(&order.items)?;
        writeln!(self.out, "\n")
    }
}

/// Creates a model that answers the default letter from a script, a few characters at a time.
fn stand_in() -> ChatModel {
    let order = json!({
        "customer": "Mrs Hopper",
        "address": "12 Harbour Street",
        "items": [{"name": "lamp", "count": 2}, {"name": "oak desk", "count": 1}],
        "gift": true,
        "note": "Send no invoice in the parcel.",
    });
    let text: Vec<char> = order.to_string().chars().collect();
    let pieces = text.chunks(4).map(|piece| piece.iter().collect::<String>());
    ScriptedChatModel::new([ScriptedReply::chunks(pieces)]).repeat_last().to_model()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_grows_until_it_is_complete() {
        let chain = extract().pipe(stand_in()).pipe(json_partial::<Order>());
        let mut orders = chain.stream(dict! { letter: LETTER });
        let mut seen = Vec::new();
        while let Some(order) = orders.next().await {
            seen.push(order.unwrap().0);
        }
        assert!(seen.iter().any(|order| order.customer == "Mrs" || order.customer == "Mrs Ho"));
        assert!(seen.iter().any(|order| order.items.len() == 1 && order.gift.is_none()));
        let last = seen.last().unwrap();
        assert_eq!(last.items[1], Item { name: "oak desk".into(), count: 1 });
        assert_eq!(last.note, "Send no invoice in the parcel.");
    }

    #[test]
    fn an_item_is_shown_when_its_count_is_complete() {
        let order = |count, gift| Order {
            customer: "Ada".into(),
            items: vec![Item { name: "tea".into(), count }],
            gift,
            ..Order::default()
        };
        let mut screen = Screen::new(Vec::new());
        screen.show(order(2, None)).unwrap();
        screen.show(order(25, None)).unwrap();
        assert_eq!(String::from_utf8_lossy(&screen.out), "\n customer: Ada");
        screen.show(order(25, Some(false))).unwrap();
        screen.end().unwrap();
        let shown = String::from_utf8(screen.out).unwrap();
        assert_eq!(shown, "\n customer: Ada\n     item: 25 × tea\n     gift: no\n\n");

        let mut screen = Screen::new(Vec::new());
        screen.show(order(2, None)).unwrap();
        screen.end().unwrap();
        assert!(String::from_utf8_lossy(&screen.out).ends_with("2 × tea\n\n"));
    }
}
