//! [`Model`]: the model and the provider that a run calls, from its metadata.

use std::borrow::Cow;

use runnable_core::Run;

/// The provider of a model whose provider is not known. The conventions require a value.
const UNKNOWN: &str = "unknown";

/// The model that a run calls, and its provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model<'a> {
    /// The name of the model. `None` if the provider does not state it.
    pub(crate) name: Option<&'a str>,
    /// The name of the provider in this project, such as `mistralai`.
    provider: Option<&'a str>,
}

impl<'a> Model<'a> {
    pub(crate) fn of(run: &'a Run) -> Self {
        let text = |key| run.metadata.get(key)?.as_str();
        Self { name: text("ls_model_name"), provider: text("ls_provider") }
    }

    /// Returns the provider for OpenInference, which uses the same names as LangChain.
    pub(crate) fn openinference_provider(self) -> Option<&'a str> {
        self.provider
    }

    /// Returns the provider for the GenAI conventions. A provider that the conventions do not list
    /// keeps its name.
    pub(crate) fn provider(self) -> Cow<'static, str> {
        Cow::Borrowed(match self.provider {
            None => UNKNOWN,
            Some("anthropic") => "anthropic",
            Some("azure" | "azure_openai") => "azure.ai.openai",
            Some("azure_ai") => "azure.ai.inference",
            Some("bedrock" | "amazon_bedrock" | "aws") => "aws.bedrock",
            Some("google" | "google_genai" | "gemini") => "gcp.gemini",
            Some("google_vertexai" | "vertexai") => "gcp.vertex_ai",
            Some("ibm" | "watsonx") => "ibm.watsonx.ai",
            Some("mistral" | "mistralai") => "mistral_ai",
            Some("moonshot" | "moonshotai") => "moonshot_ai",
            Some("openai") => "openai",
            Some("xai") => "x_ai",
            Some(other) => return Cow::Owned(other.to_owned()),
        })
    }
}
