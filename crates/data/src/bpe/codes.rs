//! Codes files: merges as subword-nmt keeps them, a header and then two units a line.

use std::collections::HashSet;
use std::path::Path;

use super::{END_OF_WORD, EndOfWord, Merges};
use crate::error::DataError;
use crate::line_error::LineError;
use crate::read::Lines;
use crate::text_file::write_whole;

/// How the first line of a codes file begins that says how the end of a word is marked.
const HEADER: &str = "#version:";

impl EndOfWord {
    /// The version that a header names.
    fn version(self) -> &'static str {
        match self {
            Self::Attached => "0.2",
            Self::Unit => "0.1",
        }
    }

    /// What the text after `#version:` says, where that is known.
    fn from_header(version: &str) -> Option<Self> {
        let mut version = version.trim();
        while let Some(shorter) = version.strip_suffix(".0") {
            version = shorter;
        }
        [Self::Attached, Self::Unit]
            .into_iter()
            .find(|end| end.version() == version)
    }
}

impl Merges {
    /// Reads a codes file of subword-nmt: a header `#version: 0.2` or `#version: 0.1`, then `first second` a line.
    /// A file without a header is of version 0.1, in which the end of a word is a unit of its own.
    ///
    /// Blank lines at the end are none. Lines end as the first one does, in LF or CR LF, so that a unit may end in CR.
    ///
    /// # Errors
    /// The file cannot be read or is empty, is of an unknown version, a line is not two units, or the file is a
    /// dictionary.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let mut pairs = Vec::new();
        let mut header = None;
        let mut is_first = true;
        let mut carriage_returns = false;
        while lines.advance_to_entry()? {
            let mut line = lines.whole_line();
            if is_first {
                carriage_returns = line.ends_with('\r');
            }
            if carriage_returns {
                line = line.strip_suffix('\r').unwrap_or(line);
            }
            let line = line.trim_matches(' ');
            if std::mem::take(&mut is_first)
                && let Some(version) = line.strip_prefix(HEADER)
            {
                let Some(end) = EndOfWord::from_header(version) else {
                    return Err(lines.fault(LineError::CodesVersion { found: line.into() }));
                };
                header = Some(end);
                continue;
            }
            match line.split_once(' ') {
                Some((first, second)) if !second.contains(' ') => pairs.push((first.into(), second.into())),
                _ => return Err(lines.fault(LineError::NotAMerge { text: line.into() })),
            }
        }
        if is_first {
            return Err(DataError::EmptyFile { path: path.into() });
        }
        if header.is_none() && are_counts(&pairs) {
            return Err(DataError::CountsForCodes { path: path.into() });
        }
        Ok(Self {
            pairs,
            end: header.unwrap_or(EndOfWord::Unit),
        })
    }

    /// What a user should know of merges that were read: whether the ends of words that they name can ever be made.
    pub fn warning(&self) -> Option<String> {
        let units = || self.pairs.iter().flat_map(|(first, second)| [first, second]);
        let attached = units().find(|unit| unit.len() > END_OF_WORD.len() && unit.ends_with(END_OF_WORD))?;
        let lost = self.end == EndOfWord::Unit && units().all(|unit| unit != END_OF_WORD);
        lost.then(|| {
            format!(
                "codes without a header are of version 0.1, in which no merge makes `{attached}`; if they are of version \
                 0.2, put `{HEADER} 0.2` in their first line"
            )
        })
    }

    /// Writes what [`Merges::read`] reads, with the header. The file appears whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DataError> {
        write_whole(path, self.to_text().as_bytes())
    }

    /// The text of a codes file.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER} {}\n", self.end.version());
        for (first, second) in &self.pairs {
            text.extend([first, " ", second, "\n"]);
        }
        text
    }
}

/// Whether lines without a header are words and counts, as in a dictionary, rather than merges of digits.
fn are_counts(pairs: &[(String, String)]) -> bool {
    let is_number = |unit: &str| unit.bytes().all(|byte| byte.is_ascii_digit());
    if !pairs.iter().all(|(_, second)| is_number(second)) {
        return false;
    }
    // Merges make what they merge, from single characters on.
    let mut made = HashSet::new();
    let merges_numbers = pairs.iter().any(|(first, _)| is_number(first));
    !merges_numbers
        || pairs.iter().any(|(first, second)| {
            let known = |unit: &String| unit.chars().count() == 1 || made.contains(unit);
            let is_merge = known(first) && known(second);
            made.insert(format!("{first}{second}"));
            !is_merge
        })
}

#[cfg(test)]
mod tests {
    use files::Hint;

    use std::fs;

    use super::*;

