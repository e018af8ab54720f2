//! Describes in words the keywords that a service does not accept.

use serde_json::{Map, Value};

/// The descriptions in words of the keywords that a service does not accept.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Descriptions that complete a sentence that starts with "Must be".
    constraints: Vec<String>,
    /// Descriptions that are complete sentences.
    sentences: Vec<String>,
}

impl Words {
    /// Adds the description of a keyword with this value.
    pub(super) fn add(&mut self, keyword: &str, value: &Value) {
        let constraint = match (keyword, value) {
            ("const", value) => format!("exactly {value}"),
            ("minimum", value) => format!("at least {value}"),
            ("maximum", value) => format!("at most {value}"),
            ("exclusiveMinimum", value) => format!("more than {value}"),
            ("exclusiveMaximum", value) => format!("less than {value}"),
            ("multipleOf", value) => format!("a multiple of {value}"),
            ("minLength", value) => format!("at least {} long", counted(value, "character")),
            ("maxLength", value) => format!("at most {} long", counted(value, "character")),
            ("minItems", value) => format!("a list of at least {}", counted(value, "item")),
            ("maxItems", value) => format!("a list of at most {}", counted(value, "item")),
            ("minProperties", value) => format!("an object of at least {value} keys"),
            ("maxProperties", value) => format!("an object of at most {value} keys"),
            ("uniqueItems", Value::Bool(true)) => "a list without repeated items".to_owned(),
            ("pattern", Value::String(pattern)) => format!("a match of the pattern `{pattern}`"),
            ("format", Value::String(format)) => format!("in the format `{format}`"),
            ("contentEncoding", Value::String(encoding)) => format!("encoded in {encoding}"),
            ("contentMediaType", Value::String(kind)) => format!("of the media type {kind}"),
            (keyword, value) => return self.sentences.extend(sentence(keyword, value)),
        };
        self.constraints.push(constraint);
    }

    /// Adds a description that says that an array has items of these schemas, in this order.
    pub(super) fn add_tuple(&mut self, items: &[Value]) {
        let items: Vec<_> = items.iter().map(|item| format!("`{}`", kind_of(item))).collect();
        self.constraints.push(format!(
            "a list of exactly {} items, in this order: {}",
            items.len(),
            items.join(", ")
        ));
    }

    /// Adds a description that says that each key of an object matches one of these patterns.
    pub(super) fn add_patterns(&mut self, patterns: &[String]) {
        let patterns: Vec<_> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        self.constraints.push(format!("an object whose keys match {}", patterns.join(" or ")));
    }

    /// Appends the descriptions to the description of a schema.
    pub(super) fn describe(self, schema: &mut Map<String, Value>) {
        let constraints = match self.constraints.as_slice() {
            [] => None,
            [only] => Some(format!("Must be {only}.")),
            [first @ .., last] => Some(format!("Must be {}, and {last}.", first.join(", "))),
        };
        let added: Vec<_> = constraints.into_iter().chain(self.sentences).collect();
        if added.is_empty() {
            return;
        }
        let added = added.join(" ");
        let description = match schema.get("description").and_then(Value::as_str) {
            Some(text) if !text.is_empty() => format!("{text}\n\n{added}"),
            _ => added,
        };
        schema.insert("description".into(), description.into());
    }
}

fn sentence(keyword: &str, value: &Value) -> Option<String> {
    Some(match (keyword, value) {
        // These keywords do not restrict the value, so they are not described.
        ("$schema" | "$id" | "$anchor" | "$comment" | "$vocabulary", _) => return None,
        ("uniqueItems" | "deprecated" | "readOnly" | "writeOnly", Value::Bool(false)) => {
            return None;
        }
        ("default", value) => format!("The default is {value}."),
        ("examples", Value::Array(examples)) => {
            let examples: Vec<_> = examples.iter().map(Value::to_string).collect();
            format!("Examples: {}.", examples.join(", "))
        }
        ("deprecated", _) => "Deprecated.".to_owned(),
        (keyword, value) => format!("The JSON schema keyword `{keyword}` is {value}."),
    })
}

fn counted(count: &Value, noun: &str) -> String {
    let plural = if *count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Returns a short name for a schema: the name that its reference has, its title, or its type.
fn kind_of(schema: &Value) -> &str {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let reference = reference.and_then(|reference| reference.rsplit('/').next());
    let title = || schema.get("title").and_then(Value::as_str);
    let kind = || schema.get("type").and_then(Value::as_str);
    reference.or_else(title).or_else(kind).unwrap_or("one of several types")
}
