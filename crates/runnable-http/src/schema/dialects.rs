//! The published schema rules of services, as of November 2026.

use super::rules::{Fallback, Limits, Recursion, SchemaRules};

/// The values of the keyword `format` that OpenAI accepts.
const FORMATS: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The values of the keyword `format` that OpenAI accepts, and `uri`.
const FORMATS_AND_URI: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// The rules that most services have in common: objects must be closed, and constraints are not
/// accepted.
const CLOSED: SchemaRules = SchemaRules {
    name: "",
    source: "",
    fallback: Fallback::Lenient,
    anything: false,
    keywords: &[],
    formats: &[],
    some_items: false,
    closed: true,
    all_required: true,
    maps: false,
    any_value: false,
    recursion: Recursion::Anywhere,
    type_lists: true,
    lone_ref: true,
    scalar_enums: true,
    constants: true,
    whole_patterns: false,
    limits: Limits::NONE,
};

/// The rules of services that accept all schema keywords except a few.
const OPEN: SchemaRules = SchemaRules {
    closed: false,
    all_required: false,
    maps: true,
    any_value: true,
    lone_ref: false,
    scalar_enums: false,
    ..CLOSED
};

impl SchemaRules {
    /// The rules for services that publish no rules or accept any schema. They change nothing.
    pub const ANY: Self = Self { name: "any", anything: true, ..OPEN };

    /// The rules of the strict mode of OpenAI.
    pub const OPENAI: Self = Self {
        name: "OpenAI",
        source: "https://platform.openai.com/docs/guides/structured-outputs#supported-schemas",
        keywords: &[
            "pattern",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "minItems",
            "maxItems",
        ],
        formats: FORMATS,
        limits: Limits {
            properties: 5_000,
            depth: 10,
            enum_values: 1_000,
            text: 120_000,
            long_enum: 15_000,
            ..Limits::NONE
        },
        ..CLOSED
    };

    /// The rules of the strict mode of OpenAI for fine-tuned models, which accepts no constraints.
    pub const OPENAI_FINE_TUNED: Self =
        Self { name: "OpenAI, fine-tuned", keywords: &[], formats: &[], ..Self::OPENAI };

    /// The rules of the strict mode of Azure OpenAI, which accepts no constraints.
    pub const AZURE: Self = Self {
        name: "Azure OpenAI",
        source: "https://learn.microsoft.com/azure/ai-services/openai/how-to/structured-outputs",
        limits: Limits { properties: 100, depth: 5, ..Limits::NONE },
        ..CLOSED
    };

    /// The rules of the structured outputs and strict tools of Anthropic.
    ///
    /// Simple patterns are sent as patterns, and are also described in the description, as
    /// Anthropic's SDKs do.
    pub const ANTHROPIC: Self = Self {
        name: "Anthropic",
        source: "https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations",
        fallback: Fallback::Prompt,
        keywords: &["default"],
        formats: FORMATS_AND_URI,
        some_items: true,
        all_required: false,
        recursion: Recursion::Nowhere,
        limits: Limits { optional: 24, unions: 16, ..Limits::NONE },
        ..CLOSED
    };

    /// The rules of the strict mode of Groq.
    pub const GROQ: Self =
        Self { name: "Groq", source: "https://console.groq.com/docs/structured-outputs", ..CLOSED };

    /// The rules of the strict mode of Cerebras.
    pub const CEREBRAS: Self = Self {
        name: "Cerebras",
        source: "https://inference-docs.cerebras.ai/capabilities/structured-outputs",
        recursion: Recursion::Nowhere,
        type_lists: false,
        limits: Limits {
            properties: 500,
            depth: 10,
            enum_values: 500,
            long_enum: 7_500,
            json: 5_000,
            choices: 5,
            ..Limits::NONE
        },
        ..CLOSED
    };

    /// The rules of the strict tools of DeepSeek. DeepSeek has no structured output that follows a
    /// schema.
    pub const DEEPSEEK: Self = Self {
        name: "DeepSeek",
        source: "https://api-docs.deepseek.com/guides/tool_calls",
        fallback: Fallback::Prompt,
        keywords: &[
            "pattern",
            "default",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
        ],
        formats: &["email", "hostname", "ipv4", "ipv6", "uuid"],
        ..CLOSED
    };

    /// The rules of the structured outputs of Fireworks.
    ///
    /// The documentation of Fireworks lists what is not supported: `oneOf`, `pattern`, and the
    /// lengths of strings and arrays.
    pub const FIREWORKS: Self = Self {
        name: "Fireworks",
        source: "https://docs.fireworks.ai/structured-responses/structured-response-formatting",
        keywords: &[
            "default",
            "examples",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
        ],
        formats: FORMATS_AND_URI,
        any_value: false,
        ..OPEN
    };

    /// The rules of the structured outputs of Gemini.
    pub const GEMINI: Self = Self {
        name: "Gemini",
        source: "https://ai.google.dev/api/generate-content#generationconfig",
        fallback: Fallback::Prompt,
        keywords: &["minimum", "maximum", "minItems", "maxItems", "prefixItems"],
        formats: &["date-time", "date", "time"],
        any_value: false,
        recursion: Recursion::Optional,
        lone_ref: true,
        scalar_enums: true,
        constants: false,
        ..OPEN
    };

    /// The rules of the structured outputs of Mistral. Mistral's documents list no keywords.
    /// Objects are closed, because Mistral's SDKs close them.
    pub const MISTRAL: Self = Self {
        name: "Mistral",
        source: "https://docs.mistral.ai/capabilities/structured-output/custom_structured_output/",
        keywords: CONSTRAINTS,
        formats: FORMATS_AND_URI,
        closed: true,
        ..OPEN
    };

    /// The schema rules of Perplexity's structured outputs.
    pub const PERPLEXITY: Self = Self {
        name: "Perplexity",
        source: "https://docs.perplexity.ai/guides/structured-outputs",
        fallback: Fallback::Prompt,
        keywords: CONSTRAINTS,
        formats: FORMATS_AND_URI,
        any_value: false,
        recursion: Recursion::Nowhere,
        ..OPEN
    };

    /// The rules of the structured outputs and the tools of xAI.
    pub const XAI: Self = Self {
        name: "xAI",
        source: "https://docs.x.ai/developers/model-capabilities/text/structured-outputs",
        // xAI refuses a recursive schema, even if the schema is not enforced.
        fallback: Fallback::Prompt,
        keywords: &[
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
        any_value: false,
        recursion: Recursion::Nowhere,
        whole_patterns: true,
        ..OPEN
    };

    /// All rules of this module, one entry per set of rules.
    pub const ALL: &'static [Self] = &[
        Self::ANY,
        Self::OPENAI,
        Self::OPENAI_FINE_TUNED,
        Self::AZURE,
        Self::ANTHROPIC,
        Self::GROQ,
        Self::CEREBRAS,
        Self::DEEPSEEK,
        Self::FIREWORKS,
        Self::GEMINI,
        Self::MISTRAL,
        Self::PERPLEXITY,
        Self::XAI,
    ];
}

/// The constraint keywords of JSON Schema, for services that document no exceptions.
const CONSTRAINTS: &[&str] = &[
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
