//! Text as one word of a POSIX shell, for scripts and for commands that a reader copies.

use std::path::Path;

/// `text` as one word: as it is where no shell reads more into it, in quotes otherwise.
pub fn word(text: &str) -> String {
    let is_plain = |character: char| {
        matches!(
            character,
            '/' | '.' | '-' | '_' | '+' | ',' | ':' | '@' | '%' | '='
        ) || character.is_alphanumeric()
    };
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A path as one word that no command takes for an option; what of it is no text is replaced, as in any message.
pub fn path_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') {
        word(&format!("./{text}"))
    } else {
        word(&text)
    }
}

/// `text` in quotes, whatever is in it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_others_are_quoted() {
        for plain in [
            "results/mnli-demo",
            "/data/größe_1.2",
            "k=3",
            "a:b@c,d+e%f",
            "数据",
        ] {
            assert_eq!(word(plain), plain);
        }
        for (text, expected) in [
            ("", "''"),
            ("=ls", "'=ls'"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~/x", "'~/x'"),
            ("a\nb", "'a\nb'"),
            ("[1]*?{}<>|&;()#!\"\\`", "'[1]*?{}<>|&;()#!\"\\`'"),
        ] {
            assert_eq!(word(text), expected);
        }
        assert_eq!(path_word(Path::new("-x y")), "'./-x y'");
        assert_eq!(path_word(Path::new("x")), "x");
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_word_back() {
        let texts = [
            "",
            "a b",
            "it's",
            "$(x) `y`",
            "\"q\" \\ \t#",
            "a\nb",
            "😀 é",
            "-n",
            "a''b",
            "!!",
        ];
        for text in texts {
            let script = format!("printf %s {}", word(text));
            let output = std::process::Command::new("sh")
                .arg("-c")
                .arg(script)
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
