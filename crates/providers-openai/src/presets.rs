//! The services for which this crate has a function, such as `groq`, and their settings.

use std::borrow::Cow;

use runnable_http::schema::SchemaRules;

use crate::{
    batch_dialect::BatchDialect,
    builder::OpenAiBuilder,
    dialect::Dialect,
    service::{Effort, File, Place, Quirks, ReasoningForm, SendReasoning, Service},
};

/// A compatible service without special settings. The other services override some of its fields.
const PLAIN: Service = Service {
    provider: Cow::Borrowed("openai_compatible"),
    run_name: "ChatOpenAI",
    base_url: None,
    base_url_env: &[],
    key_env: &[],
    needs_key: true,
    place: Place::Plain,
    quirks: Quirks::COMPATIBLE,
};

macro_rules! presets {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $value:expr),* $(,)? })*) => {$(
        $(#[$doc])*
        pub fn $name(model: impl Into<String>) -> OpenAiBuilder {
            OpenAiBuilder::new(Service { $($field: $value,)* ..PLAIN }, model.into())
        }
    )*};
}

presets! {
    /// Creates a builder for a model of [OpenAI](https://platform.openai.com/docs/models), such as
    /// `gpt-4o-mini`.
    ///
    /// It reads the key from `OPENAI_API_KEY`. If they are set, it also reads the base URL from
    /// `OPENAI_BASE_URL`, and the organization and the project from `OPENAI_ORG_ID` and
    /// `OPENAI_PROJECT_ID`.
    #[doc(alias = "ChatOpenAI")]
    openai {
        provider: Cow::Borrowed("openai"),
        base_url: Some("https://api.openai.com/v1"),
        base_url_env: &["OPENAI_BASE_URL", "OPENAI_API_BASE"],
        key_env: &["OPENAI_API_KEY"],
        quirks: Quirks::OPENAI,
    }

    /// Creates a builder for a deployment of [Azure
    /// OpenAI](https://learn.microsoft.com/azure/ai-services/openai/).
    ///
    /// It reads the resource, such as `https://name.openai.azure.com`, from
    /// `AZURE_OPENAI_ENDPOINT`, and the key from `AZURE_OPENAI_API_KEY`. If `OPENAI_API_VERSION` or
    /// [`api_version`](OpenAiBuilder::api_version) is set, requests use the URL of the deployment.
    /// Otherwise, they use the [v1
    /// API](https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle).
    #[doc(alias = "AzureChatOpenAI")]
    azure {
        provider: Cow::Borrowed("azure"),
        run_name: "AzureChatOpenAI",
        base_url_env: &["AZURE_OPENAI_ENDPOINT"],
        key_env: &["AZURE_OPENAI_API_KEY"],
        place: Place::Azure,
        quirks: Quirks {
            dialect: Dialect::Rules(SchemaRules::AZURE),
            batches: BatchDialect::Azure,
            ..Quirks::OPENAI
        },
    }

    /// Creates a builder for a model of [Groq](https://console.groq.com/docs/models). It reads the
    /// key from `GROQ_API_KEY`.
    #[doc(alias = "ChatGroq")]
    groq {
        provider: Cow::Borrowed("groq"),
        run_name: "ChatGroq",
        base_url: Some("https://api.groq.com/openai/v1"),
        base_url_env: &["GROQ_BASE_URL"],
        key_env: &["GROQ_API_KEY"],
        quirks: Quirks {
            max_tokens: "max_completion_tokens",
            dialect: Dialect::Groq,
            audio: false,
            batches: BatchDialect::Groq,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [DeepSeek](https://api-docs.deepseek.com). It reads the key
    /// from `DEEPSEEK_API_KEY`.
    #[doc(alias = "ChatDeepSeek")]
    deepseek {
        provider: Cow::Borrowed("deepseek"),
        run_name: "ChatDeepSeek",
        base_url: Some("https://api.deepseek.com"),
        base_url_env: &["DEEPSEEK_API_BASE"],
        key_env: &["DEEPSEEK_API_KEY"],
        quirks: Quirks {
            effort: Effort::Switch,
            send_reasoning: SendReasoning::WithinTurn,
            dialect: Dialect::DeepSeek,
            image: false,
            audio: false,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [xAI](https://docs.x.ai/docs/models). It reads the key from
    /// `XAI_API_KEY`.
    #[doc(alias = "ChatXAI")]
    xai {
        provider: Cow::Borrowed("xai"),
        run_name: "ChatXAI",
        base_url: Some("https://api.x.ai/v1"),
        base_url_env: &["XAI_BASE_URL"],
        key_env: &["XAI_API_KEY"],
        quirks: Quirks {
            max_tokens: "max_completion_tokens",
            dialect: Dialect::Rules(SchemaRules::XAI),
            audio: false,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [OpenRouter](https://openrouter.ai/models), such as
    /// `anthropic/claude-sonnet-4.5`. It reads the key from `OPENROUTER_API_KEY`.
    #[doc(alias = "ChatOpenRouter")]
    openrouter {
        provider: Cow::Borrowed("openrouter"),
        run_name: "ChatOpenRouter",
        base_url: Some("https://openrouter.ai/api/v1"),
        base_url_env: &["OPENROUTER_BASE_URL", "OPENROUTER_API_BASE"],
        key_env: &["OPENROUTER_API_KEY"],
        quirks: Quirks {
            effort: Effort::Object,
            reasoning: ReasoningForm::Details,
            dialect: Dialect::OpenRouter,
            video: true,
            file: File::Addressed,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [Mistral](https://docs.mistral.ai/getting-started/models).
    /// It reads the key from `MISTRAL_API_KEY`.
    #[doc(alias = "ChatMistralAI")]
    mistral {
        provider: Cow::Borrowed("mistralai"),
        run_name: "ChatMistralAI",
        base_url: Some("https://api.mistral.ai/v1"),
        base_url_env: &["MISTRAL_BASE_URL"],
        key_env: &["MISTRAL_API_KEY"],
        quirks: Quirks {
            asks_usage: false,
            seed: "random_seed",
            some_tool: "any",
            reasoning: ReasoningForm::Parts,
            dialect: Dialect::Rules(SchemaRules::MISTRAL),
            // Mistral rejects a user message right after a tool message.
            tool_media: true,
            file: File::Document,
            short_ids: true,
            batches: BatchDialect::Mistral,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [Perplexity](https://docs.perplexity.ai). It reads the key
    /// from `PPLX_API_KEY` or `PERPLEXITY_API_KEY`.
    #[doc(alias = "ChatPerplexity")]
    perplexity {
        provider: Cow::Borrowed("perplexity"),
        run_name: "ChatPerplexity",
        base_url: Some("https://api.perplexity.ai"),
        base_url_env: &["PERPLEXITY_BASE_URL"],
        key_env: &["PPLX_API_KEY", "PERPLEXITY_API_KEY"],
        quirks: Quirks {
            asks_usage: false,
            send_reasoning: SendReasoning::Never,
            dialect: Dialect::Rules(SchemaRules::PERPLEXITY),
            audio: false,
            file: File::Url,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of [Together](https://docs.together.ai). It reads the key from
    /// `TOGETHER_API_KEY`.
    together {
        provider: Cow::Borrowed("together"),
        run_name: "ChatTogether",
        base_url: Some("https://api.together.xyz/v1"),
        base_url_env: &["TOGETHER_BASE_URL"],
        key_env: &["TOGETHER_API_KEY"],
        quirks: Quirks { video: true, ..Quirks::COMPATIBLE },
    }

    /// Creates a builder for a model of [Cerebras](https://inference-docs.cerebras.ai). It reads
    /// the key from `CEREBRAS_API_KEY`.
    cerebras {
        provider: Cow::Borrowed("cerebras"),
        run_name: "ChatCerebras",
        base_url: Some("https://api.cerebras.ai/v1"),
        base_url_env: &["CEREBRAS_BASE_URL"],
        key_env: &["CEREBRAS_API_KEY"],
        quirks: Quirks {
            max_tokens: "max_completion_tokens",
            dialect: Dialect::Rules(SchemaRules::CEREBRAS),
            image: false,
            audio: false,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model of a [Hugging Face
    /// provider](https://huggingface.co/docs/inference-providers), such as `openai/gpt-oss-120b`.
    /// It reads the token from `HF_TOKEN`.
    #[doc(alias = "ChatHuggingFace")]
    huggingface {
        provider: Cow::Borrowed("huggingface"),
        run_name: "ChatHuggingFace",
        base_url: Some("https://router.huggingface.co/v1"),
        base_url_env: &["HF_BASE_URL"],
        key_env: &["HF_TOKEN", "HUGGINGFACEHUB_API_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
    }

    /// Creates a builder for a model in [LM Studio](https://lmstudio.ai/docs/app/api) on this
    /// machine.
    lm_studio {
        provider: Cow::Borrowed("lm_studio"),
        base_url: Some("http://localhost:1234/v1"),
        base_url_env: &["LM_STUDIO_BASE_URL"],
        needs_key: false,
    }

    /// Creates a builder for a model in a
    /// [llama.cpp](https://github.com/ggml-org/llama.cpp/tree/master/tools/server) server, by
    /// default on this machine.
    llama_cpp {
        provider: Cow::Borrowed("llama_cpp"),
        base_url: Some("http://localhost:8080/v1"),
        base_url_env: &["LLAMA_CPP_BASE_URL"],
        key_env: &["LLAMA_API_KEY"],
        needs_key: false,
        quirks: Quirks { send_reasoning: SendReasoning::WithinTurn, ..Quirks::COMPATIBLE },
    }

    /// Creates a builder for a model in a [vLLM](https://docs.vllm.ai) server, by default on this
    /// machine.
    vllm {
        provider: Cow::Borrowed("vllm"),
        base_url: Some("http://localhost:8000/v1"),
        base_url_env: &["VLLM_BASE_URL"],
        key_env: &["VLLM_API_KEY"],
        needs_key: false,
        quirks: Quirks {
            send_reasoning: SendReasoning::WithinTurn,
            video: true,
            ..Quirks::COMPATIBLE
        },
    }

    /// Creates a builder for a model in [Ollama](https://docs.ollama.com/api/openai-compatibility),
    /// by default on this machine.
    #[doc(alias = "ChatOllama")]
    ollama {
        provider: Cow::Borrowed("ollama"),
        run_name: "ChatOllama",
        base_url: Some("http://localhost:11434/v1"),
        base_url_env: &["OLLAMA_HOST"],
        key_env: &["OLLAMA_API_KEY"],
        needs_key: false,
    }
}

/// Creates a builder for a model of any other service with the API of OpenAI.
///
/// Set the URL of the service with [`base_url`](OpenAiBuilder::base_url), such as
/// `https://host/v1`, and the key, if the service requires one, with
/// [`api_key`](OpenAiBuilder::api_key). Traces contain the provider name `openai_compatible`;
/// [`provider`](OpenAiBuilder::provider) sets another name.
///
/// ```
/// # fn main() -> runnable_core::Result<()> {
/// use providers_openai::openai_compatible;
///
/// let model = openai_compatible("glm-4.6").base_url("https://gateway.example/v1").build()?;
/// # Ok(())
/// # }
/// ```
#[doc(alias("ChatOpenAI", "BaseChatOpenAI"))]
pub fn openai_compatible(model: impl Into<String>) -> OpenAiBuilder {
    let service = Service { needs_key: false, ..PLAIN };
    OpenAiBuilder::new(service, model.into())
}
