//! `#[derive(Chunked)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Data, DeriveInput, Error, Fields, FieldsNamed, Generics, Path, Result, TypeParamBound,
    parse_quote,
};

use crate::{home::path_to_core, serde_names::Names};

/// What the `#[chunked(…)]` attributes of an item say.
struct Options {
    whole: bool,
    core: Path,
}

impl Options {
    fn of(item: &DeriveInput) -> Result<Self> {
        let (mut whole, mut core) = (false, None);
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("chunked"))
        {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("whole") {
                    whole = true;
                } else if meta.path.is_ident("crate") {
                    core = Some(meta.value()?.parse()?);
                } else {
                    return Err(meta.error("expected `whole` or `crate = path`"));
                }
                Ok(())
            })?;
        }
        Ok(Self { whole, core: core.unwrap_or_else(path_to_core) })
    }
}

pub(crate) fn derive(item: &DeriveInput) -> Result<TokenStream> {
    let options = Options::of(item)?;
    owns_what_it_holds(&item.generics)?;
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !options.whole && !fields.named.is_empty() => {
                by_fields(item, fields, &options.core)
            }
            _ => Ok(at_once(item, &options.core)),
        },
        Data::Enum(_) => Ok(at_once(item, &options.core)),
        Data::Union(_) => Err(Error::new_spanned(&item.ident, "a union cannot pass between steps")),
    }
}

/// Refuses a type that borrows. Otherwise the compiler would report each bound of the two traits, a
/// dozen errors about `'static`.
fn owns_what_it_holds(generics: &Generics) -> Result<()> {
    generics.lifetimes().next().map_or(Ok(()), |lifetime| {
        let message = "a value that passes between steps cannot borrow: own what it holds, such as \
                       `String` in place of `&str`";
        Err(Error::new_spanned(lifetime, message))
    })
}

/// What a parameter must be, so that a value that comes at once is its own chunk.
fn with_bounds(mut generics: Generics, core: &Path) -> Generics {
    for parameter in generics.type_params_mut() {
        parameter.bounds.extend::<[TypeParamBound; 5]>([
            parse_quote!(::core::clone::Clone),
            parse_quote!(::core::fmt::Debug),
            parse_quote!(::core::marker::Send),
            parse_quote!(#core::__private::serde::Serialize),
            parse_quote!('static),
        ]);
    }
    generics
}

/// A later chunk replaces an earlier one.
fn at_once(item: &DeriveInput, core: &Path) -> TokenStream {
    let name = &item.ident;
    let generics = with_bounds(item.generics.clone(), core);
    let (params, args, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #params #core::Chunk for #name #args #bounds {
            type Whole = Self;

            fn merge(&mut self, next: Self) {
                *self = next;
            }
        }

        #[automatically_derived]
        impl #params #core::Chunked for #name #args #bounds {
            type Chunk = Self;

            fn into_chunk(self) -> Self {
                self
            }

            fn from_chunk(chunk: Self) -> #core::Result<Self> {
                ::core::result::Result::Ok(chunk)
            }
        }
    }
}

/// A chunk brings news of any of the fields.
fn by_fields(item: &DeriveInput, fields: &FieldsNamed, core: &Path) -> Result<TokenStream> {
    if !item.generics.params.is_empty() {
        let message = "a generic value has no chunk type of its own: add `#[chunked(at_once)]`";
        return Err(Error::new_spanned(&item.generics, message));
    }
    let (name, visibility) = (&item.ident, &item.vis);
    let chunk = format_ident!("{name}Chunk");
    let about = format!("A piece of [`{name}`]: news of any of its fields.");
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let keys: Vec<_> = names.iter().map(|name| unraw(name)).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    let visibilities: Vec<_> = fields.named.iter().map(|field| &field.vis).collect();
    let abouts = keys.iter().map(|key| format!("News of `{key}`."));
    let serde = quote!(#core::__private::serde);
    let written = Names::of(&item.attrs)?;
    let written = fields.named.iter().zip(&keys).map(|(field, key)| written.written(field, key));
    let written: Vec<_> = written.collect::<Result<_>>()?;
    let shown = names.iter().zip(&written).filter(|(_, written)| !written.skipped);
    let (shown, shown_as): (Vec<_>, Vec<_>) =
        shown.map(|(name, written)| (*name, &written.name)).unzip();
    Ok(quote! {
        #[doc = #about]
        #[derive(Clone, Debug, Default)]
        #visibility struct #chunk {
            #(
                #[doc = #abouts]
                #visibilities #names: ::core::option::Option<<#types as #core::Chunked>::Chunk>,
            )*
        }

        #[automatically_derived]
        impl #core::Chunk for #chunk {
            type Whole = #name;

            fn merge(&mut self, next: Self) {
                #(#core::Chunk::merge(&mut self.#names, next.#names);)*
            }

            fn has_content(&self) -> bool {
                false #(|| #core::Chunk::has_content(&self.#names))*
            }
        }

        #[automatically_derived]
        impl #core::__private::Fields for #chunk {
            fn is_empty(&self) -> bool {
                true #(&& self.#names.is_none())*
            }
        }

        #[automatically_derived]
        impl #core::Chunked for #name {
            type Chunk = #chunk;

            fn into_chunk(self) -> #chunk {
                #chunk {
                    #(#names: ::core::option::Option::Some(
                        #core::Chunked::into_chunk(self.#names)
                    ),)*
                }
            }

            fn from_chunk(chunk: #chunk) -> #core::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#names: <#types as #core::Chunked>::from_chunks(chunk.#names)?,)*
                })
            }

            fn from_no_chunks() -> #core::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#names: <#types as #core::Chunked>::empty()?,)*
                })
            }
        }

        // Written out, so that the user's crate needs no `serde` with `derive` for it. A field
        // without news is left out.
        #[automatically_derived]
        impl #serde::Serialize for #chunk {
            fn serialize<S: #serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let news: usize = 0 #(+ usize::from(self.#shown.is_some()))*;
                let mut map = #serde::Serializer::serialize_map(
                    serializer,
                    ::core::option::Option::Some(news),
                )?;
                #(
                    if let ::core::option::Option::Some(news) = &self.#shown {
                        #serde::ser::SerializeMap::serialize_entry(&mut map, #shown_as, news)?;
                    }
                )*
                #serde::ser::SerializeMap::end(map)
            }
        }
    })
}

fn unraw(name: &syn::Ident) -> String {
    use syn::ext::IdentExt;
    name.unraw().to_string()
}
