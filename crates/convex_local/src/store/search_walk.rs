//! The walk along the results of a search, one document at a time.

use super::error::DbError;
use super::model::{ComponentPath, Found};
use super::reader::Reader;
use super::search::{Answer, MAX_ANSWERS, Question, answer_id_key, answers};

/// A search while its results are read. It runs when the first one is requested.
#[derive(Debug)]
pub(crate) struct SearchWalk {
    component: ComponentPath,
    table: String,
    index: String,
    question: Question,
    /// The results before and at this key are left out.
    after: Option<Vec<u8>>,
    /// The results after this key are left out.
    until: Option<Vec<u8>>,
    answers: Option<std::vec::IntoIter<Answer>>,
    looked_at: usize,
}

impl SearchWalk {
    pub(crate) fn new(
        component: &ComponentPath,
        table: &str,
        index: &str,
        question: Question,
    ) -> Self {
        Self {
            component: component.clone(),
            table: table.to_owned(),
            index: index.to_owned(),
            question,
            after: None,
            until: None,
            answers: None,
            looked_at: 0,
        }
    }

    /// Returns the next result and its key.
    pub(crate) fn next(&mut self, tx: &mut Reader) -> Result<Option<Found>, DbError> {
        let mut answers = match self.answers.take() {
            Some(answers) => answers,
            None => self.search(tx),
        };
        let found = self.next_of(&mut answers, tx);
        self.answers = Some(answers);
        found
    }

    fn next_of(
        &mut self,
        answers: &mut std::vec::IntoIter<Answer>,
        tx: &Reader,
    ) -> Result<Option<Found>, DbError> {
        loop {
            if self.looked_at == MAX_ANSWERS {
                return Err(DbError::new(format!(
                    "Search query scanned too many documents (fetched {MAX_ANSWERS}). Consider \
                     using a smaller limit, paginating the query, or using a filter field to \
                     limit the number of documents pulled from the search index."
                )));
            }
            let Some(Answer { id, key }) = answers.next() else {
                return Ok(None);
            };
            self.looked_at += 1;
            // The mutation that searches may have changed or deleted it since the search.
            let table = tx.view.table(&self.component, &self.table);
            if let Some(document) = table.and_then(|table| table.get(id)) {
                return Ok(Some((key, document.clone())));
            }
        }
    }

    fn search(&self, tx: &mut Reader) -> std::vec::IntoIter<Answer> {
        let index = tx.view.table(&self.component, &self.table);
        let index = index.and_then(|table| table.searches.get(&self.index));
        let mut found = index.map_or_else(Vec::new, |index| answers(index, &self.question));
        tx.reads
            .record_search(&self.component, &self.table, &self.question);
        let after = self.after.as_ref().map(|key| place(&found, key));
        let until = self.until.as_ref().map(|key| place(&found, key));
        found.retain(|Answer { key, .. }| {
            after.as_ref().is_none_or(|after| key > after)
                && until.as_ref().is_none_or(|until| key <= until)
        });
        found.into_iter()
    }

    /// Leaves out everything up to and including the answer with this key.
    pub(crate) fn start_after(&mut self, key: Vec<u8>) {
        self.after = Some(key);
    }

    /// Stops after the answer with this key.
    pub(crate) fn end_at(&mut self, key: Vec<u8>) {
        self.until = Some(key);
    }
}

/// Returns the current key of the result with this key: each added or removed document shifts all scores. If it no
/// longer matches, returns its former key.
fn place(answers: &[Answer], key: &[u8]) -> Vec<u8> {
    let mut answers = answers.iter();
    let same = answers.find(|answer| key.ends_with(&answer_id_key(answer.id)));
    same.map_or_else(|| key.to_vec(), |answer| answer.key.clone())
}
