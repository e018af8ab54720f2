//! Reads the dependencies in a Cargo manifest.
//!
//! This module parses only the part of TOML that it needs. A complete TOML parser would add more
//! dependencies than this crate has.

/// A dependency in a manifest.
#[derive(Debug, PartialEq)]
pub(crate) struct Dependency {
    /// The name of the dependency in code.
    pub(crate) name: String,
    /// The name of the package. `None` if it is the same as the name of the dependency.
    pub(crate) package: Option<String>,
    /// Whether the dependency is inherited from the manifest of the workspace.
    pub(crate) of_workspace: bool,
    /// Whether it is a dev-dependency.
    pub(crate) for_tests: bool,
}

/// Returns the dependencies of a crate, for all targets.
pub(crate) fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    for Entry { path, value } in entries(manifest) {
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        let (kind, rest) = match &path[..] {
            ["target", _, kind, rest @ ..] => (*kind, rest),
            [kind, rest @ ..] => (*kind, rest),
            [] => continue,
        };
        let for_tests = match kind {
            "dependencies" => false,
            "dev-dependencies" => true,
            _ => continue,
        };
        add(&mut found, rest, &value, for_tests);
    }
    found
}

/// Looks up the dependency `name` in the manifest of a workspace. Returns its package name if the
/// manifest renames it.
pub(crate) fn renamed_in_workspace(manifest: &str, name: &str) -> Option<String> {
    let mut found = Vec::new();
    for Entry { path, value } in entries(manifest) {
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        if let ["workspace", "dependencies", rest @ ..] = &path[..] {
            add(&mut found, rest, &value, false);
        }
    }
    found.into_iter().find(|dependency| dependency.name == name)?.package
}

/// Adds the dependency that a manifest entry describes, if any, to `found`. An entry can also add a
/// property to a dependency that is in `found` already.
fn add(found: &mut Vec<Dependency>, path: &[&str], value: &str, for_tests: bool) {
    let [name, rest @ ..] = path else {
        return;
    };
    let known =
        |dependency: &Dependency| dependency.name == *name && dependency.for_tests == for_tests;
    let index = found.iter().position(known).unwrap_or_else(|| {
        let name = (*name).to_owned();
        found.push(Dependency { name, package: None, of_workspace: false, for_tests });
        found.len() - 1
    });
    let dependency = &mut found[index];
    let mut set = |key: &str, value: &str| match key {
        "package" => dependency.package = Some(unquoted(value)),
        "workspace" => dependency.of_workspace = value == "true",
        _ => (),
    };
    match rest {
        [] => inline(value).into_iter().for_each(|(key, value)| set(&key, &value)),
        [key] => set(key, value),
        _ => (),
    }
}

/// A value in the manifest, with the path of its key.
struct Entry {
    path: Vec<String>,
    value: String,
}

fn entries(manifest: &str) -> Vec<Entry> {
    let (mut entries, mut table) = (Vec::new(), Vec::new());
    let mut lines = manifest.lines();
    while let Some(line) = lines.next() {
        let mut line = without_comment(line).to_owned();
        if let Some(header) = line.strip_prefix('[') {
            table = keys(header.trim_matches(['[', ']']));
            continue;
        }
        // A list can continue on the following lines.
        while depth(&line) > 0 {
            let Some(next) = lines.next() else {
                break;
            };
            line.push_str(without_comment(next));
        }
        if let Some((key, value)) = split_once(&line, '=') {
            let path = table.iter().cloned().chain(keys(key)).collect();
            entries.push(Entry { path, value: value.trim().to_owned() });
        }
    }
    entries
}

/// Returns the keys and values of an inline table. Returns an empty list for any other value.
fn inline(value: &str) -> Vec<(String, String)> {
    let inside = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    let mut pairs = Vec::new();
    let mut rest = inside.unwrap_or_default();
    while !rest.is_empty() {
        let (pair, after) = split_once(rest, ',').unwrap_or((rest, ""));
        if let Some((key, value)) = split_once(pair, '=') {
            pairs.push((unquoted(key.trim()), value.trim().to_owned()));
        }
        rest = after;
    }
    pairs
}

