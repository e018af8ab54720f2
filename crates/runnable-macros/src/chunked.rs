//! The code that `#[derive(Chunked)]` generates.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Data, DeriveInput, Error, Fields, FieldsNamed, Generics, Path, Result, TypeParamBound,
    parse_quote,
};

use crate::{home::path_to_core, serde_names::Names};

/// The `#[chunked(…)]` attributes of an item.
struct Options {
    at_once: bool,
    core: Path,
}

impl Options {
    fn of(item: &DeriveInput) -> Result<Self> {
        let (mut at_once, mut core) = (false, None);
        for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("chunked"))
        {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("at_once") {
                    at_once = true;
                } else if meta.path.is_ident("crate") {
                    core = Some(meta.value()?.parse()?);
                } else {
                    return Err(meta.error("expected `at_once` or `crate = path`"));
                }
                Ok(())
            })?;
        }
        Ok(Self { at_once, core: core.unwrap_or_else(path_to_core) })
    }
}

pub(crate) fn derive(item: &DeriveInput) -> Result<TokenStream> {
    let options = Options::of(item)?;
    refuse_lifetimes(&item.generics)?;
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !options.at_once && !fields.named.is_empty() => {
                by_fields(item, fields, &options.core)
            }
            _ => Ok(at_once(item, &options.core)),
        },
        Data::Enum(_) => Ok(at_once(item, &options.core)),
        Data::Union(_) => {
            Err(Error::new_spanned(&item.ident, "`Chunked` cannot be derived for a union"))
        }
    }
}

/// Returns an error for a type with a lifetime parameter.
///
/// Without this check, the compiler would report each `'static` bound of the two traits, which is a
/// dozen errors.
fn refuse_lifetimes(generics: &Generics) -> Result<()> {
    generics.lifetimes().next().map_or(Ok(()), |lifetime| {
        let message = "a value that is passed between steps cannot borrow; use owned types, such \
                       as `String` instead of `&str`";
        Err(Error::new_spanned(lifetime, message))
    })
}

/// Adds the bounds that a type parameter needs if the value is passed as one chunk.
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

/// Generates the code for a value that is passed as one chunk. If there are several chunks, a later
/// chunk replaces an earlier one.
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

/// Generates the code for a struct that is streamed field by field.
fn by_fields(item: &DeriveInput, fields: &FieldsNamed, core: &Path) -> Result<TokenStream> {
    if !item.generics.params.is_empty() {
        let message = "`Chunked` cannot be derived field by field for a type with parameters; add \
                       `#[chunked(at_once)]`";
        return Err(Error::new_spanned(&item.generics, message));
    }
    let (name, visibility) = (&item.ident, &item.vis);
    let chunk = format_ident!("{name}Chunk");
    let chunk_doc =
        format!("A chunk of [`{name}`], which contains new content for some of its fields.");
    let names: Vec<_> = fields.named.iter().filter_map(|field| field.ident.as_ref()).collect();
    let keys: Vec<_> = names.iter().map(|name| unraw(name)).collect();
    let types: Vec<_> = fields.named.iter().map(|field| &field.ty).collect();
    let visibilities: Vec<_> = fields.named.iter().map(|field| &field.vis).collect();
    let field_docs = keys.iter().map(|key| format!("The new content of `{key}`."));
    let serde = quote!(#core::__private::serde);
    let serde_names = Names::of(&item.attrs)?;
    let serde_fields =
        fields.named.iter().zip(&keys).map(|(field, key)| serde_names.field(field, key));
    let serde_fields: Vec<_> = serde_fields.collect::<Result<_>>()?;
    let serialized = names.iter().zip(&serde_fields).filter(|(_, field)| !field.skipped);
    let (serialized, serialized_as): (Vec<_>, Vec<_>) =
        serialized.map(|(name, field)| (*name, &field.name)).unzip();
    Ok(quote! {
        #[doc = #chunk_doc]
        #[derive(Clone, Debug, Default)]
        #visibility struct #chunk {
            #(
                #[doc = #field_docs]
                #visibilities #names: ::core::option::Option<<#types as #core::Chunked>::Chunk>,
            )*
        }

        #[automatically_derived]
        impl #core::Chunk for #chunk {
            type Whole = #name;

            fn merge(&mut self, next: Self) {
                #(#core::Chunk::merge(&mut self.#names, next.#names);)*
            }

            fn merge_ref(&mut self, next: &Self) {
                #(#core::Chunk::merge_ref(&mut self.#names, &next.#names);)*
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
                    #(#names: <#types as #core::Chunked>::from_merged(chunk.#names)?,)*
                })
            }

            fn from_no_chunks() -> #core::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#names: <#types as #core::Chunked>::from_no_chunks()?,)*
                })
            }
        }

        // Implement `Serialize` here instead of deriving it, so that the user's crate does not need
        // the feature `derive` of serde. A field without new content is left out.
        #[automatically_derived]
        impl #serde::Serialize for #chunk {
            fn serialize<S: #serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                let count: usize = 0 #(+ usize::from(self.#serialized.is_some()))*;
                let mut map = #serde::Serializer::serialize_map(
                    serializer,
                    ::core::option::Option::Some(count),
                )?;
                #(
                    if let ::core::option::Option::Some(chunk) = &self.#serialized {
                        #serde::ser::SerializeMap::serialize_entry(
                            &mut map,
                            #serialized_as,
                            chunk,
                        )?;
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
