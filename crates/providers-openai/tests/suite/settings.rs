//! How models are set up.

use providers_openai::{
    OpenAiBuilder, azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio, mistral,
    ollama, openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
};
use runnable_chat::ChatModel;
use runnable_core::{ErrorKind, Runnable};

/// A model in an environment with these variables.
fn with(
    model: OpenAiBuilder,
    variables: &'static [(&str, &str)],
) -> runnable_core::Result<ChatModel> {
    let value = |name: &str| variables.iter().find(|(it, _)| *it == name).map(|it| it.1.to_owned());
    model.env(value).build()
}

#[test]
fn a_missing_key_names_its_variable() {
    let said = |model| {
        let error = with(model, &[("OTHER", "1")]).expect_err("there is no key");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        error.to_string()
    };
    let keys = [
        (openai("m"), "OPENAI_API_KEY"),
        (azure("m").base_url("https://me.openai.azure.com"), "AZURE_OPENAI_API_KEY"),
        (groq("m"), "GROQ_API_KEY"),
        (deepseek("m"), "DEEPSEEK_API_KEY"),
        (xai("m"), "XAI_API_KEY"),
        (openrouter("m"), "OPENROUTER_API_KEY"),
        (mistral("m"), "MISTRAL_API_KEY"),
        (perplexity("m"), "PPLX_API_KEY or PERPLEXITY_API_KEY"),
        (together("m"), "TOGETHER_API_KEY"),
        (cerebras("m"), "CEREBRAS_API_KEY"),
        (huggingface("m"), "HF_TOKEN"),
    ];
    for (model, variable) in keys {
        let said = said(model);
        assert!(said.contains(&format!("environment variable {variable}")), "{said}");
        assert!(said.contains("`api_key`"), "{said}");
    }
}

#[test]
fn what_runs_here_needs_no_key() {
    let local = openai_compatible("m").provider("mine").base_url("http://localhost:9000/v1");
    for model in [ollama("m"), lm_studio("m"), llama_cpp("m"), vllm("m"), local] {
        assert_eq!(with(model, &[]).expect("it needs no key").model(), Some("m"));
    }
}

#[test]
fn keys_and_addresses_come_from_the_environment() {
    let model = with(groq("m"), &[("GROQ_API_KEY", "gsk-1")]).expect("there is a key");
    assert_eq!(model.model(), Some("m"));
    let error = with(openai("m"), &[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "nonsense")])
        .expect_err("the address is unusable");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = with(azure("m"), &[("AZURE_OPENAI_API_KEY", "k")]).expect_err("no address");
    assert!(error.to_string().contains("AZURE_OPENAI_ENDPOINT"), "{error}");
    // An empty variable is none.
    with(openai("m"), &[("OPENAI_API_KEY", " ")]).expect_err("there is no key");
}

#[test]
fn runs_are_called_as_in_other_traces() {
    let model = with(groq("qwen3"), &[("GROQ_API_KEY", "gsk-1")]).expect("there is a key");
    let info = format!("{:?}", model.info());
    assert!(info.contains("ChatGroq"), "{info}");
    assert!(info.contains("\"groq\"") && info.contains("qwen3"), "{info}");
}

#[test]
fn keys_are_not_shown() {
    let builder = || openai("m").api_key("sk-secret-123").header("x-token", "hidden-456");
    let shown = format!("{:?} {:?}", builder(), builder().build().expect("it can be built"));
    assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    assert!(shown.contains("openai"), "{shown}");
}
