//! Keys do not appear in errors, logs and `Debug` output.

use runnable_core::Error;
use runnable_http::{ApiError, HttpClient, HttpRetryPolicy, Secret};
use runnable_testing::server::FakeServer;
use serde_json::json;
use static_assertions::assert_not_impl_any;

use crate::scripted::{Scripted, answer};

const KEY: &str = "sk-very-secret-0123456789";

assert_not_impl_any!(Secret: std::fmt::Display, serde::Serialize);

fn assert_unseen(text: impl AsRef<str>) {
    assert!(!text.as_ref().contains("very-secret"), "{}", text.as_ref());
}

fn assert_error_hides(error: &Error) {
    assert_unseen(error.to_string());
    assert_unseen(format!("{error:?}"));
    assert_unseen(format!("{:?}", error.response()));
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        assert_unseen(error.to_string());
        assert_unseen(format!("{error:?}"));
        source = error.source();
    }
}

#[test]
fn debug_output_hides_keys() {
    let builder = HttpClient::builder("https://host")
        .bearer_auth(KEY)
        .secret_header("x-api-key", KEY)
        .secret_query("key", KEY)
        .proxy(&format!("http://me:{KEY}@proxy.example.org"));
    assert_unseen(format!("{builder:?}"));
    let client = builder.build().unwrap();
    assert_unseen(format!("{client:?}"));
    assert_unseen(format!("{:?}", client.get("a").secret_header("b", KEY)));
    assert_unseen(format!("{:?}", Secret::new(KEY)));
}

#[tokio::test]
async fn headers_with_keys_are_marked_as_sensitive() {
    let transport = Scripted::new([answer(200, &[], "")]);
    let client = transport.builder().bearer_auth(KEY).build().unwrap();
    let answer = client.post("chat").secret_header("x-key", KEY).send().await.unwrap();
    assert_unseen(format!("{answer:?}"));
    let request = &transport.requests()[0];
    assert_eq!(request.headers()["authorization"], format!("Bearer {KEY}"));
    assert_unseen(format!("{:?}", request.headers()));
}

#[tokio::test]
async fn an_error_hides_keys_that_the_service_repeats() {
    let body = json!({"error": {"message": format!("wrong key {KEY}"), "code": KEY}});
    let transport = Scripted::new([answer(401, &[], body.to_string())]);
    let client = transport.builder().secret_query("key", KEY).build().unwrap();
    let error = client.post("chat").send().await.unwrap_err();
    assert_error_hides(&error);
    let api_error = error.downcast_ref::<ApiError>().unwrap();
    assert_eq!(api_error.message(), "wrong key [secret]");
    assert_unseen(api_error.body());
}

#[tokio::test]
async fn a_network_error_hides_the_query() {
    let url = FakeServer::refusing().await.unwrap();
    let client = HttpClient::builder(&url)
        .no_proxy()
        .retry_policy(HttpRetryPolicy::none())
        .secret_query("key", KEY)
        .build()
        .unwrap();
    assert_error_hides(&client.post("chat").send().await.unwrap_err());
}

#[tokio::test]
async fn a_key_that_is_an_invalid_header_is_not_shown() {
    let error = HttpClient::builder("https://h").bearer_auth(format!("{KEY}\n{KEY}")).build();
    assert_error_hides(&error.unwrap_err());
}
