//! The rules of a service, as data.

use std::borrow::Cow;

use serde_json::Value;

use super::{Misfit, fit, shape};

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
    optional: usize,
    unions: usize,
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
        let fitted = fit::fit(self, schema)?;
        let limits = Limits { optional: left.optional, unions: left.unions, ..self.limits };
        let size = shape::check(&Self { limits, ..*self }, &fitted)?;
        left.optional = left.optional.saturating_sub(size.optional);
        left.unions = left.unions.saturating_sub(size.unions);
        Ok(Cow::Owned(fitted))
    }
}
