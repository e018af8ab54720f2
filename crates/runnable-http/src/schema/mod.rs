//! The published rules of services for the schemas of structured outputs, and rewriting schemas to
//! comply with them.
//!
//! | rules | source |
//! |---|---|
//! | [`ANY`](SchemaRules::ANY) | none, for services that publish no rules or accept any schema |
//! | [`OPENAI`](SchemaRules::OPENAI) | <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas> |
//! | [`OPENAI_FINE_TUNED`](SchemaRules::OPENAI_FINE_TUNED) | the same, for fine-tuned models |
//! | [`AZURE`](SchemaRules::AZURE) | <https://learn.microsoft.com/azure/ai-services/openai/how-to/structured-outputs> |
//! | [`ANTHROPIC`](SchemaRules::ANTHROPIC) | <https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations> |
//! | [`GROQ`](SchemaRules::GROQ) | <https://console.groq.com/docs/structured-outputs> |
//! | [`CEREBRAS`](SchemaRules::CEREBRAS) | <https://inference-docs.cerebras.ai/capabilities/structured-outputs> |
//! | [`DEEPSEEK`](SchemaRules::DEEPSEEK) | <https://api-docs.deepseek.com/guides/tool_calls> |
//! | [`FIREWORKS`](SchemaRules::FIREWORKS) | <https://docs.fireworks.ai/structured-responses/structured-response-formatting> |
//! | [`GEMINI`](SchemaRules::GEMINI) | <https://ai.google.dev/api/generate-content#generationconfig>, <https://ai.google.dev/gemini-api/docs/structured-output> |
//! | [`MISTRAL`](SchemaRules::MISTRAL) | <https://docs.mistral.ai/capabilities/structured-output/custom_structured_output/>, which names no keywords; that objects are closed is taken from <https://github.com/mistralai/client-python> |
//! | [`PERPLEXITY`](SchemaRules::PERPLEXITY) | <https://docs.perplexity.ai/guides/structured-outputs> |
//! | [`XAI`](SchemaRules::XAI) | <https://docs.x.ai/developers/model-capabilities/text/structured-outputs> |

mod dialects;
mod fit;
mod instructions;
mod misfit;
mod pattern;
mod rules;
mod shape;
mod types;
mod words;

pub use self::{
    instructions::schema_instructions,
    misfit::Misfit,
    rules::{Fallback, SchemaBudget, SchemaRules},
};
