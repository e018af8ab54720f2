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
    messages: Vec<Turn<'a>>,
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
    /// The extras of the call.
    #[serde(flatten)]
    rest: Rest<'a>,
}

/// Fields of the caller's, in their order.
#[derive(Debug)]
struct Rest<'a>(Vec<(&'a str, &'a Value)>);

impl Serialize for Rest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The extra that names beta features. It becomes a header.
pub(crate) const BETAS: &str = "betas";

impl<'a> Body<'a> {
    pub(crate) fn of(model: &'a str, request: &'a ChatRequest) -> Result<Self> {
        let options = &request.options;
        check(options)?;
        let extras = &options.extras;
        // What the extras say, stands.
        let free = |key: &str| !extras.contains_key(key);
        let name = extras.get("model").and_then(Value::as_str).unwrap_or(model);
        let limit = extras.get("max_tokens").and_then(Value::as_u64).or(options.max_tokens);
        let plan = Plan::of(options.reasoning_effort, limit, Family::of(name), || {
            estimate(&request.prompt)
        })?;
        let Conversation { mut system, turns: mut messages } = Conversation::of(&request.prompt)?;
        if !system.is_empty() && !free("system") {
            return invalid(
                "there are system messages, and an extra `system`: leave one out".into(),
            );
        }
        // The answer first: its schema has the prompt alone to fall back on.
        let mut left = SchemaRules::ANTHROPIC.budget();
        let (output_config, told) = output_config(options, &plan, &mut left)?;
        let tools = tools(options, &mut left)?;
        let tool_choice = Choice::of(options, !tools.is_empty())?.filter(|_| free("tool_choice"));
        if free("thinking") {
            check_thinking(options, &plan, tool_choice.as_ref())?;
        }
        if let Some(instructions) = told {
            let asked = messages.iter_mut().rfind(|turn| turn.role == "user" && !free("system"));
            asked.map_or(&mut system, |turn| &mut turn.content).push(text(instructions));
        }
        let own = ["tools", "output_config", BETAS];
        // An extra that is `null` leaves the field out.
        let stays = |key: &str, value: &Value| !own.contains(&key) && !value.is_null();
        let rest = extras.iter().filter(|(key, value)| stays(key, value));
        Ok(Self {
            model: Some(model).filter(|_| free("model")),
            max_tokens: Some(plan.max_tokens).filter(|_| free("max_tokens")),
            system,
            messages,
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

    /// What of it is read and not answered: what says how to answer, is refused there.
    pub(crate) fn counted(mut self) -> Self {
        (self.max_tokens, self.temperature, self.top_p) = (None, None, None);
        self.stop_sequences = &[];
        self
    }
}

/// Refuses what the API does not know.
fn check(options: &ChatOptions) -> Result<()> {
    match options {
        ChatOptions { logprobs: Some(_), .. } => {
            refuse("Anthropic's API tells no log-probabilities: leave out `logprobs`".into())
        }
        ChatOptions { seed: Some(_), .. } => {
            refuse("Anthropic's API cannot repeat its choices: leave out `seed`".into())
        }
        ChatOptions { response_format: Some(ResponseFormat::Json), .. } => refuse(
            "Anthropic's API has no JSON without a schema: set response_format to a `JsonSchema`"
                .into(),
        ),
        ChatOptions { temperature: Some(t), .. } if *t > 1.0 => {
            refuse(format!("temperature is {t}, and Anthropic's API takes 1 at most"))
        }
        ChatOptions { stop, .. } if stop.iter().any(|word| word.trim().is_empty()) => refuse(
            "a stop word is white space alone, which Anthropic's API does not take: leave it out"
                .into(),
        ),
        ChatOptions { extras, .. } if extras.contains_key("messages") => {
            invalid("there is an extra `messages`: the messages are those of the prompt".into())
        }
        _ => Ok(()),
    }
}

/// Refuses what a model that thinks cannot follow.
fn check_thinking(options: &ChatOptions, plan: &Plan, choice: Option<&Choice<'_>>) -> Result<()> {
    if !plan.thinks() {
        return Ok(());
    }
    match options {
        ChatOptions { temperature: Some(t), .. } if *t != 1.0 => refuse(format!(
            "temperature is {t}, and a Claude that thinks takes 1 only: leave it out, or \
             reasoning_effort"
        )),
        ChatOptions { top_p: Some(p), .. } if *p < 0.95 => refuse(format!(
            "top_p is {p}, and a Claude that thinks takes 0.95 to 1 only: leave it out, or \
             reasoning_effort"
        )),
        _ if choice.is_some_and(Choice::forces) => refuse(
            "tool_choice forces a call, and a Claude that thinks cannot be forced: set it to \
             `Auto`, or leave out reasoning_effort"
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Our tools, and then those of the extra `tools`, which are the provider's own. An empty extra takes
/// ours out.
fn tools<'a>(options: &'a ChatOptions, left: &mut SchemaBudget) -> Result<Vec<Tool<'a>>> {
    let mut ours = || Tool::all(&options.tools, left);
    match options.extras.get("tools") {
        None => Ok(ours()),
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(raw)) if raw.is_empty() => Ok(Vec::new()),
        Some(Value::Array(raw)) => {
            Ok(ours().into_iter().chain(raw.iter().map(Tool::Raw)).collect())
        }
        Some(_) => invalid("the extra `tools` is not a list of tools".into()),
    }
}

/// How the answer is to be, and instructions for what the API cannot enforce. The extra
/// `output_config` stands.
fn output_config(
    options: &ChatOptions,
    plan: &Plan,
    left: &mut SchemaBudget,
) -> Result<(Map<String, Value>, Option<String>)> {
    let (mut config, mut told) = (Map::new(), None);
    let extra = match options.extras.get("output_config") {
        None => Cow::Owned(Map::new()),
        Some(Value::Null) => return Ok((config, told)),
        Some(Value::Object(fields)) if fields.is_empty() => return Ok((config, told)),
        Some(Value::Object(fields)) => Cow::Borrowed(fields),
        Some(_) => return invalid("the extra `output_config` is not a JSON object".into()),
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
                    told = Some(schema_instructions(&form.schema, form.description.as_deref()));
                }
            }
        }
        _ => (),
    }
    config.extend(extra.into_owned());
    Ok((config, told))
}

/// Text of this crate's own.
fn text(text: String) -> Block<'static> {
    let fields = [("type", "text".to_owned()), ("text", text)];
    let fields = fields.map(|(key, value)| (key.to_owned(), Value::from(value)));
    Block::Raw(Cow::Owned(fields.into_iter().collect()))
}
