//! Interprets the variable `OLLAMA_HOST`.

/// Returns the base URL of the OpenAI API of the Ollama server at this host.
///
/// `OLLAMA_HOST` contains a scheme, a host, a port and a path, each of them optional. If the scheme
/// is missing, the defaults are `http` and the port 11434, as in [Ollama's
/// FAQ](https://docs.ollama.com/faq) and in Ollama's client.
pub(crate) fn base_url(host: &str) -> String {
    let host = host.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, port) = match host.split_once("://") {
        Some((scheme, rest)) => (scheme, rest, None),
        None => ("http", host, Some(11434)),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    // The colons inside the brackets of an IPv6 address do not start a port.
    let name_end = authority.rfind(']').map_or(0, |end| end + 1);
    let has_port = authority[name_end..].contains(':');
    let authority = match (authority.strip_prefix(':'), port) {
        (Some(port), _) => format!("127.0.0.1:{port}"),
        (None, Some(port)) if !has_port => {
            let name = if authority.is_empty() { "127.0.0.1" } else { authority };
            format!("{name}:{port}")
        }
        _ => authority.to_owned(),
    };
    let path = path.trim_matches('/');
    match path {
        "" => format!("{scheme}://{authority}/v1"),
        path if path == "v1" || path.ends_with("/v1") => format!("{scheme}://{authority}/{path}"),
        path => format!("{scheme}://{authority}/{path}/v1"),
    }
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[test]
    fn a_host_has_the_defaults_of_ollama() {
        for (host, expected) in [
            ("localhost", "http://localhost:11434/v1"),
            ("10.0.0.7:8000", "http://10.0.0.7:8000/v1"),
            (":8000", "http://127.0.0.1:8000/v1"),
            ("[::1]", "http://[::1]:11434/v1"),
            ("[::1]:8000", "http://[::1]:8000/v1"),
            ("https://ollama.example", "https://ollama.example/v1"),
            ("http://ollama.example:81/", "http://ollama.example:81/v1"),
            ("https://example.org/ollama/", "https://example.org/ollama/v1"),
            ("http://localhost:11434/v1", "http://localhost:11434/v1"),
            (" \"localhost\" ", "http://localhost:11434/v1"),
        ] {
            assert_eq!(base_url(host), expected, "{host}");
        }
    }
}
