//! The bookkeeping of beam search on the host: which continuations finish, which go on.

use std::rc::Rc;

use super::super::{END, PADDING, UNKNOWN};
use super::{GenerationConfig, Hypothesis};

/// Beam search over several sentences, step by step.
pub(super) struct Search {
    config: GenerationConfig,
    /// Step at which every hypothesis is ended.
    last: usize,
    step: usize,
    active: Vec<Sentence>,
    done: Vec<Vec<Hypothesis>>,
}

/// A sentence that is not done.
struct Sentence {
    number: usize,
    /// Hypotheses to be continued: one before the first word, then as many as the beam is wide.
    beams: Vec<Beam>,
    finished: Vec<Hypothesis>,
}

/// A hypothesis: its last word and the hypothesis before that, which others continue too.
#[derive(Clone, Default)]
struct Beam {
    last: Option<Rc<Word>>,
    total: f64,
}

struct Word {
    id: i32,
    /// Its log-probability.
    score: f64,
    before: Option<Rc<Word>>,
}

/// A hypothesis and a word to continue it.
#[derive(Clone, Copy)]
struct Candidate {
    beam: usize,
    word: i32,
    /// Log-probability of the word.
    own: f64,
    /// Summed log-probability, that of the word included.
    total: f64,
}

/// What the decoder sees next. Rows are hypotheses, sentence by sentence.
#[derive(Debug, PartialEq)]
pub(super) struct Next {
    /// Last word of each row.
    pub(super) words: Vec<i32>,
    /// The row before that each row continues; none where every row continues itself.
    pub(super) rows: Option<Vec<i32>>,
    /// Which of the sentences before are still there; none where all are.
    pub(super) sentences: Option<Vec<i32>>,
}

impl Search {
    /// Before the first word of `sentences` (at least 1) sentences; at step `last` only end symbols are left.
    pub(super) fn new(config: GenerationConfig, last: usize, sentences: usize) -> Self {
        Self {
            config,
            last,
            step: 0,
            active: (0..sentences)
                .map(|number| Sentence {
                    number,
                    beams: vec![Beam::default()],
                    finished: Vec::new(),
                })
                .collect(),
            done: vec![Vec::new(); sentences],
        }
    }

    /// Sentences that are not done.
    pub(super) fn active(&self) -> usize {
        self.active.len()
    }