    fn read(content: &str) -> Result<Merges, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        fs::write(&path, content).unwrap();
        Merges::read(&path)
    }

    fn refused(content: &str) -> String {
        let error = read(content).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        let message = error.to_string();
        message[message.find("codes").unwrap()..].to_owned()
    }

    fn pairs(merges: &Merges) -> Vec<(&str, &str)> {
        let pairs = merges.pairs().iter();
        pairs
            .map(|(first, second)| (first.as_str(), second.as_str()))
            .collect()
    }

    #[test]
    fn the_header_says_how_words_end_and_without_one_it_is_the_old_way() {
        let body = "l o\nlo w</w>\n";
        for (header, end) in [
            ("#version: 0.2\n", EndOfWord::Attached),
            ("#version: 0.2.0\n", EndOfWord::Attached),
            ("\u{feff}#version: 0.2\n", EndOfWord::Attached),
            (" #version:0.2 \n", EndOfWord::Attached),
            ("#version: 0.1\n", EndOfWord::Unit),
            ("", EndOfWord::Unit),
        ] {
            let merges = read(&format!("{header}{body}")).unwrap();
            assert_eq!(merges.end, end, "{header:?}");
            assert_eq!(pairs(&merges), [("l", "o"), ("lo", "w</w>")], "{header:?}");
        }
        assert_eq!(pairs(&read("#version: 0.2\n").unwrap()), []);
        // Only the first line is a header.
        assert_eq!(
            pairs(&read("#version: 0.2\n#version: 0.2\n").unwrap()),
            [("#version:", "0.2")]
        );
        for version in ["0.3", "0.1.5", "2", ""] {
            let header = format!("#version: {version}").trim().to_owned();
            assert_eq!(
                refused(&format!("{header}\nl o\n")),
                format!("codes:1: codes of `{header}` cannot be used")
            );
        }
    }

    #[test]
    fn blank_lines_are_none_at_the_end_only() {
        for end in ["", "\n", "\n\n", "\n \n\n", "\n\r\n"] {
            let merges = read(&format!("#version: 0.2\nl o{end}")).unwrap();
            assert_eq!(pairs(&merges), [("l", "o")], "{end:?}");
        }
        assert_eq!(
            refused("#version: 0.2\nl o\n\nlo w\n"),
            "codes:3: the line is blank and others follow"
        );
        assert_eq!(refused("\nl o\n"), "codes:1: the line is blank and others follow");
    }

    #[test]
    fn what_is_no_codes_file_is_refused() {
        for content in ["", "\n", " \n\n", "\u{feff}"] {
            assert_eq!(refused(content), "codes: the file is empty");
        }
        for content in [
            "the 134708\nof 99\n",
            "the 134708\n",
            "a 3\nb 2\n\n",
            "a 30\n2 20\n",
            ", 500\n1990 12\n. 4\n",
        ] {
            assert_eq!(
                refused(content),
                "codes: every line is a word and a count, as in a dictionary"
            );
        }
        for (content, line, text) in [
            ("#version: 0.2\nl o 4\n", 2, "l o 4"),
            ("l o\nlow\n", 2, "low"),
            ("{}\n", 1, "{}"),
            ("l  o\n", 1, "l  o"),
        ] {
            assert_eq!(
                refused(content),
                format!("codes:{line}: `{text}` is not two units separated by a space")
            );
        }
        // Numbers can be merged: not all lines are counts, or the header says that they are merges.
        assert_eq!(pairs(&read("1 9\nt h\n").unwrap()), [("1", "9"), ("t", "h")]);
        assert_eq!(
            pairs(&read("1 9\n19 8\n0 198\n").unwrap()),
            [("1", "9"), ("19", "8"), ("0", "198")]
        );
        assert_eq!(pairs(&read("#version: 0.1\na 9\n").unwrap()), [("a", "9")]);
    }

    #[test]
    fn units_may_hold_carriage_returns_and_other_white_space() {
        let odd = "#version: 0.2\na \r\na\r b\r\n\u{a0} \u{2028}\nx \t\n\u{85} y</w>\n";
        assert_eq!(
            pairs(&read(odd).unwrap()),
            [
                ("a", "\r"),
                ("a\r", "b\r"),
                ("\u{a0}", "\u{2028}"),
                ("x", "\t"),
                ("\u{85}", "y</w>")
            ]
        );
        let windows = "#version: 0.2\r\nl o\r\nlo w</w>\r\n\r\n";
        assert_eq!(pairs(&read(windows).unwrap()), [("l", "o"), ("lo", "w</w>")]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes");
        for end in [EndOfWord::Attached, EndOfWord::Unit] {
            let merges = Merges {
                pairs: vec![("a".into(), "\r".into()), ("\u{feff}".into(), "</w>".into())],
                end,
            };
            merges.write(&path).unwrap();
            assert_eq!(Merges::read(&path).unwrap(), merges);
        }
        let nowhere = folder.path().join("none/codes");
        assert!(matches!(
            Merges::learn([""], 1, 2).write(&nowhere),
            Err(DataError::Write { .. })
        ));
    }

    #[test]
    fn a_lost_header_is_warned_of() {
        assert!(
            read("l o\nlo w</w>\n")
                .unwrap()
                .warning()
                .unwrap()
                .contains("`w</w>`")
        );
        for content in ["l o\n", "w </w>\nlo w</w>\n", "#version: 0.2\nlo w</w>\n"] {
            assert_eq!(read(content).unwrap().warning(), None, "{content}");
        }
    }
}
