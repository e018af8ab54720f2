//! The proxy that the requests of a client take.

use std::env;

use reqwest::{NoProxy, Url};
use runnable_core::{Error, ErrorKind, Result};

/// What a client was told of proxies.
pub(crate) enum Proxy {
    /// The proxy that the environment names.
    System,
    None,
    Url(String),
}

/// A proxy, and the hosts for which it is not used.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Way {
    url: String,
    /// A list as in `NO_PROXY`.
    except: String,
}

impl Proxy {
    /// The proxy of requests to this URL, as the environment is now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the proxy cannot be used.
    pub(crate) fn way(self, base: &Url) -> Result<Option<Way>> {
        let way = match self {
            Self::None => None,
            Self::Url(url) => Some((Way { url, except: String::new() }, "proxy")),
            Self::System => Way::of_environment(base, |name| env::var(name).ok()),
        };
        let Some((way, named_by)) = way else { return Ok(None) };
        if way.spares(base) {
            return Ok(Some(way));
        }
        let scheme = way.scheme();
        if matches!(scheme, "http" | "https") {
            way.proxy()
                .map_err(|error| error.with_note(format!("change what `{named_by}` says")))?;
            return Ok(Some(way));
        }
        // Of the URL, nothing else is shown, because it may hold a password.
        let what = format!(
            "unsupported scheme `{scheme}` of the proxy that `{named_by}` names: expected `http` or \
             `https`; pass a `reqwest::Client` that has such a proxy to `HttpClientBuilder::reqwest`"
        );
        Err(Error::new(ErrorKind::InvalidInput, what))
    }
}

impl Way {
    /// The proxy for a URL, and the variable that names it. A program that answers a web server is told
    /// the headers of a request by variables, so that there `HTTP_PROXY` is not to be trusted.
    fn of_environment(
        base: &Url,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<(Self, &'static str)> {
        if variable("REQUEST_METHOD").is_some() {
            return None;
        }
        let first = |names: [&'static str; 2]| {
            let set = |name| Some((variable(name)?, name));
            names.into_iter().find_map(set).filter(|(url, _)| !url.trim().is_empty())
        };
        let own = match base.scheme() {
            "https" => first(["HTTPS_PROXY", "https_proxy"]),
            _ => first(["HTTP_PROXY", "http_proxy"]),
        };
        let (url, name) = own.or_else(|| first(["ALL_PROXY", "all_proxy"]))?;
        let except = first(["NO_PROXY", "no_proxy"]).map(|(hosts, _)| hosts);
        Some((Self { url, except: except.unwrap_or_default() }, name))
    }

    fn scheme(&self) -> &str {
        self.url.split_once("://").map_or("http", |(scheme, _)| scheme.trim())
    }

    /// Whether the host of this URL is, or may be, one for which the proxy is not used.
    fn spares(&self, base: &Url) -> bool {
        let host = base.host_str().unwrap_or_default();
        self.except.split(',').map(str::trim).filter(|except| !except.is_empty()).any(|except| {
            let domain = except.trim_start_matches('.');
            let inside = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            // Whether a network has the host is left to the client.
            except == "*" || host == domain || inside || except.contains('/')
        })
    }

    /// The proxy, as the client takes it.
    pub(crate) fn proxy(&self) -> Result<reqwest::Proxy> {
        // The error would show the URL, which may hold a password.
        let unusable = |_| {
            let what = "invalid URL of the proxy: expected one such as `http://host:3128`";
            Error::new(ErrorKind::InvalidInput, what)
        };
        let proxy = reqwest::Proxy::all(&self.url).map_err(unusable)?;
        Ok(proxy.no_proxy(NoProxy::from_string(&self.except)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(base: &str, variables: &[(&str, &str)]) -> Option<(String, String, &'static str)> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let base = base.parse().expect("a URL");
        let (way, name) = Way::of_environment(&base, variable)?;
        Some((way.url, way.except, name))
    }

    #[test]
    fn the_variable_of_the_scheme_goes_before_the_one_for_all() {
        let all = [("ALL_PROXY", "http://all"), ("https_proxy", "http://tls"), ("NO_PROXY", "a,b")];
        let way_to = |base| way(base, &all).expect("a proxy");
        let (all, tls) = ("http://all".to_owned(), "http://tls".to_owned());
        assert_eq!(way_to("https://host/v1"), (tls, "a,b".to_owned(), "https_proxy"));
        assert_eq!(way_to("http://host/v1"), (all, "a,b".to_owned(), "ALL_PROXY"));
    }

    #[test]
    fn an_empty_variable_and_a_web_server_name_no_proxy() {
        assert_eq!(way("https://host", &[("HTTPS_PROXY", "")]), None);
        assert_eq!(
            way("https://host", &[("HTTPS_PROXY", "http://p"), ("REQUEST_METHOD", "GET")]),
            None
        );
        assert_eq!(way("https://host", &[("HTTP_PROXY", "http://p")]), None);
    }

    #[test]
    fn hosts_that_need_no_proxy_are_spared() {
        for (except, host, expected) in [
            ("*", "api.example.org", true),
            ("example.org", "api.example.org", true),
            (".example.org", "api.example.org", true),
            ("x, api.example.org", "api.example.org", true),
            ("ple.org", "api.example.org", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("", "api.example.org", false),
        ] {
            let way = Way { url: "socks5://p".into(), except: except.into() };
            let base = format!("https://{host}/v1").parse().expect("a URL");
            assert_eq!(way.spares(&base), expected, "{except}");
        }
    }
}
