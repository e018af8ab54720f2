//! A web server that streams a chain's chunks to the browser, and cancels the chain when the
//! browser disconnects.
//!
//! ```text
//! cargo run --release --example web_server -- [--model MODEL]
//! ```

use std::{convert::Infallible, net::Ipv4Addr, process::ExitCode};

use axum::{
    Router,
    extract::{Query, State},
    response::{
        Html,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use examples::{Arguments, main_of};
use futures::{Stream, StreamExt, stream};
use runnable::prelude::*;
use serde::Deserialize;

const USAGE: &str = "\
Serves a page on http://127.0.0.1:3000 that writes about a topic.

Usage: web_server [PORT] [--model MODEL]

  PORT           of this machine (default: 3000; 0 for any that is free)
  --model MODEL  such as openai:gpt-4o-mini (default: local)
";

type Chain = DynRunnable<Dict, String>;

fn main() -> ExitCode {
    main_of(USAGE, web_server)
}

async fn web_server(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let port = arguments.text("3000");
    let port: u16 = port.parse().map_err(|_| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("invalid port `{port}`: expected a number from 0 to 65535"),
        )
    })?;
    let model = init_chat_model(arguments.model())?.max_tokens(300);
    let chain =
        prompt((system("You write short, vivid prose."), human_template("Write about {topic}.")))
            .pipe(model)
            .pipe(text())
            .with_config(RunConfig::new().listener(tree.clone()))
            .into_dyn();

    let routes =
        Router::new().route("/", get(page)).route("/write", get(write)).with_state((chain, tree));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("Listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes).await?;
    Ok(())
}

#[derive(Deserialize)]
struct Question {
    topic: String,
}

/// Streams the chunks of the answer as server-sent events. When the browser disconnects, the
/// response is dropped, and with it the stream. This cancels the chain and its request to the
/// model.
async fn write(
    State((chain, tree)): State<(Chain, ConsoleTree)>,
    Query(Question { topic }): Query<Question>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let chunks = chain.stream(dict! { topic: topic }).map(|chunk| match chunk {
        // Encode each chunk as JSON, because it may contain the line breaks that separate events.
        Ok(text) => Event::default().json_data(text).unwrap_or_default(),
        Err(error) => Event::default().event("failed").data(error.message().replace('\n', " ")),
    });
    let told = Told(tree);
    let end = stream::once(async { Event::default().event("end").data("") });
    let events = chunks.chain(end).map(move |event| {
        let _told = &told;
        Ok(event)
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Prints the tree of a call when the response ends, whether it is complete or dropped.
struct Told(ConsoleTree);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.flush();
    }
}

async fn page() -> Html<&'static str> {
    Html(PAGE)
}

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Write about …</title>
<style>
  body { font: 1.1rem/1.6 Georgia, serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; }
  form { display: flex; gap: .5rem; }
  input { flex: 1; font: inherit; padding: .4rem .6rem; }
  button { font: inherit; padding: .4rem 1rem; }
  #answer { white-space: pre-wrap; min-height: 8rem; }
  .failed { color: #b00; }
</style>
<h1>Write about …</h1>
<form>
  <input name="topic" value="a lighthouse in winter" aria-label="Topic" required>
  <button>Write</button>
  <button type="button" id="stop" disabled>Stop</button>
</form>
<p id="answer" aria-live="polite"></p>
<script>
  const form = document.forms[0], stop = document.getElementById("stop");
  const answer = document.getElementById("answer");
  let source;
  const close = () => { source?.close(); stop.disabled = true; };
  form.onsubmit = (event) => {
    event.preventDefault();
    close();
    answer.className = answer.textContent = "";
    source = new EventSource("/write?" + new URLSearchParams(new FormData(form)));
    stop.disabled = false;
    source.onmessage = ({ data }) => { answer.append(JSON.parse(data)); };
    source.addEventListener("end", close);
    source.addEventListener("failed", ({ data }) => {
      answer.className = "failed"; answer.append(data); close();
    });
    source.onerror = close;
  };
  stop.onclick = close;
</script>
</html>
"#;
