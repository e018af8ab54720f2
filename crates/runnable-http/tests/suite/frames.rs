//! Decoders split bytes into frames, independently of chunk boundaries.

use proptest::prelude::*;
use runnable_http::{Bytes, Decoder, Frame, FrameError, NdjsonDecoder, SseDecoder};

/// Everything that a caller can read of a frame.
#[derive(Debug, PartialEq)]
struct Seen {
    event: Option<String>,
    data: String,
    id: Option<String>,
    complete: bool,
    bare: bool,
}

fn seen(frame: Frame) -> Seen {
    Seen {
        event: frame.event().map(str::to_owned),
        data: frame.data().to_owned(),
        id: frame.id().map(str::to_owned),
        complete: frame.is_complete(),
        bare: frame.is_bare(),
    }
}

fn decode<D: Decoder<Frame = Frame>>(
    mut decoder: D,
    pieces: impl IntoIterator<Item = Bytes>,
) -> Result<Vec<Seen>, FrameError> {
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(frame) = decoder.next() {
            frames.push(seen(frame?));
        }
    }
    decoder.finish();
    while let Some(frame) = decoder.next() {
        frames.push(seen(frame?));
    }
    Ok(frames)
}

fn sse(text: impl AsRef<[u8]>) -> Vec<Seen> {
    decode(SseDecoder::new(), [Bytes::copy_from_slice(text.as_ref())]).unwrap()
}

fn data(frames: Vec<Seen>) -> Vec<String> {
    frames.into_iter().map(|frame| frame.data).collect()
}

/// Checks that the frames are the same if the bytes are cut in two at each position, and if they
/// arrive one by one.
fn assert_independent_of_chunks<D: Decoder<Frame = Frame>>(decoder: fn() -> D, bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let whole = decode(decoder(), [bytes.clone()]);
    for at in 0..=bytes.len() {
        let halves = [bytes.slice(..at), bytes.slice(at..)];
        assert_eq!(decode(decoder(), halves), whole, "cut after byte {at}");
    }
    let single = (0..bytes.len()).map(|at| bytes.slice(at..=at));
    assert_eq!(decode(decoder(), single), whole);
    // All bytes at once, read only after the end.
    let mut unread = decoder();
    (0..bytes.len()).for_each(|at| unread.push(bytes.slice(at..=at)));
    assert_eq!(decode(unread, []), whole);
}

#[test]
fn an_event_has_a_type_an_id_and_lines_of_data() {
    let frames = sse("event: add\nid: 7\ndata: one\ndata:two\ndata:  three\n\ndata: next\n\n");
    let id = Some("7".to_owned());
    assert_eq!(
        frames,
        [
            Seen {
                event: Some("add".into()),
                data: "one\ntwo\n three".into(),
                id: id.clone(),
                complete: true,
                bare: false
            },
            Seen { event: None, data: "next".into(), id, complete: true, bare: false },
        ]
    );
}

#[test]
fn lines_end_in_lf_cr_or_both() {
    for end in ["\n", "\r", "\r\n"] {
        let text = ["data: a", "data: b", "", "data: c", "", ""].join(end);
        assert_eq!(data(sse(&text)), ["a\nb", "c"], "{end:?}");
    }
    assert_eq!(data(sse("data: a\r\n\rdata: b\n\r\n")), ["a", "b"]);
}

#[test]
fn an_event_ending_in_cr_does_not_wait_for_lf() {
    let mut decoder = SseDecoder::new();
    decoder.push("data: a\r\r".into());
    assert_eq!(decoder.next().unwrap().unwrap().data(), "a");
    decoder.push("\ndata: b\r\r".into());
    assert_eq!(decoder.next().unwrap().unwrap().data(), "b");
}

#[test]
fn comments_and_unknown_fields_are_ignored() {
    assert_eq!(data(sse("\u{feff}data: a\n\n: keep alive\n\ncolor: red\ndata: b\n\n")), ["a", "b"]);
    assert_eq!(data(sse("data: \u{feff}\n\n")), ["\u{feff}"], "a mark inside is text");
}

#[test]
fn an_event_requires_data_which_may_be_empty() {
    assert_eq!(data(sse("event: ping\n\ndata\n\ndata:\ndata:\n\n")), ["", "\n"]);
    assert_eq!(sse("event: a\n\ndata: b\n\n")[0].event, None, "the type goes with its event");
}

#[test]
fn retry_must_be_digits_only() {
    let mut decoder = SseDecoder::new();
    decoder.push("retry: 1500\nretry: soon\nretry:\nretry: +3\n\n".into());
    assert!(decoder.next().is_none());
    assert_eq!(decoder.retry(), Some(std::time::Duration::from_millis(1500)));
}

#[test]
fn an_unterminated_event_is_yielded_as_incomplete() {
    for text in
        ["data: a\n\ndata: [DONE]", "data: a\n\ndata: [DONE]\n", "data: a\n\ndata: [DONE]\r"]
    {
        let frames = sse(text);
        let complete: Vec<_> = frames.iter().map(|frame| frame.complete).collect();
        assert_eq!(complete, [true, false]);
        assert_eq!(data(frames), ["a", "[DONE]"]);
    }
}

