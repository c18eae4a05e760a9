//! Refuses a `tokenizer.json` that the library would read without complaint, or not survive, and fail on later.

use serde_json::{Map, Value};
use tokenizers::{NormalizedString, Normalizer, Tokenizer as Inner};

use super::charsmap;

/// Kinds of models whose result is defined for every text.
const MODELS: [&str; 3] = ["WordPiece", "BPE", "Unigram"];
/// Longest piece of a model whose pieces are held in a tree, a node a byte, that is taken down by recursion.
const LONGEST_PIECE: usize = 4096;
/// Longest added token: the library makes a table of them with a row for each byte, which megabytes fill for hours.
const LONGEST_ADDED: usize = 1024;

/// Checks the file before the library sees it.
pub(super) fn check(json: &Value) -> Result<(), String> {
    check_model(&json["model"])?;
    let added = json["added_tokens"].as_array().into_iter().flatten();
    let mut lengths = added.map(|token| token["content"].as_str().map_or(0, str::len));
    if let Some(length) = lengths.find(|length| *length > LONGEST_ADDED) {
        return Err(format!("it has an added token of {length} bytes"));
    }
    let mut result = Ok(());
    visit(&json["normalizer"], &mut |part| {
        if part.get("type").is_some_and(|kind| kind == "Precompiled") {
            let table = part.get("precompiled_charsmap").and_then(Value::as_str);
            let checked = table.map_or(Err("is missing".to_owned()), charsmap::check);
            result = checked.map_err(|problem| format!("its `precompiled_charsmap` {problem}"));
        }
        result.is_ok()
    });
    result?;
    let mut result = Ok(());
    visit(&json["pre_tokenizer"], &mut |part| {
        if part.get("length").is_some_and(|length| length == 0) {
            result = Err("its `pre_tokenizer` cuts text into parts of length 0".to_owned());
        }
        result.is_ok()
    });
    result?;
    check_templates(&json["post_processor"]).map_err(|problem| format!("its `post_processor` {problem}"))
}

fn check_model(model: &Value) -> Result<(), String> {
    let named = model["type"].as_str();
    // Old files do not name the kind of their model.
    let kind = match named {
        Some(kind) => kind,
        None if model["merges"].is_array() => "BPE",
        None if model["vocab"].is_array() => "Unigram",
        None if model["continuing_subword_prefix"].is_string() => "WordPiece",
        None => return Err("it has no `model` of a kind that this program knows".to_owned()),
    };
    match kind {
        "Unigram" => {
            if !model["unk_id"].is_u64() {
                return Err(
                    "its Unigram model has no `unk_id`, so that unknown text has no piece".to_owned(),
                );
            }
            let pieces = model["vocab"].as_array().into_iter().flatten();
            let mut lengths = pieces.map(|piece| piece[0].as_str().map_or(0, str::len));
            match lengths.find(|length| *length > LONGEST_PIECE) {
                Some(length) => Err(format!("it has a piece of {length} bytes")),
                None => Ok(()),
            }
        }
        "BPE" => {
            if model["dropout"].as_f64().is_some_and(|rate| rate > 0.0) {
                return Err(
                    "its model drops merges at random (`dropout`), so that a text has no fixed pieces"
                        .to_owned(),
                );
            }
            check_merges(model)
        }
        "WordPiece" => Ok(()),
        _ => Err(format!("its model is {kind}; {} can be used", MODELS.join(", "))),
    }
}

/// What continues a word has the prefix in every merge.
fn check_merges(model: &Value) -> Result<(), String> {
    let prefix = model["continuing_subword_prefix"].as_str().unwrap_or_default();
    let second = |merge: &Value| {
        let second = match merge {
            Value::String(pair) => pair.split(' ').nth(1),
            _ => merge[1].as_str(),
        };
        second.map(str::to_owned)
    };
    let merges = model["merges"].as_array().into_iter().flatten();
    match merges
        .filter_map(second)
        .find(|second| !second.starts_with(prefix))
    {
        Some(second) => Err(format!(
            "it has a merge with `{second}`, which does not begin with its `continuing_subword_prefix` `{prefix}`"
        )),
        None => Ok(()),
    }
}

/// Templates name texts and special tokens that there are, and only one of them sees whole texts.
fn check_templates(processor: &Value) -> Result<(), String> {
    let mut result = Ok(());
    let mut count = 0;
    visit(processor, &mut |part| {
        if part.get("type").is_some_and(|kind| kind == "TemplateProcessing") {
            count += 1;
            result = check_template(part);
        }
        result.is_ok()
    });
    match count {
        0 | 1 => result,
        _ => Err("has a template after a template".to_owned()),
    }
}

fn check_template(template: &Map<String, Value>) -> Result<(), String> {
    let tokens = template.get("special_tokens").and_then(Value::as_object);
    for name in ["single", "pair"] {
        let pieces = template.get(name).and_then(Value::as_array);
        for piece in pieces.into_iter().flatten() {
            if name == "single" && piece["Sequence"]["id"] == "B" {
                return Err("has a second text in the template of one text".to_owned());
            }
            let Some(id) = piece["SpecialToken"]["id"].as_str() else {
                continue;
            };
            let count = |key: &str| tokens?.get(id)?.get(key)?.as_array().map(Vec::len);
            if count("ids").is_none() || count("ids") != count("tokens") {
                return Err(format!(
                    "has a template with `{id}`, of which `special_tokens` has no ids"
                ));
            }
        }
    }
    Ok(())
}

/// Hands every object of a part to `look`, the part itself first, until it is not to go on.
fn visit(part: &Value, look: &mut impl FnMut(&Map<String, Value>) -> bool) -> bool {
    match part {
        Value::Object(members) => look(members) && members.values().all(|member| visit(member, look)),
        Value::Array(members) => members.iter().all(|member| visit(member, look)),
        _ => true,
    }
}

/// Checks what can be told only from the tokeniser that was read.
pub(super) fn check_read(tokenizer: &Inner, json: &Value) -> Result<(), String> {
    let model = tokenizer.get_model();
    if let Some(unknown) = json["model"]["unk_token"].as_str()
        && tokenizers::Model::token_to_id(model, unknown).is_none()
    {
        return Err(format!(
            "its model has no piece `{unknown}`, which stands for unknown text"
        ));
    }
    for (id, token) in tokenizer.get_added_tokens_decoder() {
        let mut content = NormalizedString::from(token.content.as_str());
        if let (true, Some(normalizer)) = (token.normalized, tokenizer.get_normalizer()) {
            normalizer
                .normalize(&mut content)
                .map_err(|error| error.to_string())?;
        }
        // Such a token would be found everywhere, or in what a token before it has taken.
        if content.get().is_empty() || (token.lstrip && content.get().trim().is_empty()) {
            return Err(format!(
                "its added token {id} (`{}`) is white space or nothing once text is normalised",
                token.content
            ));
        }
    }
    Ok(())
}
