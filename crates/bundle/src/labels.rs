//! Classes of a stored classifier and classes of the data, matched by their names.

/// What becomes of a stored classifier whose classes are to be those of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Classes {
    /// Its rows are taken in this order: for each class of the data the row of the folder.
    Rows(Vec<usize>),
    /// Its rows mean something else, or nobody says what they mean: it starts anew.
    Unknown {
        /// Why, as the rest of a sentence that begins with the folder.
        reason: String,
    },
}

impl Classes {
    /// Matches names without regard to the case of letters. `LABEL_0` is what a program writes that knows no names.
    pub fn of(folder: &[String], data: &[String]) -> Self {
        let plain = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| name.trim().to_lowercase()).collect()
        };
        let (of_folder, of_data) = (plain(folder), plain(data));
        if of_folder.iter().all(|name| is_placeholder(name)) {
            let classes = match folder.len() {
                0 => "does not name its classes".to_owned(),
                count => format!("does not name its {count} classes (id2label)"),
            };
            return Self::Unknown { reason: classes };
        }
        let rows: Option<Vec<usize>> = of_data
            .iter()
            .map(|name| {
                let mut places = (0..of_folder.len()).filter(|row| of_folder[*row] == *name);
                let row = places.next()?;
                places.next().is_none().then_some(row)
            })
            .collect();
        match rows {
            Some(rows) if of_folder.len() == of_data.len() => Self::Rows(rows),
            _ => Self::Unknown {
                reason: format!("has the classes {}", folder.join(", ")),
            },
        }
    }
}

fn is_placeholder(name: &str) -> bool {
    let number = name.strip_prefix("label_");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NLI: [&str; 3] = ["contradiction", "entailment", "neutral"];

    fn classes(folder: &[&str], data: &[&str]) -> Classes {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        Classes::of(&owned(folder), &owned(data))
    }

    fn reason(folder: &[&str], data: &[&str]) -> String {
        match classes(folder, data) {
            Classes::Unknown { reason } => reason,
            Classes::Rows(rows) => panic!("{rows:?}"),
        }
    }

    #[test]
    fn names_decide_the_order_of_the_rows() {
        assert_eq!(classes(&NLI, &NLI), Classes::Rows(vec![0, 1, 2]));
        let glue = ["ENTAILMENT", " Neutral", "contradiction"];
        assert_eq!(classes(&glue, &NLI), Classes::Rows(vec![2, 0, 1]));
        assert_eq!(
            classes(&["POSITIVE", "NEGATIVE"], &["negative", "positive"]),
            Classes::Rows(vec![1, 0])
        );
        assert_eq!(classes(&["0", "1"], &["0", "1"]), Classes::Rows(vec![0, 1]));
    }

    #[test]
    fn what_has_no_known_names_is_not_guessed() {
        assert!(reason(&["LABEL_0", "LABEL_1", "LABEL_2"], &NLI).contains("does not name its 3 classes"));
        assert!(reason(&[], &NLI).contains("does not name"));
        let other = reason(&["entailment", "not_entailment"], &NLI);
        assert!(
            other.contains("has the classes entailment, not_entailment"),
            "{other}"
        );
        for foreign in [
            vec!["contradiction", "entailment"],
            vec!["contradiction", "entailment", "neutral", "other"],
            vec!["contradiction", "entailment", "Entailment"],
            vec!["widerspruch", "folgerung", "neutral"],
        ] {
            assert!(
                matches!(classes(&foreign, &NLI), Classes::Unknown { .. }),
                "{foreign:?}"
            );
        }
    }
}