#[test]
fn json_outside_events_is_a_bare_frame() {
    let frames = sse("data: a\n\n{\n  \"error\": {\n    \"code\": 499\n  }\n}\n");
    assert!(!frames[0].bare && frames[1].bare);
    let value: serde_json::Value = serde_json::from_str(&frames[1].data).unwrap();
    assert_eq!(value["error"]["code"], 499);
    assert_eq!(data(sse("{\"a\":1}\n\ndata: b\n\n")), ["{\"a\":1}", "b"]);
    assert_eq!(data(sse("data: a\n{}: 1\n\n")), ["a"], "within an event it is an unknown field");
}

#[test]
fn truncated_and_invalid_frames_are_distinguished() {
    let kind = |text: &'static str| {
        let mut decoder = SseDecoder::new();
        decoder.push(text.into());
        decoder.finish();
        decoder.next().unwrap().unwrap().json::<serde_json::Value>().unwrap_err().kind()
    };
    assert_eq!(kind("data: {\"a\":\n\n"), runnable_core::ErrorKind::Parse);
    assert_eq!(kind("data: {\"a\":"), runnable_core::ErrorKind::Connection);
}

#[test]
fn invalid_utf8_is_the_last_item() {
    let mut decoder = SseDecoder::new();
    decoder.push(Bytes::from_static(b"data: a\n\ndata: b\xFFc\n\ndata: d\n\n"));
    assert_eq!(decoder.next().unwrap().unwrap().data(), "a");
    let error = decoder.next().unwrap().unwrap_err();
    assert!(matches!(&error, FrameError::NotUtf8 { at: 1, shown, .. } if shown == "b\u{fffd}c"));
    assert!(decoder.next().is_none());

    let mut decoder = NdjsonDecoder::new();
    decoder.push(Bytes::from_static(b"1\n\"\xC3\"\n2\n"));
    assert_eq!(decoder.next().unwrap().unwrap().data(), "1");
    assert!(decoder.next().unwrap().is_err());
    assert!(decoder.next().is_none());
}

#[test]
fn the_frame_limit_applies_to_many_and_endless_lines() {
    fn assert_limited<D: Decoder<Frame = Frame>>(mut decoder: D, fits: &str, exceeds: &str) {
        decoder.set_limit(10);
        decoder.push(Bytes::copy_from_slice(fits.as_bytes()));
        decoder.next().unwrap().unwrap();
        decoder.push(Bytes::copy_from_slice(exceeds.as_bytes()));
        assert_eq!(
            decoder.next().unwrap().unwrap_err().to_string(),
            "frame exceeds 10 bytes; raise the limit with `max_frame` if this is expected"
        );
        assert!(decoder.next().is_none());
    }
    assert_limited(SseDecoder::new(), "data: 1234\n\n", "data: 12345");
    assert_limited(SseDecoder::new(), "data: 1\n\n", "data:1234\ndata:1234\ndata:1234\n\n");
    assert_limited(NdjsonDecoder::new(), "1234567890\n", "12345678901");
}

/// A decoder that searched the whole line again for each byte would take minutes.
#[test]
fn a_long_line_byte_by_byte_takes_linear_time() {
    let byte = Bytes::from_static(b"a");
    let mut decoder = SseDecoder::new();
    decoder.push("data: ".into());
    for _ in 0..4 << 20 {
        decoder.push(byte.clone());
        assert!(decoder.next().is_none());
    }
    decoder.push("\n\n".into());
    assert_eq!(decoder.next().unwrap().unwrap().data().len(), 4 << 20);
}

#[test]
fn data_within_one_chunk_is_not_copied() {
    let piece = Bytes::from("data: one\n\ndata: two\n\n".to_owned());
    let inside = piece.as_ptr_range();
    let mut decoder = SseDecoder::new();
    decoder.push(piece.clone());
    while let Some(frame) = decoder.next() {
        assert!(inside.contains(&frame.unwrap().data().as_ptr()));
    }
}

#[test]
fn ndjson_has_one_frame_per_line_that_is_not_blank() {
    let decoded =
        decode(NdjsonDecoder::new(), ["\u{feff}{\"a\":1}\r\n\n  \n {\"b\":2} \n[3]".into()]);
    let frames = decoded.unwrap();
    let complete: Vec<_> = frames.iter().map(|frame| frame.complete).collect();
    assert_eq!(complete, [true, true, false]);
    assert_eq!(data(frames), ["{\"a\":1}", "{\"b\":2}", "[3]"]);
}

/// Generates text that a decoder is likely to split incorrectly.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just("data: ".to_owned()),
        Just("data".to_owned()),
        Just("event: é\n".to_owned()),
        Just("id: 1\r".to_owned()),
        Just(": 🦀\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\r\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("{\"a\": [\n".to_owned()),
        "[a-z:é🦀 ]{0,5}",
    ];
    let bytes = prop_oneof![
        30 => part.prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 1..3),
    ];
    proptest::collection::vec(bytes, 0..20).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn events_do_not_depend_on_chunk_boundaries(bytes in stream()) {
        assert_independent_of_chunks(SseDecoder::new, &bytes);
    }

    #[test]
    fn lines_do_not_depend_on_chunk_boundaries(bytes in stream()) {
        assert_independent_of_chunks(NdjsonDecoder::new, &bytes);
    }

    #[test]
    fn written_events_are_read_back(
        written in proptest::collection::vec("[^\r]{0,12}", 0..8),
        end in prop_oneof![Just("\n"), Just("\r"), Just("\r\n")],
    ) {
        let mut text = String::new();
        for data in &written {
            for line in data.split('\n') {
                text += &format!("data: {line}{end}");
            }
            text += end;
        }
        prop_assert_eq!(data(sse(&text)), written);
    }
}
