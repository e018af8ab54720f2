//! Models by their names. Of a provider whose feature is off, or whose key is not set, the error
//! says which it is; so the tests hold with all features and with none.

use runnable::{core::Runnable as _, prelude::*};

/// Asserts that this is a model of that provider: it is, or its key or its feature is missing.
#[track_caller]
fn assert_of(name: &str, provider: &str, variable: &str) {
    match init_chat_model(name) {
        Ok(model) => {
            // What tracing tools know the provider as.
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
fn a_name_has_its_provider_before_it() {
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
fn well_known_models_are_known_by_how_they_begin() {
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
fn providers_may_be_spelled_as_langchain_does() {
    assert_of("azure_openai:my-deployment", "azure", "AZURE_OPENAI_API_KEY");
    assert_of("mistralai:mistral-large-latest", "mistralai", "MISTRAL_API_KEY");
}

#[test]
fn the_local_model_alone_has_a_default() {
    assert_of("local", "local", "no key");
    assert_of("local:", "local", "no key");
    for name in ["openai", "openai:", "openai: ", "anthropic", "Mistral"] {
        let provider = name.trim_end_matches([':', ' ']).to_ascii_lowercase();
        let said = refusal(name);
        assert_eq!(said, format!("the model is not named: write `{provider}:` and its name"));
    }
}

#[test]
fn an_unknown_provider_is_told_those_that_there_are() {
    let said = refusal("opanai:gpt-4o-mini");
    assert!(said.starts_with("there is no provider `opanai` for the model `opanai:gpt"), "{said}");
    for known in ["`openai`", "`anthropic`", "`local`", "`groq`", "`ollama`", "`vllm`"] {
        assert!(said.contains(known), "{said}");
    }
    assert!(refusal(":gpt-4o-mini").contains("no provider ``"));
}

#[test]
fn a_name_of_nobody_says_what_to_write() {
    let said = refusal("llama-3.3-70b");
    assert!(said.contains("it is not clear whose model `llama-3.3-70b` is"), "{said}");
    assert!(said.contains("write `provider:llama-3.3-70b`"), "{said}");
    assert!(said.contains("`groq`"), "{said}");
}

#[test]
fn no_name_at_all_says_what_to_write() {
    for name in ["", "  "] {
        let said = refusal(name);
        assert!(said.starts_with("the model is not named: write `provider:model`"), "{said}");
        assert!(said.contains("`openai`"), "{said}");
    }
}

#[test]
#[cfg(feature = "openai")]
fn what_runs_on_this_machine_needs_no_key() {
    let model = init_chat_model("ollama:qwen3:0.6b").expect("it needs no key");
    assert_eq!(model.model(), Some("qwen3:0.6b"), "colons after the first are the model's");
}

#[tokio::test]
#[cfg(feature = "local")]
async fn a_file_that_is_not_there_is_the_error_of_the_first_call() {
    for name in ["local:no/such.gguf", "no/such.gguf"] {
        let model = init_chat_model(name).expect("nothing is read yet");
        let error = model.invoke("Hi").await.expect_err("there is no such file");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.message().contains("no/such.gguf"), "{error}");
    }
}

/// Whatever is on, these are told what to turn on.
#[track_caller]
#[allow(dead_code, reason = "nothing is off with all features")]
fn assert_off(names: &[&str], feature: &str) {
    for name in names {
        let said = refusal(name);
        assert!(said.starts_with(&format!("`{name}` needs the feature `{feature}`")), "{said}");
        assert!(said.contains(&format!("features = [\"{feature}\"]")), "{said}");
    }
}

#[test]
#[cfg(not(feature = "openai"))]
fn without_its_feature_openai_says_what_to_turn_on() {
    assert_off(&["openai:gpt-4o-mini", "groq:llama-3.3", "ollama:qwen3:0.6b"], "openai");
}

#[test]
#[cfg(not(feature = "anthropic"))]
fn without_its_feature_anthropic_says_what_to_turn_on() {
    assert_off(&["anthropic:claude-sonnet-4-5"], "anthropic");
}

#[test]
#[cfg(not(feature = "local"))]
fn without_its_feature_a_local_model_says_what_to_turn_on() {
    assert_off(&["local:tiny.gguf", "local:"], "local");
}

#[cfg(any(feature = "anthropic", feature = "openai"))]
#[test]
fn the_transport_comes_with_each_provider_that_sends_by_it() {
    let policy = runnable::http::HttpRetryPolicy::default().max_attempts(5);
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
