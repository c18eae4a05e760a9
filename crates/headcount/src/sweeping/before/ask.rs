//! The one question.

use std::io::{BufRead, Write};

use crate::problem::Result;

/// Asks, and says whether the answer is yes; no answer is none.
pub(crate) fn go_on(answers: &mut impl BufRead, questions: &mut impl Write) -> Result<bool> {
    write!(questions, "go on? [y/N] ")?;
    questions.flush()?;
    let mut answer = String::new();
    if answers.read_line(&mut answer)? == 0 {
        // The reader's next line would stand behind the question.
        writeln!(questions)?;
    }
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (answer, expected) in [
            ("y\n", true),
            ("YES\r\n", true),
            (" y ", true),
            ("\n", false),
            ("n\n", false),
            ("yesterday\n", false),
            ("", false),
        ] {
            let mut asked = Vec::new();
            assert_eq!(
                go_on(&mut answer.as_bytes(), &mut asked).unwrap(),
                expected,
                "{answer:?}"
            );
            assert!(asked.starts_with(b"go on? [y/N] "));
        }
    }
}
