//! Values that nobody expects, in JSON, in TOML and in plain text.

use crate::Draw;

/// Names of texts that are too long to be written out.
const LONG: &str = "@long";
const LONG_STRING: &str = "@long-string";
const DEEP: &str = "@deep";
const MANY: &str = "@many";

/// Bytes of a long text.
const LONG_SIZE: usize = 10 << 20;
/// Brackets of a deep one.
const DEEP_SIZE: usize = 200_000;
/// Members of a list of many.
const MANY_SIZE: usize = 100_000;

const NUMBERS: [&str; 34] = [
    "0",
    "-0.0",
    "1",
    "2",
    "3",
    "-1",
    "-2",
    "0.5",
    "1.5",
    "-0.5",
    "0.999999999999",
    "1e-320",
    "1e-12",
    "1e6",
    "1e15",
    "1e308",
    "-1e308",
    "1e999",
    "-1e999",
    "255",
    "256",
    "65536",
    "1000000",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "1152921504606846976",
    "4611686018427387904",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];

const TEXTS: [&str; 24] = [
    "",
    " ",
    "\t",
    "-",
    "0",
    "1",
    "x",
    "null",
    "nan",
    "[PAD]",
    "[UNK]",
    "</s>",
    "@@",
    "</w>",
    "..",
    "../x",
    "/",
    "a/b",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\u{1f600}",
    "e\u{301}",
    "##",
];

const JSON_ONLY: [&str; 16] = [
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[null]",
    "[[]]",
    "[1, 2]",
    "{\"a\": 1}",
    "NaN",
    "Infinity",
    "-Infinity",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "1.",
    "'x'",
];

const TOML_ONLY: [&str; 16] = [
    "nan",
    "inf",
    "-inf",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    "[1, 2]",
    "[\"a\", 1]",
    "{ a = 1 }",
    "1979-05-27",
    "0x7fffffffffffffff",
    "-9223372036854775808",
    "\"\"\"",
    "\"\\u0000\"",
];

/// A text with the names of long ones spelled out.
pub(crate) fn expanded(text: &str) -> Vec<u8> {
    match text {
        LONG => vec![b'a'; LONG_SIZE],
        LONG_STRING => [&b"\""[..], &vec![b'a'; LONG_SIZE], b"\""].concat(),
        DEEP => vec![b'['; DEEP_SIZE],
        MANY => {
            let mut list = vec![b'['];
            list.extend(b"0,".repeat(MANY_SIZE));
            list.extend(b"0]");
            list
        }
        _ => text.as_bytes().to_vec(),
    }
}

fn pick(draw: &mut Draw, from: &[&str]) -> String {
    draw.one(from).copied().unwrap_or_default().to_owned()
}

/// A number near another one.
fn near(draw: &mut Draw, value: &str) -> Option<String> {
    if let Ok(number) = value.parse::<i128>() {
        let near = [
            number.wrapping_add(1),
            number.wrapping_sub(1),
            number.wrapping_neg(),
            number.wrapping_mul(2),
            number / 2,
            number.wrapping_mul(1000),
            number.wrapping_mul(number),
        ];
        return draw.one(&near).map(i128::to_string);
    }
    let number: f64 = value.parse().ok()?;
    let near = [
        -number,
        number + 1.0,
        1.0 - number,
        number * 1e6,
        1.0 / number,
        number.round(),
    ];
    draw.one(&near).map(f64::to_string)
}

/// A value in place of one of a JSON text.
pub(crate) fn json(draw: &mut Draw, value: &str) -> String {
    match draw.below(100) {
        0 => LONG_STRING.to_owned(),
        1 => DEEP.to_owned(),
        2 => MANY.to_owned(),
        3..20 => near(draw, value).unwrap_or_else(|| pick(draw, &NUMBERS)),
        20..55 => pick(draw, &NUMBERS),
        55..75 => serde_json::Value::from(pick(draw, &TEXTS)).to_string(),
        _ => pick(draw, &JSON_ONLY),
    }
}

/// A value in place of one of a TOML text.
pub(crate) fn toml(draw: &mut Draw, value: &str) -> String {
    let value = match draw.below(100) {
        0 => LONG_STRING.to_owned(),
        1 => DEEP.to_owned(),
        2 => MANY.to_owned(),
        3..25 => near(draw, value.trim()).unwrap_or_else(|| pick(draw, &NUMBERS)),
        25..55 => pick(draw, &NUMBERS),
        55..75 => serde_json::Value::from(pick(draw, &TEXTS)).to_string(),
        _ => pick(draw, &TOML_ONLY),
    };
    if value.starts_with('@') {
        value
    } else {
        format!(" {value}")
    }
}

/// A text in place of a line or a field.
pub(crate) fn text(draw: &mut Draw, value: &str) -> String {
    match draw.below(100) {
        0 => LONG.to_owned(),
        1..30 => near(draw, value).unwrap_or_else(|| pick(draw, &NUMBERS)),
        30..50 => pick(draw, &NUMBERS),
        50..65 => pick(draw, &JSON_ONLY),
        _ => pick(draw, &TEXTS),
    }
}
