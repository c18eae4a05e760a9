//! Tokens that a folder adds to its tokeniser: obeyed where its other files have them already, refused by name otherwise.

use std::path::PathBuf;

use data::{ModelTokenizer, SpecialTokens};
use serde_json::Value;

use crate::BundleError;

/// Its keys are tokens, its values their ids.
pub(super) const ADDED_FILE: &str = "added_tokens.json";
/// Key of tokenizer_config.json: tokens by their ids.
const ADDED_KEY: &str = "added_tokens_decoder";
/// Keys for tokens that are special and have no role of their own.
const FURTHER_KEYS: [&str; 2] = ["additional_special_tokens", "extra_special_tokens"];

/// A token that a file adds.
#[derive(Debug)]
pub(super) struct Added {
    pub(super) path: PathBuf,
    pub(super) token: String,
    /// Where it is said.
    pub(super) id: Option<u64>,
}

/// A token and its id.
type Named = (String, Option<u64>);

/// Refuses tokens that `tokenizer`, which was read from the file `list`, does not have as they are said. A list of pieces
/// knows no added tokens, which are looked for before text is cut: with `special`, the names that have a role, all others
/// are refused.
///
/// # Errors
/// A token that would not be read as the folder says.
pub(super) fn check(
    added: &[Added],
    list: &str,
    tokenizer: &ModelTokenizer,
    special: Option<&SpecialTokens>,
) -> Result<(), BundleError> {
    for Added { path, token, id } in added {
        let refused = |reason| Err(BundleError::tokenizer(path, reason));
        let pieces = tokenizer.vocabulary();
        match id {
            Some(id) if usize::try_from(*id).ok().and_then(|id| pieces.get(id)) != Some(token) => {
                return refused(format!(
                    "adds the token `{token}` with the id {id}, which is another in {list} or none"
                ));
            }
            None if !pieces.contains(token) => {
                return refused(format!("adds the token `{token}`, which {list} lacks"));
            }
            _ => {}
        }
        if special.is_some_and(|special| !special.names().contains(&token)) {
            return refused(format!(
                "adds the token `{token}`, which a {list} alone cannot: a tokenizer.json is needed"
            ));
        }
    }
    Ok(())
}

/// The tokens of added_tokens.json.
pub(super) fn by_token(json: &Value) -> Result<Vec<Named>, String> {
    let tokens = json.as_object().into_iter().flatten();
    tokens
        .map(|(token, id)| match id.as_u64() {
            Some(id) => Ok((token.clone(), Some(id))),
            None => Err(format!("the id of `{token}` is {id}, no number of a token")),
        })
        .collect()
}

/// Those of tokenizer_config.json or special_tokens_map.json.
pub(super) fn of_settings(json: &Value) -> Result<Vec<Named>, String> {
    let mut added = Vec::new();
    match &json[ADDED_KEY] {
        Value::Null => {}
        Value::Object(tokens) => {
            for (id, token) in tokens {
                let number = id
                    .parse()
                    .map_err(|_| format!("`{ADDED_KEY}` has `{id}` for an id"))?;
                added.push((content(ADDED_KEY, token)?, Some(number)));
            }
        }
        _ => return Err(format!("`{ADDED_KEY}` is no object of tokens by their ids")),
    }
    for key in FURTHER_KEYS {
        let tokens: Vec<&Value> = match &json[key] {
            Value::Null => continue,
            Value::Array(tokens) => tokens.iter().collect(),
            Value::Object(tokens) => tokens.values().collect(),
            _ => return Err(format!("`{key}` is no list of tokens")),
        };
        for token in tokens {
            added.push((content(key, token)?, None));
        }
    }
    Ok(added)
}

/// A token as text, or as an object with settings of its own.
fn content(key: &str, token: &Value) -> Result<String, String> {
    let text = match token {
        Value::Object(fields) => fields.get("content"),
        text => Some(text),
    };
    match text {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(format!("a token of `{key}` has no text")),
    }
}
