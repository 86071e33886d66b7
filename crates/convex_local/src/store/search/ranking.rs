//! The best results of a search, best first.
//!
//! BM25 with the original's constants (`Bm25Weight` of its Tantivy, `crates/search/src/lib.rs`):
//! words that only begin with the last search word count half, lengths of documents are rounded as
//! Tantivy stores them, equal scores are ordered by creation, newest first.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::super::id::{DocumentId, InternalId};
use super::Question;
use super::index::{Posting, SearchIndex};
use crate::value::{Value, encode_key};

/// The most results of one search.
pub(crate) const MAX_ANSWERS: usize = 1024;
/// The most different words that one search looks up, filters among them.
const MAX_LOOKUPS: usize = 64;
/// The weight of a word that only begins with the last search word.
const BEGINNING: f32 = 0.5;

/// BM25's `k1`: how soon repetitions of a word stop counting.
const K1: f32 = 1.2;
/// BM25's `b`: how much the length of a document counts.
const B: f32 = 0.75;

/// One result.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) id: DocumentId,
    /// Sorts in the order of the results; cursors contain it.
    pub(crate) key: Vec<u8>,
}

/// Returns the best results, at most [`MAX_ANSWERS`].
pub(crate) fn answers(index: &SearchIndex, question: &Question) -> Vec<Answer> {
    let mut scores: HashMap<InternalId, f32> = HashMap::new();
    for Lookup { postings, boost } in lookups(index, question) {
        let weight = Weight::new(index, postings.len(), boost);
        for (id, posting) in postings {
            *scores.entry(id).or_default() += weight.score(posting.count, posting.length);
        }
    }
    let mut ranked: Vec<(f32, f64, DocumentId)> = scores
        .into_iter()
        .filter_map(|(id, score)| Some((score, index.documents.get(&id)?)))
        .filter(|(_, entry)| {
            question.filters.is_empty() || question.passes(&entry.document.fields())
        })
        .map(|(score, entry)| (score, entry.created, entry.document.id))
        .collect();
    if ranked.len() > MAX_ANSWERS {
        ranked.select_nth_unstable_by(MAX_ANSWERS, better_first);
        ranked.truncate(MAX_ANSWERS);
    }
    ranked.sort_unstable_by(better_first);
    let answer = |(score, created, id): (f32, f64, DocumentId)| Answer {
        id,
        key: key(score, created, id),
    };
    ranked.into_iter().map(answer).collect()
}

/// A word of the index that the search looks up.
struct Lookup {
    /// The documents that contain it.
    postings: Vec<(InternalId, Posting)>,
    /// How much it counts.
    boost: f32,
}

fn lookups(index: &SearchIndex, question: &Question) -> Vec<Lookup> {
    let asked: BTreeSet<&str> = question.words.iter().map(String::as_str).collect();
    let exact = |word: &&str| {
        let found = index.from(word).take_while(|(found, ..)| found == word);
        let postings: Vec<_> = found.map(|(_, id, posting)| (id, posting)).collect();
        let lookup = Lookup {
            postings,
            boost: 1.0,
        };
        (!lookup.postings.is_empty()).then_some(lookup)
    };
    let mut lookups: Vec<_> = asked.iter().filter_map(exact).collect();
    if let Some(last) = question.words.last() {
        let room = MAX_LOOKUPS.saturating_sub(lookups.len() + question.filters.len());
        lookups.extend(begun(index, last, &asked, room));
    }
    lookups
}

/// Returns the first words, at most `most`, that begin with `beginning` and are not search words themselves.
fn begun(index: &SearchIndex, beginning: &str, asked: &BTreeSet<&str>, most: usize) -> Vec<Lookup> {
    let mut lookups: Vec<Lookup> = Vec::new();
    let mut before = "";
    let words = index.from(beginning);
    let words = words.take_while(|(word, ..)| word.starts_with(beginning));
    for (word, id, posting) in words.filter(|(word, ..)| !asked.contains(word)) {
        if word != before {
            if lookups.len() == most {
                break;
            }
            lookups.push(Lookup {
                postings: Vec::new(),
                boost: BEGINNING,
            });
            before = word;
        }
        if let Some(lookup) = lookups.last_mut() {
            lookup.postings.push((id, posting));
        }
    }
    lookups
}

/// The contribution of one word to the scores of documents that contain it.
struct Weight {
    weight: f32,
    /// Words in a document on average.
    average: f32,
}

impl Weight {
    /// Creates the weight of a word that occurs in `documents` documents of the index.
    #[expect(clippy::cast_precision_loss, reason = "as in the original")]
    fn new(index: &SearchIndex, documents: usize, boost: f32) -> Self {
        let all = index.documents.len();
        let rarity = (all.saturating_sub(documents) as f32 + 0.5) / (documents as f32 + 0.5);
        Self {
            weight: (1.0 + rarity).ln() * (1.0 + K1) * boost,
            average: index.length as f32 / all as f32,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "as in the original")]
    fn score(&self, count: u32, length: u32) -> f32 {
        let relative = rounded(length) as f32 / self.average;
        let count = count as f32;
        self.weight * (count / (count + K1 * (1.0 - B + B * relative)))
    }
}

/// Returns a document's length as Tantivy keeps it in a byte: exact up to 40, then the four highest bits
/// of what is over 24.
fn rounded(length: u32) -> u32 {
    const EXACT: u32 = 24;
    let Some(over) = length.checked_sub(EXACT) else {
        return length;
    };
    let dropped = (u32::BITS - over.leading_zeros()).saturating_sub(4);
    EXACT + (over >> dropped << dropped)
}

fn better_first(
    (score, created, id): &(f32, f64, DocumentId),
    (other, before, other_id): &(f32, f64, DocumentId),
) -> Ordering {
    let order = other.total_cmp(score).then(before.total_cmp(created));
    order.then(id.internal.cmp(&other_id.internal))
}

fn key(score: f32, created: f64, id: DocumentId) -> Vec<u8> {
    let score = Value::Float64(-f64::from(score));
    let created = Value::Float64(-created);
    [
        encode_key([Some(&score), Some(&created)]),
        answer_id_key(id),
    ]
    .concat()
}

/// Returns the end of a document's keys.
pub(crate) fn answer_id_key(id: DocumentId) -> Vec<u8> {
    encode_key([Some(&Value::Bytes(id.internal.to_vec()))])
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn lengths_are_rounded_down_to_what_a_byte_holds() {
        for exact in 0..=40 {
            assert_eq!(rounded(exact), exact);
        }
        let table = [(41, 40), (42, 42), (55, 54), (56, 56), (59, 56), (103, 96)];
        for (length, kept) in table.into_iter().chain([(1000, 984), (1048, 1048)]) {
            assert_eq!(rounded(length), kept, "{length}");
        }
    }
}
