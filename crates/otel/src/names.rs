//! The names of spans, attributes, events and metrics, and the conventions that define them.
//!
//! No other module contains such names, so a change of the conventions affects only this module.
//!
//! | names | convention |
//! |---|---|
//! | attributes and spans `gen_ai.*` | [OpenTelemetry's GenAI conventions](GEN_AI_CONVENTION), which are in development |
//! | metrics `gen_ai.*` | the names that OpenTelemetry's own [libraries](METRICS_CONVENTION) use, because most dashboards read them |
//! | `openinference.*`, `llm.*`, `input.*`, `output.*` and others without a prefix | [OpenInference](OPENINFERENCE_CONVENTION), which Phoenix and Arize read |
//! | `runnable.*` | this crate |

macro_rules! names {
    ($($(#[$doc:meta])* $NAME:ident = $value:literal;)+) => {
        $($(#[$doc])* pub const $NAME: &str = $value;)+
    };
}

names! {
    /// The release of `semantic-conventions-genai` that defines the attributes.
    GEN_AI_CONVENTION = "0.1.0";
    /// The release of OpenTelemetry's `opentelemetry-util-genai` that sends the same metrics.
    METRICS_CONVENTION = "1.3b0";
    /// The release of `openinference-semantic-conventions` that defines the attributes.
    OPENINFERENCE_CONVENTION = "0.1.42";
    /// The schema URL of the spans and metrics: the release of the general conventions.
    SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0";
    /// The environment variable that turns on the content of messages.
    CAPTURE_CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
}

// The values of `gen_ai.operation.name`, which also begin the names of spans.
names! {
    /// The operation of a chat model.
    CHAT = "chat";
    /// The operation of a text model.
    TEXT_COMPLETION = "text_completion";
    /// The operation of an embedding model.
    EMBEDDINGS = "embeddings";
    /// The operation of a tool.
    EXECUTE_TOOL = "execute_tool";
    /// The operation of a retriever.
    RETRIEVAL = "retrieval";
    /// The operation of a run of the kind `agent`.
    INVOKE_AGENT = "invoke_agent";
    /// The operation of a root run that is a chain.
    INVOKE_WORKFLOW = "invoke_workflow";
}

// The attributes of GenAI spans.
names! {
    /// The operation, such as `chat`.
    OPERATION_NAME = "gen_ai.operation.name";
    /// The provider, such as `openai` or `aws.bedrock`.
    PROVIDER_NAME = "gen_ai.provider.name";
    /// The model that the program requests.
    REQUEST_MODEL = "gen_ai.request.model";
    /// The temperature that the program requests.
    REQUEST_TEMPERATURE = "gen_ai.request.temperature";
    /// The maximum number of output tokens that the program requests.
    REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
    /// The texts at which the model stops.
    REQUEST_STOP_SEQUENCES = "gen_ai.request.stop_sequences";
    /// Whether the answer was streamed.
    REQUEST_STREAM = "gen_ai.request.stream";
    /// The model that answered.
    RESPONSE_MODEL = "gen_ai.response.model";
    /// The provider's ID of the answer.
    RESPONSE_ID = "gen_ai.response.id";
    /// The reasons why the model stopped, one for each answer.
    RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons";
    /// The seconds until the first chunk of a streamed answer.
    RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
    /// All input tokens, including those of a cache.
    USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
    /// All output tokens, including those of the reasoning.
    USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
    /// The input tokens that were read from a cache.
    USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens";
    /// The input tokens that were written to a cache.
    USAGE_CACHE_WRITE = "gen_ai.usage.cache_write.input_tokens";
    /// The earlier name of [`USAGE_CACHE_WRITE`], which many services still read.
    USAGE_CACHE_CREATION = "gen_ai.usage.cache_creation.input_tokens";
    /// The output tokens of the reasoning.
    USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens";
    /// The input tokens of audio.
    USAGE_AUDIO_INPUT = "gen_ai.usage.audio.input_tokens";
    /// The output tokens of audio.
    USAGE_AUDIO_OUTPUT = "gen_ai.usage.audio.output_tokens";
    /// The conversation, from the metadata of the run.
    CONVERSATION_ID = "gen_ai.conversation.id";
    /// The name of the agent or of the workflow.
    AGENT_NAME = "gen_ai.agent.name";
    /// The earlier name of [`AGENT_NAME`] for workflows.
    WORKFLOW_NAME = "gen_ai.workflow.name";
    /// The name of the tool.
    TOOL_NAME = "gen_ai.tool.name";
    /// The type of the tool, which is always `function`.
    TOOL_TYPE = "gen_ai.tool.type";
    /// The ID of the tool call in the model's answer.
    TOOL_CALL_ID = "gen_ai.tool.call.id";
    /// The class of the error, such as `rate_limit` or `cancelled`.
    ERROR_TYPE = "error.type";
}

// The attributes that contain content. They are only sent on request.
names! {
    /// The messages that the model received, as JSON.
    INPUT_MESSAGES = "gen_ai.input.messages";
    /// The answers of the model, as JSON.
    OUTPUT_MESSAGES = "gen_ai.output.messages";
    /// The arguments of the tool call, as JSON.
    TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments";
    /// The result of the tool call, as JSON.
    TOOL_CALL_RESULT = "gen_ai.tool.call.result";
    /// The question to the retriever.
    RETRIEVAL_QUERY = "gen_ai.retrieval.query.text";
    /// The IDs of the documents that the retriever returned, as JSON.
    RETRIEVAL_DOCUMENTS = "gen_ai.retrieval.documents";
}

// The attributes of OpenInference.
names! {
    /// The kind of the span, such as `LLM` or `CHAIN`.
    OI_SPAN_KIND = "openinference.span.kind";
    /// The model.
    OI_MODEL_NAME = "llm.model_name";
    /// The provider.
    OI_PROVIDER = "llm.provider";
    /// The embedding model.
    OI_EMBEDDING_MODEL_NAME = "embedding.model_name";
    /// All input tokens.
    OI_TOKENS_PROMPT = "llm.token_count.prompt";
    /// All output tokens.
    OI_TOKENS_COMPLETION = "llm.token_count.completion";
    /// All tokens.
    OI_TOKENS_TOTAL = "llm.token_count.total";
    /// The input tokens that were read from a cache.
    OI_TOKENS_CACHE_READ = "llm.token_count.prompt_details.cache_read";
    /// The input tokens that were written to a cache.
    OI_TOKENS_CACHE_WRITE = "llm.token_count.prompt_details.cache_write";
    /// The input tokens of audio.
    OI_TOKENS_PROMPT_AUDIO = "llm.token_count.prompt_details.audio";
    /// The output tokens of the reasoning.
    OI_TOKENS_REASONING = "llm.token_count.completion_details.reasoning";
    /// The output tokens of audio.
    OI_TOKENS_COMPLETION_AUDIO = "llm.token_count.completion_details.audio";
    /// The reason why the model stopped.
    OI_FINISH_REASON = "llm.finish_reason";
    /// The name of the tool.
    OI_TOOL_NAME = "tool.name";
    /// The session, from the metadata of the run.
    OI_SESSION_ID = "session.id";
    /// The user, from the metadata of the run.
    OI_USER_ID = "user.id";
    /// The tags of the run.
    OI_TAGS = "tag.tags";
    /// The metadata of the run, as JSON.
    OI_METADATA = "metadata";
    /// The input. Content.
    OI_INPUT_VALUE = "input.value";
    /// The MIME type of the input. Content.
    OI_INPUT_MIME_TYPE = "input.mime_type";
    /// The output. Content.
    OI_OUTPUT_VALUE = "output.value";
    /// The MIME type of the output. Content.
    OI_OUTPUT_MIME_TYPE = "output.mime_type";
    /// The prefix of the attributes of input messages. Content.
    OI_INPUT_MESSAGES = "llm.input_messages";
    /// The prefix of the attributes of output messages. Content.
    OI_OUTPUT_MESSAGES = "llm.output_messages";
    /// The prefix of the attributes of retrieved documents. Content.
    OI_RETRIEVAL_DOCUMENTS = "retrieval.documents";
    /// The prefix of the attributes of embedded texts. Content.
    OI_EMBEDDINGS = "embedding.embeddings";
}

// The attributes of this crate, and of the general conventions.
names! {
    /// The ID of the run, which errors, recordings and logs also contain.
    RUN_ID = "runnable.run.id";
    /// The kind of the run, such as `chat_model`.
    RUN_KIND = "runnable.run.kind";
    /// The name of the run. The name of a span contains it only if the conventions allow this.
    RUN_NAME = "runnable.run.name";
    /// The position of the run in its parent, such as `seq:step:2`.
    RUN_POSITION = "runnable.run.position";
    /// The index of the input in its batch.
    RUN_BATCH_INDEX = "runnable.run.batch_index";
    /// The number of the attempt, counted from 1.
    RUN_ATTEMPT = "runnable.run.attempt";
    /// The number of chunks of the output.
    RUN_CHUNKS = "runnable.run.chunks";
    /// Whether the answer came from an answer cache of the program. The attributes of the usage are
    /// then missing.
    ANSWER_CACHE_HIT = "runnable.answer_cache.hit";
    /// The input tokens of an answer from an answer cache, which were not spent.
    ANSWER_CACHE_INPUT_TOKENS = "runnable.answer_cache.input_tokens";
    /// The output tokens of an answer from an answer cache, which were not spent.
    ANSWER_CACHE_OUTPUT_TOKENS = "runnable.answer_cache.output_tokens";
    /// Why the run was cancelled.
    CANCEL_CAUSE = "runnable.cancel.cause";
    /// The source file of the closure from which the step is made.
    CODE_FILE_PATH = "code.file.path";
    /// The line of that closure.
    CODE_LINE_NUMBER = "code.line.number";
}

// The events of spans, and their attributes.
names! {
    /// The event of an error.
    EXCEPTION = "exception";
    /// The class of the error.
    EXCEPTION_TYPE = "exception.type";
    /// The message of the error.
    EXCEPTION_MESSAGE = "exception.message";
    /// The event of a failed attempt that is followed by another attempt.
    RETRY = "runnable.retry";
    /// The number of the failed attempt, counted from 1.
    RETRY_ATTEMPT = "runnable.retry.attempt";
    /// The seconds until the next attempt.
    RETRY_WAIT = "runnable.retry.wait";
    /// The event of a fallback: a step has failed, and the run tries another step.
    FALLBACK = "runnable.fallback";
    /// The number of the fallback that is tried next, counted from 1.
    FALLBACK_NUMBER = "runnable.fallback.number";
    /// The event of a wait, for example for a concurrency limit. It is emitted at the end of the
    /// wait.
    WAIT = "runnable.wait";
    /// The reason for the wait, such as `concurrency`.
    WAIT_REASON = "runnable.wait.reason";
    /// The seconds of the wait.
    WAIT_DURATION = "runnable.wait.duration";
    /// The event of a report of a step, such as an HTTP exchange.
    REPORT = "runnable.report";
    /// The kind of the report, such as `http`.
    REPORT_NAME = "runnable.report.name";
    /// The facts of the report, as JSON.
    REPORT_DATA = "runnable.report.data";
    /// The event of a custom event of a step.
    CUSTOM = "runnable.custom";
    /// The name of the custom event.
    CUSTOM_NAME = "runnable.custom.name";
    /// The value of the custom event, as JSON. Content.
    CUSTOM_DATA = "runnable.custom.data";
}

// The metrics.
names! {
    /// The seconds of a call of a model.
    OPERATION_DURATION = "gen_ai.client.operation.duration";
    /// The tokens of a call of a model.
    TOKEN_USAGE = "gen_ai.client.token.usage";
    /// The class of the tokens: `input` or `output`.
    TOKEN_TYPE = "gen_ai.token.type";
    /// The seconds until the first chunk of a streamed answer.
    TIME_TO_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk";
    /// The seconds of a tool call.
    EXECUTE_TOOL_DURATION = "gen_ai.execute_tool.duration";
    /// The seconds of a root run that is a chain.
    INVOKE_WORKFLOW_DURATION = "gen_ai.invoke_workflow.duration";
}
