//! Errors of `reqwest` that a user's function converts to an `Error`.

use std::{sync::Arc, time::Duration};

use runnable_core::{Error, ErrorKind};
use runnable_http::reqwest::{Client, ClientBuilder};
use runnable_testing::server::{FakeServer, Reply};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

fn client(set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    set(Client::builder().tls_backend_preconfigured(config).no_proxy()).build().unwrap()
}

async fn fails(url: &str, client: &Client) -> Error {
    match client.get(url).send().await {
        Ok(answer) => Error::other(answer.bytes().await.unwrap_err()),
        Err(error) => Error::other(error),
    }
}

#[tokio::test]
async fn reqwest_connection_errors_and_timeouts_are_transient() {
    let refusing = FakeServer::refusing().await.unwrap();
    let error = fails(&refusing, &client(|it| it)).await;
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Connection, true), "{error:?}");

    for reply in [
        Reply::raw().close(),
        Reply::raw().reset(),
        Reply::raw().piece("HTTP/1.1 200 OK\r\ncontent-").close(),
        Reply::new(200).header("content-length", "99").piece("{}").close(),
        Reply::events().piece("data: a\n\n").close(),
    ] {
        let server = FakeServer::script([reply.clone()]).await.unwrap();
        let error = fails(&server.url(), &client(|it| it)).await;
        let class = (error.kind(), error.is_transient());
        assert_eq!(class, (ErrorKind::Connection, true), "{reply:?}: {error:?}");
    }

    for reply in [Reply::raw().stall(), Reply::events().piece("data: a\n\n").stall()] {
        let server = FakeServer::script([reply]).await.unwrap();
        let error = fails(&server.url(), &client(|it| it.timeout(Duration::from_millis(30)))).await;
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Timeout, true), "{error:?}");
        let error =
            fails(&server.url(), &client(|it| it.read_timeout(Duration::from_millis(30)))).await;
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Timeout, true), "{error:?}");
    }
}

#[tokio::test]
async fn other_reqwest_errors_are_not_transient() {
    let junk = FakeServer::script([Reply::raw().piece("SSH-2.0\r\n").close()]).await.unwrap();
    let error = fails(&junk.url(), &client(|it| it)).await;
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Other, false), "{error:?}");
    let error = fails("no URL", &client(|it| it)).await;
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Other, false), "{error:?}");
}
