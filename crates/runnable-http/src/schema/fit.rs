//! Rewrites a schema to keep to the rules of a service.

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

/// Keywords that all services take.
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
    /// Rewrites a schema to keep to the rules.
    ///
    /// - Keywords that the service does not take stand in plain words in the `description`.
    /// - `oneOf` is `anyOf`. An `allOf` of one schema is that schema.
    /// - Objects are closed, and all of their properties are required, if the rules ask for it. A
    ///   property that a list `required` leaves out may then be `null`, unless it has a default.
    /// - A tuple is a list of any of its types, and the description has their order.
    /// - A `$ref` that has something beside it is the only choice of an `anyOf`, if need be.
    /// - `definitions` is `$defs`, and a `const` is an `enum` of one value, if need be.
    ///
    /// # Errors
    ///
    /// Returns a [`Misfit`] if the schema cannot keep to the rules without another meaning: for
    /// most services an object whose keys are not known beforehand (a map), a type that may be
    /// anything, a root that is not an object, and a schema that is too large.
    pub fn fit<'s>(&self, schema: &'s Value) -> Result<Cow<'s, Value>, Misfit> {
        self.fit_within(schema, &mut self.budget())
    }

    /// Returns the limits that the service sets for all schemas of one request together.
    #[must_use]
    pub fn budget(&self) -> SchemaBudget {
        SchemaBudget { optional: self.limits.optional, unions: self.limits.unions }
    }

    /// Rewrites one of several schemas of a request to keep to the rules, as [`fit`](Self::fit) does,
    /// and takes what it needs from the limits that all of them share.
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
    /// // Anthropic takes 16 unions in all schemas of a request together.
    /// let mut left = SchemaRules::ANTHROPIC.budget();
    /// assert!(SchemaRules::ANTHROPIC.fit_within(&schema, &mut left).is_ok());
    /// assert!(SchemaRules::ANTHROPIC.fit_within(&schema, &mut left).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and if too little is left of the limits. `left` is then as it was.
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

/// The schema, rewritten to keep to the rules. Its size is not checked.
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
    Fitter { rules, root: schema, place: String::new(), nested: 0, joins: 0 }.schema(&mut root)?;
    match root["type"] == "object" && root.get("anyOf").is_none() {
        true => Ok(root),
        false => Err(Misfit::new("", "describes something else than a JSON object")),
    }
}

