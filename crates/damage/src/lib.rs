//! Damages files as disks, transfers, programs and people do, and sees what becomes of their readers; for tests only.
//!
//! A [`Change`] is drawn from a seed for a file of a [`Kind`], and has a text form, so that a case once found stays in a
//! list whatever is drawn later. A [`Campaign`] is many such cases: a fixed number of them in the test suite, as many as
//! time allows in a long run.

#![allow(clippy::panic, reason = "a test fails by it")]

mod archive;
mod bytes;
mod campaign;
mod change;
mod draw;
mod json;
mod kind;
mod layer;
mod odd;
mod parts;
mod watchdog;
mod words;

pub use bytes::{ByteChange, Whole};
pub use campaign::{Campaign, Case, Files, files_of};
pub use change::Change;
pub use draw::Draw;
pub use kind::Kind;
pub use layer::{Layer, packed};
pub use parts::{JsonChange, LineChange};

#[cfg(test)]
mod tests {
    use std::path::Path;

    use files::Sha256;

    use super::*;

    fn files() -> Vec<(&'static str, Vec<u8>)> {
        let header = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
        let weights = [&(header.len() as u64).to_le_bytes(), &header[..], &[0; 4]].concat();
        let mut tar = vec![0; 512];
        tar[..3].copy_from_slice(b"a/b");
        tar[124..136].copy_from_slice(b"00000000005\0");
        tar.extend(b"one\nt");
        tar.resize(512 * 4, 0);
        vec![
            ("x.toml", b"a = 1\n[b]\nc = \"d\"\n".to_vec()),
            ("x.json", br#"{"a": [1, 2.5, "x"], "b": null}"#.to_vec()),
            ("x.jsonl", b"{\"a\": 1}\n{\"a\": 2}\n".to_vec()),
            (
                "result.json",
                br#"{"checksum": "x", "result": {"a": 1}}"#.to_vec(),
            ),
            ("x.safetensors", weights),
            ("x.tsv.gz", packed(b"a\tb\n1\t2\n")),
            ("x.tgz", packed(&tar)),
            ("x.txt", b"one two\nthree\n".to_vec()),
            ("empty.txt", Vec::new()),
        ]
    }

    /// A change means the same when it is read from its text form, and most changes change something.
    #[test]
    fn changes_are_drawn_written_and_read() {
        for (name, bytes) in files() {
            let mut changed = 0;
            for seed in 0..300 {
                let change = Kind::of(Path::new(name)).change(&bytes, &mut Draw::new(seed));
                let text = change.to_string();
                assert!(!text.contains('\n'), "{text}");
                let again: Change = text.parse().unwrap();
                assert_eq!(again, change, "{name} {text}");
                changed += usize::from(change.of(&bytes) != bytes);
            }
            assert!(changed > 150, "{name}: {changed}");
        }
    }

    #[test]
    fn what_is_packed_is_packed_again() {
        let change = |text: &str, bytes: &[u8]| text.parse::<Change>().unwrap().of(bytes);
        let files = files();
        let of = |name: &str| files.iter().find(|(other, _)| *other == name).unwrap().1.clone();
        let gz = change("gzip line 2 field 1 \"7\"", &of("x.tsv.gz"));
        assert_eq!(Layer::Gzip.inside(&gz).unwrap(), b"a\tb\n7\t2\n");
        let weights = change("header json \"/a/shape/0\" put \"77\"", &of("x.safetensors"));
        let header = Layer::Header.inside(&weights).unwrap();
        assert_eq!(
            header,
            br#"{"a":{"dtype":"F32","shape":[77],"data_offsets":[0,4]}}"#
        );
        let tgz = change("gzip member 0 line 1 put \"another text\"", &of("x.tgz"));
        let tar = Layer::Gzip.inside(&tgz).unwrap();
        assert_eq!(Layer::Member(0).inside(&tar).unwrap(), b"another text\nt");
        assert_eq!(tar.len() % 512, 0);
        let result = change("sealed json \"/result/a\" put \"2\"", &of("result.json"));
        let sum = Sha256::of(b"{\"a\":2}").hex();
        let text = String::from_utf8(result).unwrap();
        assert_eq!(
            text,
            format!("{{\"checksum\": \"{sum}\", \"result\": {{\"a\": 2}}}}")
        );
    }

    #[test]
    fn a_case_fits_a_shorter_file() {
        for text in [
            "flip 99 9",
            "put 7 0011",
            "cut 50 3",
            "exchange 9 1 4",
            "copy 8 9 77",
            "truncate 5",
            "line 9 drop",
        ] {
            for bytes in [&b""[..], b"a", b"ab\n"] {
                text.parse::<Change>().unwrap().of(bytes);
            }
        }
    }
}
