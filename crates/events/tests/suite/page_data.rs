//! The data in a page.

use serde_json::Value;

/// Returns the data of a page.
pub(crate) fn data_of(html: &str) -> Value {
    let begin = r#"<script id="data" type="application/json">"#;
    let start = html.find(begin).unwrap() + begin.len();
    let end = start + html[start..].find("</script>").unwrap();
    serde_json::from_str(&html[start..end]).unwrap()
}
