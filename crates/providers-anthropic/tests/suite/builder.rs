//! Building a model. No test reads the environment, because another test might change it.

use providers_anthropic::{AnthropicBuilder, AnthropicClient, AnthropicReader, anthropic};
use runnable_core::ErrorKind;
use static_assertions::assert_impl_all;

assert_impl_all!(AnthropicBuilder: Send);
assert_impl_all!(AnthropicClient: Send, Sync, Clone);
assert_impl_all!(AnthropicReader: Send, Unpin);

#[test]
fn debug_output_hides_the_key() {
    let builder = anthropic("claude-sonnet-4-5")
        .api_key("sk-ant-hidden")
        .header("x-tenant", "hidden, too")
        .base_url("https://gateway.example");
    let mut shown = format!("{builder:?}");
    shown += &format!("{:?}", builder.build_client().unwrap());
    assert!(shown.contains("gateway.example"), "{shown}");
    assert!(!shown.contains("hidden"), "{shown}");
}

#[test]
fn the_error_of_an_invalid_key_does_not_show_it() {
    let error = anthropic("claude-sonnet-4-5").api_key("sk\nant").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("x-api-key"), "{error}");
    assert!(!format!("{error:?}").contains("ant\""), "{error:?}");
}

#[test]
fn an_invalid_base_url_is_an_error() {
    let builder = anthropic("claude-sonnet-4-5").api_key("sk-ant-1").base_url("gateway");
    assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn runs_have_the_names_of_langchain() {
    use runnable_core::Runnable as _;

    let model = anthropic("claude-sonnet-4-5").api_key("sk-ant-1").build().unwrap();
    let info = format!("{:?}", model.info());
    assert!(info.contains("ChatAnthropic") && info.contains("claude-sonnet-4-5"), "{info}");
    assert!(!info.contains("sk-ant"), "{info}");
}
