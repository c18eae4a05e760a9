//! What README, docs, the heads of experiment files and the justfile tell a reader to type.

use std::fs;
use std::path::{Path, PathBuf};

/// What is typed one after another in one folder.
#[derive(Debug)]
pub(crate) struct Script {
    /// File and line of the first command.
    pub(crate) place: String,
    pub(crate) commands: Vec<String>,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Page, and line of the fence.
    pub(crate) page: String,
    pub(crate) line: usize,
    /// What stands behind the fence.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// Code inside a sentence.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) place: String,
    pub(crate) code: String,
}

/// A text.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

/// README.md, CONTRIBUTING.md and docs/*.md: name and text.
pub(crate) fn pages() -> Vec<(String, String)> {
    let mut paths = ["README.md", "CONTRIBUTING.md"]
        .map(|name| root().join(name))
        .to_vec();
    paths.extend(
        entries(&root().join("docs"))
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "md")),
    );
    named(paths)
}

/// The comments of experiments/*/*.toml and of the settings beside them, without their `#`.
pub(crate) fn comments() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for path in entries(&root().join("experiments")) {
        match path.is_dir() {
            true => files.extend(entries(&path)),
            false if path.extension().is_some_and(|end| end == "toml") => files.push(path),
            false => {}
        }
    }
    let comment = |line: &str| line.find('#').map_or("", |at| &line[at + 1..]).to_owned() + "\n";
    let comments = |(name, text): (String, String)| (name, text.lines().map(comment).collect());
    named(files).into_iter().map(comments).collect()
}

fn named(paths: Vec<PathBuf>) -> Vec<(String, String)> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let named: Vec<_> = paths.iter().map(|path| (name(path), read(path))).collect();
    assert!(named.len() > 2);
    named
}

/// The fenced blocks of a page.
pub(crate) fn blocks((page, text): &(String, String)) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(language) if !open => blocks.push(Block {
                page: page.clone(),
                line: number + 1,
                language: language.trim().to_owned(),
                text: String::new(),
            }),
            Some(_) => {}
            None if open => blocks.last_mut().unwrap().text += &format!("{line}\n"),
            None => continue,
        }
        open ^= line.trim_start().starts_with("```");
    }
    assert!(!open, "{page}: a fence is not closed");
    blocks
}

/// Code between single backticks, which may go over the end of a line.
pub(crate) fn spans((page, text): &(String, String)) -> Vec<Span> {
    let mut prose = String::new();
    let mut fenced = false;
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        // An empty line keeps the count of lines, and ends what a stray backtick began.
        prose += if fence || fenced { "" } else { line };
        prose.push('\n');
        fenced ^= fence;
    }
    let mut spans = Vec::new();
    let mut line = 1;
    for paragraph in prose.split("\n\n") {
        let mut before = 0;
        for (index, part) in paragraph.split('`').enumerate() {
            if index % 2 == 1 {
                spans.push(Span {
                    place: format!("{page}:{}", line + before),
                    code: part.split_whitespace().collect::<Vec<_>>().join(" "),
                });
            }
            before += part.matches('\n').count();
        }
        line += paragraph.matches('\n').count() + 2;
    }
    spans
}

/// The commands of a block: one a line, but for lines that go on behind a `\` and for loops up to their `done`.
pub(crate) fn script(page: &str, first_line: usize, text: &str) -> Script {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if goes_on {
            *commands.last_mut().unwrap() += &format!("\n{line}");
        } else if !line.trim().is_empty() {
            commands.push(line.to_owned());
        }
        let command = commands.last().map_or("", String::as_str);
        let in_loop = command.starts_with("while ") && !line.starts_with("done");
        goes_on = line.trim_end().ends_with('\\') || in_loop;
    }
    Script {
        place: format!("{page}:{first_line}"),
        commands,
    }
}

/// Commands that stand by themselves in a comment, four spaces from its `#` or more.
pub(crate) fn indented((page, text): &(String, String)) -> Vec<Script> {
    let mut scripts = Vec::new();
    let mut block = String::new();
    let mut first = 0;
    for (number, line) in text.lines().chain([""]).enumerate() {
        if line.starts_with("    ") && (!block.is_empty() || line.trim_start().starts_with("headcount ")) {
            if block.is_empty() {
                first = number + 1;
            }
            block += &format!("{}\n", line.trim_start());
        } else if !block.is_empty() {
            scripts.push(script(page, first, &block));
            block.clear();
        }
    }
    scripts
}

/// The recipes of the justfile: name and script.
pub(crate) fn recipes() -> Vec<(String, Script)> {
    let mut recipes: Vec<(String, usize, String)> = Vec::new();
    for (number, line) in read(&root().join("justfile")).lines().enumerate() {
        if line.starts_with([' ', '\t']) {
            let command = line
                .trim_start()
                .trim_start_matches(['@', '-'])
                .replace("{{ARGS}}", "");
            assert!(
                !command.contains("{{"),
                "justfile:{}: a parameter without a rule",
                number + 1
            );
            recipes.last_mut().unwrap().2 += &format!("{}\n", command.trim_end());
        } else if let Some((head, _)) = line.split_once(':').filter(|_| !line.starts_with('#')) {
            let name = head.split_whitespace().next().unwrap();
            recipes.push((name.to_owned(), number + 2, String::new()));
        }
    }
    let recipe = |(name, line, text): (String, usize, String)| (name, script("justfile", line, &text));
    recipes.into_iter().map(recipe).collect()
}

#[test]
fn code_is_found_in_blocks_sentences_and_comments() {
    let text = "One `a` and `headcount\nb --c`.\n\n```\nheadcount x \\\n  y\nwhile z; do\n  `w`\ndone\n```\nLast `d`.\n";
    let page = ("page".to_owned(), text.to_owned());
    let found: Vec<_> = spans(&page)
        .into_iter()
        .map(|span| (span.place, span.code))
        .collect();
    let expected = [("page:1", "a"), ("page:1", "headcount b --c"), ("page:11", "d")];
    assert_eq!(
        found,
        expected.map(|(place, code)| (place.to_owned(), code.to_owned()))
    );
    let block = &blocks(&page)[0];
    let commands = script("page", block.line + 1, &block.text).commands;
    assert_eq!(commands, ["headcount x \\\n  y", "while z; do\n  `w`\ndone"]);
    let comment = (
        "file".to_owned(),
        " Says:\n\n     headcount a \\\n         b\n     headcount c\n\n    not this\n".to_owned(),
    );
    let scripts = indented(&comment);
    assert_eq!(scripts.len(), 1);
    assert_eq!(
        (scripts[0].place.as_str(), scripts[0].commands.len()),
        ("file:3", 2)
    );
}
