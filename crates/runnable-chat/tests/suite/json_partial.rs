//! JSON that is deserialized while it grows.

use futures::{FutureExt, StreamExt, stream};
use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{parser::json_partial, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cuts::{answer, chunks_of, cut, letters, merged, whole};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Order {
    customer: String,
    items: Vec<Item>,
    paid: Option<bool>,
    size: Option<Size>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    name: String,
    count: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Large,
}

fn item(name: &str, count: u8) -> Item {
    Item { name: name.into(), count }
}

fn orders(pieces: &[&str]) -> Vec<Order> {
    let chunks = chunks_of(&json_partial::<Order>(), pieces.iter().copied()).unwrap();
    chunks.into_iter().map(|AtOnce(order)| order).collect()
}

#[test]
fn fields_are_known_as_soon_as_they_start() {
    let orders = orders(&[r#"{"customer": "A"#, r#"da", "pa"#, r#"id": tr"#, "ue}"]);
    let customers: Vec<_> = orders.iter().map(|order| order.customer.as_str()).collect();
    assert_eq!(customers, ["A", "Ada", "Ada", "Ada"]);
    assert_eq!(orders[1].paid, None);
    assert_eq!(orders[2].paid, Some(true));
}

#[test]
fn an_item_is_left_out_until_its_required_fields_are_known() {
    let orders = orders(&[
        r#"{"items": [{"na"#,
        r#"me": "tea""#,
        r#", "count": 2"#,
        r#"5}, {"name": "mi"#,
        r#"lk", "count": 1}"#,
        "]}",
    ]);
    let items: Vec<_> = orders.into_iter().map(|order| order.items).collect();
    let complete = vec![item("tea", 25), item("milk", 1)];
    let expected =
        [vec![], vec![item("tea", 2)], vec![item("tea", 25)], complete.clone(), complete];
    assert_eq!(items, expected);
}

#[test]
fn a_value_is_left_out_until_it_fits_its_type() {
    let orders = orders(&[r#"{"customer": "Ada", "size": "la"#, r#"rge", "#, r#""paid": false}"#]);
    let sizes: Vec<_> = orders.iter().map(|order| order.size.clone()).collect();
    assert_eq!(sizes, [None, Some(Size::Large), Some(Size::Large), Some(Size::Large)]);
    assert!(orders.iter().all(|order| order.customer == "Ada"));
}

#[test]
fn a_list_and_a_scalar_can_grow() {
    let lists = chunks_of(&json_partial::<Vec<u8>>(), ["[1", "2, 3", "]"]).unwrap();
    assert_eq!(lists, [AtOnce(vec![1]), AtOnce(vec![12, 3]), AtOnce(vec![12, 3])]);
    let numbers = chunks_of(&json_partial::<u8>(), ["4", "2"]).unwrap();
    assert_eq!(numbers, [AtOnce(42)]);
}

#[test]
fn the_complete_value_must_fit_its_type() {
    let error = whole(&json_partial::<Item>(), r#"{"name": "tea"}"#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("missing field `count`"), "{error}");
    let streamed = merged(&json_partial::<Item>(), [r#"{"name": "#, r#""tea"}"#]).unwrap_err();
    assert_eq!(streamed.message(), error.message());

    let error = merged(&json_partial::<Order>(), [r#"{"customer": "A"#]).unwrap_err();
    assert!(error.message().contains("unterminated string"), "{error}");
    let known: AtOnce<Order> = error.partial().unwrap();
    assert_eq!(known.0.customer, "A");
}

#[test]
fn a_chunk_is_yielded_before_the_answer_ends() {
    let pieces = answer([r#"{"customer": "A"#]).chain(stream::pending());
    let mut call = json_partial::<Order>().transform(pieces);
    let AtOnce(order) = call.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(order.customer, "A");
    assert!(call.next().now_or_never().is_none());
}

#[test]
fn chunks_of_a_long_answer_are_less_frequent() {
    let text = json!({"customer": "a".repeat(6_400)}).to_string();
    let chunks = chunks_of(&json_partial::<Order>(), letters(&text)).unwrap();
    // 1/64 of growth for each chunk: about 64 · ln(6,400 / 64) chunks after the first 64.
    assert!((250..450).contains(&chunks.len()), "{} chunks", chunks.len());
    assert_eq!(chunks.last().unwrap().0.customer.len(), 6_400);
}

fn an_order() -> impl Strategy<Value = Order> {
    let item = ("[a-z\"\\\\é]{0,4}", any::<u8>()).prop_map(|(name, count)| Item { name, count });
    let size = prop::option::of(prop::sample::select(vec![Size::Small, Size::Large]));
    let parts = (".{0,6}", vec(item, 0..4), any::<Option<bool>>(), size);
    parts.prop_map(|(customer, items, paid, size)| Order { customer, items, paid, size })
}

/// Returns whether `known` can be an earlier state of `order`.
fn can_become(known: &Order, order: &Order) -> bool {
    let complete = known.items.len().saturating_sub(1);
    order.customer.starts_with(&known.customer)
        && known.items.len() <= order.items.len()
        && known.items[..complete] == order.items[..complete]
        && known.items.iter().zip(&order.items).all(|(known, item)| known.name == item.name)
        && (known.paid.is_none() || known.paid == order.paid)
        && (known.size.is_none() || known.size == order.size)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_lead_to_the_value_for_any_chunk_boundaries(
        order in an_order(), pretty: bool, places in vec(any::<Index>(), 0..16),
    ) {
        let text = if pretty {
            serde_json::to_string_pretty(&order).unwrap()
        } else {
            serde_json::to_string(&order).unwrap()
        };
        let pieces = cut(&text, &places);
        for AtOnce(known) in chunks_of(&json_partial::<Order>(), pieces.clone()).unwrap() {
            prop_assert!(can_become(&known, &order), "{known:?} in {text}");
        }
        prop_assert_eq!(merged(&json_partial(), pieces).unwrap(), AtOnce(order.clone()));
        prop_assert_eq!(whole(&json_partial(), &text).unwrap(), AtOnce(order));
    }
}
