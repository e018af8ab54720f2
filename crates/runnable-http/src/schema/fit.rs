//! Rewrites a schema to comply with the rules of a service.

use std::{borrow::Cow, mem};

use serde_json::{Map, Value, json};

use super::{
    misfit::Misfit,
    pattern,
    rules::{Limits, SchemaBudget, SchemaRules},
    shape::{LISTED, NAMED, SINGLE, check, is_deep, resolve},
    types::{self, allow_null, has_type},
    words::Words,
};

type Fields = Map<String, Value>;

/// Keywords that all services accept.
const STRUCTURE: [&str; 13] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "enum",
    "const",
    "$ref",
    "$defs",
    "definitions",
    "title",
    "description",
];

impl SchemaRules {
    /// Rewrites a schema to comply with the rules.
    ///
    /// - A keyword that the service does not accept is described in words in the `description`.
    /// - `oneOf` becomes `anyOf`, and the parts of an `allOf` are merged.
    /// - If the rules require it, objects forbid additional properties, and all properties are
    ///   required. A property that `required` did not list may then be `null`, unless it has a
    ///   default.
    /// - A tuple becomes an array of any of its types, and the description contains their order.
    /// - If `$ref` must be the only keyword, a `$ref` next to other keywords is moved into an
    ///   `anyOf` with one choice.
    /// - If the rules require it, `definitions` becomes `$defs`, and `const` becomes an `enum` with
    ///   one value.
    ///
    /// # Errors
    ///
    /// Returns a [`Misfit`] if the schema cannot comply without a change of its meaning. Most
    /// services do not accept maps (objects whose keys are not known in advance), schemas that
    /// allow any value, roots that are not objects, and schemas that are too large.
    pub fn fit<'s>(&self, schema: &'s Value) -> Result<Cow<'s, Value>, Misfit> {
        self.fit_within(schema, &mut self.budget())
    }

    /// Returns the limits that the service sets for all schemas of one request together.
    #[must_use]
    pub fn budget(&self) -> SchemaBudget {
        SchemaBudget { optional: self.limits.optional, unions: self.limits.unions }
    }

    /// Rewrites one of several schemas of a request to comply with the rules, in the same way as
    /// [`fit`](Self::fit). Subtracts the size of the schema from the limits that all schemas of the
    /// request share.
    ///
    /// ```
    /// use runnable_http::schema::SchemaRules;
    /// use serde_json::json;
    ///
    /// let maybe = json!({"type": ["string", "null"]});
    /// let names: Vec<_> = (0..10).map(|n| (format!("p{n}"), maybe.clone())).collect();
    /// let required: Vec<_> = names.iter().map(|(name, _)| name.clone()).collect();
    /// let properties: serde_json::Map<_, _> = names.into_iter().collect();
    /// let schema = json!({"type": "object", "properties": properties, "required": required});
    ///
    /// // Anthropic accepts 16 unions in all schemas of a request together.
    /// let mut left = SchemaRules::ANTHROPIC.budget();
    /// assert!(SchemaRules::ANTHROPIC.fit_within(&schema, &mut left).is_ok());
    /// assert!(SchemaRules::ANTHROPIC.fit_within(&schema, &mut left).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// Fails in the same cases as [`fit`](Self::fit), and if the schema is larger than what is left
    /// of the limits. `left` is unchanged in these cases.
    pub fn fit_within<'s>(
        &self,
        schema: &'s Value,
        left: &mut SchemaBudget,
    ) -> Result<Cow<'s, Value>, Misfit> {
        if self.anything {
            return Ok(Cow::Borrowed(schema));
        }
        let fitted = rewritten(self, schema)?;
        let limits = Limits { optional: left.optional, unions: left.unions, ..self.limits };
        let size = check(&Self { limits, ..*self }, &fitted)?;
        left.optional = left.optional.saturating_sub(size.optional);
        left.unions = left.unions.saturating_sub(size.unions);
        Ok(Cow::Owned(fitted))
    }
}

