//! Which files of a crate need which: their imports and paths, followed through what modules hand on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The modules of a crate by their paths (`""` is the crate itself), tests left out.
pub struct Sources {
    texts: BTreeMap<String, String>,
    /// What each module hands on by `pub use`: the name, and where it is from.
    exports: BTreeMap<String, BTreeMap<String, String>>,
}

impl Sources {
    pub fn read(folder: &Path) -> Self {
        let mut texts = BTreeMap::new();
        read(folder, "", &mut texts);
        Self::new(texts)
    }

    pub fn new(texts: BTreeMap<String, String>) -> Self {
        let texts: BTreeMap<String, String> = texts
            .into_iter()
            .map(|(name, text)| (name, without_tests(&without_comments(&text))))
            .collect();
        let exports = texts.iter().map(|(module, text)| {
            let names = uses(text).filter(|(is_public, _)| *is_public);
            let names = names.flat_map(|(_, tree)| paths(&tree));
            let named = names.map(|path| (path.rsplit("::").next().unwrap_or("").to_owned(), path));
            (module.clone(), named.collect())
        });
        let exports = exports.collect();
        Self { texts, exports }
    }

    /// Sets of modules that need each other; a module and its children are one room.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let needs: BTreeMap<&str, BTreeSet<String>> = self
            .texts
            .keys()
            .map(|module| (module.as_str(), self.needed(module)))
            .collect();
        let reach = |from: &str| {
            let mut seen = BTreeSet::new();
            let mut left = vec![from.to_owned()];
            while let Some(module) = left.pop() {
                for next in needs.get(module.as_str()).into_iter().flatten() {
                    if seen.insert(next.clone()) {
                        left.push(next.clone());
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&str, BTreeSet<String>> =
            needs.keys().map(|&module| (module, reach(module))).collect();
        let circle = |module: &&str| -> Vec<String> {
            let others = reached
                .keys()
                .filter(|other| reached[module].contains(**other) && reached[**other].contains(*module));
            others.map(|other| (*other).to_owned()).collect()
        };
        let circles: BTreeSet<Vec<String>> = reached.keys().map(circle).collect();
        circles.into_iter().filter(|circle| circle.len() > 1).collect()
    }

    fn needed(&self, module: &str) -> BTreeSet<String> {
        let text = &self.texts[module];
        let imported = uses(text)
            .filter(|(is_public, _)| !is_public)
            .flat_map(|(_, tree)| paths(&tree));
        let found = imported.chain(inline(text));
        let resolved = found.filter_map(|path| self.resolve(&path, module, 0));
        let is_family = |other: &String| {
            let below = |a: &str, b: &str| a.is_empty() || b.starts_with(&format!("{a}::"));
            other == module || below(other, module) || below(module, other)
        };
        resolved.filter(|other| !is_family(other)).collect()
    }

    /// The module in which what a path names is at home.
    fn resolve(&self, path: &str, from: &str, depth: usize) -> Option<String> {
        let mut base: Vec<&str> = from.split("::").filter(|name| !name.is_empty()).collect();
        let mut names = path.split("::").peekable();
        match *names.peek()? {
            "crate" => {
                names.next();
                base.clear();
            }
            "self" => {
                names.next();
            }
            "super" => {
                while names.next_if_eq(&"super").is_some() {
                    base.pop();
                }
            }
            first => {
                base.push(first);
                let is_child = self.texts.contains_key(&base.join("::"));
                base.pop();
                if !is_child {
                    return None;
                }
            }
        }
        while let Some(name) = names.peek() {
            base.push(name);
            if self.texts.contains_key(&base.join("::")) {
                names.next();
            } else {
                base.pop();
                break;
            }
        }
        let module = base.join("::");
        let handed_on = names
            .peek()
            .and_then(|name| self.exports.get(&module)?.get(*name))
            .filter(|_| depth < 8)
            .and_then(|origin| self.resolve(origin, &module, depth + 1));
        Some(handed_on.unwrap_or(module))
    }
}

fn read(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let below = |name: &str| match prefix {
            "" => name.to_owned(),
            _ => format!("{prefix}::{name}"),
        };
        if path.is_dir() {
            read(&path, &below(&name), texts);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let module = match name.as_str() {
                "lib" => String::new(),
                "mod" => prefix.to_owned(),
                "main" if prefix.is_empty() => continue,
                name => below(name),
            };
            texts.insert(module, fs::read_to_string(&path).unwrap());
        }
    }
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

fn without_tests(text: &str) -> String {
    let tests = text.find("#[cfg(test)]\nmod tests");
    text[..tests.unwrap_or(text.len())].to_owned()
}

/// The trees of `use` statements, and whether they hand on what they name.
fn uses(text: &str) -> impl Iterator<Item = (bool, String)> {
    let statements = text.split(';').filter_map(|statement| {
        let start = statement.rfind("use ")?;
        let before = statement[..start].trim_end();
        let ends_a_word =
            before.is_empty() || before.ends_with(['}', ']', '{', ')']) || before.ends_with("pub");
        let is_public = before.ends_with("pub") || before.ends_with(')');
        ends_a_word.then(|| (is_public, statement[start + 4..].to_owned()))
    });
    statements.collect::<Vec<_>>().into_iter()
}

/// The paths of a tree, `a::{b, c::d}` as `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or("");
        return vec![path.split_whitespace().collect()];
    };
    let (prefix, inner) = (
        &tree[..open],
        &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())],
    );
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    parts.push(part);
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| paths(&format!("{prefix}{}", part.trim())))
        .collect()
}

/// Paths that stand in the text itself.
fn inline(text: &str) -> impl Iterator<Item = String> + '_ {
    let is_of_path = |character: char| character.is_alphanumeric() || matches!(character, '_' | ':');
    let words = text.split(move |character| !is_of_path(character));
    let starts = |word: &&str| word.starts_with("crate::") || word.starts_with("super::");
    words
        .filter(starts)
        .map(|word| word.trim_end_matches(':').to_owned())
}
