//! The names under which `serde` serializes fields.

use syn::{Attribute, Expr, Field, LitStr, Result, Token, meta::ParseNestedMeta, parenthesized};

/// The rules for the names of fields that the `#[serde(…)]` attributes of a struct set.
#[derive(Default)]
pub(crate) struct Names {
    rule: Option<String>,
}

/// How `serde` serializes a field: its name, and whether it is left out.
pub(crate) struct SerializedField {
    pub(crate) name: String,
    /// Whether `serde` leaves the field out.
    pub(crate) skipped: bool,
}

impl Names {
    /// Reads the attributes of a struct.
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut names = Self::default();
        for_each(attributes, |meta| {
            if meta.path.is_ident("rename_all") {
                names.rule = serialized_name(meta)?.or(names.rule.take())
            } else {
                skip_value(meta)?
            }
            Ok(())
        })?;
        Ok(names)
    }

    /// Returns how `serde` serializes a field, so that the chunk can be serialized in the same way.
    /// `plain` is the name of the field in Rust.
    pub(crate) fn field(&self, field: &Field, plain: &str) -> Result<SerializedField> {
        let (mut rename, mut skipped) = (None, false);
        for_each(&field.attrs, |meta| {
            if meta.path.is_ident("rename") {
                rename = serialized_name(meta)?.or(rename.take());
            } else if meta.path.is_ident("skip") || meta.path.is_ident("skip_serializing") {
                skipped = true;
            } else {
                skip_value(meta)?;
            }
            Ok(())
        })?;
        let by_rule = || match &self.rule {
            Some(rule) => renamed(plain, rule),
            None => plain.to_owned(),
        };
        Ok(SerializedField { name: rename.unwrap_or_else(by_rule), skipped })
    }
}

/// Calls `read` for each entry of the `#[serde(…)]` attributes.
fn for_each(
    attributes: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let of_serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    of_serde.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(|meta| read(&meta)))
}

/// Returns the name in `rename = "name"` or `rename(serialize = "name")`.
fn serialized_name(meta: &ParseNestedMeta<'_>) -> Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return Ok(Some(meta.value()?.parse::<LitStr>()?.value()));
    }
    let mut name = None;
    meta.parse_nested_meta(|inner| {
        let value = inner.value()?.parse::<LitStr>()?.value();
        if inner.path.is_ident("serialize") {
            name = Some(value);
        }
        Ok(())
    })?;
    Ok(name)
}

/// Skips the value of an entry that does not affect names. `serde` itself reports invalid entries.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

/// Converts the name of a field by a rule of `rename_all`. An unknown rule changes nothing, because
/// `serde` itself reports it.
fn renamed(field: &str, rule: &str) -> String {
    let pascal = || -> String { field.split('_').map(capitalised).collect() };
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
