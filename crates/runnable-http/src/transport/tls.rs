//! The TLS configuration of a client. It does not install a cryptography provider for the process.

use std::{env, ffi::OsString, sync::Arc};

use runnable_core::{Error, ErrorKind, Result};
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
use rustls_platform_verifier::BuilderVerifierExt;

/// The environment variables that name trusted certificates on systems without a certificate store.
const CERTIFICATES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The certificates that a client trusts: the certificates that the system trusts.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Trust {
    /// Whether the base URL has the scheme `http`. If so, certificates are optional.
    is_plain: bool,
    /// The values of the environment variables that name certificates.
    files: [Option<OsString>; 2],
    /// The address of the cryptography provider that the program has installed. It is never freed.
    installed: Option<usize>,
}

impl Trust {
    /// Returns the certificates for a client whose base URL has this scheme, based on the current
    /// environment variables.
    pub(crate) fn of_system(scheme: &str) -> Self {
        let installed = CryptoProvider::get_default().map(|provider| Arc::as_ptr(provider).addr());
        Self { is_plain: scheme == "http", files: CERTIFICATES.map(env::var_os), installed }
    }
}

/// Creates the TLS configuration of a client that trusts these certificates.
///
/// If the system has no certificates, this fails for `https`. For `http`, it succeeds without
/// certificates.
pub(crate) fn config(trust: &Trust) -> Result<ClientConfig> {
    let builder = || {
        ClientConfig::builder_with_provider(provider()?)
            .with_safe_default_protocol_versions()
            .map_err(setup_error)
    };
    let config = match builder()?.with_platform_verifier() {
        Ok(config) => config.with_no_client_auth(),
        Err(_) if trust.is_plain => {
            builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
        Err(error) => return Err(setup_error(error)),
    };
    Ok(with_protocols(config))
}

fn setup_error(error: rustls::Error) -> Error {
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

/// Returns the cryptography provider that the program has installed. If there is none, returns the
/// provider that is compiled in.
fn provider() -> Result<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().or_else(compiled_in).ok_or_else(|| {
        let message = "missing cryptography provider for TLS; enable the feature `ring` or `aws-lc`, or \
                       install a provider of rustls";
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
