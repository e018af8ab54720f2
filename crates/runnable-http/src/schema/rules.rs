//! The rules of a service, as data.

/// What the structured outputs and strict tools of a service accept of JSON schemas.
///
/// The constants are the published rules of services; the table in the documentation of
/// [the module](super) names their sources.
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
/// let fitted = SchemaRules::ANTHROPIC.fit(&schema).expect("it can be rewritten");
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
    /// What is sent of a schema that cannot keep to the rules.
    pub(super) fallback: Fallback,
    /// Whether any schema is taken as it is.
    pub(super) anything: bool,
    /// Keywords that are taken besides those that all services take.
    pub(super) keywords: &'static [&'static str],
    /// The values of `format` that are taken.
    pub(super) formats: &'static [&'static str],
    /// Whether `minItems` may be 0 or 1, if it is not among the keywords.
    pub(super) some_items: bool,
    /// Whether each object must say that it has no other properties than it names.
    pub(super) closed: bool,
    /// Whether all properties must be required.
    pub(super) all_required: bool,
    /// Whether an object may have properties that it does not name.
    pub(super) maps: bool,
    /// Whether a schema may allow any value.
    pub(super) any_value: bool,
    /// Where a schema may contain itself.
    pub(super) recursion: Recursion,
    /// Whether `type` may be a list.
    pub(super) type_lists: bool,
    /// Whether nothing may stand beside `$ref`.
    pub(super) lone_ref: bool,
    /// Whether values of `enum` and `const` must be scalars.
    pub(super) scalar_enums: bool,
    /// Whether `const` is taken, and `enum` with values that are neither texts nor numbers.
    pub(super) constants: bool,
    /// Whether a pattern is compared with the whole text, and compiled without what only some engines
    /// know.
    pub(super) whole_patterns: bool,
    pub(super) limits: Limits,
}

/// Where a schema may contain itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recursion {
    Anywhere,
    /// Within properties that are not required.
    Optional,
    Nowhere,
}

/// How large a schema may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Properties of all objects.
    pub(super) properties: usize,
    /// Objects within objects, the outermost counted.
    pub(super) depth: usize,
    /// Values of all enumerations.
    pub(super) enum_values: usize,
    /// Characters of all names, values of enumerations and constants.
    pub(super) text: usize,
    /// Characters of the values of one enumeration that has more than 250.
    pub(super) long_enum: usize,
    /// Characters of the schema as JSON.
    pub(super) json: usize,
    /// Properties that are not required.
    pub(super) optional: usize,
    /// Places that allow several types, by `anyOf` or a list of types.
    pub(super) unions: usize,
    /// Choices of one `anyOf`.
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
/// Returned by [`SchemaRules::budget`]; [`SchemaRules::fit_within`] takes from it.
#[derive(Clone, Copy, Debug)]
pub struct SchemaBudget {
    pub(super) optional: usize,
    pub(super) unions: usize,
}

/// What is sent of a schema that cannot keep to the rules of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// The schema as it is, without the promise that the answer keeps to it.
    Lenient,
    /// The schema in the prompt, because the service promises to keep to all schemas that it takes.
    Prompt,
}

impl SchemaRules {
    /// Returns the name of the service whose rules these are.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the address of the document that publishes the rules; empty if there is none.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// Returns what is sent of a schema that cannot keep to the rules.
    #[must_use]
    pub fn fallback(&self) -> Fallback {
        self.fallback
    }

    /// Returns whether the service takes any schema as it is.
    #[must_use]
    pub fn takes_anything(&self) -> bool {
        self.anything
    }
}
