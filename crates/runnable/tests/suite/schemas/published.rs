//! The published schema rules of services, transcribed from their documentation and checked
//! independently of the tested code.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The rules of a service, from its documentation.
pub(super) struct Published {
    pub(super) source: &'static str,
    /// The accepted keywords, in addition to those for the structure of a schema.
    pub(super) keywords: &'static [&'static str],
    pub(super) formats: &'static [&'static str],
    pub(super) closed: bool,
    /// Whether an object may still be a map, whose additional properties have a schema.
    pub(super) maps: bool,
    /// Whether a schema may allow any value.
    pub(super) any_value: bool,
    pub(super) all_required: bool,
    pub(super) recursive: bool,
    /// Whether the service accepts `const`, and `enum` with values that are neither texts nor
    /// numbers.
    pub(super) constants: bool,
    pub(super) lone_refs: bool,
    pub(super) type_lists: bool,
    /// Whether `minItems` must be 0 or 1.
    pub(super) one_item: bool,
    pub(super) unions: usize,
    pub(super) choices: usize,
    pub(super) sizes: Option<Sizes>,
}

const TEXTS: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
const TEXTS_AND_URI: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

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

const STRICT: Published = Published {
    source: "",
    keywords: &[],
    formats: &[],
    closed: true,
    maps: false,
    any_value: false,
    all_required: true,
    recursive: true,
    constants: true,
    lone_refs: true,
    type_lists: true,
    one_item: false,
    unions: usize::MAX,
    choices: usize::MAX,
    sizes: None,
};

pub(super) const OPENAI: Published = Published {
    source: "platform.openai.com/docs/guides/structured-outputs#supported-schemas: `pattern` and \
             nine formats of strings, five bounds of numbers, `minItems` and `maxItems` of arrays; \
             all fields required, no additional properties, the root an object and no `anyOf`; not \
             `allOf`, `not`, `dependentRequired`, `dependentSchemas`, `if`, `then`, `else`",
    keywords: &[
        "pattern",
        "format",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "minItems",
        "maxItems",
    ],
    formats: TEXTS,
    sizes: Some(OPENAI_SIZES),
    ..STRICT
};

pub(super) const FINE_TUNED: Published = Published {
    source: "platform.openai.com/docs/guides/structured-outputs#supported-schemas: for fine-tuned \
             models, no keyword that is particular to a type",
    sizes: Some(OPENAI_SIZES),
    ..STRICT
};

pub(super) const AZURE: Published = Published {
    source: "learn.microsoft.com/azure/ai-services/openai/how-to/structured-outputs: as OpenAI's, \
             and no keyword that is particular to a type",
    sizes: Some(AZURE_SIZES),
    ..STRICT
};

pub(super) const ANTHROPIC: Published = Published {
    source: "platform.claude.com/docs/en/build-with-claude/structured-outputs: no recursion, no \
             external `$ref`, no bounds of numbers and strings, of arrays `minItems` 0 and 1 only, \
             `additionalProperties` false only, 16 parameters of several types; ten formats",
    keywords: &["format", "minItems", "default"],
    formats: TEXTS_AND_URI,
    all_required: false,
    recursive: false,
    one_item: true,
    unions: 16,
    sizes: Some(ANTHROPIC_SIZES),
    ..STRICT
};

pub(super) const GROQ: Published = Published {
    source: "console.groq.com/docs/structured-outputs: primitives, objects, arrays, enumerations, \
             `anyOf`, `$ref`; all fields required, all objects closed",
    ..STRICT
};

pub(super) const CEREBRAS: Published = Published {
    source: "inference-docs.cerebras.ai/capabilities/structured-outputs: no recursion, no list of \
             types, no `pattern`, `format` and bounds of arrays, five choices of an `anyOf`",
    recursive: false,
    type_lists: false,
    choices: 5,
    sizes: Some(CEREBRAS_SIZES),
    ..STRICT
};

pub(super) const XAI: Published = Published {
    source: "docs.x.ai/developers/model-capabilities/text/structured-outputs: bounds of numbers, \
             texts, lists and objects, eight formats, `prefixItems`, no circular `$ref`; refused are an \
             empty `enum` or `anyOf`, properties that are `true` or `false`, `maxContains`, \
             `minContains`, and `items` that is a list",
    keywords: &[
        "format",
        "pattern",
        "default",
        "examples",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "prefixItems",
    ],
    formats: &["date", "time", "date-time", "email", "uuid", "ipv4", "ipv6", "uri"],
    closed: false,
    all_required: false,
    recursive: false,
    lone_refs: false,
    ..STRICT
};

pub(super) const FIREWORKS: Published = Published {
    source: "docs.fireworks.ai/structured-responses/structured-response-formatting: no `oneOf`, no \
             lengths and sizes of strings and arrays, no `pattern`, no external `$ref`",
    keywords: &[
        "format",
        "default",
        "examples",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
    ],
    formats: TEXTS_AND_URI,
    closed: false,
    all_required: false,
    lone_refs: false,
    ..STRICT
};

