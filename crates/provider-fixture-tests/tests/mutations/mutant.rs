//! The changes of a response.

use serde_json::{Value, json};

/// An event of a stream: its name, if the service names events, and its data.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    pub(crate) data: String,
}

/// A changed response.
#[derive(Debug)]
pub(crate) struct Mutant {
    /// A description of the change.
    pub(crate) what: String,
    /// The changed field.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) events: Vec<Event>,
}

/// The kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Null,
    Absent,
    OtherType,
    Twice,
    LeftOut,
    Doubled,
    Swapped,
    Cut,
}

/// Returns all single changes of a field.
pub(crate) fn of_fields(events: &[(Option<&str>, Value)]) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    let plain = plain(events);
    for (at, (_, data)) in events.iter().enumerate() {
        let mut paths = Vec::new();
        collect(data, &mut Vec::new(), &mut paths);
        for path in paths {
            let original = path.iter().fold(data, |value, step| step.of(value));
            let edits = edits(original, path.last().is_some_and(Step::is_key));
            for (kind, edit) in edits {
                let mut events = plain.clone();
                events[at].data = written(data, &path, &edit);
                let path = shown(&path);
                let what = format!("event {at}, {path}: {edit:?}");
                mutants.push(Mutant { what, path, kind, events });
            }
        }
    }
    mutants
}

/// Returns all single changes of the order of events, and all truncations.
pub(crate) fn of_events(events: &[(Option<&str>, Value)]) -> Vec<Mutant> {
    let plain = plain(events);
    let mut mutants = Vec::new();
    let mut push = |kind, at: usize, events| {
        let what = format!("{kind:?}: event {at}");
        mutants.push(Mutant { what, path: String::new(), kind, events });
    };
    for at in 0..plain.len() {
        let mut left_out = plain.clone();
        left_out.remove(at);
        push(Kind::LeftOut, at, left_out);
        let mut doubled = plain.clone();
        doubled.insert(at, plain[at].clone());
        push(Kind::Doubled, at, doubled);
        if at + 1 < plain.len() {
            let mut swapped = plain.clone();
            swapped.swap(at, at + 1);
            push(Kind::Swapped, at, swapped);
        }
        push(Kind::Cut, at, plain[..at].to_vec());
    }
    mutants
}

fn plain(events: &[(Option<&str>, Value)]) -> Vec<Event> {
    let event = |(name, data): &(Option<&str>, Value)| Event {
        name: name.map(str::to_owned),
        // Data that is not JSON, such as `[DONE]`.
        data: data.as_str().map_or_else(|| data.to_string(), str::to_owned),
    };
    events.iter().map(event).collect()
}

/// A part of the path to a field.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

impl Step {
    fn is_key(&self) -> bool {
        matches!(self, Self::Key(_))
    }

    fn of<'a>(&self, value: &'a Value) -> &'a Value {
        match self {
            Self::Key(key) => &value[key.as_str()],
            Self::Item(at) => &value[*at],
        }
    }
}

#[derive(Clone, Debug)]
enum Edit {
    Absent,
    Replaced(Value),
    /// A value that is not valid JSON, or that no type of Rust can hold.
    Raw(&'static str),
    Twice(Value, Value),
}

fn collect(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let inner: Vec<(Step, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, value)| (Step::Item(at), value)).collect()
        }
        _ => return,
    };
    for (step, value) in inner {
        path.push(step);
        paths.push(path.clone());
        collect(value, path, paths);
        path.pop();
    }
}

/// Values that some services send although they are not valid: numbers, and half of a character.
const INVALID: [&str; 3] = ["NaN", "1e999", "\"\\ud83d\""];

fn edits(original: &Value, is_field: bool) -> Vec<(Kind, Edit)> {
    let others = [
        json!(true),
        json!(7),
        json!(-1.5),
        json!("0"),
        json!(""),
        json!({}),
        json!([]),
        json!([null]),
        json!({"a": [1]}),
    ];
    let is_other = |other: &Value| {
        std::mem::discriminant(other) != std::mem::discriminant(original) && !original.is_null()
    };
    let mut edits = vec![(Kind::Null, Edit::Replaced(Value::Null)), (Kind::Absent, Edit::Absent)];
    let others = others.into_iter().filter(is_other);
    edits.extend(others.map(|other| (Kind::OtherType, Edit::Replaced(other))));
    let raw: &[_] = if original.is_string() { &INVALID[..2] } else { &INVALID };
    edits.extend(raw.iter().map(|raw| (Kind::OtherType, Edit::Raw(raw))));
    if is_field && original.is_null() {
        edits.push((Kind::Twice, Edit::Twice(Value::Null, Value::Null)));
    } else if is_field {
        for first in [original.clone(), Value::Null, json!(7), json!({})] {
            edits.push((Kind::Twice, Edit::Twice(first, original.clone())));
        }
        edits.push((Kind::Twice, Edit::Twice(original.clone(), Value::Null)));
    }
    edits
}

/// Returns the JSON of a value with an edit at this path.
fn written(value: &Value, path: &[Step], edit: &Edit) -> String {
    let mut json = String::new();
    write(value, Some((path, edit)), &mut json);
    json
}

fn write(value: &Value, change: Option<(&[Step], &Edit)>, json: &mut String) {
    let within = |step: &dyn Fn(&Step) -> bool| {
        let (path, edit) = change?;
        let (first, rest) = path.split_first()?;
        step(first).then_some((rest, edit))
    };
    match value {
        Value::Object(fields) => {
            json.push('{');
            for (key, value) in fields {
                let is_here = |step: &Step| matches!(step, Step::Key(it) if it == key);
                let begin = |json: &mut String| {
                    json.push_str(if json.ends_with('{') { "" } else { "," });
                    json.push_str(&Value::from(key.as_str()).to_string());
                    json.push(':');
                };
                let mut field = |value: &Value, change| {
                    begin(json);
                    write(value, change, json);
                };
                match within(&is_here) {
                    Some(([], Edit::Absent)) => (),
                    Some(([], Edit::Replaced(other))) => field(other, None),
                    Some(([], Edit::Raw(raw))) => {
                        begin(json);
                        json.push_str(raw);
                    }
                    Some(([], Edit::Twice(first, second))) => {
                        field(first, None);
                        field(second, None);
                    }
                    change => field(value, change),
                }
            }
            json.push('}');
        }
        Value::Array(items) => {
            json.push('[');
            for (at, value) in items.iter().enumerate() {
                let is_here = |step: &Step| matches!(step, Step::Item(it) if *it == at);
                let (value, change) = match within(&is_here) {
                    Some(([], Edit::Replaced(other))) => (other, None),
                    Some(([], Edit::Raw(raw))) => {
                        json.push_str(if json.ends_with('[') { "" } else { "," });
                        json.push_str(raw);
                        continue;
                    }
                    Some(([], _)) => continue,
                    change => (value, change),
                };
                json.push_str(if json.ends_with('[') { "" } else { "," });
                write(value, change, json);
            }
            json.push(']');
        }
        other => json.push_str(&other.to_string()),
    }
}

fn shown(path: &[Step]) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!(".{key}"),
        Step::Item(at) => format!("[{at}]"),
    };
    path.iter().map(step).collect()
}
