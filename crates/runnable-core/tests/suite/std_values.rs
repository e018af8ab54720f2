//! Types of the standard library can be passed between steps, and keep the law of chunks.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt::Debug,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU64,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::stream;
use runnable_core::prelude::*;
use serde_json::{Map, Value, json};

/// Checks that a step passes the value on, invoked and streamed.
async fn passes<T: Chunked + Clone + Debug + PartialEq>(value: T) {
    assert_eq!(lambda(|value: T| value).invoke(value.clone()).await.unwrap(), value);
    assert_eq!(passthrough::<T>().stream(value.clone()).concat().await.unwrap(), value);
}

/// Merges the chunks of a stream.
async fn gathered<T: Chunked>(chunks: impl IntoIterator<Item = T::Chunk>) -> Result<T> {
    let chunks: Vec<_> = chunks.into_iter().map(Ok).collect();
    passthrough::<T>().transform(stream::iter(chunks)).concat().await
}

#[tokio::test]
async fn std_values_can_be_passed_between_steps() {
    passes(HashMap::from([("a".to_owned(), 1)])).await;
    passes(BTreeMap::from([("a".to_owned(), vec![1])])).await;
    passes(Map::from_iter([("a".to_owned(), json!(1))])).await;
    passes(HashSet::from(["a".to_owned()])).await;
    passes(BTreeSet::from([1])).await;
    passes(VecDeque::from([1, 2])).await;
    passes(Box::new("a".to_owned())).await;
    passes(Arc::new(vec!["a".to_owned()])).await;
    passes(Arc::<str>::from("a")).await;
    passes(Some(Box::new(1))).await;
    passes([1, 2, 3]).await;
    passes(1..3).await;
    passes(Cow::Borrowed("a")).await;
    passes(PathBuf::from("a/b")).await;
    passes(Duration::from_secs(1)).await;
    passes(SystemTime::UNIX_EPOCH).await;
    passes(IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
    passes(NonZeroU64::MIN).await;
}

#[tokio::test]
async fn chunks_of_maps_and_sets_add_entries() {
    let parts = [BTreeMap::from([("a", 1), ("b", 2)]), BTreeMap::from([("b", 3)])];
    let owned = |map: BTreeMap<&str, u8>| -> HashMap<String, u8> {
        map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    let map = gathered::<HashMap<String, u8>>(parts.map(owned)).await.unwrap();
    assert_eq!(map, HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 3)]));

    let object = |value: Value| value.as_object().unwrap().clone();
    let parts = [json!({"a": 1}), json!({"b": 2})].map(object);
    let map = gathered::<Map<String, Value>>(parts).await.unwrap();
    assert_eq!(Value::Object(map), json!({"a": 1, "b": 2}));

    let set = gathered::<BTreeSet<u8>>([BTreeSet::from([2]), BTreeSet::from([1])]).await;
    assert_eq!(set.unwrap(), BTreeSet::from([1, 2]));
    let queue = gathered::<VecDeque<u8>>([VecDeque::from([2]), VecDeque::from([1])]).await;
    assert_eq!(queue.unwrap(), [2, 1]);
}

#[tokio::test]
async fn a_box_merges_like_its_content() {
    let text = gathered::<Box<String>>(["a", "b"].map(|text| Box::new(text.to_owned()))).await;
    assert_eq!(*text.unwrap(), "ab");
    let shared = gathered::<Arc<str>>(["a", "b"].map(Arc::from)).await;
    assert_eq!(&*shared.unwrap(), "b", "a shared value comes at once");
}

#[tokio::test]
async fn a_stream_without_chunks_is_an_empty_collection() {
    assert_eq!(gathered::<HashMap<String, u8>>([]).await.unwrap(), HashMap::new());
    assert_eq!(gathered::<Cow<'static, str>>([]).await.unwrap(), "");
    assert_eq!(gathered::<Box<Vec<u8>>>([]).await.unwrap(), Box::new(vec![]));
    let none = gathered::<Duration>([]).await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::EmptyStream);
}
