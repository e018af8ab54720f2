//! What is to be said of a schema as a whole: whether it contains itself, and how large it is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    misfit::Misfit,
    rules::{Recursion, SchemaRules},
};

/// The number of levels of JSON that a schema may have, as many as `serde_json` reads of a text. A copy
/// of a value needs stack for each level.
const MAX_LEVELS: usize = 128;

/// The number of schemas that are gone into, one from the other, by reference or because one holds the
/// other. Each needs stack.
const MAX_OPEN: usize = 256;

/// Keywords that hold schemas by name.
pub(super) const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Those whose schemas are used by reference alone.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// Keywords that hold a list of schemas.
pub(super) const LISTED: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];

/// Keywords that hold one schema.
pub(super) const SINGLE: [&str; 2] = ["items", "additionalProperties"];

/// Whether a value has more levels than can be copied without care for the stack.
pub(super) fn is_deep(value: &Value) -> bool {
    let mut level = vec![value];
    for _ in 0..MAX_LEVELS {
        let mut inner = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => inner.extend(items),
                Value::Object(fields) => inner.extend(fields.values()),
                _ => (),
            }
        }
        if inner.is_empty() {
            return false;
        }
        level = inner;
    }
    true
}

/// Refuses a schema that contains itself, if it must not, or that is too large. Returns how large it is.
pub(super) fn check(rules: &SchemaRules, schema: &Value) -> Result<Size, Misfit> {
    let mut depths = Depths::new(schema);
    let depth = depths.of(schema)?;
    match rules.recursion {
        Recursion::Nowhere if depths.recursive => {
            return Err(Misfit::new("", "contains itself"));
        }
        Recursion::Optional if depths.recursive => {
            let mut required = Depths { required_only: true, ..Depths::new(schema) };
            required.of(schema)?;
            if required.recursive {
                return Err(Misfit::new("", "contains itself in properties that are required"));
            }
        }
        _ => (),
    }
    let mut size = Size::default();
    size.add(schema);
    let json = match rules.limits.json {
        usize::MAX => 0,
        _ => schema.to_string().len(),
    };
    let limits = &rules.limits;
    let counts = [
        ("properties", size.properties, limits.properties),
        ("objects within each other", depth, limits.depth),
        ("values of enumerations", size.enum_values, limits.enum_values),
        ("characters in names and enumerations", size.text, limits.text),
        ("characters in the values of a long enumeration", size.long_enum, limits.long_enum),
        ("characters", json, limits.json),
        ("properties that are not required", size.optional, limits.optional),
        ("places of several types", size.unions, limits.unions),
        ("choices of one value", size.choices, limits.choices),
    ];
    match counts.into_iter().find(|(_, count, limit)| count > limit) {
        None => Ok(size),
        Some((what, count, limit)) => {
            Err(Misfit::new("", format!("has {count} {what}, and {limit} are allowed")))
        }
    }
}

/// How deep objects nest, with references followed.
struct Depths<'s> {
    root: &'s Value,
    /// The depth below each reference; `None` while it is being found.
    known: HashMap<&'s str, Option<usize>>,
    /// The number of schemas that have been gone into and not left yet.
    open: usize,
    recursive: bool,
    /// Whether properties that are not required are passed over.
    required_only: bool,
}

impl<'s> Depths<'s> {
    fn new(root: &'s Value) -> Self {
        Self { root, known: HashMap::new(), open: 0, recursive: false, required_only: false }
    }

    fn of(&mut self, schema: &'s Value) -> Result<usize, Misfit> {
        let Value::Object(fields) = schema else { return Ok(0) };
        if self.open == MAX_OPEN {
            return Err(Misfit::new("", "follows too many references to find what it allows"));
        }
        self.open += 1;
        let mut depth = match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.below(reference)?,
            None => 0,
        };
        let required: HashSet<&str> = match fields.get("required") {
            Some(Value::Array(names)) if self.required_only => {
                names.iter().filter_map(Value::as_str).collect()
            }
            _ => HashSet::new(),
        };
        // A definition may contain itself though only optional properties lead to it.
        let is_used = |key: &String| self.required_only || !DEFINITIONS.contains(&key.as_str());
        let used: Vec<_> = fields.iter().filter(|(key, _)| is_used(key)).collect();
        for (key, value) in used {
            let is_passed_over =
                |name: &str| self.required_only && key == "properties" && !required.contains(name);
            let inner: Vec<_> =
                schemas(key, value).filter(|(name, _)| !is_passed_over(name)).collect();
            for (_, inner) in inner {
                depth = depth.max(self.of(inner)?);
            }
        }
        self.open -= 1;
        Ok(depth + usize::from(fields.contains_key("properties")))
    }

    fn below(&mut self, reference: &'s str) -> Result<usize, Misfit> {
        match self.known.get(reference) {
            Some(Some(depth)) => return Ok(*depth),
            Some(None) => {
                self.recursive = true;
                return Ok(0);
            }
            None => (),
        }
        let Some(target) = resolve(self.root, reference) else {
            return Err(Misfit::new("", format!("refers to `{reference}`, which is not in it")));
        };
        self.known.insert(reference, None);
        if std::ptr::eq(target, self.root) {
            self.recursive = true;
            return Ok(0);
        }
        let depth = self.of(target)?;
        self.known.insert(reference, Some(depth));
        Ok(depth)
    }
}

/// An enumeration that has more values than this is a long one, as OpenAI and Cerebras say.
const LONG_ENUM: usize = 250;

/// Counts of a schema.
#[derive(Default)]
pub(super) struct Size {
    properties: usize,
    enum_values: usize,
    text: usize,
    long_enum: usize,
    pub(super) optional: usize,
    pub(super) unions: usize,
    choices: usize,
}

impl Size {
    fn add(&mut self, schema: &Value) {
        let Value::Object(fields) = schema else { return };
        if let Some(Value::Object(properties)) = fields.get("properties") {
            let required = fields.get("required").and_then(Value::as_array);
            self.properties += properties.len();
            self.optional += properties.len().saturating_sub(required.map_or(0, Vec::len));
        }
        if let Some(Value::Array(values)) = fields.get("enum") {
            let text = values.iter().map(length).sum::<usize>();
            self.enum_values += values.len();
            self.text += text;
            if values.len() > LONG_ENUM {
                self.long_enum = self.long_enum.max(text);
            }
        }
        self.text += fields.get("const").map_or(0, length);
        let choices = fields.get("anyOf").and_then(Value::as_array).map_or(0, Vec::len);
        self.choices = self.choices.max(choices);
        let is_union = choices > 1 || matches!(fields.get("type"), Some(Value::Array(_)));
        self.unions += usize::from(is_union);
        for (name, inner) in fields.iter().flat_map(|(key, value)| schemas(key, value)) {
            self.text += name.len();
            self.add(inner);
        }
    }
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, str::len)
}

/// The schemas that a keyword holds: those with names by their names, the others by "".
fn schemas<'s>(key: &str, value: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
    let named = NAMED.contains(&key).then(|| value.as_object()).flatten();
    let listed = LISTED.contains(&key).then(|| value.as_array()).flatten();
    let single = SINGLE.contains(&key).then_some(value);
    let named = named.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema));
    named.chain(listed.into_iter().flatten().chain(single).map(|schema| ("", schema)))
}

/// The schema that a reference within the root leads to.
pub(super) fn resolve<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    root.pointer(reference.strip_prefix('#')?)
}
