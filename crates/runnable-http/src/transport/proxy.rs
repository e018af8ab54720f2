//! [`Proxy`]: the proxy through which a client sends its requests.

use std::env;

use reqwest::{NoProxy, Url};
use runnable_core::{Error, ErrorKind, Result};

/// The proxy setting of a client.
pub(crate) enum Proxy {
    /// Use the proxy that the environment variables name.
    System,
    None,
    Url(String),
}

/// A proxy, and the hosts for which the proxy is not used.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Way {
    url: String,
    /// The hosts without a proxy, in the format of `NO_PROXY`.
    except: String,
}

impl Proxy {
    /// Returns the proxy for requests to this URL, based on the current environment variables.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the proxy is invalid or its scheme is not supported.
    pub(crate) fn way(self, base: &Url) -> Result<Option<Way>> {
        self.way_in(base, |name| env::var(name).ok())
    }

    /// Returns the proxy for requests to this URL, with these environment variables.
    fn way_in(self, base: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Way>> {
        let way = match self {
            Self::None => None,
            Self::Url(url) => Some((Way { url, except: String::new() }, "proxy")),
            Self::System => Way::of_environment(base, variable),
        };
        let Some((way, named_by)) = way else { return Ok(None) };
        if way.excludes(base) {
            return Ok(Some(way));
        }
        let scheme = way.scheme();
        if matches!(scheme, "http" | "https") {
            way.proxy()
                .map_err(|error| error.with_note(format!("change the value of `{named_by}`")))?;
            return Ok(Some(way));
        }
        // Show only the scheme of the URL, because the URL may contain a password.
        let message = format!(
            "unsupported scheme `{scheme}` of the proxy in `{named_by}`: expected `http` or \
             `https`; for another scheme, pass a `reqwest::Client` to `HttpClientBuilder::reqwest`"
        );
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl Way {
    /// Returns the proxy for a URL, and the environment variable that names the proxy. A CGI
    /// program must not trust `HTTP_PROXY`, because it receives the headers of a request as
    /// environment variables.
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
        let for_scheme = match base.scheme() {
            "https" => first(["HTTPS_PROXY", "https_proxy"]),
            _ => first(["HTTP_PROXY", "http_proxy"]),
        };
        let (url, name) = for_scheme.or_else(|| first(["ALL_PROXY", "all_proxy"]))?;
        let except = first(["NO_PROXY", "no_proxy"]).map(|(hosts, _)| hosts);
        Some((Self { url, except: except.unwrap_or_default() }, name))
    }

    fn scheme(&self) -> &str {
        self.url.split_once("://").map_or("http", |(scheme, _)| scheme.trim())
    }

    /// Returns whether the host of this URL is excluded from the proxy, or may be excluded.
    fn excludes(&self, base: &Url) -> bool {
        let host = base.host_str().unwrap_or_default();
        self.except.split(',').map(str::trim).filter(|except| !except.is_empty()).any(|except| {
            let domain = except.trim_start_matches('.');
            let is_subdomain = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            // For a range of addresses, reqwest decides, because it knows the address of the host.
            except == "*" || host == domain || is_subdomain || except.contains('/')
        })
    }

    /// Converts the proxy to the type of reqwest.
    pub(crate) fn proxy(&self) -> Result<reqwest::Proxy> {
        // Replace the error of reqwest, because it would show the URL, which may contain a
        // password.
        let invalid = |_| {
            let message = "invalid proxy URL: expected a URL such as `http://host:3128`";
            Error::new(ErrorKind::InvalidInput, message)
        };
        let proxy = reqwest::Proxy::all(&self.url).map_err(invalid)?;
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
    fn the_variable_of_the_scheme_takes_precedence() {
        let all = [("ALL_PROXY", "http://all"), ("https_proxy", "http://tls"), ("NO_PROXY", "a,b")];
        let way_to = |base| way(base, &all).expect("a proxy");
        let (all, tls) = ("http://all".to_owned(), "http://tls".to_owned());
        assert_eq!(way_to("https://host/v1"), (tls, "a,b".to_owned(), "https_proxy"));
        assert_eq!(way_to("http://host/v1"), (all, "a,b".to_owned(), "ALL_PROXY"));
    }

    #[test]
    fn an_unsupported_scheme_in_a_variable_is_named() {
        for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
            let base = "https://api.example.org/v1".parse().expect("a URL");
            let value = "socks5://user:pass-word@proxy:1080";
            let variable = |asked: &str| (asked == name).then(|| value.to_owned());
            let error = Proxy::System.way_in(&base, variable).err().expect("an unsupported scheme");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let text = error.to_string();
            let expected = format!("unsupported scheme `socks5` of the proxy in `{name}`");
            assert!(text.contains(&expected), "{text}");
            assert!(!text.contains("pass-word"), "{text}");
            let excluded = |asked: &str| {
                if asked == "NO_PROXY" { Some("example.org".to_owned()) } else { variable(asked) }
            };
            assert!(Proxy::System.way_in(&base, excluded).is_ok(), "{name}");
        }
    }

    #[test]
    fn empty_variables_and_cgi_programs_have_no_proxy() {
        assert_eq!(way("https://host", &[("HTTPS_PROXY", "")]), None);
        assert_eq!(
            way("https://host", &[("HTTPS_PROXY", "http://p"), ("REQUEST_METHOD", "GET")]),
            None
        );
        assert_eq!(way("https://host", &[("HTTP_PROXY", "http://p")]), None);
    }

    #[test]
    fn no_proxy_excludes_hosts() {
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
            assert_eq!(way.excludes(&base), expected, "{except}");
        }
    }
}
