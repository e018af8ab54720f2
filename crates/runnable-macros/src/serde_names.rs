//! The names that `serde` writes fields under.

use syn::{Attribute, Expr, Field, LitStr, Result, Token, meta::ParseNestedMeta, parenthesized};

/// What the `#[serde(…)]` attributes of a struct say of the names of its fields.
#[derive(Default)]
pub(crate) struct Names {
    rule: Option<String>,
}

/// How `serde` writes a field.
pub(crate) struct Written {
    pub(crate) name: String,
    /// Whether it leaves the field out.
    pub(crate) skipped: bool,
}

impl Names {
    /// Reads the attributes of a struct.
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut names = Self::default();
        for_each(attributes, |meta| {
            match meta.path.is_ident("rename_all") {
                true => names.rule = serialized_name(meta)?.or(names.rule.take()),
                false => pass_over(meta)?,
            }
            Ok(())
        })?;
        Ok(names)
    }

    /// The name of a field, as a chunk is to write it, too. `plain` is its name in Rust.
    pub(crate) fn written(&self, field: &Field, plain: &str) -> Result<Written> {
        let (mut own, mut skipped) = (None, false);
        for_each(&field.attrs, |meta| {
            if meta.path.is_ident("rename") {
                own = serialized_name(meta)?.or(own.take());
            } else if meta.path.is_ident("skip") || meta.path.is_ident("skip_serializing") {
                skipped = true;
            } else {
                pass_over(meta)?;
            }
            Ok(())
        })?;
        let by_rule = || match &self.rule {
            Some(rule) => renamed(plain, rule),
            None => plain.to_owned(),
        };
        Ok(Written { name: own.unwrap_or_else(by_rule), skipped })
    }
}

/// Reads each entry of the `#[serde(…)]` attributes.
fn for_each(
    attributes: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let of_serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    of_serde.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(|meta| read(&meta)))
}

/// The name in `rename = "name"` or `rename(serialize = "name")`.
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

/// Passes over what says nothing of names. `serde` itself refuses what is wrong.
fn pass_over(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

/// The name of a field by a rule of `rename_all`. `serde` itself refuses an unknown rule.
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
