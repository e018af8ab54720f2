//! Joins the sources of the page to one HTML file.

use std::{
    io::{self, Write},
    sync::LazyLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::script_text::write_json;
use crate::sha256;

const TEMPLATE: &str = include_str!("page.html");

/// The style sheets and the scripts, in the order of `parts.txt`.
const STYLES: &[&str] = &[
    include_str!("style/tokens.css"),
    include_str!("style/frame.css"),
    include_str!("style/table.css"),
    include_str!("style/details.css"),
    include_str!("style/values.css"),
    include_str!("style/narrow.css"),
];
const SCRIPTS: &[&str] = &[
    include_str!("script/dom.js"),
    include_str!("script/clipboard.js"),
    include_str!("script/format.js"),
    include_str!("script/payload.js"),
    include_str!("script/compare.js"),
    include_str!("script/totals.js"),
    include_str!("script/critical_path.js"),
    include_str!("script/groups.js"),
    include_str!("script/kind.js"),
    include_str!("script/tree.js"),
    include_str!("script/model.js"),
    include_str!("script/preference.js"),
    include_str!("script/state.js"),
    include_str!("script/rows.js"),
    include_str!("script/time_line.js"),
    include_str!("script/navigation.js"),
    include_str!("script/palette.js"),
    include_str!("script/bars.js"),
    include_str!("script/table.js"),
    include_str!("script/axis.js"),
    include_str!("script/chart.js"),
    include_str!("script/pieces.js"),
    include_str!("script/json_tree.js"),
    include_str!("script/long_text.js"),
    include_str!("script/messages.js"),
    include_str!("script/chunks_tab.js"),
    include_str!("script/group_view.js"),
    include_str!("script/text_difference.js"),
    include_str!("script/input_output.js"),
    include_str!("script/markdown.js"),
    include_str!("script/events_tab.js"),
    include_str!("script/overview.js"),
    include_str!("script/search_marks.js"),
    include_str!("script/whole.js"),
    include_str!("script/details.js"),
    include_str!("script/drag.js"),
    include_str!("script/findings.js"),
    include_str!("script/help.js"),
    include_str!("script/theme.js"),
    include_str!("script/tip.js"),
    include_str!("script/toolbar.js"),
    include_str!("script/keyboard.js"),
    include_str!("script/recording.js"),
    include_str!("script/live.js"),
    include_str!("script/pointer.js"),
    include_str!("script/printing.js"),
    include_str!("script/split.js"),
    include_str!("script/top.js"),
    include_str!("script/main.js"),
];

/// The style and the script of all pages, with their hashes.
static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::join);

struct Assets {
    style: String,
    style_hash: String,
    script: String,
    script_hash: String,
}

impl Assets {
    fn join() -> Self {
        let style = STYLES.join("\n");
        let script = SCRIPTS.iter().map(|module| without_imports(module)).collect::<Vec<_>>();
        let script = script.join("\n");
        Self { style_hash: hash(&style), script_hash: hash(&script), style, script }
    }
}

/// What a page may connect to, as a part of its security policy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Connections {
    /// A page in a file may not connect to anything.
    Forbidden,
    /// A page that follows a program asks the server that it comes from, and no other.
    Server,
}

impl Connections {
    fn policy(self) -> &'static str {
        match self {
            Self::Forbidden => "",
            Self::Server => "connect-src 'self'; ",
        }
    }
}

/// Writes a page that contains `data`.
///
/// The page is written from the first byte to the last, so that no text of the data is taken for a
/// placeholder of the template.
pub(super) fn write_page(
    data: &impl Serialize,
    connections: Connections,
    out: &mut dyn Write,
) -> io::Result<()> {
    let assets = &*ASSETS;
    let mut rest = TEMPLATE;
    while let Some((before, after)) = rest.split_once("{{") {
        out.write_all(before.as_bytes())?;
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        match name {
            "STYLE" => out.write_all(assets.style.as_bytes())?,
            "STYLE_HASH" => out.write_all(assets.style_hash.as_bytes())?,
            "SCRIPT" => out.write_all(assets.script.as_bytes())?,
            "SCRIPT_HASH" => out.write_all(assets.script_hash.as_bytes())?,
            "CONNECT" => out.write_all(connections.policy().as_bytes())?,
            "DATA" => write_json(data, out)?,
            _ => (),
        }
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// Returns a module without its imports, because all modules are one script on the page.
fn without_imports(module: &str) -> String {
    let mut in_import = false;
    let lines = module.lines().filter(|line| {
        in_import |= line.starts_with("import ");
        let is_import = in_import;
        in_import &= !line.ends_with(';');
        !is_import
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the hash of a text, in the form of a content security policy.
fn hash(text: &str) -> String {
    STANDARD.encode(sha256::length_and_hash(text.bytes()).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_of_the_list() {
        let source = include_str!("assembly.rs");
        let joined = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("include_str!(\"")?.strip_suffix("\"),"));
        assert!(joined.eq(include_str!("parts.txt").lines()));
    }

    #[test]
    fn the_script_has_no_imports_and_cannot_end_its_element() {
        assert!(!ASSETS.script.lines().any(|line| line.starts_with("import ")));
        assert!(!ASSETS.script.contains("</script"));
        assert!(!ASSETS.style.contains("</style"));
    }

    #[test]
    fn a_placeholder_in_the_data_stays_text() {
        let mut page = Vec::new();
        write_page(&["{{STYLE}} {{DATA}}"], Connections::Forbidden, &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(r#">["{{STYLE}} {{DATA}}"]</script>"#));
        assert!(!page.contains("{{SCRIPT"));
    }

    #[test]
    fn only_a_page_that_follows_a_program_may_connect() {
        let policy_of = |connections| {
            let mut page = Vec::new();
            write_page(&[""], connections, &mut page).unwrap();
            let page = String::from_utf8(page).unwrap();
            page.lines().find(|line| line.contains("Content-Security-Policy")).unwrap().to_owned()
        };
        assert!(!policy_of(Connections::Forbidden).contains("connect-src"));
        assert!(policy_of(Connections::Server).contains("img-src data:; connect-src 'self'; base"));
    }
}
