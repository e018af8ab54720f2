//! A model whose provider calls another model as a step.

use runnable::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};

/// Calls a model as a step, with the context of the request.
#[derive(Debug)]
struct CallsModel {
    model: ChatModel,
    name: String,
}

impl ChatProvider for CallsModel {
    fn run_name(&self) -> &str {
        &self.name
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        let model = self.model.clone().with_options(request.options);
        let chunks = model.stream(request.prompt).config(&cx);
        ChunkStream::new(chunks)
    }
}

/// Returns a model whose provider calls this model as a step.
pub(crate) fn step_model(model: ChatModel) -> ChatModel {
    let name = format!("Step{}", model.info().name());
    ChatModel::new(CallsModel { model, name })
}
