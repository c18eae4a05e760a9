//! The sentences of IWSLT's files: training text between lines of tags, test sets as segments of XML.

use std::path::Path;
use std::str;

use serde::{Deserialize, Serialize};

use super::archive::Member;
use crate::error::DataError;
use crate::line_error::LineError;

/// Lines of a training text that are dropped because they have a tag, each counted for the first one it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagLines {
    /// Lines with `<url>`.
    pub url: usize,
    /// Lines with `<talkid>`.
    pub talkid: usize,
    /// Lines with `<keywords>`.
    pub keywords: usize,
}

impl TagLines {
    /// Whether the line has one of the tags; if so it is counted.
    fn count(&mut self, line: &str) -> bool {
        let tags = [
            ("<url>", &mut self.url),
            ("<talkid>", &mut self.talkid),
            ("<keywords>", &mut self.keywords),
        ];
        for (tag, count) in tags {
            if line.contains(tag) {
                *count += 1;
                return true;
            }
        }
        false
    }
}

/// The sentences of one side of the training text.
#[derive(Debug)]
pub(super) struct TrainText {
    pub(super) sentences: Vec<String>,
    /// Lines of the file.
    pub(super) read: usize,
    pub(super) dropped: TagLines,
}

/// Drops the lines that describe a talk and strips the tags of its title and description, which are sentences.
pub(super) fn train_text(member: &Member) -> Result<TrainText, DataError> {
    let lines = lines(&member.path, &member.bytes)?;
    let mut dropped = TagLines::default();
    let sentences = lines
        .iter()
        .filter(|line| !dropped.count(line))
        .map(|line| {
            ["<title>", "</title>", "<description>", "</description>"]
                .iter()
                .fold((*line).to_owned(), |line, tag| line.replace(tag, ""))
        })
        .collect();
    Ok(TrainText {
        sentences,
        read: lines.len(),
        dropped,
    })
}

/// The segments of one side of a test set, with plain apostrophes for U+2019.
///
/// # Errors
/// Not UTF-8, or a line with a segment that is not whole or is empty: nothing may be missing from a test set.
pub(super) fn segments(member: &Member) -> Result<Vec<String>, DataError> {
    let fault = |index: usize, problem| DataError::Line {
        path: member.path.clone(),
        line: index + 1,
        problem,
    };
    let mut segments = Vec::new();
    for (index, line) in lines(&member.path, &member.bytes)?.into_iter().enumerate() {
        if !line.contains("<seg id") {
            continue;
        }
        let text = segment(line).ok_or_else(|| fault(index, LineError::NotASegment))?;
        if text.is_empty() {
            return Err(fault(index, LineError::EmptySentence));
        }
        segments.push(text.replace('\u{2019}', "'"));
    }
    Ok(segments)
}

/// The trimmed text of `<seg id="n">text</seg>`.
fn segment(line: &str) -> Option<&str> {
    let (number, rest) = line.trim().strip_prefix("<seg id=\"")?.split_once("\">")?;
    let text = rest.strip_suffix("</seg>")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = !text.contains("<seg") && !text.contains("</seg>");
    (is_number && is_one).then(|| text.trim())
}

/// Lines without LF or CR LF, and without a byte order mark.
fn lines<'a>(path: &Path, bytes: &'a [u8]) -> Result<Vec<&'a str>, DataError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            str::from_utf8(line).map_err(|error| DataError::Line {
                path: path.into(),
                line: index + 1,
                problem: LineError::NotUtf8 {
                    column: error.valid_up_to() + 1,
                    byte: line[error.valid_up_to()],
                },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use files::Hint;

    use super::*;

    fn member(text: impl AsRef<[u8]>) -> Member {
        Member {
            path: "a.tgz/text".into(),
            bytes: text.as_ref().to_vec(),
        }
    }

    #[test]
    fn lines_about_a_talk_go_and_titles_stay() {
        let text = "\u{feff}<url>http://example.org</url>\r\n\
            <keywords>mills, <url></keywords>\n\
            <speaker>A. Miller</speaker>\n\
            <talkid>7</talkid>\n\
            <title>On mills</title>\n\
            <description>MILLER: Why <title>they turn.</description>\n\
            \n Mills turn . \nA <URL> stays\n<keywords>sails</keywords>";
        let text = train_text(&member(text)).unwrap();
        let expected = [
            "<speaker>A. Miller</speaker>",
            "On mills",
            "MILLER: Why they turn.",
            "",
            " Mills turn . ",
            "A <URL> stays",
        ];
        assert_eq!(text.sentences, expected);
        assert_eq!(text.read, 10);
        let dropped = TagLines {
            url: 2,
            talkid: 1,
            keywords: 1,
        };
        assert_eq!(text.dropped, dropped);
    }

    #[test]
    fn segments_are_trimmed_and_get_plain_apostrophes() {
        let text = "<?xml version=\"1.0\"?>\n<title>it\u{2019}s no segment</title>\n\
            <seg id=\"1\">  It\u{2019}s a mill . </seg>\r\n  <seg id=\"23\">a < b &amp; c</seg>  \n</doc>\n";
        let expected = ["It's a mill .", "a < b &amp; c"];
        assert_eq!(segments(&member(text)).unwrap(), expected);
    }

    #[test]
    fn broken_segments_are_named() {
        for (line, problem) in [
            ("<seg id=\"1\">open", "not a whole segment"),
            ("<seg id=1>a</seg>", "not a whole segment"),
            ("<seg id=\"\">a</seg>", "not a whole segment"),
            (
                "<seg id=\"1\">a</seg> <seg id=\"2\">b</seg>",
                "not a whole segment",
            ),
            ("before <seg id=\"1\">a</seg>", "not a whole segment"),
            ("<seg id=\"1\">a</seg></seg>", "not a whole segment"),
            ("<seg id=\"1\"> \t</seg>", "the sentence is empty"),
        ] {
            let error = segments(&member(format!("<doc>\n{line}\n"))).unwrap_err();
            assert_eq!(error.to_string(), format!("a.tgz/text:2: {problem}"), "{line}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn bad_bytes_are_named() {
        let error = train_text(&member(b"fine\nno\xffno\n")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a.tgz/text:2: not valid UTF-8 (byte 3 of the line is 0xFF)"
        );
    }

    #[test]
    fn the_last_line_may_lack_its_end() {
        for (text, lines) in [
            ("", 0),
            ("\n", 1),
            ("\n\n", 2),
            ("a", 1),
            ("a\n", 1),
            ("a\n\n", 2),
        ] {
            assert_eq!(train_text(&member(text)).unwrap().read, lines, "{text:?}");
        }
    }
}
