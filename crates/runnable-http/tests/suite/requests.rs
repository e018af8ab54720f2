//! What a request sends, and how its response can be read.

use runnable_core::{ErrorKind, Listener, Run, RunEvent, prelude::*};
use runnable_http::{ContentType, HttpClient, HttpRetryPolicy, Multipart, Secret};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::{Value, json};

use crate::scripted::{Scripted, answer};

#[tokio::test]
async fn a_request_has_the_base_url_and_all_headers() {
    let server = FakeServer::script([Reply::json(200, &json!({"ok": true}))]).await.unwrap();
    let client = HttpClient::builder(&format!("{}/v1/", server.url()))
        .no_proxy()
        .bearer_auth("key-12345678\n")
        .header("x-version", "1")
        .query("api-version", "2024-06-01")
        .build()
        .unwrap();
    let request = client.post("/chat:stream?alt=sse").header("x-version", "2").query("a", "ü &");
    let answer = request.json(&json!({"n": 1})).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"ok": true}));

    let request = &server.requests()[0];
    assert_eq!(request.method(), "POST");
    assert_eq!(request.path(), "/v1/chat:stream?alt=sse&api-version=2024-06-01&a=%C3%BC+%26");
    assert_eq!(request.header("authorization"), Some("Bearer key-12345678"));
    assert_eq!(request.header("x-version"), Some("2"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(request.header("user-agent").unwrap().starts_with("runnable-http/"));
    assert_eq!(request.json(), json!({"n": 1}));
}

#[tokio::test]
async fn many_paths_do_not_mix_up_their_targets() {
    let paths: Vec<_> = (0..200).map(|number| format!("files/{number}?part=1")).collect();
    let transport = Scripted::new((0..400).map(|_| answer(200, &[], "")));
    let client = transport.client();
    for _ in 0..2 {
        for path in &paths {
            drop(client.get(path).send().await.unwrap());
        }
    }
    let urls: Vec<_> =
        transport.requests().iter().map(|request| request.uri().to_string()).collect();
    let meant: Vec<_> =
        paths.iter().map(|path| format!("https://api.example.org/v1/{path}")).collect();
    assert_eq!(urls, [meant.clone(), meant].concat());
}

#[tokio::test]
async fn settings_of_a_request_do_not_affect_the_next() {
    let transport = Scripted::new((0..2).map(|_| answer(200, &[], "")));
    let client = transport.client();
    drop(client.post("chat").query("a", "1").header("x-once", "yes").send().await.unwrap());
    drop(client.post("chat").send().await.unwrap());
    let [first, second] = &transport.requests()[..] else { panic!("two requests") };
    assert_eq!(first.uri().query(), Some("a=1"));
    assert_eq!(first.headers()["x-once"], "yes");
    assert_eq!(second.uri().query(), None);
    assert!(!second.headers().contains_key("x-once"));
}

#[tokio::test]
async fn requests_share_a_connection() {
    let server = FakeServer::script([Reply::json(200, &json!(1))]).await.unwrap();
    let client = HttpClient::builder(&server.url()).no_proxy().build().unwrap();
    for _ in 0..3 {
        client.get("models").send().await.unwrap().bytes().await.unwrap();
    }
    assert_eq!((server.requests().len(), server.accepted_connections()), (3, 1));
    assert_eq!(server.requests()[0].header("content-type"), None);
}

#[test]
fn invalid_settings_are_refused_at_build() {
    let fail = |base: &str| HttpClient::new(base).unwrap_err();
    for base in ["", "api.example.org", "ftp://host", "https://me:pass@host", "https://host?key=k"]
    {
        let error = fail(base);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{base}");
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
    let error = HttpClient::builder("https://host").bearer_auth("a\nb").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().starts_with("the header \"authorization\" has an invalid value"),
        "{error}"
    );
    let error = HttpClient::builder("https://host").header("a b", "c").build().unwrap_err();
    assert_eq!(error.to_string(), "the header \"a b\" has an invalid name");
    let error = HttpClient::builder("https://host").proxy("::").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_invalid_request_fails_at_send() {
    let transport = Scripted::new([]);
    let body = std::collections::HashMap::from([((1, 2), 3)]);
    let error = transport.client().post("chat").json(&body).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = transport.client().get("a").header("b", "c\n").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn a_response_has_a_content_type() {
    for (header, expected) in [
        ("text/event-stream; charset=utf-8", ContentType::EventStream),
        ("application/x-ndjson", ContentType::Ndjson),
        ("Application/JSON ;charset=utf-8", ContentType::Json),
        ("application/problem+json", ContentType::Json),
        ("text/html", ContentType::Html),
        ("image/png", ContentType::Other),
    ] {
        let transport = Scripted::new([answer(200, &[("content-type", header)], "")]);
        let answer = transport.client().get("a").send().await.unwrap();
        assert_eq!(answer.content_type(), expected, "{header}");
    }
    let transport = Scripted::new([answer(204, &[("x-a", "b")], "")]);
    let answer = transport.client().get("a").send().await.unwrap();
    assert_eq!(answer.content_type(), ContentType::Missing);
    assert_eq!((answer.status().as_u16(), answer.header("x-a")), (204, Some("b")));
    assert_eq!(answer.bytes().await.unwrap(), "");
}

#[tokio::test]
async fn a_page_instead_of_data_is_an_error_with_its_title() {
    let page = "<html><title>Log in</title>";
    let html = || answer(200, &[("content-type", "text/html; charset=utf-8")], page);
    let transport = Scripted::new([html(), html()]);
    let client = transport.client();
    let error = client.get("a").send().await.unwrap().json::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!(
        error.to_string(),
        "api.example.org returned an HTML page (Log in) for GET /v1/a, expected JSON; check the \
         base URL, and whether a proxy or login page is in front of the service"
    );
    let mut frames = client.get("a").send().await.unwrap().sse();
    let error = frames.next().await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("HTML page (Log in) for GET /v1/a, expected a stream"),
        "{error}"
    );
    assert!(frames.next().await.is_none());
}

#[tokio::test]
async fn the_error_of_an_invalid_body_shows_its_start() {
    let transport = Scripted::new([answer(200, &[], "[1, 2, oops]")]);
    let answer = transport.client().get("a").send().await.unwrap();
    let error = answer.json::<Vec<u8>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.to_string().ends_with("at line 1 column 8: [1, 2, oops]"), "{error}");
}

#[tokio::test]
async fn the_size_of_a_response_is_limited() {
    let transport = Scripted::new([answer(200, &[], "12345"), answer(200, &[], "123456")]);
    let client = transport.builder().max_body(5).build().unwrap();
    assert_eq!(client.get("a").send().await.unwrap().bytes().await.unwrap(), "12345");
    let error = client.get("a").send().await.unwrap().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.to_string().contains("exceeds 5 bytes"), "{error}");
}

