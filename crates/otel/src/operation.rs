//! [`Operation`]: the operation of a run, as the conventions define it.

use std::borrow::Cow;

use opentelemetry::trace::SpanKind;
use runnable_chat::run_kind;
use runnable_core::{Run, RunKind};
use runnable_events::Redaction;

use crate::{attributes::redacted_name, names};

/// The operation of a run, as the conventions define it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Chat,
    TextCompletion,
    Embeddings,
    ExecuteTool,
    Retrieval,
    InvokeAgent,
    InvokeWorkflow,
    /// Any other run. The conventions have no operation for it.
    Step(StepKind),
}

/// The kind of a run for which the GenAI conventions have no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepKind {
    Chain,
    Prompt,
    Reranker,
    Guardrail,
    Evaluator,
}

impl Operation {
    /// Returns the operation of a run. A root run that is a chain is a workflow.
    pub(crate) fn of(run: &Run, is_root: bool) -> Self {
        match run.kind {
            run_kind::CHAT_MODEL => Self::Chat,
            run_kind::LLM => Self::TextCompletion,
            run_kind::EMBEDDING => Self::Embeddings,
            run_kind::TOOL => Self::ExecuteTool,
            run_kind::RETRIEVER => Self::Retrieval,
            run_kind::PROMPT => Self::Step(StepKind::Prompt),
            RunKind::CHAIN if is_root => Self::InvokeWorkflow,
            kind => match kind.as_str() {
                "agent" => Self::InvokeAgent,
                "reranker" => Self::Step(StepKind::Reranker),
                "guardrail" => Self::Step(StepKind::Guardrail),
                "evaluator" => Self::Step(StepKind::Evaluator),
                _ => Self::Step(StepKind::Chain),
            },
        }
    }

    /// Returns the value of `gen_ai.operation.name`.
    pub(crate) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Chat => names::CHAT,
            Self::TextCompletion => names::TEXT_COMPLETION,
            Self::Embeddings => names::EMBEDDINGS,
            Self::ExecuteTool => names::EXECUTE_TOOL,
            Self::Retrieval => names::RETRIEVAL,
            Self::InvokeAgent => names::INVOKE_AGENT,
            Self::InvokeWorkflow => names::INVOKE_WORKFLOW,
            Self::Step(_) => return None,
        })
    }

    /// Returns whether the run calls a model, which has a provider.
    pub(crate) fn calls_model(self) -> bool {
        matches!(self, Self::Chat | Self::TextCompletion | Self::Embeddings)
    }

    /// Returns whether the run generates an answer.
    pub(crate) fn generates(self) -> bool {
        matches!(self, Self::Chat | Self::TextCompletion)
    }

    /// Returns the kind of the span. A call of a model usually leaves the process.
    pub(crate) fn span_kind(self) -> SpanKind {
        if self.calls_model() { SpanKind::Client } else { SpanKind::Internal }
    }

    /// Returns the name of the span of a run. `model` is the model that the run requests.
    pub(crate) fn span_name(
        self,
        run: &Run,
        model: Option<&str>,
        redaction: &Redaction,
    ) -> Cow<'static, str> {
        let name = redacted_name(redaction, run.name.clone());
        let Some(operation) = self.name() else {
            return name;
        };
        let target = match self {
            Self::Chat | Self::TextCompletion | Self::Embeddings => {
                model.map(|model| redaction.text(model))
            }
            Self::ExecuteTool | Self::InvokeAgent | Self::InvokeWorkflow | Self::Retrieval => {
                Some(name)
            }
            Self::Step(_) => None,
        };
        match target {
            Some(target) => format!("{operation} {target}").into(),
            None => operation.into(),
        }
    }

    /// Returns the value of `openinference.span.kind`.
    pub(crate) fn openinference_kind(self) -> &'static str {
        match self {
            Self::Chat | Self::TextCompletion => "LLM",
            Self::Embeddings => "EMBEDDING",
            Self::ExecuteTool => "TOOL",
            Self::Retrieval => "RETRIEVER",
            Self::InvokeAgent => "AGENT",
            Self::InvokeWorkflow | Self::Step(StepKind::Chain) => "CHAIN",
            Self::Step(StepKind::Prompt) => "PROMPT",
            Self::Step(StepKind::Reranker) => "RERANKER",
            Self::Step(StepKind::Guardrail) => "GUARDRAIL",
            Self::Step(StepKind::Evaluator) => "EVALUATOR",
        }
    }
}
