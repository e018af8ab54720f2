//! Sample types of answers, each with a value.

use std::collections::{BTreeMap, BTreeSet};

use runnable::{impl_at_once, parser::FromAnswer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A type of answers.
pub(super) trait Specimen: FromAnswer + JsonSchema + Serialize {
    /// Returns a value in the form in which a model writes it.
    fn sample() -> Value;
}

macro_rules! specimens {
    ($($name:ident => $sample:expr),* $(,)?) => {$(
        impl_at_once!($name);

        impl Specimen for $name {
            fn sample() -> Value {
                $sample
            }
        }
    )*};
}

/// How the model comes to its answer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Reasoned {
    /// One thought after the other.
    steps: Vec<String>,
    /// What follows from them.
    final_answer: String,
    confidence: f32,
    alternatives: Option<Vec<String>>,
}

/// Somebody.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Person {
    name: String,
    /// In years.
    age: u8,
    id: u64,
    visits: u32,
    balance: i64,
    score: f64,
    initial: char,
    nick: Option<String>,
    /// Where the person lives.
    address: Address,
    previous: Option<Address>,
    tags: Vec<String>,
    languages: BTreeSet<String>,
    place: (f64, u16),
    grid: [u8; 3],
    #[serde(default)]
    level: u32,
    active: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Address {
    street: String,
    number: u16,
    city: Option<City>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct City {
    name: String,
    people: Option<u64>,
}

/// What can happen.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
enum Event {
    /// Nothing.
    Quiet,
    Loud(u32),
    Moved {
        to: String,
        seconds: u16,
    },
    Both(u8, String),
    At(Address),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Shape {
    Circle { radius: u32 },
    Rectangle { width: u32, height: u32 },
    Point,
    Place(Address),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value")]
enum Reading {
    Number(u64),
    Words(Vec<String>),
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Loose {
    Number(u32),
    Text(String),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mood {
    Good,
    Bad,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Diary {
    events: Vec<Event>,
    shape: Shape,
    last: Option<Shape>,
    place: Shape,
    reading: Reading,
    loose: Loose,
    mood: Mood,
    other_mood: Option<Mood>,
    nothing: (),
    empty: Empty,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Empty {}

/// Names with counts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Counts {
    total: u32,
    by_name: BTreeMap<String, u32>,
    by_number: BTreeMap<u32, Address>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Open {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Mixed {
    name: String,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Anything {
    name: String,
    value: Value,
}

/// A tree.
#[allow(clippy::use_self, reason = "the derive moves the type of a field out of the struct")]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Tree {
    weight: u32,
    children: Vec<Tree>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) enum Choice {
    Yes,
    Perhaps { percent: u8 },
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct Form {
    a: Option<u32>,
    b: Option<u32>,
    c: Option<u32>,
    d: Option<u32>,
    e: Option<u32>,
    f: Option<u32>,
    g: Option<u32>,
    h: Option<u32>,
    i: Option<u32>,
    j: Option<u32>,
    k: Option<u32>,
    l: Option<u32>,
    m: Option<u32>,
    n: Option<u32>,
    o: Option<u32>,
    p: Option<u32>,
    q: Option<u32>,
}

fn address() -> Value {
    json!({"street": "Rue", "number": 7, "city": {"name": "Ys", "people": null}})
}

specimens! {
    Reasoned => json!({
        "steps": ["One."], "final_answer": "Two.", "confidence": 0.5, "alternatives": null,
    }),
    Person => json!({
        "name": "Ada", "age": 36, "id": 1, "visits": 2, "balance": -3, "score": 0.5,
        "initial": "A", "nick": null, "address": address(), "previous": null, "tags": ["x"],
        "languages": ["fr"], "place": [1.5, 2], "grid": [1, 2, 3], "level": 4, "active": true,
    }),
    Diary => json!({
        "events": [
            "Quiet", {"Loud": 3}, {"Moved": {"to": "Ys", "seconds": 9}}, {"Both": [1, "b"]},
            {"At": address()},
        ],
        "shape": {"kind": "Circle", "radius": 2}, "last": {"kind": "Point"},
        "place": {"kind": "Place", "street": "Rue", "number": 7, "city": null},
        "reading": {"type": "Number", "value": 5}, "loose": "text", "mood": "good",
        "other_mood": null, "nothing": null, "empty": {},
    }),
    Counts => json!({"total": 3, "by_name": {"b": 1, "a": 2}, "by_number": {"5": address()}}),
    Open => json!({"name": "n", "x": 1}),
    Mixed => json!({"name": "n", "kind": "Circle", "radius": 1}),
    Anything => json!({"name": "n", "value": [1, "two", null]}),
    Tree => json!({"weight": 1, "children": [{"weight": 2, "children": []}]}),
    Choice => json!({"Perhaps": {"percent": 50}}),
    Form => json!({
        "a": 1, "b": null, "c": null, "d": null, "e": null, "f": null, "g": null, "h": null,
        "i": null, "j": null, "k": null, "l": null, "m": null, "n": null, "o": null, "p": null,
        "q": 17,
    }),
}
