//! Which schemas a service accepts for its models.

use std::{borrow::Cow, cell::Cell};

use runnable_http::schema::{SchemaBudget, SchemaRules};
use serde_json::Value;

/// The kind of service, which determines the rules for schemas.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dialect {
    OpenAi,
    Groq,
    DeepSeek,
    /// The rules are the rules of the provider that made the model.
    OpenRouter,
    /// The rules of the service are not known, but the rules of some of its models may be.
    Compatible,
    Rules(SchemaRules),
}

/// How a service treats the schemas of one request.
#[derive(Debug)]
pub(crate) struct Schemas {
    pub(crate) rules: SchemaRules,
    /// The unused part of the limits that apply to all schemas of the request together.
    left: Cell<SchemaBudget>,
    /// Whether the service can enforce a schema for the model.
    pub(crate) enforces: bool,
    /// Whether a request can contain a schema for the answer. Otherwise, a request can only ask for
    /// any JSON.
    pub(crate) has_response_schema: bool,
}

impl Schemas {
    fn new(rules: SchemaRules) -> Self {
        let left = Cell::new(rules.budget());
        Self { rules, left, enforces: true, has_response_schema: true }
    }

    /// Rewrites a schema of the request to comply with the rules. Returns `None` if the schema
    /// cannot comply.
    pub(crate) fn fit<'s>(&self, schema: &'s Value) -> Option<Cow<'s, Value>> {
        let mut left = self.left.get();
        let fitted = self.rules.fit_within(schema, &mut left).ok();
        self.left.set(left);
        fitted
    }
}

/// The rules of services that are recognized by the host in the base URL.
const HOSTS: [(&str, SchemaRules); 9] = [
    ("api.openai.com", SchemaRules::OPENAI),
    ("api.fireworks.ai", SchemaRules::FIREWORKS),
    ("generativelanguage.googleapis.com", SchemaRules::GEMINI),
    ("aiplatform.googleapis.com", SchemaRules::GEMINI),
    ("api.cerebras.ai", SchemaRules::CEREBRAS),
    ("api.mistral.ai", SchemaRules::MISTRAL),
    ("api.perplexity.ai", SchemaRules::PERPLEXITY),
    ("api.x.ai", SchemaRules::XAI),
    ("api.anthropic.com", SchemaRules::ANTHROPIC),
];

/// The rules for models that OpenRouter forwards to other providers, by the prefix of the model
/// name.
const MAKERS: [(&str, SchemaRules); 5] = [
    ("anthropic/", SchemaRules::ANTHROPIC),
    ("google/", SchemaRules::GEMINI),
    ("mistralai/", SchemaRules::MISTRAL),
    ("perplexity/", SchemaRules::PERPLEXITY),
    ("x-ai/", SchemaRules::XAI),
];

impl Dialect {
    /// Returns the rules of the service at this URL, if its host is known.
    pub(crate) fn at(base_url: &str) -> Option<Self> {
        let host = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
        let is_at = |known: &str| {
            host.strip_suffix(known)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '-']))
        };
        match host.as_str() {
            "api.groq.com" => return Some(Self::Groq),
            "api.deepseek.com" => return Some(Self::DeepSeek),
            "openrouter.ai" => return Some(Self::OpenRouter),
            _ => (),
        }
        HOSTS.iter().find(|(known, _)| is_at(known)).map(|(_, rules)| Self::Rules(*rules))
    }

    /// Returns how the service treats schemas for the model with this name.
    pub(crate) fn schemas(self, model: &str) -> Schemas {
        let schemas = Schemas::new;
        let model = model.to_ascii_lowercase();
        match self {
            Self::Rules(rules) => schemas(rules),
            Self::OpenAi if model.starts_with("ft:") => schemas(SchemaRules::OPENAI_FINE_TUNED),
            Self::OpenAi => schemas(SchemaRules::OPENAI),
            // Groq enforces schemas only for these models:
            // <https://console.groq.com/docs/structured-outputs#supported-models>
            Self::Groq => {
                let is_safeguard = model.contains("safeguard");
                let enforces =
                    model.contains("gpt-oss") && !is_safeguard || model.ends_with("qwen3.8-27b");
                Schemas { enforces, ..schemas(SchemaRules::GROQ) }
            }
            Self::DeepSeek => {
                Schemas { has_response_schema: false, ..schemas(SchemaRules::DEEPSEEK) }
            }
            Self::OpenRouter | Self::Compatible if model.contains("claude") => {
                schemas(SchemaRules::ANTHROPIC)
            }
            Self::OpenRouter => {
                let is_of = |(maker, _): &&(&str, SchemaRules)| model.starts_with(maker);
                let rules = MAKERS.iter().find(is_of).map(|(_, rules)| *rules);
                schemas(rules.unwrap_or(SchemaRules::OPENAI))
            }
            Self::Compatible => schemas(SchemaRules::ANY),
        }
    }
}
