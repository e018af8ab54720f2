//! The body of a request.

use std::borrow::Cow;

use runnable_chat::{
    ChatOptions,
    model::{ChatRequest, ResponseFormat},
};
use runnable_core::Result;
use runnable_http::schema::{SchemaBudget, SchemaRules, schema_instructions};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{
    content::Block,
    message::{Conversation, Turn},
    model_family::{Family, estimate},
    reasoning::{Plan, Thinking},
    refuse::{invalid, refuse},
    tool::{Choice, Tool},
};

/// The body of a request.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Block<'a>>,
    /// The turns of the prompt, or none if an extra replaces them.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Turn<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    output_config: Map<String, Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    /// The extras of the call, except those that are merged with other fields.
    #[serde(flatten)]
    rest: Rest<'a>,
}

/// The fields that the caller has added with extras, in their order.
#[derive(Debug)]
struct Rest<'a>(Vec<(&'a str, &'a Value)>);

impl Serialize for Rest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The name of the extra that lists beta features. They are sent in a header instead of the body.
pub(crate) const BETAS: &str = "betas";

impl<'a> Body<'a> {
    pub(crate) fn of(model: &'a str, request: &'a ChatRequest) -> Result<Self> {
        let options = &request.options;
        check(options)?;
        let extras = &options.extras;
        // An extra takes precedence over an option.
        let free = |key: &str| !extras.contains_key(key);
        let name = extras.get("model").and_then(Value::as_str).unwrap_or(model);
        let limit = extras.get("max_tokens").and_then(Value::as_u64).or(options.max_tokens);
        let plan = Plan::of(options.reasoning_effort, limit, Family::of(name), || {
            estimate(&request.prompt)
        })?;
        let Conversation { mut system, turns: mut messages } = Conversation::of(&request.prompt)?;
        if !system.is_empty() && !free("system") {
            return invalid(
                "the prompt has system messages, but there is also an extra `system`; remove one of them".into(),
            );
        }
        // Encode the schema of the answer before the tools, so that it uses the shared limits
        // first. A tool that exceeds the limits is only sent without `strict`, but the schema of an
        // answer would have to move to the prompt.
        let mut left = SchemaRules::ANTHROPIC.budget();
        let (output_config, instructions) = output_config(options, &plan, &mut left)?;
        let tools = tools(options, &mut left)?;
        let tool_choice = Choice::of(options, !tools.is_empty()).filter(|_| free("tool_choice"));
        if free("thinking") {
            check_thinking(options, &plan, tool_choice.as_ref())?;
        }
        if let Some(instructions) = instructions {
            let last_user_turn =
                messages.iter_mut().rfind(|turn| turn.role == "user" && !free("system"));
            last_user_turn.map_or(&mut system, |turn| &mut turn.content).push(text(instructions));
        }
        let handled = ["tools", "output_config", BETAS];
        // An extra that is `null` removes the field.
        let is_sent = |key: &str, value: &Value| !handled.contains(&key) && !value.is_null();
        let rest = extras.iter().filter(|(key, value)| is_sent(key, value));
        Ok(Self {
            model: Some(model).filter(|_| free("model")),
            max_tokens: Some(plan.max_tokens).filter(|_| free("max_tokens")),
            system,
            messages: Some(messages).filter(|_| free("messages")),
            temperature: options.temperature.filter(|_| free("temperature")),
            top_p: options.top_p.filter(|_| free("top_p")),
            stop_sequences: if free("stop_sequences") { &options.stop } else { &[] },
            tools,
            tool_choice,
            thinking: plan.thinking.filter(|_| free("thinking")),
            output_config,
            stream: request.streaming && free("stream"),
            rest: Rest(rest.map(|(key, value)| (key.as_str(), value)).collect()),
        })
    }

    /// Removes the fields that only affect the answer. The API that counts tokens rejects them.
    pub(crate) fn counted(mut self) -> Self {
        (self.max_tokens, self.temperature, self.top_p) = (None, None, None);
        self.stop_sequences = &[];
        self
    }
}

