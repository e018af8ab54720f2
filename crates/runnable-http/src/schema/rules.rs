//! [`SchemaRules`]: the rules of a service for schemas, as data.

/// The JSON schemas that a service accepts for structured outputs and strict tools.
///
/// Each constant contains the published rules of one service. The table in the documentation of
/// [the module](super) lists the sources.
///
/// ```
/// use runnable_http::schema::SchemaRules;
/// use serde_json::json;
///
/// let schema = json!({
///     "type": "object",
///     "properties": {"age": {"type": "integer", "format": "uint8", "minimum": 0}},
///     "required": ["age"],
/// });
/// let fitted = SchemaRules::ANTHROPIC.fit(&schema).expect("the schema complies after rewriting");
/// assert_eq!(
///     *fitted,
///     json!({
///         "type": "object",
///         "properties": {"age": {
///             "type": "integer",
///             "description": "Must be in the format `uint8`, and at least 0.",
///         }},
///         "required": ["age"],
///         "additionalProperties": false,
///     }),
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SchemaRules {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    /// What is sent if a schema cannot comply with the rules.
    pub(super) fallback: Fallback,
    /// Whether any schema is accepted unchanged.
    pub(super) anything: bool,
    /// The accepted keywords, in addition to those that all services accept.
    pub(super) keywords: &'static [&'static str],
    /// The accepted values of `format`.
    pub(super) formats: &'static [&'static str],
    /// Whether `minItems` may be 0 or 1 even if `minItems` is not among the accepted keywords.
    pub(super) some_items: bool,
    /// Whether each object must forbid additional properties.
    pub(super) closed: bool,
    /// Whether all properties must be required.
    pub(super) all_required: bool,
    /// Whether an object may have additional properties.
    pub(super) maps: bool,
    /// Whether a schema that allows any value is accepted.
    pub(super) any_value: bool,
    /// In which places a schema may refer to itself.
    pub(super) recursion: Recursion,
    /// Whether `type` may be a list.
    pub(super) type_lists: bool,
    /// Whether `$ref` must be the only keyword of its schema.
    pub(super) lone_ref: bool,
    /// Whether the values of `enum` and `const` must be scalars.
    pub(super) scalar_enums: bool,
    /// Whether `const` is accepted, and whether `enum` may have values other than strings and
    /// numbers.
    pub(super) constants: bool,
    /// Whether a pattern must match the complete string, and may use only syntax that all engines
    /// support.
    pub(super) whole_patterns: bool,
    pub(super) limits: Limits,
}

/// In which places a schema may refer to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recursion {
    Anywhere,
    /// Only within properties that are not required.
    Optional,
    Nowhere,
}

/// The maximum size of a schema. Each field is the maximum of one number or length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The number of properties of all objects together.
    pub(super) properties: usize,
    /// The number of levels of nested objects, including the outermost.
    pub(super) depth: usize,
    /// The number of values of all enumerations together.
    pub(super) enum_values: usize,
    /// The number of characters in all names, enumeration values and constants.
    pub(super) text: usize,
    /// The total length of the values of one enumeration that has more than 250 values.
    pub(super) long_enum: usize,
    /// The length of the schema as JSON.
    pub(super) json: usize,
    /// The number of properties that are not required.
    pub(super) optional: usize,
    /// The number of schemas that allow several types, by `anyOf` or a list of types.
    pub(super) unions: usize,
    /// The number of choices of one `anyOf`.
    pub(super) choices: usize,
}

impl Limits {
    pub(super) const NONE: Self = Self {
        properties: usize::MAX,
        depth: usize::MAX,
        enum_values: usize::MAX,
        text: usize::MAX,
        long_enum: usize::MAX,
        json: usize::MAX,
        optional: usize::MAX,
        unions: usize::MAX,
        choices: usize::MAX,
    };
}

/// What is left of the limits that a service sets for all schemas of one request together.
///
/// Created by [`SchemaRules::budget`]. [`SchemaRules::fit_within`] reduces it.
#[derive(Clone, Copy, Debug)]
pub struct SchemaBudget {
    pub(super) optional: usize,
    pub(super) unions: usize,
}

/// What is sent to a service if a schema cannot comply with its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// The unchanged schema is sent. It is then not guaranteed that the answer follows the schema.
    Lenient,
    /// Instructions are added to the prompt, because the service rejects a schema that it cannot
    /// enforce.
    Prompt,
}

impl SchemaRules {
    /// Returns the name of the service whose rules these are.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the URL of the published rules, or an empty string if there are none.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Returns what is sent if a schema cannot comply with the rules.
    #[must_use]
    pub fn fallback(&self) -> Fallback {
        self.fallback
    }

    /// Returns whether the service accepts any schema unchanged.
    #[must_use]
    pub fn takes_anything(&self) -> bool {
        self.anything
    }
}
