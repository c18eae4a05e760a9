//! From a text to its tokens: what all tokenisers have in common.

use std::borrow::Cow;

use super::options::{BleuOptions, Tokenize};
use super::space::{is_space, tokens};
use super::{tokenize_13a, tokenize_intl};

/// Lower-cases, strips the right end and tokenises as asked; the tokens of the result lie between white space.
pub(super) fn prepare<'a>(text: &'a str, options: &BleuOptions) -> Cow<'a, str> {
    if options.lowercase {
        Cow::Owned(apply(&text.to_lowercase(), options.tokenize).into_owned())
    } else {
        apply(text, options.tokenize)
    }
}

fn apply(text: &str, tokenize: Tokenize) -> Cow<'_, str> {
    let text = text.trim_end_matches(is_space);
    match tokenize {
        Tokenize::None => Cow::Borrowed(text),
        Tokenize::V13a => Cow::Owned(tokenize_13a::apply(text)),
        Tokenize::Intl => Cow::Owned(tokenize_intl::apply(text)),
    }
}

/// The line that a tokeniser makes of a text: tokens with single spaces between them, or with [`Tokenize::None`] the
/// text itself but for white space at its right end.
pub fn tokenise(text: &str, options: &BleuOptions) -> String {
    let line = prepare(text, options);
    match options.tokenize {
        Tokenize::None => line.into_owned(),
        Tokenize::V13a | Tokenize::Intl => tokens(&line).collect::<Vec<_>>().join(" "),
    }
}
