//! Answers the requests of browsers.

use hyper::{
    HeaderMap, Method, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
    http::request::Parts,
};

use super::followed_page::FollowedPage;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Answers a request. `port` is the port of the server.
pub(super) async fn answer(request: &Parts, port: u16, page: &FollowedPage) -> Response<String> {
    if !is_for_loopback(&request.headers, port) {
        let expected = format!("unknown host: expected 127.0.0.1:{port} or localhost:{port}\n");
        return response(StatusCode::FORBIDDEN, TEXT, expected);
    }
    if request.method != Method::GET {
        let body = "unsupported method: expected GET\n".to_owned();
        let mut response = response(StatusCode::METHOD_NOT_ALLOWED, TEXT, body);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
        return response;
    }
    match request.uri.path() {
        "/" => response(StatusCode::OK, HTML, page.html()),
        "/changes" => {
            let next = next_in(request.uri.query().unwrap_or_default());
            response(StatusCode::OK, JSON, page.changes_since(next).await)
        }
        _ => {
            let body = "unknown path: expected / or /changes\n".to_owned();
            response(StatusCode::NOT_FOUND, TEXT, body)
        }
    }
}

/// Returns whether the request names the loopback interface as its host.
///
/// A web site can point its own name to this address and then read the page with a script. The
/// browser still sends the name of the site as the host.
fn is_for_loopback(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    // A browser omits the port 80.
    let (name, port_in_host) = host.split_once(':').unwrap_or((host, "80"));
    port_in_host == port.to_string()
        && (name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost"))
}

/// Returns the value of `after` in a query. It contains only characters that are not encoded.
fn next_in(query: &str) -> &str {
    query.split('&').find_map(|pair| pair.strip_prefix("after=")).unwrap_or_default()
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, content_type),
        // The page contains the values of a recording, which a browser must not keep.
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
