//! Reads the text form of a change, word by word.

use std::str::FromStr;

/// What is left of a text.
pub(crate) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text.trim() }
    }

    /// All that is left.
    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(crate) fn word(&mut self) -> Result<&'a str, String> {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        if word.is_empty() {
            return Err("the text ends too early".to_owned());
        }
        Ok(word)
    }

    pub(crate) fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("`{word}` is no number"))
    }

    /// Bytes in hexadecimal digits.
    pub(crate) fn hex(&mut self) -> Result<Vec<u8>, String> {
        let word = self.word()?;
        let digits = word.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        digits
            .map(byte)
            .collect::<Option<_>>()
            .ok_or_else(|| format!("`{word}` is no hexadecimal"))
    }

    /// A text in quotes, as [`std::fmt::Debug`] writes it.
    pub(crate) fn quoted(&mut self) -> Result<String, String> {
        let wrong = || format!("`{}` does not begin with a text in quotes", self.rest);
        let mut characters = self.rest.strip_prefix('"').ok_or_else(wrong)?.chars();
        let mut text = String::new();
        loop {
            match characters.next().ok_or_else(wrong)? {
                '"' => break,
                '\\' => text.push(match characters.next().ok_or_else(wrong)? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '0' => '\0',
                    'u' => {
                        let (digits, rest) = characters
                            .as_str()
                            .strip_prefix('{')
                            .and_then(|rest| rest.split_once('}'))
                            .ok_or_else(wrong)?;
                        characters = rest.chars();
                        let code = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
                        char::from_u32(code).ok_or_else(wrong)?
                    }
                    other => other,
                }),
                other => text.push(other),
            }
        }
        self.rest = characters.as_str().trim_start();
        Ok(text)
    }
}
