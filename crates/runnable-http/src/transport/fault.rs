//! Faults of a connection that no other attempt mends.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::{error::cause, origin::RequestInfo};

/// How hyper names an answer that is not HTTP. Its errors do not say more.
const NOT_HTTP: [&str; 6] = [
    "invalid HTTP version parsed",
    "invalid HTTP status-code parsed",
    "invalid HTTP header parsed",
    "invalid content-length parsed",
    "invalid transfer-encoding parsed",
    "unexpected transfer-encoding parsed",
];

/// How hyper names a head that is longer than it reads.
const TOO_LARGE: &str = "message head is too large";

/// What happened and what to do, if another attempt would fail like this one.
pub(crate) fn that_stays(origin: &RequestInfo, error: &reqwest::Error) -> Option<String> {
    let host = origin.host();
    if let Some(error) = tls_error(error) {
        return of_tls(origin, error);
    }
    let why = cause(error);
    if why == TOO_LARGE {
        return Some(format!(
            "the head of the answer of {host} to {origin} is too large: it has more than 100 headers, or \
             more than 400 kB; pass a `reqwest::Client` with a higher `http1_max_headers` to \
             `HttpClientBuilder::reqwest`"
        ));
    }
    if !NOT_HTTP.iter().any(|text| why.starts_with(text)) {
        return None;
    }
    let what = format!("{host} did not answer {origin} in HTTP: {why}");
    // What a server of TLS says to a request without TLS is not HTTP from its first byte on.
    let may_be_tls = origin.scheme() == Some("http") && why.starts_with(NOT_HTTP[0]);
    Some(match may_be_tls {
        true => format!("{what}; check the base URL: if the server speaks TLS, write `https://`"),
        false => format!("{what}; check the base URL and the proxies before the service"),
    })
}

fn of_tls(origin: &RequestInfo, error: &TlsError) -> Option<String> {
    let what = format!("cannot connect to {} for {origin}", origin.host());
    Some(match error {
        TlsError::InvalidCertificate(why) => {
            let what = format!("{what}: {error}");
            match why {
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    format!("{what}; check the host in the base URL")
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    format!("{what}; renew the certificate, or check the clock of this machine")
                }
                _ => format!(
                    "{what}; to trust it, add its issuer to the certificates of the system, name a file \
                     that has the issuer in `SSL_CERT_FILE`, or pass a `reqwest::Client` that trusts it \
                     to `HttpClientBuilder::reqwest`"
                ),
            }
        }
        TlsError::InvalidMessage(_) => format!(
            "{what}: it does not speak TLS there ({error}); if it speaks plain HTTP, write `http://` in \
             the base URL"
        ),
        // The server has a fault of its own, or stops.
        TlsError::AlertReceived(
            AlertDescription::InternalError | AlertDescription::CloseNotify,
        )
        | TlsError::General(_) => return None,
        error => format!("{what}: {error}; check the base URL and what TLS the server supports"),
    })
}

/// The error of TLS that is the cause of this one.
fn tls_error(error: &reqwest::Error) -> Option<&TlsError> {
    let mut cause: &(dyn Error + 'static) = error;
    loop {
        // The source of an I/O error is that of the error it carries.
        cause = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => carried,
            None => cause.source()?,
        };
        if let Some(error) = cause.downcast_ref() {
            return Some(error);
        }
    }
}
