use runnable::prelude::*;

#[derive(Clone, Debug, serde::Serialize, Chunked)]
struct Line<'a> {
    text: &'a str,
}

#[derive(Clone, Debug, serde::Serialize, Chunked)]
#[chunked(at_once)]
struct Word<'a>(&'a str);

#[derive(Clone, Debug, serde::Serialize, Chunked)]
enum Part<'a> {
    Text(&'a str),
}

fn main() {}