pub(super) const GEMINI: Published = Published {
    source: "ai.google.dev/api/generate-content#generationconfig: `format`, `enum` of texts and \
             numbers, `minimum`, `maximum`, `prefixItems`, `minItems`, `maxItems`, no `const`; a schema \
             contains itself in properties alone that are not required; nothing beside `$ref`",
    keywords: &["format", "minimum", "maximum", "prefixItems", "minItems", "maxItems"],
    formats: &["date-time", "date", "time"],
    constants: false,
    closed: false,
    all_required: false,
    recursive: false,
    ..STRICT
};

/// The constraints of JSON Schema, for services that document no exceptions.
const CONSTRAINTS: &[&str] = &[
    "format",
    "pattern",
    "default",
    "examples",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "prefixItems",
];

pub(super) const MISTRAL: Published = Published {
    source: "docs.mistral.ai/capabilities/structured-output/custom_structured_output, which names no \
             keywords and forbids neither maps nor any value; github.com/mistralai/client-python \
             closes objects",
    maps: true,
    any_value: true,
    keywords: CONSTRAINTS,
    formats: TEXTS_AND_URI,
    all_required: false,
    lone_refs: false,
    ..STRICT
};

pub(super) const PERPLEXITY: Published = Published {
    source: "docs.perplexity.ai/guides/structured-outputs: no recursion, no objects without \
             constraints",
    keywords: CONSTRAINTS,
    formats: TEXTS_AND_URI,
    closed: false,
    all_required: false,
    recursive: false,
    lone_refs: false,
    ..STRICT
};

pub(super) const DEEPSEEK: Published = Published {
    source: "api-docs.deepseek.com/guides/tool_calls: `pattern` and five formats of strings, not \
             `minLength` and `maxLength`; five bounds and `default` of numbers; of arrays not \
             `minItems` and `maxItems`; all properties required, no additional properties",
    keywords: &[
        "pattern",
        "format",
        "default",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
    ],
    formats: &["email", "hostname", "ipv4", "ipv6", "uuid"],
    ..STRICT
};

/// The published limits of the size of a schema.
pub(super) struct Sizes {
    pub(super) properties: usize,
    pub(super) depth: usize,
    pub(super) enum_values: usize,
    /// The number of properties that are not required.
    pub(super) optional: usize,
}

impl Sizes {
    /// Returns the sizes of a schema. The depth counts nested objects.
    fn of(schema: &Value) -> Self {
        let mut sizes = Self { properties: 0, depth: 0, enum_values: 0, optional: 0 };
        sizes.add(schema, 0);
        sizes
    }

    fn add(&mut self, schema: &Value, depth: usize) {
        let Value::Object(fields) = schema else {
            let items = schema.as_array().into_iter().flatten();
            return items.for_each(|item| self.add(item, depth));
        };
        let properties = fields.get("properties").and_then(Value::as_object);
        let depth = depth + usize::from(properties.is_some());
        self.depth = self.depth.max(depth);
        let list = |key: &str| fields.get(key).and_then(Value::as_array).map_or(0, Vec::len);
        let count = properties.map_or(0, Map::len);
        self.properties += count;
        self.optional += count - list("required").min(count);
        self.enum_values += list("enum");
        properties.into_iter().flatten().for_each(|(_, inner)| self.add(inner, depth));
        let others = fields.iter().filter(|(key, _)| {
            ["items", "anyOf", "prefixItems", "additionalProperties"].contains(&key.as_str())
        });
        others.for_each(|(_, inner)| self.add(inner, depth));
        for key in ["$defs", "definitions"] {
            let definitions = fields.get(key).and_then(Value::as_object).into_iter().flatten();
            definitions.for_each(|(_, inner)| self.add(inner, 0));
        }
    }
}

const OPENAI_SIZES: Sizes =
    Sizes { properties: 5_000, depth: 10, enum_values: 1_000, optional: usize::MAX };
const AZURE_SIZES: Sizes =
    Sizes { properties: 100, depth: 5, enum_values: usize::MAX, optional: usize::MAX };
const CEREBRAS_SIZES: Sizes =
    Sizes { properties: 500, depth: 10, enum_values: 500, optional: usize::MAX };
const ANTHROPIC_SIZES: Sizes =
    Sizes { properties: usize::MAX, depth: usize::MAX, enum_values: usize::MAX, optional: 24 };

