//! Models by name. If a feature is not enabled or a key is not set, the error names the provider.
//! The tests therefore hold with all features and with none.

use runnable::prelude::*;

/// Asserts that the name belongs to this provider: there is a model, or its key or feature is
/// missing.
#[track_caller]
fn assert_of(name: &str, provider: &str, variable: &str) {
    match init_chat_model(name) {
        Ok(model) => {
            // The provider name in traces.
            let info = format!("{:?}", model.info());
            assert!(info.contains(&format!("\"{provider}\"")), "{name}: {info}");
        }
        Err(error) if error.kind() == ErrorKind::Authentication => {
            assert!(error.message().contains(variable), "{name}: {error}");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
            let of = format!("`{}:", if provider == "mistralai" { "mistral" } else { provider });
            assert!(error.message().starts_with(&of), "{name}: {error}");
            assert!(error.message().contains("feature"), "{name}: {error}");
        }
    }
}

#[track_caller]
fn refusal(name: &str) -> String {
    let error = init_chat_model(name).expect_err("there is no such model");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    error.message().to_string()
}

#[test]
fn a_name_starts_with_its_provider() {
    for (name, provider, variable) in [
        ("openai:gpt-4o-mini", "openai", "OPENAI_API_KEY"),
        ("anthropic:claude-sonnet-4-5", "anthropic", "ANTHROPIC_API_KEY"),
        ("groq:llama-3.3-70b-versatile", "groq", "GROQ_API_KEY"),
        ("openrouter:meta-llama/llama-3.3-70b:free", "openrouter", "OPENROUTER_API_KEY"),
        ("ollama:qwen3:0.6b", "ollama", "no key"),
        ("llama_cpp:loaded", "llama_cpp", "no key"),
        ("local:no/such.gguf", "local", "no key"),
        (" OpenAI : gpt-4o-mini ", "openai", "OPENAI_API_KEY"),
        ("lm-studio:qwen", "lm_studio", "no key"),
    ] {
        assert_of(name, provider, variable);
    }
}

#[test]
fn well_known_models_are_recognized_by_their_prefix() {
    for (name, provider, variable) in [
        ("gpt-4o-mini", "openai", "OPENAI_API_KEY"),
        ("GPT-5", "openai", "OPENAI_API_KEY"),
        ("o3-mini", "openai", "OPENAI_API_KEY"),
        ("claude-sonnet-4-5", "anthropic", "ANTHROPIC_API_KEY"),
        ("deepseek-chat", "deepseek", "DEEPSEEK_API_KEY"),
        ("grok-4", "xai", "XAI_API_KEY"),
        ("mistral-large-latest", "mistralai", "MISTRAL_API_KEY"),
        ("open-mixtral-8x7b", "mistralai", "MISTRAL_API_KEY"),
        ("sonar-pro", "perplexity", "PPLX_API_KEY"),
        ("models/Tiny.GGUF", "local", "no key"),
        ("C:\\models\\tiny.gguf", "local", "no key"),
    ] {
        assert_of(name, provider, variable);
    }
}

#[test]
fn names_of_langchain_providers_are_accepted() {
    assert_of("azure_openai:my-deployment", "azure", "AZURE_OPENAI_API_KEY");
    assert_of("mistralai:mistral-large-latest", "mistralai", "MISTRAL_API_KEY");
}

#[test]
fn only_the_local_provider_has_a_default_model() {
    assert_of("local", "local", "no key");
    assert_of("local:", "local", "no key");
    for name in ["openai", "openai:", "openai: ", "anthropic", "Mistral"] {
        let provider = name.trim_end_matches([':', ' ']).to_ascii_lowercase();
        let message = refusal(name);
        assert_eq!(message, format!("missing model name; write `{provider}:MODEL`"));
    }
}

#[test]
fn the_error_of_an_unknown_provider_lists_the_known() {
    let message = refusal("opanai:gpt-4o-mini");
    assert!(message.starts_with("unknown provider `opanai` in `opanai:gpt"), "{message}");
    for known in ["`openai`", "`anthropic`", "`local`", "`groq`", "`ollama`", "`vllm`"] {
        assert!(message.contains(known), "{message}");
    }
    assert!(refusal(":gpt-4o-mini").contains("unknown provider ``"));
}

#[test]
fn the_error_of_an_unknown_model_says_what_to_write() {
    let message = refusal("llama-3.3-70b");
    assert!(message.contains("cannot infer the provider of model `llama-3.3-70b`"), "{message}");
    assert!(message.contains("write `provider:llama-3.3-70b`"), "{message}");
    assert!(message.contains("`groq`"), "{message}");
}

#[test]
fn the_error_of_an_empty_name_says_what_to_write() {
    for name in ["", "  "] {
        let message = refusal(name);
        assert!(message.starts_with("missing model name; write `provider:model`"), "{message}");
        assert!(message.contains("`openai`"), "{message}");
    }
}

#[test]
#[cfg(feature = "openai")]
fn servers_on_this_machine_need_no_key() {
    let model = init_chat_model("ollama:qwen3:0.6b").expect("a model without a key");
    assert_eq!(model.model(), Some("qwen3:0.6b"), "later colons belong to the model name");
}

#[tokio::test]
#[cfg(feature = "local")]
async fn a_missing_file_is_the_error_of_the_first_call() {
    for name in ["local:no/such.gguf", "no/such.gguf"] {
        let model = init_chat_model(name).expect("nothing is read yet");
        let error = model.invoke("Hi").await.expect_err("there is no such file");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains("no/such.gguf"), "{error}");
    }
}

/// Asserts that the errors of these names say which feature to enable.
#[track_caller]
#[allow(dead_code, reason = "with all features, no test calls this function")]
fn assert_off(names: &[&str], feature: &str) {
    for name in names {
        let message = refusal(name);
        assert!(
            message.starts_with(&format!("`{name}` requires the feature `{feature}`")),
            "{message}"
        );
        assert!(message.contains(&format!("features = [\"{feature}\"]")), "{message}");
    }
}

#[test]
#[cfg(not(feature = "openai"))]
fn openai_without_its_feature_says_what_to_enable() {
    assert_off(&["openai:gpt-4o-mini", "groq:llama-3.3", "ollama:qwen3:0.6b"], "openai");
}

#[test]
#[cfg(not(feature = "anthropic"))]
fn anthropic_without_its_feature_says_what_to_enable() {
    assert_off(&["anthropic:claude-sonnet-4-5"], "anthropic");
}

#[test]
#[cfg(not(feature = "local"))]
fn local_without_its_feature_says_what_to_enable() {
    assert_off(&["local:tiny.gguf", "local:"], "local");
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
#[test]
fn the_transport_comes_with_each_provider_that_sends_by_it() {
    let policy = runnable::transport::HttpRetryPolicy::default().max_attempts(5);
    #[cfg(feature = "openai")]
    assert!(
        runnable::openai::openai("m")
            .api_key("k")
            .http(move |it| it.retry_policy(policy))
            .build()
            .is_ok()
    );
    #[cfg(feature = "anthropic")]
    assert!(
        runnable::anthropic::anthropic("claude-sonnet-4-5")
            .api_key("k")
            .http(move |it| it.retry_policy(policy))
            .build()
            .is_ok()
    );
}
