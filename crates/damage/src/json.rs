//! The values of a JSON text by their places in it, so that one can be changed and the rest keeps its bytes.

use std::ops::Range;

/// A value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it stands: keys and positions from the root, as RFC 6901 writes them.
    pub pointer: String,
    /// Its bytes.
    pub value: Range<usize>,
    /// Its key with the quotes, in an object.
    pub key: Option<Range<usize>>,
    /// All that makes it a member of its object or array, without commas.
    pub member: Range<usize>,
}

/// Values within values, at most; a text may have been damaged by nesting before.
const DEEPEST: usize = 100;

/// Every value of a text, the root first; those up to the first mistake where it is no JSON.
pub fn parts(text: &[u8]) -> Vec<Part> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        parts: Vec::new(),
    };
    reader.space();
    let start = reader.at;
    // A mistake ends the list.
    let _ = reader.value(String::new(), None, start);
    reader.parts
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    parts: Vec<Part>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn value(&mut self, pointer: String, key: Option<Range<usize>>, member: usize) -> Option<()> {
        let (number, start) = (self.parts.len(), self.at);
        self.parts.push(Part {
            pointer: pointer.clone(),
            value: start..start,
            key,
            member: member..start,
        });
        if self.depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'{' => self.members(&pointer, b'}', true)?,
            b'[' => self.members(&pointer, b']', false)?,
            b'"' => {
                self.string()?;
            }
            _ => {
                let ends = |byte: u8| byte.is_ascii_whitespace() || b",]}:\"[{".contains(&byte);
                while self.peek().is_some_and(|byte| !ends(byte)) {
                    self.at += 1;
                }
                (self.at > start).then_some(())?;
            }
        }
        self.parts[number].value.end = self.at;
        self.parts[number].member.end = self.at;
        Some(())
    }

    fn members(&mut self, pointer: &str, end: u8, keyed: bool) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        for position in 0.. {
            self.space();
            if self.peek()? == end {
                self.at += 1;
                self.depth -= 1;
                break;
            }
            let member = self.at;
            let (name, key) = if keyed {
                let key = self.string()?;
                let name = escaped(&self.text[key.start + 1..key.end - 1]);
                self.space();
                (self.peek()? == b':').then_some(())?;
                self.at += 1;
                self.space();
                (name, Some(key))
            } else {
                (position.to_string(), None)
            };
            self.value(format!("{pointer}/{name}"), key, member)?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        (self.peek()? == b'"').then_some(())?;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at)
    }
}

/// A key as a pointer has it; what stands between its quotes is taken as it is.
fn escaped(key: &[u8]) -> String {
    String::from_utf8_lossy(key).replace('~', "~0").replace('/', "~1")
}

/// The text without a member, and without the comma that it no longer needs.
pub fn without(text: &[u8], part: &Part) -> Vec<u8> {
    let Range { mut start, mut end } = part.member;
    let space = |byte: &u8| byte.is_ascii_whitespace();
    let after = text[end..].iter().take_while(|byte| space(byte)).count();
    let before = text[..start].iter().rev().take_while(|byte| space(byte)).count();
    if text.get(end + after) == Some(&b',') {
        end += after + 1;
    } else if before < start && text[start - before - 1] == b',' {
        start -= before + 1;
    }
    [&text[..start], &text[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#" {"a": [1, {"b/c": "x\"]"}], "d~": -2.5e3, "e": {} } "#;

    fn found(pointer: &str) -> Part {
        let found = parts(TEXT).into_iter().find(|part| part.pointer == pointer);
        found.unwrap()
    }

    #[test]
    fn every_value_has_its_place() {
        let parts = parts(TEXT);
        let pointers: Vec<&str> = parts.iter().map(|part| part.pointer.as_str()).collect();
        assert_eq!(pointers, ["", "/a", "/a/0", "/a/1", "/a/1/b~1c", "/d~0", "/e"]);
        let text = |range: &Range<usize>| std::str::from_utf8(&TEXT[range.clone()]).unwrap();
        assert_eq!(text(&found("/a/1/b~1c").value), r#""x\"]""#);
        assert_eq!(text(&found("/d~0").value), "-2.5e3");
        assert_eq!(text(&found("/e").member), r#""e": {}"#);
        assert_eq!(text(&found("/a/1").value), r#"{"b/c": "x\"]"}"#);
    }

    #[test]
    fn a_member_goes_with_its_comma() {
        for (pointer, left) in [
            ("/a", r#" { "d~": -2.5e3, "e": {} } "#),
            ("/e", r#" {"a": [1, {"b/c": "x\"]"}], "d~": -2.5e3 } "#),
            ("/a/0", r#" {"a": [ {"b/c": "x\"]"}], "d~": -2.5e3, "e": {} } "#),
        ] {
            assert_eq!(String::from_utf8(without(TEXT, &found(pointer))).unwrap(), left);
        }
    }

    #[test]
    fn what_is_no_json_has_the_parts_before_the_mistake() {
        assert_eq!(parts(b"").len(), 1);
        assert_eq!(parts(b"[1, 2").len(), 3);
        assert_eq!(parts(br#"{"a" 1}"#).len(), 1);
        assert_eq!(parts(br#"["a"#).len(), 2);
    }
}