/// Returns the schema, rewritten to comply with the rules. Its size is not checked.
fn rewritten(rules: &SchemaRules, schema: &Value) -> Result<Value, Misfit> {
    let Value::Object(fields) = schema else {
        return Err(Misfit::new("", "is not a JSON object"));
    };
    if is_deep(schema) {
        return Err(Misfit::new("", "is nested too deeply"));
    }
    if fields.contains_key("definitions") && !fields.contains_key("$defs") {
        return rewritten(rules, &renamed(schema));
    }
    let mut root = fields.clone();
    inline_root(&mut root, schema);
    if root.contains_key("properties") {
        root.entry("type").or_insert_with(|| "object".into());
    }
    let mut root = Value::Object(root);
    Fitter { rules, root: schema, location: String::new(), nested: 0, joins: 0 }
        .schema(&mut root)?;
    if root["type"] == "object" && root.get("anyOf").is_none() {
        Ok(root)
    } else {
        Err(Misfit::new("", "does not describe a JSON object"))
    }
}

/// Returns the schema with its definitions under the key `$defs`, because some services support no
/// other key.
fn renamed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(root) = &mut schema {
        let root_of = |(key, value)| {
            if key == "definitions" { ("$defs".to_owned(), value) } else { (key, value) }
        };
        *root = mem::take(root).into_iter().map(root_of).collect();
    }
    rename_references(&mut schema);
    schema
}

fn rename_references(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(rename_references),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(name) = reference.strip_prefix("#/definitions/")
            {
                *reference = format!("#/$defs/{name}");
            }
            fields.values_mut().for_each(rename_references);
        }
        _ => (),
    }
}

/// Replaces a reference at the root of a schema by its target, because services require the keyword
/// `type` at the root.
fn inline_root(root: &mut Fields, schema: &Value) {
    // Follow only a limited number of references, because they may form a cycle.
    for _ in 0..8 {
        let Some(Value::String(reference)) = root.get("$ref") else { return };
        let Some(Value::Object(target)) = resolve(schema, reference) else { return };
        root.shift_remove("$ref");
        for (key, value) in target {
            root.entry(key).or_insert_with(|| value.clone());
        }
    }
}

struct Fitter<'a> {
    rules: &'a SchemaRules,
    root: &'a Value,
    /// The location of the current schema, as a JSON pointer.
    location: String,
    nested: usize,
    /// The number of references that were replaced by their targets.
    joins: usize,
}

/// The maximum number of references that are replaced, so that a recursive schema does not grow
/// without end.
const MAX_JOINS: usize = 64;

/// The maximum nesting of schemas that are rewritten, because each level needs stack.
const MAX_NESTED: usize = 100;