#[cfg(feature = "ring")]
#[tokio::test]
async fn a_custom_reqwest_client_is_used() {
    let server = FakeServer::script([Reply::json(200, &json!(1))]).await.unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let own = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .default_headers(
            [(http::HeaderName::from_static("x-mine"), http::HeaderValue::from(1))]
                .into_iter()
                .collect(),
        )
        .build()
        .unwrap();
    let client = HttpClient::builder(&server.url()).reqwest(own).build().unwrap();
    client.get("a").send().await.unwrap().bytes().await.unwrap();
    assert_eq!(server.requests()[0].header("x-mine"), Some("1"));
}

#[tokio::test]
async fn a_proxy_gets_the_request_with_its_host() {
    let proxy = FakeServer::script([Reply::json(200, &json!(1))]).await.unwrap();
    let builder = HttpClient::builder("http://api.invalid/v1").proxy(&proxy.url());
    builder.build().unwrap().get("models").send().await.unwrap().bytes().await.unwrap();
    assert_eq!(proxy.requests()[0].path(), "http://api.invalid/v1/models");
}

#[tokio::test]
async fn a_server_without_tls_is_a_connection_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let client = HttpClient::builder(&base)
        .no_proxy()
        .retry_policy(HttpRetryPolicy::none())
        .build()
        .unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 -\r\n\r\n").await.unwrap();
        stream
    };
    let (answer, _stream) = tokio::join!(client.get("models").send(), server);
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().starts_with("cannot connect to 127.0.0.1:"), "{error}");
}

