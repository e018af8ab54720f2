//! Invalid and unsupported proxies.

use runnable_core::ErrorKind;
use runnable_http::HttpClient;

#[test]
fn an_unsupported_proxy_scheme_is_named() {
    for scheme in ["socks5", "socks5h", "socks4", "ftp", "quic"] {
        let proxy = format!("{scheme}://user:pass-word@proxy.example.org:1080");
        let error =
            HttpClient::builder("https://api.example.org/v1").proxy(&proxy).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.contains(&format!("unsupported scheme `{scheme}` of the proxy")), "{text}");
        assert!(!text.contains("pass-word"), "{text}");
    }
}

#[test]
fn the_error_of_an_invalid_proxy_hides_its_password() {
    for proxy in ["http://user:pass-word@", "http://user:pass-word@:x"] {
        let error =
            HttpClient::builder("https://api.example.org/v1").proxy(proxy).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().starts_with("invalid proxy URL: "), "{error}");
        assert!(!format!("{error:?}").contains("pass-word"), "{error:?}");
    }
}

#[test]
fn proxies_with_and_without_a_scheme_are_accepted() {
    for proxy in ["http://proxy:3128", "https://proxy:3128", "proxy:3128", "user:word@proxy:3128"] {
        assert!(
            HttpClient::builder("https://api.example.org/v1").proxy(proxy).build().is_ok(),
            "{proxy}"
        );
    }
}
