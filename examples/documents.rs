//! Answers a question from documents: finds the relevant pages, lets a model answer from them,
//! falls back to another model if the first does not respond, and limits the time of each part.
//!
//! ```text
//! cargo run --release --example documents -- [QUESTION] [--model FIRST] [--model SECOND]
//! ```

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use examples::{Arguments, main_of};
use runnable::{
    EmbeddingModel,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedEmbeddings, ScriptedReply},
};

const USAGE: &str = "\
Answers a question from the guides of this project.

Usage: documents [QUESTION] [--model FIRST] [--model SECOND]

  QUESTION  what to ask (default: how many items of a batch run at once)
  FIRST     the model to ask, such as openai:gpt-4o-mini (default: a stand-in inside
            the program that never answers)
  SECOND    the model to fall back to (default: a stand-in that quotes the
            paragraph that fits best)
";

const QUESTION: &str = "How many items of a batch run at once?";

/// The folder with the documents.
const GUIDES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

fn main() -> ExitCode {
    main_of(USAGE, documents)
}

async fn documents(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let mut models = arguments.models.iter();
    let first = models.next().map_or_else(|| Ok(silent()), init_chat_model)?;
    let second = models.next().map_or_else(|| Ok(quoting()), init_chat_model)?;

    // The first chunk of an answer must arrive soon, and the complete answer has a time limit too.
    let limits = Timeouts::new().first_chunk(Duration::from_secs(2)).total(Duration::from_secs(60));
    let model = first.with_timeouts(limits).with_fallback(second.with_timeouts(limits));

    // In a real program, use an embedding model: `openai(MODEL).embeddings().build()?`.
    let embeddings = ScriptedEmbeddings::new(1024).to_model();
    let shelf = shelf(sections(GUIDES.as_ref())?, embeddings).await?;

    let found = inspect(|pages: &Vec<Document>| {
        for page in pages {
            eprintln!("reading {}", page.id.as_deref().unwrap_or_default());
        }
        eprintln!();
    });
    let write = lambda(|pages: Vec<Document>| {
        let texts = pages.into_iter().map(|page| page.page_content);
        texts.collect::<Vec<_>>().join("\n\n")
    });
    let chain = parallel_dict("question", passthrough())
        .with("pages", shelf.with_timeout(Duration::from_secs(10)).pipe(found).pipe(write))
        .pipe(prompt([
            system_template("Answer in two sentences, and only from these pages:\n\n{pages}"),
            human_template("{question}"),
        ]))
        .pipe(model)
        .pipe(text());

    let mut out = io::stdout();
    let question = arguments.text(QUESTION);
    let config = RunConfig::new().listener(tree.clone()).timeout(Duration::from_secs(120));
    let mut answer = chain.stream(question).config(config);
    while let Some(chunk) = answer.next().await {
        write!(out, "{}", chunk?)?;
        out.flush()?;
    }
    writeln!(out, "\n")?;
    tree.flush();
    Ok(())
}

/// Returns the sections of all Markdown files in a folder.
fn sections(folder: &Path) -> Result<Vec<Document>> {
    let mut files = fs::read_dir(folder)?
        .map(|file| Ok(file?.path()))
        .filter(|path| path.as_ref().map_or(true, |path| path.extension() == Some("md".as_ref())))
        .collect::<io::Result<Vec<_>>>()?;
    files.sort();
    let mut sections = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if name == "README" {
            continue; // the list of the guides, which answers no question
        }
        let text = fs::read_to_string(file)?;
        for section in text.split("\n## ") {
            let title = section.lines().next().unwrap_or_default().trim_start_matches("# ");
            sections.push(Document::new(section).with_id(format!("{name}: {title}")));
        }
    }
    Ok(sections)
}

/// Creates a retriever, which returns the three documents that are most similar to the question.
async fn shelf(
    documents: Vec<Document>,
    embeddings: EmbeddingModel,
) -> Result<impl Runnable<Input = String, Output = Vec<Document>>> {
    let texts: Vec<_> = documents.iter().map(|document| document.page_content.clone()).collect();
    let vectors = embeddings.invoke(texts).await?;
    let nearest = Arc::new(Nearest { documents, vectors });
    Ok(retriever(
        "Guides",
        capture((embeddings, nearest), |(embeddings, nearest), question: String, cx| async move {
            let question = embeddings.invoke(vec![question]).config(&cx).await?;
            Ok(nearest.to(&question[0], 3))
        }),
    ))
}

struct Nearest {
    documents: Vec<Document>,
    vectors: Vec<Vec<f32>>,
}

impl Nearest {
    fn to(&self, vector: &[f32], count: usize) -> Vec<Document> {
        let likeness = |other: &[f32]| vector.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let mut found: Vec<_> =
            self.vectors.iter().map(|vector| likeness(vector)).zip(&self.documents).collect();
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        found.into_iter().take(count).map(|(_, document)| document.clone()).collect()
    }
}

/// Creates a model whose service never responds.
fn silent() -> ChatModel {
    let never = ScriptedReply::words("too late").delay(Duration::from_secs(3600));
    ScriptedChatModel::new([never]).with_run_name("Silent").to_model()
}

/// Creates a scripted model, so that the program runs without a key. The model quotes the paragraph
/// that has the most words in common with the question.
fn quoting() -> ChatModel {
    let model = ScriptedChatModel::from_fn(|call| {
        let pages = call.prompt.messages[0].text();
        let question = call.prompt.messages[1].text().to_lowercase();
        let asked = words_of(&question);
        let is_prose = |text: &&str| !text.starts_with(['|', ' ']) && !text.starts_with("```");
        let paragraphs = pages.split("\n\n").skip(1).filter(is_prose);
        let best = paragraphs.max_by_key(|text| {
            let shared = words_of(&text.to_lowercase()).intersection(&asked).count();
            (shared, Reverse(text.len()))
        });
        let words: Vec<_> = best.unwrap_or("Nothing fits.").split_whitespace().collect();
        ScriptedReply::words(words.join(" ")).delay(Duration::from_millis(10))
    });
    model.with_run_name("Quoting").to_model()
}

fn words_of(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}