impl Published {
    /// Returns the parts of a schema that the service rejects.
    pub(super) fn refused(&self, schema: &Value) -> Vec<String> {
        let mut violations = Vec::new();
        if schema["type"] != "object" || schema.get("anyOf").is_some() {
            violations.push("the root is not an object".to_owned());
        }
        let mut unions = 0;
        self.walk(schema, "", &mut unions, &mut violations);
        if unions > self.unions {
            violations.push(format!("{unions} unions"));
        }
        if let Some(most) = &self.sizes {
            let sizes = Sizes::of(schema);
            for (name, size, most) in [
                ("properties", sizes.properties, most.properties),
                ("levels", sizes.depth, most.depth),
                ("enumeration values", sizes.enum_values, most.enum_values),
                ("optional properties", sizes.optional, most.optional),
            ] {
                if size > most {
                    violations.push(format!("{size} {name}"));
                }
            }
        }
        if !self.recursive && contains_itself(schema, schema, &mut BTreeSet::new()) {
            violations.push("it contains itself".to_owned());
        }
        violations
    }

    fn walk(&self, schema: &Value, place: &str, unions: &mut usize, violations: &mut Vec<String>) {
        let Value::Object(fields) = schema else {
            if self.any_value && *schema == true {
                return;
            }
            return violations.push(format!("{place}: no schema"));
        };
        let mut refuse = |reason: &str| violations.push(format!("{place}: {reason}"));
        for (keyword, value) in fields {
            let known =
                STRUCTURE.contains(&keyword.as_str()) || self.keywords.contains(&keyword.as_str());
            let formatted = keyword != "format"
                || value.as_str().is_some_and(|format| self.formats.contains(&format));
            if !known || !formatted {
                refuse(&format!("{keyword}: {value}"));
            }
        }
        let listed = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
        let are_odd = listed.into_iter().any(|value| !value.is_string() && !value.is_number());
        if !self.constants && (are_odd || fields.contains_key("const")) {
            refuse("a constant");
        }
        if ["enum", "anyOf"].iter().any(|key| fields.get(*key) == Some(&Value::Array(Vec::new()))) {
            refuse("it allows no value");
        }
        if self.one_item && fields.get("minItems").is_some_and(|count| count.as_u64() > Some(1)) {
            refuse("minItems");
        }
        let content_keywords = ["type", "anyOf", "$ref", "enum", "const"];
        if !self.any_value && !content_keywords.iter().any(|keyword| fields.contains_key(*keyword))
        {
            refuse("it has no type");
        }
        let has_list = fields.get("type").is_some_and(Value::is_array);
        if has_list && !self.type_lists {
            refuse("a list of types");
        }
        let choices = fields.get("anyOf").and_then(Value::as_array).map_or(0, Vec::len);
        *unions += usize::from(choices > 1 || has_list);
        if choices > self.choices {
            refuse("too many choices");
        }
        let beside = fields.keys().filter(|key| !["$ref", "$defs"].contains(&key.as_str())).count();
        if self.lone_refs && fields.contains_key("$ref") && beside > 0 {
            refuse("something beside `$ref`");
        }
        if let Some(Value::String(to)) = fields.get("$ref")
            && !to.starts_with('#')
        {
            refuse("an external `$ref`");
        }
        if fields.get("type").is_some_and(|kind| kind.to_string().contains("object")) {
            self.object(fields, &mut refuse);
        }
        if fields.get("type") == Some(&"array".into()) && !fields.contains_key("items") {
            let is_tuple = fields.contains_key("prefixItems");
            if !is_tuple {
                refuse("no items");
            }
        }
        for key in ["properties", "$defs", "definitions", "patternProperties"] {
            for (name, inner) in fields.get(key).and_then(Value::as_object).into_iter().flatten() {
                self.walk(inner, &format!("{place}/{key}/{name}"), unions, violations);
            }
        }
        for key in ["anyOf", "prefixItems"] {
            for inner in fields.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.walk(inner, &format!("{place}/{key}"), unions, violations);
            }
        }
        if let Some(items) = fields.get("items").filter(|items| **items != false) {
            self.walk(items, &format!("{place}/items"), unions, violations);
        }
    }

    fn object(&self, fields: &Map<String, Value>, refuse: &mut impl FnMut(&str)) {
        let additional = fields.get("additionalProperties");
        let is_map = self.maps && additional.is_some_and(Value::is_object);
        if self.closed && !is_map && additional != Some(&false.into()) {
            refuse("an open object");
        }
        let properties = fields.get("properties").and_then(Value::as_object);
        let names: Vec<&str> =
            properties.into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let required = fields.get("required").and_then(Value::as_array);
        let required: Vec<&str> =
            required.into_iter().flatten().filter_map(Value::as_str).collect();
        if self.all_required && names != required {
            refuse("not all properties are required, in their order");
        }
    }
}

fn contains_itself<'s>(root: &'s Value, schema: &'s Value, open: &mut BTreeSet<&'s str>) -> bool {
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(to.trim_start_matches('#'));
        if !open.insert(to) {
            return true;
        }
        let found = target.is_some_and(|target| contains_itself(root, target, open));
        open.remove(to);
        return found;
    }
    match schema {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| *key != "$defs")
            .any(|(_, inner)| contains_itself(root, inner, open)),
        Value::Array(items) => items.iter().any(|inner| contains_itself(root, inner, open)),
        _ => false,
    }
}
