//! Checks a complete schema: whether it is recursive, and how large it is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    misfit::Misfit,
    rules::{Recursion, SchemaRules},
};

/// The maximum number of levels of JSON in a schema. `serde_json` has the same limit when it parses
/// a text. The levels are limited because copying a value needs stack for each level.
const MAX_LEVELS: usize = 128;

/// The maximum number of nested schemas that are followed, either because a schema refers to
/// another or because it contains another. They are limited because each needs stack.
const MAX_OPEN: usize = 256;

/// Keywords whose value is an object of schemas.
pub(super) const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Keywords that contain definitions. The schemas in them have an effect only if a reference uses
/// them.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// Keywords whose value is a list of schemas.
pub(super) const LISTED: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];

/// Keywords whose value is one schema.
pub(super) const SINGLE: [&str; 2] = ["items", "additionalProperties"];

/// Returns whether a value has too many levels to be copied safely.
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

/// Returns the size of a schema. Returns an error if the schema is too large, or if it is recursive
/// and the rules do not allow this.
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
        ("levels of nested objects", depth, limits.depth),
        ("enumeration values", size.enum_values, limits.enum_values),
        ("characters in names and enumerations", size.text, limits.text),
        ("characters in the values of a long enumeration", size.long_enum, limits.long_enum),
        ("characters", json, limits.json),
        ("properties that are not required", size.optional, limits.optional),
        ("schemas with several types", size.unions, limits.unions),
        ("choices in one `anyOf`", size.choices, limits.choices),
    ];
    match counts.into_iter().find(|(_, count, limit)| count > limit) {
        None => Ok(size),
        Some((noun, count, limit)) => {
            Err(Misfit::new("", format!("has {count} {noun}, but at most {limit} are allowed")))
        }
    }
}

/// Computes how deep the objects of a schema are nested. References are followed.
struct Depths<'s> {
    root: &'s Value,
    /// The depth below the target of each reference. `None` while the depth is being computed.
    known: HashMap<&'s str, Option<usize>>,
    /// The number of schemas that are currently being followed.
    open: usize,
    recursive: bool,
    /// Whether properties that are not required are ignored.
    required_only: bool,
}

impl<'s> Depths<'s> {
    fn new(root: &'s Value) -> Self {
        Self { root, known: HashMap::new(), open: 0, recursive: false, required_only: false }
    }

    fn of(&mut self, schema: &'s Value) -> Result<usize, Misfit> {
        let Value::Object(fields) = schema else { return Ok(0) };
        if self.open == MAX_OPEN {
            return Err(Misfit::new("", "has too long a chain of nested schemas and references"));
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
        // With `required_only`, definitions are followed directly, because a definition may be
        // recursive although only optional properties refer to it.
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
            return Err(Misfit::new(
                "",
                format!("refers to `{reference}`, which it does not define"),
            ));
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

/// The number of values above which OpenAI and Cerebras apply the limit for long enumerations.
const LONG_ENUM: usize = 250;

/// The size of a schema.
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

/// Returns the schemas that a keyword contains, each with its name. The name is "" if the keyword
/// does not name its schemas.
fn schemas<'s>(key: &str, value: &'s Value) -> impl Iterator<Item = (&'s str, &'s Value)> {
    let named = NAMED.contains(&key).then(|| value.as_object()).flatten();
    let listed = LISTED.contains(&key).then(|| value.as_array()).flatten();
    let single = SINGLE.contains(&key).then_some(value);
    let named = named.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema));
    named.chain(listed.into_iter().flatten().chain(single).map(|schema| ("", schema)))
}

/// Returns the target of a reference, which must be within the root schema.
pub(super) fn resolve<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    root.pointer(reference.strip_prefix('#')?)
}
