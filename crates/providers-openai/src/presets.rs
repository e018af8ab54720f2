//! The services that are known by name.

use std::borrow::Cow;

use runnable_http::schema::SchemaRules;

use crate::{
    builder::OpenAiBuilder,
    dialect::Dialect,
    service::{Effort, File, Place, Quirks, SendReasoning, Service, Thoughts},
};

/// A service that differs from nothing.
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
    /// A model of [OpenAI](https://platform.openai.com/docs/models), such as `gpt-4o-mini`.
    ///
    /// Its key is in `OPENAI_API_KEY`; `OPENAI_BASE_URL` may name another place, `OPENAI_ORG_ID` and
    /// `OPENAI_PROJECT_ID` who pays.
    openai {
        provider: Cow::Borrowed("openai"),
        base_url: Some("https://api.openai.com/v1"),
        base_url_env: &["OPENAI_BASE_URL", "OPENAI_API_BASE"],
        key_env: &["OPENAI_API_KEY"],
        quirks: Quirks::OPENAI,
    }

    /// A deployment of [Azure OpenAI](https://learn.microsoft.com/azure/ai-services/openai/).
    ///
    /// Its resource is in `AZURE_OPENAI_ENDPOINT`, such as `https://name.openai.azure.com`, its key
    /// in `AZURE_OPENAI_API_KEY`. With `OPENAI_API_VERSION`, or
    /// [`api_version`](OpenAiBuilder::api_version), requests go to the deployment's own address;
    /// without, to the [v1 API](https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle).
    azure {
        provider: Cow::Borrowed("azure"),
        run_name: "AzureChatOpenAI",
        base_url_env: &["AZURE_OPENAI_ENDPOINT"],
        key_env: &["AZURE_OPENAI_API_KEY"],
        place: Place::Azure,
        quirks: Quirks { dialect: Dialect::Rules(SchemaRules::AZURE), ..Quirks::OPENAI },
    }

    /// A model of [Groq](https://console.groq.com/docs/models). Its key is in `GROQ_API_KEY`.
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
            ..Quirks::COMPATIBLE
        },
    }

    /// A model of [DeepSeek](https://api-docs.deepseek.com). Its key is in `DEEPSEEK_API_KEY`.
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

    /// A model of [xAI](https://docs.x.ai/docs/models). Its key is in `XAI_API_KEY`.
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

    /// A model behind [OpenRouter](https://openrouter.ai/models), such as
    /// `anthropic/claude-sonnet-4.5`. Its key is in `OPENROUTER_API_KEY`.
    openrouter {
        provider: Cow::Borrowed("openrouter"),
        run_name: "ChatOpenRouter",
        base_url: Some("https://openrouter.ai/api/v1"),
        base_url_env: &["OPENROUTER_BASE_URL", "OPENROUTER_API_BASE"],
        key_env: &["OPENROUTER_API_KEY"],
        quirks: Quirks {
            effort: Effort::Object,
            thoughts: Thoughts::Details,
            dialect: Dialect::OpenRouter,
            video: true,
            file: File::Addressed,
            ..Quirks::COMPATIBLE
        },
    }

    /// A model of [Mistral](https://docs.mistral.ai/getting-started/models). Its key is in
    /// `MISTRAL_API_KEY`.
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
            thoughts: Thoughts::Parts,
            dialect: Dialect::Rules(SchemaRules::MISTRAL),
            // It refuses a message of the user right after the result of a tool.
            tool_media: true,
            file: File::Document,
            short_ids: true,
            ..Quirks::COMPATIBLE
        },
    }

    /// A model of [Perplexity](https://docs.perplexity.ai). Its key is in `PPLX_API_KEY` or
    /// `PERPLEXITY_API_KEY`.
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

    /// A model at [Together](https://docs.together.ai). Its key is in `TOGETHER_API_KEY`.
    together {
        provider: Cow::Borrowed("together"),
        run_name: "ChatTogether",
        base_url: Some("https://api.together.xyz/v1"),
        base_url_env: &["TOGETHER_BASE_URL"],
        key_env: &["TOGETHER_API_KEY"],
        quirks: Quirks { video: true, ..Quirks::COMPATIBLE },
    }

    /// A model at [Cerebras](https://inference-docs.cerebras.ai). Its key is in `CEREBRAS_API_KEY`.
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

    /// A model at one of the providers behind
    /// [Hugging Face](https://huggingface.co/docs/inference-providers), such as
    /// `openai/gpt-oss-120b`. Its token is in `HF_TOKEN`.
    huggingface {
        provider: Cow::Borrowed("huggingface"),
        run_name: "ChatHuggingFace",
        base_url: Some("https://router.huggingface.co/v1"),
        base_url_env: &["HF_BASE_URL"],
        key_env: &["HF_TOKEN", "HUGGINGFACEHUB_API_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
    }

    /// A model in [LM Studio](https://lmstudio.ai/docs/app/api) on this machine.
    lm_studio {
        provider: Cow::Borrowed("lm_studio"),
        base_url: Some("http://localhost:1234/v1"),
        base_url_env: &["LM_STUDIO_BASE_URL"],
        needs_key: false,
    }

    /// A model in a [llama.cpp](https://github.com/ggml-org/llama.cpp/tree/master/tools/server)
    /// server on this machine.
    llama_cpp {
        provider: Cow::Borrowed("llama_cpp"),
        base_url: Some("http://localhost:8080/v1"),
        base_url_env: &["LLAMA_CPP_BASE_URL"],
        key_env: &["LLAMA_API_KEY"],
        needs_key: false,
        quirks: Quirks { send_reasoning: SendReasoning::WithinTurn, ..Quirks::COMPATIBLE },
    }

    /// A model in a [vLLM](https://docs.vllm.ai) server, by default on this machine.
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

    /// A model in [Ollama](https://docs.ollama.com/api/openai-compatibility), by default on this
    /// machine.
    ollama {
        provider: Cow::Borrowed("ollama"),
        run_name: "ChatOllama",
        base_url: Some("http://localhost:11434/v1"),
        base_url_env: &["OLLAMA_HOST"],
        key_env: &["OLLAMA_API_KEY"],
        needs_key: false,
    }
}

/// Creates the builder of a model of any other service that speaks OpenAI's API.
///
/// Set where the service is by [`base_url`](OpenAiBuilder::base_url), such as `https://host/v1`, and the key
/// that most services want by [`api_key`](OpenAiBuilder::api_key). Tracing tools know the service as
/// `openai_compatible`; [`provider`](OpenAiBuilder::provider) sets another name.
///
/// ```
/// # fn main() -> runnable_core::Result<()> {
/// use providers_openai::openai_compatible;
///
/// let model = openai_compatible("glm-4.6").base_url("https://gateway.example/v1").build()?;
/// # Ok(())
/// # }
/// ```
pub fn openai_compatible(model: impl Into<String>) -> OpenAiBuilder {
    let service = Service { needs_key: false, ..PLAIN };
    OpenAiBuilder::new(service, model.into())
}
