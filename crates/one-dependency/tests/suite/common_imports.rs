//! Tests that the prelude can be imported together with names of other crates.
//!
//! Each module uses names of the prelude and names of another crate. If another import hides a name
//! of the prelude, or if a name is ambiguous, the module does not compile.

/// `std::task::Context` and `Poll`, for a future that is written by hand.
mod task {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use runnable::prelude::*;

    /// A future that is ready at its third poll.
    struct Pauses(u8);

    impl Future for Pauses {
        type Output = u8;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u8> {
            self.0 += 1;
            if self.0 == 3 {
                return Poll::Ready(self.0);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    }

    #[derive(Clone)]
    struct Paused;

    impl Runnable for Paused {
        type Input = String;
        type Output = String;

        async fn run(&self, text: String, cx: RunContext) -> Result<String> {
            let polls = Pauses(0).await;
            let tags: Vec<_> = cx.tags().collect();
            Ok(format!("{text} {polls} {}", tags.concat()))
        }
    }

    #[tokio::test]
    async fn a_step_and_a_future_written_by_hand_share_a_module() {
        let config = RunConfig::new().tag("tagged");
        assert_eq!(Paused.invoke("polls:").config(config).await.unwrap(), "polls: 3 tagged");
    }
}

/// `clap::Args` and `clap::Parser` as traits and as derives.
mod command_line {
    use clap::{Args, Parser};
    use runnable::{prelude::*, testing::ScriptedChatModel};

    #[derive(Args)]
    struct Sampling {
        #[arg(long, default_value_t = 0.5)]
        temperature: f32,
    }

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        sampling: Sampling,
        topic: String,
    }

    /// Returns the number of arguments of a group.
    fn count<A: Args>() -> usize {
        A::augment_args(clap::Command::new("count")).get_arguments().count()
    }

    #[tokio::test]
    async fn a_command_line_selects_the_input_of_a_chain() {
        let cli = Cli::parse_from(["jokes", "--temperature", "0", "cats"]);
        let script = ScriptedChatModel::new(["12 jokes"]);
        let first_word = parser("FirstWord", |text: String| {
            text.split(' ').next().unwrap_or_default().parse::<u8>()
        });
        let chain = prompt("Count the jokes about {topic}.")
            .pipe(script.to_model().temperature(cli.sampling.temperature))
            .pipe(first_word);

        assert_eq!(chain.invoke(dict! { topic: cli.topic }).await.unwrap(), 12);
        assert_eq!(script.prompts()[0].text(), "Count the jokes about cats.");
        assert_eq!(script.requests()[0].options.temperature, Some(0.0));
        assert_eq!(count::<Sampling>(), 1);
    }

    /// The name that the documentation of clap gives to the arguments of a program.
    mod own_args {
        use clap::Parser;
        use runnable::prelude::*;

        #[derive(Parser)]
        struct Args {
            topic: String,
        }

        #[tokio::test]
        async fn a_program_calls_its_arguments_args() {
            let args = Args::parse_from(["shout", "cats"]);
            let shout = lambda(|text: String| text.to_uppercase());
            assert_eq!(shout.invoke(args.topic).await.unwrap(), "CATS");
        }
    }
}

/// `schemars::JsonSchema`, the traits of serde, and `serde_json::json`, which the prelude has as a
/// function.
mod json_schema {
    use runnable::{
        model::*,
        prelude::*,
        testing::{ScriptedChatModel, ScriptedReply},
    };
    use schemars::{JsonSchema, schema_for};
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Chunked)]
    #[chunked(at_once)]
    struct City {
        name: String,
        people: u64,
    }

    /// Returns the name of a type in a schema.
    fn name_of<T: JsonSchema>() -> String {
        T::schema_name().into_owned()
    }

    #[tokio::test]
    async fn a_type_has_a_schema_and_is_an_answer() {
        let text = r#"{"name": "Lima", "people": 10}"#;
        let script = ScriptedChatModel::new([text]);
        let ask = script.to_model().with_structured_output::<City>();
        let lima = City { name: "Lima".to_owned(), people: 10 };
        assert_eq!(ask.invoke("Which city?").await.unwrap(), lima);
        assert_eq!(json::<City>().invoke(text).await.unwrap(), lima);

        assert_eq!(name_of::<City>(), "City");
        let schema = schema_for!(City).to_value();
        assert_eq!(schema["required"], json!(["name", "people"]));
        let format = ResponseFormat::JsonSchema(ResponseSchema::new("City", schema));
        assert!(matches!(format, ResponseFormat::JsonSchema(_)));
    }

    #[tokio::test]
    async fn a_tool_has_arguments_with_a_schema() {
        let rename = tool("rename", "Renames a city.", |city: City, _| async move {
            Ok(City { name: city.name.to_uppercase(), ..city })
        });
        let args: Value = json!({"name": "Lima", "people": 10});
        let script = ScriptedChatModel::new([ScriptedReply::tool_call("rename", args)]);
        let tools = toolbox([rename]);
        let results = script.to_model().tools(&tools).pipe(tools).invoke("Rename it.").await;
        assert_eq!(results.unwrap()[0].text(), r#"{"name":"LIMA","people":10}"#);
    }
}

/// The extension traits of `futures_util`, whose methods have the same names as methods of
/// `runnable`.
mod futures {
    use futures_util::{FutureExt, StreamExt, TryStreamExt, future, stream};
    use runnable::prelude::*;

    #[tokio::test]
    async fn methods_of_streams_do_not_hide_ours() {
        let shout = map_chunks(|text: String| text.to_uppercase());
        let mut chunks = shout.stream("a");
        assert_eq!(chunks.next().await.unwrap().unwrap(), "A");
        assert_eq!(shout.stream("a").concat().await.unwrap(), "A");

        let sizes: Vec<usize> =
            shout.stream("abc").map_ok(|chunk| chunk.len()).try_collect().await.unwrap();
        assert_eq!(sizes, [3]);
        let pieces = stream::iter(["a", "b"]).map(|text| Ok(text.to_owned()));
        assert_eq!(shout.transform(pieces).concat().await.unwrap(), "AB");

        let both = future::join(shout.invoke("a"), shout.invoke("b").boxed()).await;
        assert_eq!((both.0.unwrap(), both.1.unwrap()), ("A".to_owned(), "B".to_owned()));
    }
}

/// The modules of the standard library, and its traits with the same names as names of the prelude.
mod standard {
    use std::{
        collections::HashMap,
        error::Error as _,
        fmt::{self, Display, Write as _},
        io::{self, Write as _},
    };

    use runnable::prelude::*;

    struct Quoted(String);

    impl Display for Quoted {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "“{}”", self.0)
        }
    }

    #[tokio::test]
    async fn errors_and_results_keep_their_meaning() {
        fn fail(_: String) -> io::Result<String> {
            Err(io::Error::other("the disk is full"))
        }

        let error: Error = try_lambda(fail).invoke("a").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Other);
        let wrapped = Error::new(ErrorKind::Unavailable, "cannot save").with_source(error);
        assert!(wrapped.source().is_some());

        let mut text = String::new();
        write!(text, "{}", Quoted("a".to_owned())).unwrap();
        let mut bytes = Vec::new();
        bytes.write_all(text.as_bytes()).unwrap();
        assert_eq!(bytes, "“a”".as_bytes());

        let count = lambda(|text: String| HashMap::from([(text, 1)]));
        let counts: Result<HashMap<String, i32>> = count.invoke("a").await;
        assert_eq!(counts.unwrap()["a"], 1);
    }
}
