//! Commands written as a synopsis, `reproduce mnli|iwslt [--jobs N]…`, spelled out.

/// One piece of a synopsis.
#[derive(Debug)]
enum Item {
    Word(String),
    /// In brackets: any of these, or none.
    Optional(Vec<Vec<Item>>),
}

/// The command without the remark behind it, and the remark: what follows two spaces or more.
pub(crate) fn without_remark(command: &str) -> (&str, &str) {
    if command.contains('\n') {
        return (command, "");
    }
    command
        .split_once("  ")
        .map_or((command, ""), |(command, remark)| {
            (command.trim_end(), remark.trim())
        })
}

/// Every command that a line of a synopsis stands for: each of the alternatives `a|b|c`, without what is in brackets and
/// with it. A command that is none comes back as it is.
pub(crate) fn spelled_out(command: &str) -> Vec<String> {
    if command.contains(['\n', '\'', '"', '$'])
        || !command.contains(['[', '|', '…'])
        || command.contains(" | ") && !command.contains('[')
    {
        return vec![command.to_owned()];
    }
    let mut words = words(command).into_iter();
    let items = sequence(&mut words);
    let most = alternatives(&items);
    let mut commands = vec![render(&items, None)];
    commands.extend((0..most).map(|which| render(&items, Some(which))));
    let mut spelled: Vec<String> = commands.iter().flat_map(|words| each(words)).collect();
    spelled.dedup();
    spelled
}

/// Words, and brackets as words of their own. `…` says that something may be repeated; once is enough. Brackets inside a
/// word, as in `sweep.seeds=[1]`, are the word's own.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in command.split_whitespace() {
        let word = word.trim_end_matches('…');
        let opening = word.len() - word.trim_start_matches('[').len();
        words.extend(std::iter::repeat_n("[".to_owned(), opening));
        let rest = &word[opening..];
        let own = rest.matches('[').count();
        let closing = (rest.len() - rest.trim_end_matches(']').len()).saturating_sub(own);
        let bare = &rest[..rest.len() - closing];
        if !bare.is_empty() {
            words.push(bare.to_owned());
        }
        words.extend(std::iter::repeat_n("]".to_owned(), closing));
    }
    words
}

fn sequence(words: &mut impl Iterator<Item = String>) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "[" => items.push(Item::Optional(choices(words))),
            _ => items.push(Item::Word(word)),
        }
    }
    items
}

/// Up to the closing bracket.
fn choices(words: &mut impl Iterator<Item = String>) -> Vec<Vec<Item>> {
    let mut choices = vec![Vec::new()];
    while let Some(word) = words.next() {
        match word.as_str() {
            "]" => return choices,
            "|" => choices.push(Vec::new()),
            "[" => {
                let inner = Item::Optional(self::choices(words));
                choices.last_mut().unwrap().push(inner);
            }
            _ => choices.last_mut().unwrap().push(Item::Word(word)),
        }
    }
    panic!("a bracket is not closed");
}

/// The largest number of alternatives in a pair of brackets.
fn alternatives(items: &[Item]) -> usize {
    let of = |item: &Item| match item {
        Item::Word(_) => 0,
        Item::Optional(choices) => {
            let inner = choices
                .iter()
                .map(|choice| alternatives(choice))
                .max()
                .unwrap_or(0);
            inner.max(choices.len())
        }
    };
    items.iter().map(of).max().unwrap_or(0)
}

/// The words, in each pair of brackets those of one alternative, or of none.
fn render(items: &[Item], which: Option<usize>) -> Vec<String> {
    let mut words = Vec::new();
    for item in items {
        match (item, which) {
            (Item::Word(word), _) => words.push(word.clone()),
            (Item::Optional(choices), Some(at)) => {
                words.extend(render(&choices[at.min(choices.len() - 1)], which))
            }
            (Item::Optional(_), None) => {}
        }
    }
    words
}

/// A command for each of the alternatives of a word `a|b`; with several such words, of the first together with the first
/// of the others.
fn each(words: &[String]) -> Vec<String> {
    let most = words
        .iter()
        .map(|word| word.split('|').count())
        .max()
        .unwrap_or(1);
    let pick = |word: &String, which: usize| -> String {
        let choices: Vec<&str> = word.split('|').collect();
        choices[which.min(choices.len() - 1)].to_owned()
    };
    let command = |which: usize| {
        words
            .iter()
            .map(|word| pick(word, which))
            .collect::<Vec<_>>()
            .join(" ")
    };
    (0..most).map(command).collect()
}

#[test]
fn alternatives_and_brackets_are_spelled_out() {
    assert_eq!(
        spelled_out("headcount run my.toml --id X"),
        ["headcount run my.toml --id X"]
    );
    assert_eq!(
        spelled_out("a b|c [--d N] [--set K=V]…"),
        ["a b", "a c", "a b --d N --set K=V", "a c --d N --set K=V"]
    );
    assert_eq!(
        spelled_out("a [--m F | --n [--o]] x…"),
        ["a x", "a --m F x", "a --n --o x"]
    );
    assert_eq!(without_remark("a b      what it does"), ("a b", "what it does"));
    let seeds = "headcount reproduce x --set sweep.seeds=[1] […]";
    assert_eq!(
        spelled_out(seeds)[0],
        "headcount reproduce x --set sweep.seeds=[1]"
    );
    let pipe = "printf x | sort";
    assert_eq!(spelled_out(pipe), [pipe]);
}