/// Returns the parts of a dotted key.
fn keys(mut key: &str) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some((first, rest)) = split_once(key, '.') {
        keys.push(unquoted(first.trim()));
        key = rest;
    }
    keys.push(unquoted(key.trim()));
    keys
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['"', '\'']).to_owned()
}

fn without_comment(line: &str) -> &str {
    split_once(line, '#').map_or(line, |(before, _)| before).trim()
}

/// Splits a text at the first `at` outside quotes. Unless `at` is `#`, which starts a comment, it
/// must also be outside brackets.
fn split_once(text: &str, at: char) -> Option<(&str, &str)> {
    let mut nested = 0;
    for (index, c) in outside_quotes(text) {
        if c == at && (nested == 0 || at == '#') {
            return Some((&text[..index], &text[index + at.len_utf8()..]));
        }
        nested += nesting(c);
    }
    None
}

/// Returns the number of brackets that are open at the end of a line.
fn depth(line: &str) -> i32 {
    outside_quotes(line).map(|(_, c)| nesting(c)).sum()
}

fn nesting(c: char) -> i32 {
    match c {
        '[' | '{' => 1,
        ']' | '}' => -1,
        _ => 0,
    }
}

/// Returns the characters of a line that are not inside a string, with their positions.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |(_, c)| match quote {
        None => {
            quote = Some(*c).filter(|c| matches!(c, '"' | '\''));
            quote.is_none()
        }
        Some(open) => {
            if *c == open && !escaped {
                quote = None;
            }
            // Only strings in double quotes have escapes.
            escaped = open == '"' && *c == '\\' && !escaped;
            false
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(manifest: &str) -> Vec<String> {
        dependencies(manifest).into_iter().map(|dependency| dependency.name).collect()
    }

    #[test]
    fn every_form_of_a_dependency_is_parsed() {
        let manifest = r##"
[package]
name = "x" # not [dependencies]
description = "# no comment, \" [dependencies]"

[dependencies]
a = "1" # b = "2"
c = { version = "1", features = [
    "x", # a comment ]
    "y",
], package = "real-c" }
d.workspace = true
"e" = { workspace = true }

[dependencies.f]
package = 'real-f'

[target.'cfg(target_os = "linux")'.dependencies]
g = "1"

[dev-dependencies]
h = "1"

[build-dependencies]
i = "1"

[features]
j = ["a"]

[[bin]]
name = "k"
"##;
        assert_eq!(names(manifest), ["a", "c", "d", "e", "f", "g", "h"]);
        let found = dependencies(manifest);
        assert_eq!(found[1].package.as_deref(), Some("real-c"));
        assert!(found[2].of_workspace && found[3].of_workspace && !found[1].of_workspace);
        assert_eq!(found[4].package.as_deref(), Some("real-f"));
        assert!(found[6].for_tests && !found[5].for_tests);
    }

    #[test]
    fn invalid_manifests_have_no_dependencies() {
        for text in
            ["", "[", "[dependencies", "= =", "a = {", "[dependencies]\n= 1\n[", "\"", "é=[é"]
        {
            let _ = dependencies(text);
            let _ = renamed_in_workspace(text, "a");
        }
        assert_eq!(names("[dependencies]\nnothing"), Vec::<String>::new());
    }

    #[test]
    fn workspace_dependencies_are_not_dependencies_of_the_crate() {
        let root = "[workspace.dependencies]\na = { package = \"b\", version = \"1\" }\nc = \"1\"";
        assert_eq!(names(root), Vec::<String>::new());
        assert_eq!(renamed_in_workspace(root, "a").as_deref(), Some("b"));
        assert_eq!(renamed_in_workspace(root, "c"), None);
    }
}
