//! A TLS server whose certificate was issued by a private authority.

use runnable_chat::prelude::*;

use crate::{dialect::Dialect, place::place};

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_server_with_a_trusted_authority_is_used() {
    for dialect in Dialect::ALL {
        let answer = dialect.model(&place("E2E_TLS")).invoke("hello").await.expect("an answer");

        assert!(answer.text().starts_with("Hello there"), "{dialect:?}");
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn a_server_with_an_unknown_authority_is_refused() {
    for dialect in Dialect::ALL {
        let error = dialect.model(&place("E2E_TLS_UNTRUSTED")).invoke("hello").await;
        let error = error.expect_err("not trusted");

        assert_eq!(error.kind(), ErrorKind::Connection, "{dialect:?}: {error}");
        assert!(error.to_string().contains("certificate"), "{dialect:?}: {error}");
    }
}
