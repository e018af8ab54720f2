//! The settings of models.

use providers_openai::{
    OpenAiBuilder, azure, cerebras, deepseek, groq, huggingface, llama_cpp, lm_studio, mistral,
    ollama, openai, openai_compatible, openrouter, perplexity, together, vllm, xai,
};
use runnable_chat::ChatModel;
use runnable_core::{ErrorKind, Runnable};

/// Builds a model in an environment with these variables.
fn with(
    model: OpenAiBuilder,
    variables: &'static [(&str, &str)],
) -> runnable_core::Result<ChatModel> {
    let value = |name: &str| {
        variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    model.env(value).build()
}

#[test]
fn the_error_of_a_missing_key_names_its_variable() {
    let error_text = |model| {
        let error = with(model, &[("OTHER", "1")]).expect_err("a missing key");
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
        let error_text = error_text(model);
        assert!(error_text.contains(&format!("set {variable}")), "{error_text}");
        assert!(error_text.contains("`api_key`"), "{error_text}");
    }
}

#[test]
fn servers_on_this_machine_need_no_key() {
    let local = openai_compatible("m").provider("mine").base_url("http://localhost:9000/v1");
    for model in [ollama("m"), lm_studio("m"), llama_cpp("m"), vllm("m"), local] {
        assert_eq!(with(model, &[]).expect("a model without a key").model(), Some("m"));
    }
}

#[test]
fn keys_and_urls_are_read_from_the_environment() {
    let model = with(groq("m"), &[("GROQ_API_KEY", "gsk-1")]).expect("a model with a key");
    assert_eq!(model.model(), Some("m"));
    let error = with(openai("m"), &[("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", "nonsense")])
        .expect_err("the address is unusable");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = with(azure("m"), &[("AZURE_OPENAI_API_KEY", "k")]).expect_err("no address");
    assert!(error.to_string().contains("AZURE_OPENAI_ENDPOINT"), "{error}");
    // An empty variable counts as unset.
    with(openai("m"), &[("OPENAI_API_KEY", " ")]).expect_err("a missing key");
}

#[test]
fn runs_have_the_names_of_langchain() {
    let model = with(groq("qwen3"), &[("GROQ_API_KEY", "gsk-1")]).expect("a model with a key");
    let info = format!("{:?}", model.info());
    assert!(info.contains("ChatGroq"), "{info}");
    assert!(info.contains("\"groq\"") && info.contains("qwen3"), "{info}");
}

#[test]
fn keys_are_not_shown() {
    let builder = || openai("m").api_key("sk-secret-123").header("x-token", "hidden-456");
    let shown = format!("{:?} {:?}", builder(), builder().build().expect("valid settings"));
    assert!(!shown.contains("secret") && !shown.contains("hidden"), "{shown}");
    assert!(shown.contains("openai"), "{shown}");
}
