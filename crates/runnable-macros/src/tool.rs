//! The code that `#[tool]` generates.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, Expr, ExprLit, Ident, Lit, LitStr, Path, PathSegment, Result, ReturnType,
    Token, Type, Visibility,
    parse::{Parse, ParseStream},
};

use crate::home::path_to_chat;

const OPTIONS: &str = "expected `name = \"…\"`, `description = \"…\"`, `strict` or `crate = path`";

const GENERIC: &str = "a tool cannot be generic, because the model reads the schema of one type; write \
                       a concrete type instead";

const METHOD: &str = "a tool cannot be a method; move the function out of the `impl` block, or call \
                      the function `tool` with a closure that captures the value";

/// The `#[tool(…)]` arguments.
#[derive(Default)]
pub(crate) struct Options {
    name: Option<String>,
    description: Option<String>,
    is_strict: bool,
    chat: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                options.chat = Some(input.parse()?);
            } else {
                let key: Ident =
                    input.parse().map_err(|error| Error::new(error.span(), OPTIONS))?;
                if key == "strict" {
                    options.is_strict = true;
                } else if key == "name" || key == "description" {
                    input.parse::<Token![=]>()?;
                    let text = input.parse::<LitStr>()?.value();
                    let option =
                        if key == "name" { &mut options.name } else { &mut options.description };
                    *option = Some(text);
                } else {
                    return Err(Error::new_spanned(key, OPTIONS));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// An async function. The parser reads only what the macro needs, because the feature of `syn` that
/// reads complete functions would double the time to compile it.
pub(crate) struct AsyncFn {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    /// The parameters, as they were written.
    parameters: TokenStream,
    /// The types of the parameters.
    types: Vec<Type>,
    /// The return type. `None` if the function returns nothing.
    output: Option<Type>,
    /// The `where` clause and the body, as they were written.
    rest: TokenStream,
}

impl Parse for AsyncFn {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if input.peek(Token![fn]) {
            return Err(input.error("expected an async function; write `async` before `fn`"));
        }
        if !input.peek(Token![async]) {
            let message = "expected an async function, because `#[tool]` makes a tool from it";
            return Err(input.error(message));
        }
        input.parse::<Token![async]>()?;
        input.parse::<Token![fn]>()?;
        let name = input.parse()?;
        if input.peek(Token![<]) {
            return Err(input.error(GENERIC));
        }
        let parameters = parenthesized(input)?;
        let types = syn::parse::Parser::parse2(parameter_types, parameters.clone())?;
        let output = match input.parse()? {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(*ty),
        };
        let rest = input.parse()?;
        Ok(Self { attributes, visibility, name, parameters, types, output, rest })
    }
}

fn parenthesized(input: ParseStream<'_>) -> Result<TokenStream> {
    let group: Group = input.parse()?;
    Ok(group.stream())
}

/// Reads the types of parameters. A pattern ends at the first `:` that is not a part of `::`.
fn parameter_types(input: ParseStream<'_>) -> Result<Vec<Type>> {
    let mut types = Vec::new();
    while !input.is_empty() {
        while !input.peek(Token![:]) || input.peek(Token![::]) {
            if input.peek(Token![self]) {
                return Err(input.error(METHOD));
            }
            if input.peek(Token![::]) {
                input.parse::<Token![::]>()?;
            } else {
                input.parse::<TokenTree>()?;
            }
        }
        input.parse::<Token![:]>()?;
        types.push(input.parse()?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(types)
}

/// Returns a function without parameters that returns the tool.
pub(crate) fn expand(options: Options, function: AsyncFn) -> Result<TokenStream> {
    let AsyncFn { attributes, visibility, name, parameters, types, output, rest } = function;
    let (contexts, arguments): (Vec<_>, Vec<_>) = types.iter().partition(|ty| is_context(ty));
    if let Some(second) = arguments.get(1) {
        let message = "a tool has one argument; make a struct whose fields are the arguments, \
                       because their doc comments describe them to the model";
        return Err(Error::new_spanned(second, message));
    }
    if let Some(second) = contexts.get(1) {
        return Err(Error::new_spanned(second, "a tool has one `RunContext`; remove this one"));
    }
    arguments.first().map_or(Ok(()), |argument| check_argument(argument))?;
    let Some(output) = output else {
        let message = "a tool returns a `Result`; write `-> Result<…>` after the parameters";
        return Err(Error::new_spanned(&name, message));
    };
    let description = options.description.unwrap_or_else(|| doc_comment(&attributes));
    if description.is_empty() {
        let message = "the tool has no description; add a doc comment, which the model reads";
        return Err(Error::new_spanned(&name, message));
    }
    let tool_name = options.name.unwrap_or_else(|| unraw(&name));
    let chat = options.chat.unwrap_or_else(path_to_chat);
    // The arguments of the call, in the order of the parameters.
    let passed = types.iter().map(|ty| if is_context(ty) { quote!(cx) } else { quote!(args) });
    let argument = arguments.first().map_or_else(|| quote!(()), |ty| quote!(#ty));
    let (args, cx) = (
        if arguments.is_empty() { quote!(_) } else { quote!(args) },
        if contexts.is_empty() { quote!(_) } else { quote!(cx) },
    );
    let strict = options.is_strict.then(|| quote!(.strict(true)));
    // If the type is written here, the compiler reports a type that does not fit at its position.
    // `impl Trait` cannot be written here, and is inferred.
    let returned = if output.to_token_stream().to_string().contains("impl ") {
        TokenStream::new()
    } else {
        quote!(::<#output>)
    };
    Ok(quote! {
        #(#attributes)*
        #visibility fn #name() -> #chat::Tool {
            #[allow(clippy::unused_async)]
            async fn #name(#parameters) -> #output #rest

            #chat::tool::__private::tool(
                #tool_name,
                #description,
                #chat::tool::__private::arguments::<#argument>(),
                #chat::tool::__private::returned #returned (),
                |#args: #argument, #cx| #name(#(#passed),*),
            )
            #strict
        }
    })
}

/// Returns an error for types that are never the argument of a tool.
fn check_argument(ty: &Type) -> Result<()> {
    let message = match ty {
        Type::ImplTrait(_) => GENERIC,
        Type::Reference(_) => {
            "a tool cannot borrow its argument; make a struct that owns its fields, such as a `String`"
        }
        Type::Path(path) if path.path.segments.last().is_some_and(is_not_an_object) => {
            "the argument of a tool is a struct, because a model writes a JSON object; make a struct \
             with a field of this type"
        }
        _ => return Ok(()),
    };
    Err(Error::new_spanned(ty, message))
}

/// Returns whether this is the name of a type whose JSON is not an object.
fn is_not_an_object(segment: &PathSegment) -> bool {
    const NAMES: [&str; 18] = [
        "String", "Vec", "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize",
        "u8", "u16", "u32", "u64", "u128", "usize",
    ];
    NAMES.iter().any(|name| segment.ident == name)
}

fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "RunContext")
}

/// Returns the lines of the doc comment, without the space at the start of each line.
fn doc_comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let doc = attribute.meta.require_name_value().ok()?;
        match &doc.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) if doc.path.is_ident("doc") => {
                let line = line.value();
                Some(line.strip_prefix(' ').unwrap_or(&line).to_owned())
            }
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn unraw(name: &Ident) -> String {
    use syn::ext::IdentExt;
    name.unraw().to_string()
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    fn expanded(options: &str, function: &str) -> Result<String> {
        expand(parse_str(options)?, parse_str(function)?).map(|tokens| tokens.to_string())
    }

    fn error(options: &str, function: &str) -> String {
        expanded(options, function).unwrap_err().to_string()
    }

    #[test]
    fn the_doc_comment_is_the_description() {
        let code = expanded(
            "crate = chat",
            "/// Adds numbers.\n///\n/// Slowly.\npub async fn add(sum: Sum, cx: RunContext) -> Result<i64> { cx; sum.add() }",
        );
        let code = code.unwrap();
        assert!(code.contains("pub fn add () -> chat :: Tool"), "{code}");
        assert!(code.contains(r#""add" , "Adds numbers.\n\nSlowly.""#), "{code}");
        assert!(code.contains("| args : Sum , cx | add (args , cx)"), "{code}");
    }

    #[test]
    fn a_pattern_with_a_path_is_a_parameter() {
        let code = expanded(
            "crate = chat, name = \"plus\", strict",
            "/// Adds.\nasync fn add(sums::Sum { a, b: c }: sums::Sum) -> Result<i64> { Ok(a + c) }",
        );
        let code = code.unwrap();
        assert!(code.contains("| args : sums :: Sum , _ | add (args)"), "{code}");
        assert!(code.contains(r#""plus" , "Adds.""#), "{code}");
        assert!(code.contains(". strict (true)"), "{code}");
    }

    #[test]
    fn a_tool_can_have_no_arguments() {
        let code =
            expanded("crate = chat", "/// The time.\nasync fn now() -> Result<u64> { Ok(0) }");
        assert!(code.unwrap().contains("| _ : () , _ | now ()"));
    }

    #[test]
    fn an_invalid_tool_is_refused() {
        assert!(error("", "async fn add(a: A) -> R {}").contains("add a doc comment"));
        assert!(error("", "/// Adds.\nasync fn add(a: A, b: B) {}").contains("make a struct"));
        assert!(error("", "/// Adds.\nasync fn add(a: i64) {}").contains("make a struct"));
        assert!(error("", "/// Adds.\nasync fn add(a: A) {}").contains("write `-> Result<…>`"));
        assert!(error("", "/// Adds.\nfn add(a: A) {}").contains("write `async` before `fn`"));
        assert!(error("", "/// Adds.\nasync fn add<T>(a: T) {}").contains("cannot be generic"));
        assert!(error("", "/// Adds.\nasync fn add(&self) {}").contains("cannot be a method"));
        assert!(error("nme = \"a\"", "/// Adds.\nasync fn add() {}").contains("expected `name"));
    }
}
