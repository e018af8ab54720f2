//! TLS, without a provider that is installed for the whole process.

use std::{env, ffi::OsString, sync::Arc};

use runnable_core::{Error, ErrorKind, Result};
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
use rustls_platform_verifier::BuilderVerifierExt;

/// The variables that name certificates to trust, where the system has no store of its own.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Which certificates a client trusts: those that the system trusts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Whether it may talk without TLS, so that it can do without certificates.
    is_plain: bool,
    /// Where the certificates are.
    files: [Option<OsString>; 2],
    /// The cryptography that the program has installed, by its address: that is never freed.
    installed: Option<usize>,
}

impl Trust {
    /// The certificates for a client that talks to this scheme, as the environment is now.
    pub(crate) fn of_system(scheme: &str) -> Self {
        let installed = CryptoProvider::get_default().map(|provider| Arc::as_ptr(provider).addr());
        Self { is_plain: scheme == "http", files: CERTIFICATES.map(env::var_os), installed }
    }
}

/// What a client that trusts these certificates needs of TLS.
///
/// Where the system has no certificates, that is an error for `https`, and of no importance for
/// `http`.
pub(crate) fn config(trust: &Trust) -> Result<ClientConfig> {
    let builder = || {
        ClientConfig::builder_with_provider(provider()?)
            .with_safe_default_protocol_versions()
            .map_err(unusable)
    };
    let config = match builder()?.with_platform_verifier() {
        Ok(config) => config.with_no_client_auth(),
        Err(_) if trust.is_plain => {
            builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
        Err(error) => return Err(unusable(error)),
    };
    Ok(with_protocols(config))
}

fn unusable(error: rustls::Error) -> Error {
    let message = format!("cannot set up TLS: {error}");
    Error::new(ErrorKind::Other, message).with_source(error)
}

#[cfg(feature = "http2")]
fn with_protocols(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

#[cfg(not(feature = "http2"))]
fn with_protocols(config: ClientConfig) -> ClientConfig {
    config
}

/// The one that the program has installed, else the one that is compiled in.
fn provider() -> Result<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().or_else(compiled_in).ok_or_else(|| {
        let message = "no cryptography for TLS: turn on the feature `ring` or `aws-lc` of \
                       runnable-http, or install a provider of rustls";
        Error::new(ErrorKind::Other, message)
    })
}

#[cfg(feature = "aws-lc")]
fn compiled_in() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
fn compiled_in() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "ring", feature = "aws-lc")))]
fn compiled_in() -> Option<Arc<CryptoProvider>> {
    None
}
