//! How `sbatch` reads a line that begins with `#SBATCH`, which is not how a shell reads it.

/// The words of such a line after its mark, as SLURM splits it (`_get_argument` in its src/sbatch/opt.c): a backslash takes
/// the meaning of the next character, inside quotes too; both kinds of quotes hold blanks together; `#` outside of quotes
/// begins a comment.
///
/// # Errors
/// A quote without its end, or a comment, which would hide what stands behind it.
pub(crate) fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => match characters.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => return Err("ends in a lone `\\`".to_owned()),
            },
            (character, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            ('#', None) => return Err("holds a `#`, which begins a comment".to_owned()),
            (character, None) if character.is_ascii_whitespace() => words.extend(word.take()),
            (character, _) => word.get_or_insert_default().push(character),
        }
    }
    match quote {
        Some(open) => Err(format!("holds a {open} without its end")),
        None => {
            words.extend(word);
            Ok(words)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_together_and_backslashes_escape() {
        for (line, expected) in [
            ("--comment=a", &["--comment=a"][..]),
            ("  -C  a100 ", &["-C", "a100"]),
            ("--comment=\"a b\"", &["--comment=a b"]),
            ("--comment='it is'", &["--comment=it is"]),
            (r"--comment=a\ b\#c\'", &["--comment=a b#c'"]),
            (r#"--comment="a\"b'c#d""#, &["--comment=a\"b'c#d"]),
            (r"--comment='a\'b'", &["--comment=a'b"]),
            ("--comment=größe", &["--comment=größe"]),
            ("", &[]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_sbatch_would_misread_is_refused() {
        for (line, part) in [
            ("--comment=it's", "a ' without its end"),
            ("--comment=\"a", "a \" without its end"),
            ("--comment=#3", "begins a comment"),
            ("--comment=a\\", "a lone `\\`"),
        ] {
            let refused = words(line).unwrap_err();
            assert!(refused.contains(part), "{line}: {refused}");
        }
    }
}
