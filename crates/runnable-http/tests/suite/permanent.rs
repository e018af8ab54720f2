//! Permanent faults: one request, an error that says what to do, and no retry.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use runnable_core::{Error, ErrorKind, prelude::async_lambda};
use runnable_core::{RunContext, RunnableExt};
use runnable_http::{HttpClient, HttpRetryPolicy};
use rustls::{
    ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Starts a server that handles each connection with `answer`, and counts the connections.
///
/// It runs in a thread, because it reads and writes bytes that an HTTP server would not. The thread
/// ends with the process.
fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            answer(connection.unwrap());
        }
    });
    (address, count)
}

/// Reads some bytes, writes `bytes`, and reads until the client closes the connection.
fn writes(bytes: impl Into<Vec<u8>>) -> impl Fn(TcpStream) + Send + 'static {
    let bytes = bytes.into();
    move |mut connection| {
        let mut buffer = [0; 4096];
        let _ = connection.read(&mut buffer);
        let _ = connection.write_all(&bytes);
        let _ = connection.shutdown(std::net::Shutdown::Write);
        while matches!(connection.read(&mut buffer), Ok(1..)) {}
    }
}

/// Returns the error of a request, after checking that the transport and a `with_retry` sent it
/// once.
async fn error_of_one_request(url: &str, count: &AtomicUsize) -> Error {
    let policy = HttpRetryPolicy::default().initial_backoff(Duration::ZERO);
    let client = HttpClient::builder(url).no_proxy().retry_policy(policy).build().unwrap();
    let error = client.post("chat").body("{}").send().await.unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 1, "{error}");
    assert!(!error.is_transient(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");

    let step = async_lambda(move |(): (), cx: RunContext| {
        let request = client.post("chat").body("{}").context(&cx);
        async move { request.send().await.map(drop) }
    });
    let policy = runnable_core::combinators::RetryPolicy::new().without_backoff();
    step.with_retry(policy).invoke(()).await.unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 2, "{error}");
    error
}

const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUProWE4sI7YC5ru+Wha632JwzoJkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIwMDU0OFoYDzIxMjYxMTA0
MjAwNTQ4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATxvnGK2kCfmeskJQ9qMWGLXiZMLPOssR8dWaqofxdQPR55CieFGERh
1GSU6fpA/Lw0Mf8h657oU63B3tx2xXcYo28wbTAdBgNVHQ4EFgQUUTMoMvcvG1nm
61xurw/IaOhe9NwwHwYDVR0jBBgwFoAUUTMoMvcvG1nm61xurw/IaOhe9NwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI
zj0EAwIDSAAwRQIgZ8g0UuSsQb3U0lWx8NfpxrtfnVZSGydM051TZO8JObwCIQDq
f10J8/vN5siFuAPe+GC2zukR4lM7oGVjbpj+F3Hc4Q==
-----END CERTIFICATE-----";

/// The certificate of the server in these tests. It is not used anywhere else.
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgss0IU42qiqgEMPui
S7Ar8YbzBVglF2ouqlx5Zt77QEGhRANCAATxvnGK2kCfmeskJQ9qMWGLXiZMLPOs
sR8dWaqofxdQPR55CieFGERh1GSU6fpA/Lw0Mf8h657oU63B3tx2xXcY
-----END PRIVATE KEY-----";

fn tls() -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

#[tokio::test]
async fn an_untrusted_certificate_error_says_how_to_trust_it() {
    let config = tls();
    let (address, count) = serve(move |mut connection| {
        let mut session = ServerConnection::new(Arc::clone(&config)).unwrap();
        while session.is_handshaking() && session.complete_io(&mut connection).is_ok() {}
    });
    let error = error_of_one_request(&format!("https://{address}/v1"), &count).await;
    let text = error.to_string();
    let expected =
        format!("cannot connect to {address} for POST /v1/chat: invalid peer certificate: ");
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.contains("`SSL_CERT_FILE`"), "{text}");
    assert!(text.contains("`HttpClientBuilder::reqwest`"), "{text}");
}

#[tokio::test]
async fn plain_http_on_a_tls_port_hints_at_https() {
    // The alert of a TLS server that received something other than TLS.
    let (address, count) = serve(writes([0x15, 3, 3, 0, 2, 2, 0x46]));
    let error = error_of_one_request(&format!("http://{address}/v1"), &count).await;
    assert!(error.to_string().contains("check the base URL, and use `https://`"), "{error}");
}

#[tokio::test]
async fn tls_on_a_plain_port_hints_at_http() {
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let (address, count) = serve(writes(answer));
    let error = error_of_one_request(&format!("https://{address}/v1"), &count).await;
    assert!(error.to_string().contains("use `http://` in the base URL"), "{error}");
}

#[tokio::test]
async fn a_response_that_is_not_http_is_not_retried() {
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 OK 200\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}",
    ] {
        let (address, count) = serve(writes(answer));
        let error = error_of_one_request(&format!("http://{address}/v1"), &count).await;
        let text = error.to_string();
        let expected = format!("{address} sent an invalid HTTP response to POST /v1/chat: ");
        assert!(text.starts_with(&expected), "{answer:?}: {text}");
        assert!(text.contains("; check the base URL"), "{text}");
    }
}

#[tokio::test]
async fn an_error_of_a_too_large_head_names_the_limit() {
    let many = (0..101).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = format!("x-long: {}\r\n", "x".repeat(1 << 20));
    for headers in [many, long] {
        let (address, count) = serve(writes(format!("HTTP/1.1 200 OK\r\n{headers}\r\n")));
        let error = error_of_one_request(&format!("http://{address}/v1"), &count).await;
        let text = error.to_string();
        assert!(text.contains("more than 100 headers"), "{text}");
        assert!(text.contains("`http1_max_headers`"), "{text}");
    }
}