/// The schema with its definitions in `$defs`: some services know no other name.
fn renamed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(root) = &mut schema {
        let root_of = |(key, value)| match key == "definitions" {
            true => ("$defs".to_owned(), value),
            false => (key, value),
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

/// Puts what a root refers to in its place: services want the root to say what it is.
fn inline_root(root: &mut Fields, schema: &Value) {
    // Each reference once: they may go round in circles.
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
    /// Where the schema is that is being rewritten, as a JSON pointer.
    place: String,
    nested: usize,
    /// The number of references that were replaced by what they refer to.
    joins: usize,
}

/// The number of references that are replaced at most, so that a schema which contains itself does not
/// grow for ever.
const JOINS: usize = 64;

/// The number of schemas within each other that are rewritten at most: the stack grows with it.
const NESTED: usize = 100;

impl Fitter<'_> {
    fn misfit(&self, reason: impl Into<String>) -> Misfit {
        Misfit::new(&self.place, reason)
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
            name_no_patterns(fields, &mut words);
        }
        if self.rules.scalar_enums && !types::has_scalars_only(fields) {
            return Err(self.misfit("lists values that are not scalars"));
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
            part_ref(fields);
        }
        Ok(())
    }

    fn any_value(&self) -> Result<(), Misfit> {
        match self.rules.any_value {
            true => Ok(()),
            false => Err(self.misfit("allows any value")),
        }
    }

    /// Keeps the keywords that the service takes, and puts the others into words. Returns the items
    /// of a tuple, if the service knows no tuples.
    fn sort_out(
        &self,
        fields: &mut Fields,
        words: &mut Words,
    ) -> Result<Option<Vec<Value>>, Misfit> {
        let mut tuple = None;
        let is_tuple = !self.takes("prefixItems", &Value::Null)
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
                (_, value) if self.takes(&key, &value) => _ = fields.insert(key, value),
                // The words for a tuple say its length.
                ("minItems" | "maxItems", _) if is_tuple => (),
                (_, value) => words.add(&key, &value),
            }
        }
        Ok(tuple)
    }

    /// Whether the service takes a keyword with this value.
    fn takes(&self, keyword: &str, value: &Value) -> bool {
        let rules = self.rules;
        let takes = STRUCTURE.contains(&keyword) || rules.keywords.contains(&keyword);
        match keyword {
            "format" => value.as_str().is_some_and(|format| rules.formats.contains(&format)),
            "minItems" => takes || rules.some_items && matches!(value.as_u64(), Some(0 | 1)),
            // Maps are rewritten, and other objects refused.
            "patternProperties" => true,
            "pattern" => {
                takes
                    && value.as_str().is_some_and(|it| pattern::is_taken(it, rules.whole_patterns))
            }
            _ => takes,
        }
    }

    /// A schema that says nothing of a value, or allows none, or a list that says nothing of its items.
    fn check_content(&mut self, fields: &Fields) -> Result<(), Misfit> {
        let is_empty = |key: &&str| fields.get(*key) == Some(&json!([]));
        if ["enum", "anyOf"].iter().any(is_empty) {
            return Err(self.misfit("allows no value"));
        }
        let says = ["type", "anyOf", "enum", "const", "$ref"];
        if !says.iter().any(|key| fields.contains_key(*key)) {
            return self.any_value();
        }
        let has_items = ["items", "prefixItems"].iter().any(|key| fields.contains_key(*key));
        if has_type(fields, "array") && !has_items && !self.rules.any_value {
            return Err(self.misfit("is a list of any values"));
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
            return Err(self.misfit("has keys that are not known beforehand"));
        }
        if fields.get("additionalProperties").is_some_and(|it| it == true) {
            self.any_value()?;
        }
        if rules.closed && fields.contains_key("anyOf") {
            if fields.contains_key("properties") {
                return Err(self.misfit("has properties beside `anyOf`"));
            }
            // The choices say it, too.
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

    /// Rewrites the schemas inside a schema.
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
        let length = self.place.len();
        self.place.push_str(step);
        self.nested += 1;
        match self.nested > NESTED {
            true => return Err(self.misfit("is too deep within others")),
            false => self.schema(schema)?,
        }
        self.nested -= 1;
        self.place.truncate(length);
        Ok(())
    }

    /// Makes one schema of the parts of an `allOf`: of one, or of several that are objects. A reference
    /// beside properties is such a part.
    fn join_parts(&mut self, fields: &mut Fields) -> Result<(), Misfit> {
        if fields.contains_key("properties")
            && let Some(reference) = fields.shift_remove("$ref")
        {
            match fields.entry("allOf").or_insert_with(|| json!([{}])) {
                Value::Array(parts) => parts.push(json!({"$ref": reference})),
                _ => return Err(self.misfit("joins schemas that cannot be one")),
            }
        }
        let Some(Value::Array(parts)) = fields.get("allOf") else { return Ok(()) };
        let parts = parts.clone();
        let is_one = parts.len() == 1;
        fields.shift_remove("allOf");
        for part in parts {
            let part = match part.get("$ref").and_then(Value::as_str) {
                Some(reference) if !is_one && self.joins < JOINS => {
                    self.joins += 1;
                    resolve(self.root, reference).cloned()
                }
                Some(_) if !is_one => return Err(self.misfit("joins too many schemas")),
                _ => Some(part),
            };
            let Some(Value::Object(part)) = part else {
                return Err(self.misfit("joins schemas that cannot be one"));
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
                    (_, Some(there), value) if *there == value => (),
                    _ if is_one => (),
                    _ => return Err(self.misfit("joins schemas that cannot be one")),
                }
            }
        }
        Ok(())
    }
}

/// Lets an object have any keys whose values keep to what it says of keys of certain patterns: no
/// service compiles the patterns of keys.
fn name_no_patterns(fields: &mut Fields, words: &mut Words) {
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

/// Requires all properties. One that a list `required` leaves out may be `null` instead of missing,
/// unless it has a default, which stands for what the model would leave out.
fn require_all(fields: &mut Fields) {
    let required: Option<Vec<String>> = fields
        .get("required")
        .and_then(Value::as_array)
        .map(|it| it.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
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

/// Makes a reference that has something beside it the only choice of an `anyOf`.
fn part_ref(fields: &mut Fields) {
    let is_definition = |key: &String| key == "$defs" || key == "definitions";
    if fields.keys().filter(|key| !is_definition(key)).count() > 1
        && let Some(reference) = fields.shift_remove("$ref")
    {
        fields.insert("anyOf".into(), json!([{"$ref": reference}]));
    }
}