#[test]
fn the_error_of_a_missing_key_names_the_variable() {
    let error = Secret::from_env("PROVIDERS_HTTP_NO_SUCH_KEY").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("PROVIDERS_HTTP_NO_SUCH_KEY"), "{error}");
}

/// Provides headers that continue a trace, one of them invalid.
struct Traces;

impl Listener for Traces {
    fn on_event(&self, _: &RunEvent<'_>) {}

    fn propagate(&self, run: &Run, add: &mut dyn FnMut(&str, &str)) {
        add("traceparent", &run.name);
        add("x-version", "from the listener");
        add("not a name", "value");
        add("x-value", "two\nlines");
    }
}

#[tokio::test]
async fn a_request_of_a_run_has_the_headers_of_its_listeners() {
    let transport = Scripted::new((0..2).map(|_| answer(200, &[], "")));
    let client = transport.client();
    let ask = async_lambda(move |_: String, cx: RunContext| {
        let request = client.post("chat").header("x-version", "2").context(&cx);
        async move { request.send().await.map(|_| String::new()) }
    });
    let ask = ask.with_name("ask");
    ask.invoke("").config(RunConfig::new().listener(Traces)).await.unwrap();
    ask.invoke("").await.unwrap();

    let [observed, unobserved] = &transport.requests()[..] else { panic!("two requests") };
    assert_eq!(observed.headers()["traceparent"], "ask");
    assert_eq!(observed.headers()["x-version"], "2", "the request sets this header itself");
    assert!(observed.headers().get("x-value").is_none(), "the value is invalid");
    assert!(unobserved.headers().get("traceparent").is_none());
}

#[tokio::test]
async fn a_form_uploads_a_file() {
    let server = FakeServer::script([Reply::json(200, &json!({"id": "file-1"}))]).await.unwrap();
    let client = HttpClient::builder(&server.url()).no_proxy().build().unwrap();
    // The content looks like a form with the usual boundary.
    let content = "--runnable-boundary-0\r\n{}\n--runnable-boundary-1\n";
    let form = Multipart::new().field("purpose", "batch").file(
        "file",
        "a \"b\"\r\n.jsonl",
        "application/jsonl",
        content,
    );
    drop(client.post("files").multipart(form).send().await.unwrap());
    let request = &server.requests()[0];
    let meant = "multipart/form-data; boundary=runnable-boundary-2";
    assert_eq!(request.header("content-type"), Some(meant));
    let body = "--runnable-boundary-2\r\n\
                content-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
                --runnable-boundary-2\r\n\
                content-disposition: form-data; name=\"file\"; filename=\"a %22b%22%0D%0A.jsonl\"\r\n\
                content-type: application/jsonl\r\n\r\n\
                --runnable-boundary-0\r\n{}\n--runnable-boundary-1\n\r\n\
                --runnable-boundary-2--\r\n";
    assert_eq!(String::from_utf8_lossy(request.body()), body);
}

#[tokio::test]
async fn a_form_does_not_copy_its_file() {
    let transport = Scripted::new([answer(200, &[], "{}")]);
    let mut content = Vec::with_capacity(10_000);
    content.resize(9_000, b'x');
    let address = content.as_ptr();
    let form = Multipart::new()
        .field("purpose", "batch")
        .file("file", "a.jsonl", "application/jsonl", content)
        .field("last", "one");
    drop(transport.client().post("files").multipart(form).send().await.unwrap());
    let requests = transport.requests();
    let body = requests[0].body();
    assert_eq!(body.as_ptr(), address);
    let text = String::from_utf8_lossy(body);
    assert!(text.starts_with("--runnable-boundary-0\r\ncontent-disposition: form-data; name=\"p"));
    assert!(text.contains("\r\n\r\nxxx") && text.contains("xxx\r\n--runnable-boundary-0\r\n"));
    assert!(text.ends_with("name=\"last\"\r\n\r\none\r\n--runnable-boundary-0--\r\n"));
}

#[tokio::test]
async fn a_resource_is_deleted() {
    let server = FakeServer::script([Reply::json(200, &json!({"deleted": true}))]).await.unwrap();
    let client = HttpClient::builder(&server.url()).no_proxy().build().unwrap();
    drop(client.delete("files/1").send().await.unwrap());
    assert_eq!(
        (server.requests()[0].method(), server.requests()[0].path()),
        ("DELETE", "/files/1")
    );
}