    /// The hypotheses of each sentence, best first.
    pub(super) fn finish(self) -> Vec<Vec<Hypothesis>> {
        let mut done = self.done;
        for hypotheses in &mut done {
            hypotheses.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        done
    }

    /// Continuations that are looked at for each sentence.
    pub(super) fn wanted(&self) -> usize {
        2 * self.config.beam
    }

    /// Takes for each row words that may come next with their log-probabilities, in ascending order of words: all words, or
    /// those that can be among its best. None when every sentence is done.
    pub(super) fn advance<W: Iterator<Item = (i32, f64)>>(
        &mut self,
        mut rows: impl Iterator<Item = W>,
    ) -> Option<Next> {
        let mut next = Next {
            words: Vec::new(),
            rows: None,
            sentences: None,
        };
        let (mut continued, mut sentences, mut first) = (Vec::new(), Vec::new(), 0);
        let before = std::mem::take(&mut self.active);
        let count = before.len();
        for (place, mut sentence) in before.into_iter().enumerate() {
            let hypotheses = sentence.beams.len();
            let candidates = self.candidates(&sentence.beams, rows.by_ref());
            let going_on = self.split(&mut sentence, &candidates);
            if sentence.finished.len() >= self.config.beam || self.step == self.last {
                self.done[sentence.number] = sentence.finished;
            } else {
                next.words.extend(going_on.iter().map(|candidate| candidate.word));
                continued.extend(going_on.iter().map(|candidate| (first + candidate.beam) as i32));
                sentences.push(place as i32);
                sentence.beams = going_on
                    .iter()
                    .map(|candidate| sentence.beams[candidate.beam].followed_by(candidate))
                    .collect();
                self.active.push(sentence);
            }
            first += hypotheses;
        }
        self.step += 1;
        if self.active.is_empty() {
            return None;
        }
        let unmoved =
            continued.len() == first && continued.iter().enumerate().all(|(at, &row)| at == row as usize);
        next.rows = (!unmoved).then_some(continued);
        next.sentences = (sentences.len() < count).then_some(sentences);
        Some(next)
    }

    /// The best continuations of a sentence, twice as many as the beam is wide; among equals the first hypothesis and
    /// the lowest word.
    fn candidates<W: Iterator<Item = (i32, f64)>>(
        &self,
        beams: &[Beam],
        rows: impl Iterator<Item = W>,
    ) -> Vec<Candidate> {
        let wanted = self.wanted();
        let mut best: Vec<Candidate> = Vec::with_capacity(wanted + 1);
        // What a candidate has to exceed once there are enough; until then no comparison with it holds.
        let mut least = f64::NAN;
        for (beam, (hypothesis, words)) in beams.iter().zip(rows).enumerate() {
            let mut consider = |word: i32, score: f64| {
                // Most words fall short as they are, and nothing but the penalty of the unknown word, which may be a
                // bonus, raises a score.
                if hypothesis.total + score <= least && word != UNKNOWN {
                    return;
                }
                let own = self.allowed(word, score);
                let total = hypothesis.total + own;
                if total <= least {
                    return;
                }
                let place = best.partition_point(|other| other.total >= total);
                let candidate = Candidate {
                    beam,
                    word,
                    own,
                    total,
                };
                best.insert(place, candidate);
                best.truncate(wanted);
                if let Some(worst) = best.get(wanted - 1) {
                    least = worst.total;
                }
            };
            if hypothesis.total == f64::NEG_INFINITY {
                // It can never finish, and no word is better than another.
                (0..wanted as i32).for_each(|word| consider(word, f64::NEG_INFINITY));
            } else {
                words.for_each(|(word, score)| consider(word, score));
            }
        }
        best
    }

    /// The log-probability with which a word takes part at this step.
    fn allowed(&self, word: i32, score: f64) -> f64 {
        let forbidden = match word {
            PADDING => true,
            END => self.step < self.config.min_len && self.step < self.last,
            _ => self.step >= self.last,
        };
        if forbidden || score.is_nan() {
            f64::NEG_INFINITY
        } else if word == UNKNOWN {
            score - self.config.unkpen
        } else {
            score
        }
    }

    /// Finishes hypotheses of `sentence` and gives the candidates that go on.
    fn split(&self, sentence: &mut Sentence, candidates: &[Candidate]) -> Vec<Candidate> {
        let beam = self.config.beam;
        let mut going_on = Vec::with_capacity(beam);
        for (rank, candidate) in candidates.iter().enumerate() {
            if candidate.word != END {
                if going_on.len() < beam {
                    going_on.push(*candidate);
                }
            } else if rank < beam && sentence.finished.len() < beam && candidate.total > f64::NEG_INFINITY {
                let ended = sentence.beams[candidate.beam].followed_by(candidate);
                sentence.finished.push(self.finished(ended));
            }
        }
        going_on
    }

    fn finished(&self, beam: Beam) -> Hypothesis {
        let (mut tokens, mut positional_scores) = (Vec::new(), Vec::new());
        let mut word = beam.last.as_deref();
        while let Some(Word { id, score, before }) = word {
            tokens.push(*id);
            positional_scores.push(*score);
            word = before.as_deref();
        }
        tokens.reverse();
        positional_scores.reverse();
        let score = if self.config.unnormalized {
            beam.total
        } else {
            beam.total / (tokens.len() as f64).powf(self.config.lenpen)
        };
        Hypothesis {
            tokens,
            score,
            positional_scores,
        }
    }
}

impl Beam {
    fn followed_by(&self, candidate: &Candidate) -> Self {
        Self {
            last: Some(Rc::new(Word {
                id: candidate.word,
                score: candidate.own,
                before: self.last.clone(),
            })),
            total: candidate.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: usize = 8;

    /// Log-probabilities of the words that are named; the others have -9, and the special ones -20.
    fn row(named: &[(usize, f64)]) -> Vec<f64> {
        let mut row = vec![-9.0; WORDS];
        row[..4].fill(-20.0);
        for &(word, score) in named {
            row[word] = score;
        }
        row
    }

    impl Search {
        /// All words of every row.
        fn advanced(&mut self, scores: &[f64]) -> Option<Next> {
            let row = |row: &[f64]| (0..).zip(row.to_vec()).collect::<Vec<_>>().into_iter();
            self.advance(scores.chunks(WORDS).map(row))
        }
    }

    fn search(beam: usize, last: usize) -> Search {
        let config = GenerationConfig {
            beam,
            min_len: 0,
            ..GenerationConfig::default()
        };
        Search::new(config, last, 1)
    }

    fn tokens(hypotheses: &[Hypothesis]) -> Vec<Vec<i32>> {
        hypotheses
            .iter()
            .map(|hypothesis| hypothesis.tokens.clone())
            .collect()
    }

    #[test]
    fn an_end_within_the_beam_finishes_and_one_below_is_dropped() {
        let mut search = search(2, 10);
        let next = search.advanced(&row(&[(4, -1.0), (5, -2.0), (2, -3.0)])).unwrap();
        assert_eq!(next.words, [4, 5]);
        assert_eq!(next.rows, Some(vec![0, 0]));
        // The end after word 5 is third of all, and so not within the beam of 2.
        let scores = [row(&[(2, -0.5), (6, -1.0)]), row(&[(2, -0.75)])].concat();
        let next = search.advanced(&scores).unwrap();
        assert_eq!(next.words.len(), 2);
        assert_eq!(next.words[0], 6);
        let scores = [row(&[(2, -0.5)]), row(&[])].concat();
        assert_eq!(search.advanced(&scores), None);
        let done = search.finish();
        assert_eq!(tokens(&done[0]), [vec![4, 2], vec![4, 6, 2]]);
        assert_eq!(done[0][0].score, -1.5 / 2.0);
        assert_eq!(done[0][1].positional_scores, [-1.0, -1.0, -0.5]);
    }

    #[test]
    fn scores_are_divided_by_a_power_of_the_length_and_sorted() {
        for (lenpen, unnormalized, best) in [(1.0, false, 3), (0.0, false, 2), (1.0, true, 2)] {
            let mut search = search(2, 10);
            search.config.lenpen = lenpen;
            search.config.unnormalized = unnormalized;
            search.advanced(&row(&[(4, -1.0), (5, -1.5)])).unwrap();
            let scores = [row(&[(2, -1.0), (6, -0.25)]), row(&[])].concat();
            search.advanced(&scores).unwrap();
            let scores = [row(&[(2, -1.0)]), row(&[])].concat();
            search.advanced(&scores);
            // -2 over 2 tokens against -2.25 over 3.
            assert_eq!(
                search.finish()[0][0].tokens.len(),
                best,
                "{lenpen} {unnormalized}"
            );
        }
    }

    #[test]
    fn at_the_last_step_only_ends_are_left() {
        let mut search = search(2, 1);
        search.advanced(&row(&[(4, -1.0), (5, -2.0)])).unwrap();
        let scores = [row(&[(6, -0.1)]), row(&[(2, -3.0)])].concat();
        assert_eq!(search.advanced(&scores), None);
        assert_eq!(tokens(&search.finish()[0]), [vec![5, 2], vec![4, 2]]);
    }

    #[test]
    fn short_translations_padding_and_unknown_words_are_kept_down() {
        let mut search = search(1, 10);
        search.config.min_len = 1;
        search.config.unkpen = 2.0;
        let scores = row(&[(2, -0.1), (1, -0.1), (3, -0.5), (4, -2.0)]);
        assert_eq!(search.advanced(&scores).unwrap().words, [4]);
        assert_eq!(search.advanced(&scores), None);
        assert_eq!(tokens(&search.finish()[0]), [vec![4, 2]]);
    }

    #[test]
    fn sentences_that_are_done_leave() {
        let config = GenerationConfig {
            beam: 1,
            min_len: 0,
            ..GenerationConfig::default()
        };
        let mut search = Search::new(config, 10, 3);
        let scores = [row(&[(4, -1.0)]), row(&[(2, -1.0)]), row(&[(5, -1.0)])].concat();
        let next = search.advanced(&scores).unwrap();
        assert_eq!(next.words, [4, 5]);
        assert_eq!(next.rows, Some(vec![0, 2]));
        assert_eq!(next.sentences, Some(vec![0, 2]));
        let scores = [row(&[(6, -1.0)]), row(&[(7, -1.0)])].concat();
        let next = search.advanced(&scores).unwrap();
        assert_eq!((next.rows, next.sentences), (None, None));
        let scores = [row(&[(2, -1.0)]), row(&[(2, -1.0)])].concat();
        assert_eq!(search.advanced(&scores), None);
        let lengths: Vec<usize> = search.finish().iter().map(|h| h[0].tokens.len()).collect();
        assert_eq!(lengths, [3, 1, 3]);
    }

    #[test]
    fn scores_that_are_no_numbers_end_at_the_last_step() {
        let mut search = search(2, 1);
        let next = search.advanced(&[f64::NAN; WORDS]).unwrap();
        assert_eq!(next.words.len(), 2);
        assert_eq!(search.advanced(&[f64::NAN; 2 * WORDS]), None);
        assert_eq!(search.finish(), [[]]);
    }
}
