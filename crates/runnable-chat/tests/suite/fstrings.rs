//! Python's format specifications in templates. The expected texts were written by Python 3.11.

use futures::executor::block_on;
use proptest::prelude::*;
use runnable_chat::prelude::*;
use serde_json::{Value, json};

fn filled(template: &str, value: Value) -> Result<String> {
    Ok(block_on(prompt(template).invoke(dict! { x: value }))?.text().into_owned())
}

#[test]
fn formats_give_the_same_text_as_in_python() {
    for (template, value, expected) in [
        ("{x:5}", json!(7), "    7"),
        ("{x:>5}", json!(7), "    7"),
        ("{x:^7}", json!(-7), "  -7   "),
        ("{x:*^9}", json!(7), "****7****"),
        ("{x:+}", json!(7), "+7"),
        ("{x: d}", json!(7), " 7"),
        ("{x:=+8}", json!(-7), "-      7"),
        ("{x:#x}", json!(255), "0xff"),
        ("{x:#X}", json!(255), "0XFF"),
        ("{x:b}", json!(7), "111"),
        ("{x:#o}", json!(7), "0o7"),
        ("{x:08b}", json!(7), "00000111"),
        ("{x:#010x}", json!(255), "0x000000ff"),
        ("{x:,}", json!(1234567), "1,234,567"),
        ("{x:_}", json!(1234567), "1_234_567"),
        ("{x:010,}", json!(1234), "00,001,234"),
        ("{x:09,}", json!(1234), "0,001,234"),
        ("{x:_b}", json!(255), "1111_1111"),
        ("{x:#018_b}", json!(255), "0b0_0000_1111_1111"),
        ("{x:c}", json!(97), "a"),
        ("{x:5c}", json!(97), "    a"),
        ("{x:05c}", json!(97), "0000a"),
        ("{x:*<5c}", json!(97), "a****"),
        ("{x:.2e}", json!(1234), "1.23e+03"),
        ("{x:%}", json!(7), "700.000000%"),
        ("{x:.1%}", json!(7), "700.0%"),
        ("{x:<05}", json!(7), "70000"),
        ("{x:+020,}", json!(1234567), "+000,000,001,234,567"),
        ("{x:}", json!(1.5), "1.5"),
        ("{x:10}", json!(1.5), "       1.5"),
        ("{x:010}", json!(-1.5), "-0000001.5"),
        ("{x:+.2f}", json!(0.5), "+0.50"),
        ("{x:.0f}", json!(2.5), "2"),
        ("{x:#.0f}", json!(2.0), "2."),
        ("{x:.2f}", json!(2.675), "2.67"),
        ("{x:,.2f}", json!(1234567.891), "1,234,567.89"),
        ("{x:012,.2f}", json!(1234.5), "0,001,234.50"),
        ("{x:e}", json!(1234.5), "1.234500e+03"),
        ("{x:.0e}", json!(1e-05), "1e-05"),
        ("{x:.3E}", json!(1e+22), "1.000E+22"),
        ("{x:g}", json!(123456789.0), "1.23457e+08"),
        ("{x:.3g}", json!(0.0001), "0.0001"),
        ("{x:#.3g}", json!(1.0), "1.00"),
        ("{x:G}", json!(1e-07), "1E-07"),
        ("{x:.0%}", json!(0.256), "26%"),
        ("{x:.3}", json!(123.0), "1.23e+02"),
        ("{x:.1}", json!(12.0), "1e+01"),
        ("{x:.10}", json!(0.1), "0.1"),
        ("{x:,}", json!(1e+16), "1e+16"),
        ("{x:z.0f}", json!(-0.25), "0"),
        ("{x:n}", json!(1.5), "1.5"),
        ("{x:=+12.3f}", json!(2.5437), "+      2.544"),
        ("{x:10}", json!("abc"), "abc       "),
        ("{x:>8}", json!("abc"), "     abc"),
        ("{x:^9}", json!("héllo"), "  héllo  "),
        ("{x:*^9}", json!("abc"), "***abc***"),
        ("{x:.2}", json!("日本語"), "日本"),
        ("{x:10.2}", json!("abc"), "ab        "),
        ("{x:05}", json!("abc"), "abc00"),
        ("{x:>05}", json!("abc"), "00abc"),
        ("{x:é>7}", json!("abc"), "ééééabc"),
        ("{x!r}", json!("it's"), "\"it's\""),
        ("{x!r}", json!("both ' and \""), "'both \\' and \"'"),
        ("{x!a}", json!("héllo\n"), "'h\\xe9llo\\n'"),
        ("{x!r:>12}", json!("abc"), "       'abc'"),
        ("{x!s:^9}", json!("abc"), "   abc   "),
        ("{x!r}", json!("\u{200b}\u{a0}e\u{301}😀"), "'\\u200b\\xa0e\u{301}😀'"),
        ("{x!r}", json!(null), "None"),
        ("{x!r}", json!(true), "True"),
        ("{x!r}", json!(1e+16), "1e+16"),
        ("{x!r}", json!({"a": [true, "x"]}), "{'a': [True, 'x']}"),
        ("{x!r}", json!(-2.0), "-2.0"),
    ] {
        let text = filled(template, value.clone()).unwrap();
        assert_eq!(text, expected, "{template} with {value}");
    }
}