impl Fitter<'_> {
    fn misfit(&self, reason: impl Into<String>) -> Misfit {
        Misfit::new(&self.location, reason)
    }

    fn schema(&mut self, schema: &mut Value) -> Result<(), Misfit> {
        let Value::Object(fields) = schema else {
            return self.any_value();
        };
        self.join_parts(fields)?;
        let mut words = Words::default();
        let tuple = self.sort_out(fields, &mut words)?;
        types::name(fields);
        if let Some(items) = tuple {
            words.add_tuple(&items);
            fields.insert("items".into(), types::any_of(items));
        }
        if self.rules.maps {
            replace_patterns(fields, &mut words);
        }
        if self.rules.scalar_enums && !types::has_scalars_only(fields) {
            return Err(self.misfit("has an `enum` or `const` with a value that is not a scalar"));
        }
        if !self.rules.constants {
            types::enumerate(fields, &mut words);
        }
        self.check_content(fields)?;
        if types::is_object(fields) {
            self.object(fields)?;
        }
        self.inner(fields)?;
        words.describe(fields);
        if !self.rules.type_lists {
            types::split(fields);
        }
        if self.rules.lone_ref {
            separate_ref(fields);
        }
        Ok(())
    }

    fn any_value(&self) -> Result<(), Misfit> {
        if self.rules.any_value { Ok(()) } else { Err(self.misfit("allows any value")) }
    }

    /// Keeps the keywords that the service accepts, and describes the others in words. Returns the
    /// items of a tuple, if the service does not support tuples.
    fn sort_out(
        &self,
        fields: &mut Fields,
        words: &mut Words,
    ) -> Result<Option<Vec<Value>>, Misfit> {
        let mut tuple = None;
        let is_tuple = !self.accepts("prefixItems", &Value::Null)
            && fields.get("prefixItems").is_some_and(Value::is_array);
        for (key, value) in mem::take(fields) {
            match (key.as_str(), value) {
                ("oneOf", choices) => {
                    if fields.insert("anyOf".into(), choices).is_some() {
                        return Err(self.misfit("has both `anyOf` and `oneOf`"));
                    }
                }
                ("anyOf", choices) => {
                    if fields.insert(key, choices).is_some() {
                        return Err(self.misfit("has both `anyOf` and `oneOf`"));
                    }
                }
                ("prefixItems", Value::Array(items)) if is_tuple => tuple = Some(items),
                (_, value) if self.accepts(&key, &value) => _ = fields.insert(key, value),
                // The description of the tuple already contains its length.
                ("minItems" | "maxItems", _) if is_tuple => (),
                (_, value) => words.add(&key, &value),
            }
        }
        Ok(tuple)
    }

    /// Returns whether the service accepts a keyword with this value.
    fn accepts(&self, keyword: &str, value: &Value) -> bool {
        let rules = self.rules;
        let accepts = STRUCTURE.contains(&keyword) || rules.keywords.contains(&keyword);
        let text = value.as_str();
        match keyword {
            "format" => text.is_some_and(|format| rules.formats.contains(&format)),
            "minItems" => accepts || rules.some_items && matches!(value.as_u64(), Some(0 | 1)),
            // Patterns of keys are handled later: they are rewritten if maps are supported, and
            // refused otherwise.
            "patternProperties" => true,
            "pattern" => {
                accepts && text.is_some_and(|regex| pattern::is_taken(regex, rules.whole_patterns))
            }
            _ => accepts,
        }
    }

    /// Returns an error for a schema that allows no value. If the service requires content, also
    /// returns an error for a schema without content and for an array without a schema for its
    /// items.
    fn check_content(&mut self, fields: &Fields) -> Result<(), Misfit> {
        let is_empty = |key: &&str| fields.get(*key) == Some(&json!([]));
        if ["enum", "anyOf"].iter().any(is_empty) {
            return Err(self.misfit("allows no value"));
        }
        let content = ["type", "anyOf", "enum", "const", "$ref"];
        if !content.iter().any(|key| fields.contains_key(*key)) {
            return self.any_value();
        }
        let has_items = ["items", "prefixItems"].iter().any(|key| fields.contains_key(*key));
        if has_type(fields, "array") && !has_items && !self.rules.any_value {
            return Err(self.misfit("is an array whose items may be any value"));
        }
        Ok(())
    }

    fn object(&mut self, fields: &mut Fields) -> Result<(), Misfit> {
        let rules = self.rules;
        let is_map = match fields.get("additionalProperties") {
            None | Some(Value::Bool(false)) => false,
            Some(_) => true,
        };
        let has_patterns = match fields.get("patternProperties") {
            Some(Value::Object(patterns)) => !patterns.is_empty(),
            _ => false,
        };
        if !rules.maps && (is_map || has_patterns) {
            return Err(self.misfit("allows keys that it does not name"));
        }
        if fields.get("additionalProperties").is_some_and(|others| others == true) {
            self.any_value()?;
        }
        if rules.closed && fields.contains_key("anyOf") {
            if fields.contains_key("properties") {
                return Err(self.misfit("has `properties` next to `anyOf`"));
            }
            // The choices of the `anyOf` contain the type as well.
            fields.shift_remove("type");
            return Ok(());
        }
        if rules.closed && !is_map {
            fields.insert("additionalProperties".into(), false.into());
        }
        if rules.all_required {
            require_all(fields);
        }
        Ok(())
    }

    /// Rewrites the schemas that are nested in a schema.
    fn inner(&mut self, fields: &mut Fields) -> Result<(), Misfit> {
        for (key, value) in fields {
            match (key.as_str(), value) {
                (key, Value::Object(named)) if NAMED.contains(&key) => {
                    for (name, schema) in named {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        self.within(&format!("/{key}/{name}"), schema)?;
                    }
                }
                (key, Value::Array(list)) if LISTED.contains(&key) => {
                    for (index, schema) in list.iter_mut().enumerate() {
                        self.within(&format!("/{key}/{index}"), schema)?;
                    }
                }
                (key, schema @ Value::Object(_)) if SINGLE.contains(&key) => {
                    self.within(&format!("/{key}"), schema)?;
                }
                ("items", schema) => self.within("/items", schema)?,
                _ => (),
            }
        }
        Ok(())
    }

    fn within(&mut self, step: &str, schema: &mut Value) -> Result<(), Misfit> {
        let length = self.location.len();
        self.location.push_str(step);
        self.nested += 1;
        if self.nested > MAX_NESTED {
            return Err(self.misfit("is nested too deeply"));
        } else {
            self.schema(schema)?
        }
        self.nested -= 1;
        self.location.truncate(length);
        Ok(())
    }

    /// Merges the parts of an `allOf` into one schema. If there is only one part, it can be any
    /// schema. Several parts must all describe objects. A reference next to `properties` counts as
    /// such a part.
    fn join_parts(&mut self, fields: &mut Fields) -> Result<(), Misfit> {
        if fields.contains_key("properties")
            && let Some(reference) = fields.shift_remove("$ref")
        {
            match fields.entry("allOf").or_insert_with(|| json!([{}])) {
                Value::Array(parts) => parts.push(json!({"$ref": reference})),
                _ => return Err(self.misfit("has an `allOf` whose parts cannot be merged")),
            }
        }
        let Some(Value::Array(parts)) = fields.get("allOf") else { return Ok(()) };
        let parts = parts.clone();
        let is_one = parts.len() == 1;
        fields.shift_remove("allOf");
        for part in parts {
            let part = match part.get("$ref").and_then(Value::as_str) {
                Some(reference) if !is_one && self.joins < MAX_JOINS => {
                    self.joins += 1;
                    resolve(self.root, reference).cloned()
                }
                Some(_) if !is_one => {
                    return Err(self.misfit("has an `allOf` with too many references"));
                }
                _ => Some(part),
            };
            let Some(Value::Object(part)) = part else {
                return Err(self.misfit("has an `allOf` whose parts cannot be merged"));
            };
            for (key, value) in part {
                match (key.as_str(), fields.get_mut(&key), value) {
                    (_, None, value) => _ = fields.insert(key, value),
                    ("properties", Some(Value::Object(all)), Value::Object(more))
                        if more.keys().all(|name| !all.contains_key(name)) =>
                    {
                        all.extend(more);
                    }
                    ("required", Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
                    ("title" | "description", Some(_), _) => (),
                    (_, Some(existing), value) if *existing == value => (),
                    _ if is_one => (),
                    _ => return Err(self.misfit("has an `allOf` whose parts cannot be merged")),
                }
            }
        }
        Ok(())
    }
}