/// Returns an error if the API does not support an option.
fn check(options: &ChatOptions) -> Result<()> {
    match options {
        ChatOptions { logprobs: Some(_), .. } => {
            refuse("`logprobs` is not supported by the Anthropic API; remove it".into())
        }
        ChatOptions { seed: Some(_), .. } => {
            refuse("`seed` is not supported by the Anthropic API; remove it".into())
        }
        ChatOptions { response_format: Some(ResponseFormat::Json), .. } => refuse(
            "`ResponseFormat::Json` is not supported by the Anthropic API; use `ResponseFormat::JsonSchema`"
                .into(),
        ),
        ChatOptions { temperature: Some(t), .. } if *t > 1.0 => {
            refuse(format!("temperature {t} is not supported by the Anthropic API; use a value from 0 to 1"))
        }
        ChatOptions { stop, .. } if stop.iter().any(|word| word.trim().is_empty()) => refuse(
            "a stop sequence of only whitespace is not supported by the Anthropic API; remove it"
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Returns an error if an option cannot be combined with extended thinking.
fn check_thinking(options: &ChatOptions, plan: &Plan, choice: Option<&Choice<'_>>) -> Result<()> {
    if !plan.thinks() {
        return Ok(());
    }
    match options {
        ChatOptions { temperature: Some(t), .. } if *t != 1.0 => refuse(format!(
            "temperature {t} is not supported with extended thinking; remove `temperature` or \
             `reasoning_effort`"
        )),
        ChatOptions { top_p: Some(p), .. } if *p < 0.95 => refuse(format!(
            "top_p {p} is not supported with extended thinking; use 0.95 to 1, or remove \
             `reasoning_effort`"
        )),
        _ if choice.is_some_and(Choice::forces) => refuse(
            "`tool_choice` forces a tool call, which is not supported with extended thinking; set it to \
             `Auto`, or remove `reasoning_effort`"
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Returns the tools of the caller, followed by the tools in the extra `tools`, which Anthropic
/// runs. An empty extra removes all tools. `left` is the unused part of the limits that all schemas
/// of the request share.
fn tools<'a>(options: &'a ChatOptions, left: &mut SchemaBudget) -> Result<Vec<Tool<'a>>> {
    let mut defined = || Tool::all(&options.tools, left);
    match options.extras.get("tools") {
        None => Ok(defined()),
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(raw)) if raw.is_empty() => Ok(Vec::new()),
        Some(Value::Array(raw)) => {
            Ok(defined().into_iter().chain(raw.iter().map(Tool::Raw)).collect())
        }
        Some(_) => invalid("invalid extra `tools`: expected a list".into()),
    }
}

/// Returns the field `output_config`. If the API cannot enforce the schema of the answer, also
/// returns instructions for the prompt. Fields of the extra `output_config` take precedence.
fn output_config(
    options: &ChatOptions,
    plan: &Plan,
    left: &mut SchemaBudget,
) -> Result<(Map<String, Value>, Option<String>)> {
    let (mut config, mut instructions) = (Map::new(), None);
    let extra = match options.extras.get("output_config") {
        None => Cow::Owned(Map::new()),
        Some(Value::Null) => return Ok((config, instructions)),
        Some(Value::Object(fields)) if fields.is_empty() => return Ok((config, instructions)),
        Some(Value::Object(fields)) => Cow::Borrowed(fields),
        Some(_) => return invalid("invalid extra `output_config`: expected a JSON object".into()),
    };
    if let Some(effort) = plan.effort {
        config.insert("effort".into(), effort.into());
    }
    match &options.response_format {
        Some(ResponseFormat::JsonSchema(form)) if !extra.contains_key("format") => {
            match SchemaRules::ANTHROPIC.fit_within(&form.schema, left) {
                Ok(fitted) => {
                    let mut schema = fitted.into_owned();
                    if let (Some(description), Value::Object(schema)) =
                        (&form.description, &mut schema)
                    {
                        schema.entry("description").or_insert_with(|| description.clone().into());
                    }
                    config
                        .insert("format".into(), json!({"type": "json_schema", "schema": schema}));
                }
                Err(_) => {
                    instructions =
                        Some(schema_instructions(&form.schema, form.description.as_deref()));
                }
            }
        }
        _ => (),
    }
    config.extend(extra.into_owned());
    Ok((config, instructions))
}

/// Creates a text block for the instructions that this crate adds to a request.
fn text(text: String) -> Block<'static> {
    let fields = [("type", "text".to_owned()), ("text", text)];
    let fields = fields.map(|(key, value)| (key.to_owned(), Value::from(value)));
    Block::Raw(Cow::Owned(fields.into_iter().collect()))
}
