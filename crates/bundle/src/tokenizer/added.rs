//! Tokens that a folder adds to its tokeniser: obeyed where its other files have them already, refused by name otherwise.

use std::path::Path;

use data::{ModelTokenizer, SpecialTokens};
use serde_json::Value;

use super::{CONFIG_FILE, SPECIAL_FILE};
use crate::BundleError;
use crate::keys::read_object;

/// Its keys are tokens, its values their ids.
pub(super) const ADDED_FILE: &str = "added_tokens.json";
/// Key of tokenizer_config.json: tokens by their ids.
const ADDED_KEY: &str = "added_tokens_decoder";
/// Keys for tokens that are special and have no role of their own.
const FURTHER_KEYS: [&str; 2] = ["additional_special_tokens", "extra_special_tokens"];

/// A token, and its id where that is said.
type Added = (String, Option<u64>);

/// Refuses tokens that a folder adds and `tokenizer`, which was read from its file `list`, does not have as they are said.
/// A list of pieces knows no added tokens, which are looked for before text is cut: with `special`, the names that
/// have a role, all others are refused.
///
/// # Errors
/// A token that would not be read as the folder says.
pub(super) fn check(
    folder: &Path,
    list: &str,
    tokenizer: &ModelTokenizer,
    special: Option<&SpecialTokens>,
) -> Result<(), BundleError> {
    for name in [ADDED_FILE, CONFIG_FILE, SPECIAL_FILE] {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let refused = |reason: String| BundleError::Tokenizer {
            path: path.clone(),
            reason,
        };
        let json = Value::Object(read_object(&path)?);
        let added = match name {
            ADDED_FILE => by_token(&json),
            _ => of_settings(&json),
        };
        for (token, id) in added.map_err(refused)? {
            if let Some(id) = id {
                let there = usize::try_from(id)
                    .ok()
                    .and_then(|id| tokenizer.vocabulary().get(id));
                if there != Some(&token) {
                    return Err(refused(format!(
                        "adds the token `{token}` with the id {id}, which is another in {list} or none"
                    )));
                }
            }
            let has_role = |special: &SpecialTokens| {
                let SpecialTokens {
                    pad,
                    unknown,
                    classify,
                    separate,
                    mask,
                } = special;
                [pad, unknown, classify, separate, mask].contains(&&token)
            };
            if special.is_some_and(|special| !has_role(special)) {
                return Err(refused(format!(
                    "adds the token `{token}`, which a {list} alone cannot: a tokenizer.json is needed"
                )));
            }
        }
    }
    Ok(())
}

fn by_token(json: &Value) -> Result<Vec<Added>, String> {
    let tokens = json.as_object().into_iter().flatten();
    tokens
        .map(|(token, id)| match id.as_u64() {
            Some(id) => Ok((token.clone(), Some(id))),
            None => Err(format!("the id of `{token}` is {id}, no number of a token")),
        })
        .collect()
}

fn of_settings(json: &Value) -> Result<Vec<Added>, String> {
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
