//! Rule: the list of the guides, `docs/README.md`, names each page once.

use super::finding::Finding;
use crate::tree::Tree;

const LIST: &str = "docs/README.md";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let pages = tree.files.iter().filter_map(|file| match file.parts().as_slice() {
        ["docs", page] if page.ends_with(".md") && *page != "README.md" => Some(*page),
        _ => None,
    });
    let rows: Vec<_> =
        tree.text(LIST).lines().enumerate().filter(|(_, line)| line.starts_with('|')).collect();
    let mut found = Vec::new();
    for page in pages {
        let link = format!("]({page})");
        let mut lines = rows.iter().filter(|(_, row)| row.contains(&link));
        if lines.next().is_none() {
            let message = format!("the page {page} is not listed: give it a row");
            found.push(Finding::of_file(LIST, message));
        }
        for (at, _) in lines {
            let message = format!("the page {page} is listed twice: keep one row");
            found.push(Finding::new(LIST, at + 1, message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn a_page_is_listed_once() {
        let list = "| page |\n|---|\n| [A](a.md) |\n| [Also A](a.md), [C](c.md) |\n[B](b.md)\n";
        let tree =
            Tree::of([(LIST, list), ("docs/a.md", ""), ("docs/b.md", ""), ("docs/c.md", "")]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/README.md:4: the page a.md is listed twice: keep one row",
                "docs/README.md:1: the page b.md is not listed: give it a row",
            ]
        );
    }
}