#[test]
fn a_format_that_does_not_fit_its_value_is_an_error() {
    for (template, value, reason) in [
        ("{x:.2f}", json!("1"), "the type `f` needs a number, found text"),
        ("{x:d}", json!(1.5), "the type `d` needs an integer"),
        ("{x:.2}", json!(1), "a precision needs the type `f`"),
        ("{x:=9}", json!("a"), "the alignment `=` needs a number"),
        ("{x:+}", json!("a"), "need a number, found text"),
        ("{x:,x}", json!(1), "does not support this separator"),
        ("{x:c}", json!(-1), "-1 is not a character"),
        ("{x:5}", json!([1]), "cannot format a list"),
        ("{x:5}", json!({"a": 1}), "cannot format an object"),
        ("{x:5}", Value::Null, "cannot format null"),
        ("{x:s}", json!(1), "the type `s` needs text"),
    ] {
        let error = filled(template, value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("invalid value for variable `{x}`"), "{error}");
        assert!(error.message().contains(reason), "{template}: {error}");
    }
}

#[test]
fn an_invalid_format_is_an_error_of_the_template() {
    for (template, reason) in [
        ("{x:q}", "unexpected `q` in `q`"),
        ("{x:{width}}", "nested variables are not supported"),
        ("{x:99999999999999999999}", "is too large"),
        ("{x:.}", "expected a precision"),
        ("{x!}", "invalid conversion `!`"),
        ("{x!rr}", "invalid conversion `!rr`"),
    ] {
        let error = prompt(template).check().unwrap_err();
        assert!(error.message().contains(reason), "{template}: {error}");
    }
}

#[test]
fn a_boolean_is_text_unless_the_format_is_for_numbers() {
    assert_eq!(filled("{x}|{x:>6}|{x:d}", json!(true)).unwrap(), "true|  true|1");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A value is never read as a template, whatever its text and its format are.
    #[test]
    fn a_formatted_text_keeps_its_characters(text in r"[{}a-z!:é ]{0,12}", width in 0_usize..20) {
        let filled = filled(&format!("{{x:<{width}}}|"), json!(text.clone())).unwrap();
        let padding = " ".repeat(width.saturating_sub(text.chars().count()));
        prop_assert_eq!(filled, format!("{text}{padding}|"));
    }

    #[test]
    fn no_format_makes_a_template_panic(
        format in r"[<>=^*+ z#0,_.1-9bcdeEfFgGnosxX%!é]{0,8}", number: f64, integer: i64,
    ) {
        for value in [json!(number), json!(integer), json!("text"), json!(false)] {
            let _ = filled(&format!("{{x:{format}}}"), value);
        }
    }
}
