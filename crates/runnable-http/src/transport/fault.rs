//! Connection faults that a retry cannot fix.

use std::{error::Error, io};

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::{error::cause, origin::RequestInfo};

/// The messages of hyper for a response that is not HTTP. Only the message shows which error of
/// hyper it is.
const NOT_HTTP: [&str; 6] = [
    "invalid HTTP version parsed",
    "invalid HTTP status-code parsed",
    "invalid HTTP header parsed",
    "invalid content-length parsed",
    "invalid transfer-encoding parsed",
    "unexpected transfer-encoding parsed",
];

/// hyper's message for a message head, which is the status line and the headers, that exceeds its
/// limits.
const TOO_LARGE: &str = "message head is too large";

/// Describes a fault that would also make every further attempt fail, and what to do about it.
/// Returns `None` for other faults.
pub(crate) fn permanent(origin: &RequestInfo, error: &reqwest::Error) -> Option<String> {
    let host = origin.host();
    if let Some(error) = tls_error(error) {
        return of_tls(origin, error);
    }
    let why = cause(error);
    if why == TOO_LARGE {
        return Some(format!(
            "the head of the response from {host} to {origin} is too large: it has more than 100 \
             headers or more than 400 kB; for more headers, pass a `reqwest::Client` with a higher \
             `http1_max_headers` to `HttpClientBuilder::reqwest`"
        ));
    }
    if !NOT_HTTP.iter().any(|text| why.starts_with(text)) {
        return None;
    }
    let message = format!("{host} sent an invalid HTTP response to {origin}: {why}");
    // If a TLS server receives a request without TLS, even the first bytes of its response are not
    // HTTP.
    let may_be_tls = origin.scheme() == Some("http") && why.starts_with(NOT_HTTP[0]);
    Some(if may_be_tls {
        format!("{message}; check the base URL, and use `https://` if the server uses TLS")
    } else {
        format!("{message}; check the base URL and any proxy in front of the service")
    })
}

fn of_tls(origin: &RequestInfo, error: &TlsError) -> Option<String> {
    let message = format!("cannot connect to {} for {origin}", origin.host());
    Some(match error {
        TlsError::InvalidCertificate(why) => {
            let message = format!("{message}: {error}");
            match why {
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    format!("{message}; check the host in the base URL")
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    format!("{message}; renew the certificate, or check the clock of this machine")
                }
                _ => format!(
                    "{message}; to trust it, add its issuer to the certificates of the system, set \
                     `SSL_CERT_FILE` to a file with its issuer, or pass a `reqwest::Client` that trusts it \
                     to `HttpClientBuilder::reqwest`"
                ),
            }
        }
        TlsError::InvalidMessage(_) => format!(
            "{message}: the server does not use TLS ({error}); if it uses plain HTTP, use `http://` in \
             the base URL"
        ),
        // The server has an internal fault or is shutting down, so a retry may succeed.
        TlsError::AlertReceived(
            AlertDescription::InternalError | AlertDescription::CloseNotify,
        )
        | TlsError::General(_) => return None,
        error => {
            format!("{message}: {error}; check the base URL and the TLS versions of the server")
        }
    })
}

/// Returns the TLS error among the causes of an error.
fn tls_error(error: &reqwest::Error) -> Option<&TlsError> {
    let mut cause: &(dyn Error + 'static) = error;
    loop {
        // The method `source` of an I/O error skips the error that it contains, so look at that
        // error first.
        cause = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => carried,
            None => cause.source()?,
        };
        if let Some(error) = cause.downcast_ref() {
            return Some(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn an_invalid_certificate_error_says_what_to_do() {
        let request = http::Request::post("https://api.example.org/v1/chat").body(Bytes::new());
        let origin = RequestInfo::of(&request.expect("a valid request"));
        for (why, hint) in [
            (CertificateError::Expired, "renew the certificate, or check the clock"),
            (CertificateError::NotValidYet, "renew the certificate, or check the clock"),
            (CertificateError::NotValidForName, "check the host in the base URL"),
            (CertificateError::UnknownIssuer, "set `SSL_CERT_FILE`"),
        ] {
            let error = TlsError::InvalidCertificate(why);
            let text = of_tls(&origin, &error).expect("a permanent fault");
            let expected = "cannot connect to api.example.org for POST /v1/chat: ";
            assert!(text.starts_with(expected) && text.contains(hint), "{text}");
        }
        let alert = TlsError::AlertReceived(AlertDescription::InternalError);
        assert_eq!(of_tls(&origin, &alert), None);
    }
}