/// Replaces `patternProperties` by `additionalProperties` that allow the values of all patterns,
/// because no service supports patterns of keys.
fn replace_patterns(fields: &mut Fields, words: &mut Words) {
    let Some(Value::Object(patterns)) = fields.shift_remove("patternProperties") else { return };
    let (patterns, mut schemas): (Vec<String>, Vec<Value>) = patterns.into_iter().unzip();
    match fields.get("additionalProperties") {
        _ if patterns.is_empty() => return,
        None | Some(Value::Bool(true)) => return words.add_patterns(&patterns),
        Some(Value::Bool(false)) => (),
        Some(others) => schemas.push(others.clone()),
    }
    words.add_patterns(&patterns);
    fields.insert("additionalProperties".into(), types::any_of(schemas));
}

/// Makes all properties required. A property that `required` did not list may then be `null`,
/// unless the property has a default: for such a property, the model would otherwise leave out the
/// default.
fn require_all(fields: &mut Fields) {
    let required: Option<Vec<String>> = fields
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
    let properties = fields.entry("properties").or_insert_with(|| json!({}));
    let Value::Object(properties) = properties else { return };
    for (name, schema) in properties.iter_mut() {
        let is_optional = required.as_ref().is_some_and(|required| !required.contains(name));
        if is_optional && schema.get("default").is_none_or(Value::is_null) {
            allow_null(schema);
        }
    }
    let names: Vec<Value> = properties.keys().map(|name| name.as_str().into()).collect();
    fields.insert("required".into(), names.into());
}

/// If a reference has other keywords next to it, moves the reference into an `anyOf` with one
/// choice.
fn separate_ref(fields: &mut Fields) {
    let is_definition = |key: &String| key == "$defs" || key == "definitions";
    if fields.keys().filter(|key| !is_definition(key)).count() > 1
        && let Some(reference) = fields.shift_remove("$ref")
    {
        fields.insert("anyOf".into(), json!([{"$ref": reference}]));
    }
}
