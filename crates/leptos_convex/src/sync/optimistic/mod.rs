//! Optimistic updates: what the page shows before the server has confirmed it.

mod layers;
mod pages;

use std::{cell::RefCell, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

pub(super) use self::layers::Layers;
use super::QueryResult;
use crate::{
    call::{Query, QueryKey},
    value::{EncodeError, Encoded, Value, to_value},
    vec_map::VecMap,
};

type Update = dyn Fn(&mut OptimisticStore<'_>) + Send + Sync;

/// An update with its arguments, which can be applied repeatedly.
#[derive(Clone)]
pub(crate) struct OptimisticUpdate(Arc<Update>);

impl OptimisticUpdate {
    pub(crate) fn new(update: impl Fn(&mut OptimisticStore<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(update))
    }
}

/// The results that the queries on the page show. `None` is loading.
type Results = VecMap<QueryKey, Option<QueryResult>>;

/// The results of the queries on the page, for an optimistic update to change.
///
/// It contains only queries that the page subscribes to.
#[derive(Debug)]
pub struct OptimisticStore<'a> {
    results: &'a mut Results,
    /// The queries that the update has read or changed, with their results before it.
    touched: RefCell<Vec<(QueryKey, Option<QueryResult>)>>,
}

impl<'a> OptimisticStore<'a> {
    const fn new(results: &'a mut Results) -> Self {
        Self {
            results,
            touched: RefCell::new(Vec::new()),
        }
    }

    /// Records the result of `key`, if it is on the page, before the update changes it.
    fn touch(&self, key: &QueryKey) {
        let mut touched = self.touched.borrow_mut();
        if let Some(result) = self.results.get(key)
            && !touched.iter().any(|(known, _)| known == key)
        {
            touched.push((key.clone(), result.clone()));
        }
    }

    fn encoded(&self, key: &QueryKey) -> Option<&Encoded> {
        self.touch(key);
        self.results.get(key)?.as_ref()?.as_ref().ok()
    }
}

impl OptimisticStore<'_> {
    /// Returns the current result of `query`. Returns `None` while it is loading, has an error, or is not on the
    /// page.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, query: &Query<T>) -> Option<T> {
        query.read(self.encoded(&query.key().ok()?)?).ok()
    }

    /// Returns all queries of the function that `query` names, with any arguments, and their results.
    #[must_use]
    pub fn get_all<T: DeserializeOwned>(&self, query: &Query<T>) -> Vec<(Query<T>, Option<T>)> {
        let Ok(wanted) = query.key() else {
            return Vec::new();
        };
        let same_function = self
            .results
            .keys()
            .filter(|key| key.path() == wanted.path());
        same_function
            .filter_map(|key| {
                let query = Query::new(
                    key.path().to_owned(),
                    Value::from_json_str(key.args_json()).ok()?,
                );
                let result = self.get(&query);
                Some((query, result))
            })
            .collect()
    }

    /// Shows `result` for `query`; `None` shows it as loading. Queries that are not on the page are ignored, and so
    /// are results that Convex has no value for. Fields that `T` does not have are lost; [`OptimisticStore::update`]
    /// keeps them.
    pub fn set<T: Serialize>(&mut self, query: &Query<T>, result: Option<T>) {
        let Ok(key) = query.key() else { return };
        if let Ok(value) = result.map(|result| to_value(&result)).transpose() {
            self.put(&key, value.map(|value| Encoded::of(&value)));
        }
    }

    fn put(&mut self, key: &QueryKey, result: Option<Encoded>) {
        self.touch(key);
        if let Some(slot) = self.results.get_mut(key) {
            *slot = result.map(Ok);
        }
    }

    /// Changes the result of `query` in place, if there is one. Parts that `change` does not touch stay exactly as
    /// the backend sent them, including fields that `T` does not have. In a list, documents are matched by their
    /// `_id`.
    pub fn update<T: Serialize + DeserializeOwned>(
        &mut self,
        query: &Query<T>,
        change: impl FnOnce(&mut T),
    ) {
        let mut change = Some(change);
        self.change(query, &mut |result| {
            if let Some(change) = change.take() {
                change(result);
            }
        });
    }

    /// Compiled once for each type, not for each closure.
    fn change<T: Serialize + DeserializeOwned>(
        &mut self,
        query: &Query<T>,
        change: &mut dyn FnMut(&mut T),
    ) {
        let Ok(key) = query.key() else { return };
        let Some(former) = self.encoded(&key).cloned() else {
            return;
        };
        let Ok(mut result) = query.read(&former) else {
            return;
        };
        let before = to_value(&result);
        change(&mut result);
        self.edit(&key, &former, before, to_value(&result));
    }

    /// Changes the document with this `_id` in a list, in place, if it is there. No other document is read or
    /// written, so this costs a small part of what [`OptimisticStore::update`] costs for a long list.
    pub fn update_document<T: Serialize + DeserializeOwned>(
        &mut self,
        list: &Query<Vec<T>>,
        id: impl AsRef<str>,
        change: impl FnOnce(&mut T),
    ) {
        let mut change = Some(change);
        self.change_document(list, id.as_ref(), &mut |document| {
            if let Some(change) = change.take() {
                change(document);
            }
        });
    }

    fn change_document<T: Serialize + DeserializeOwned>(
        &mut self,
        list: &Query<Vec<T>>,
        id: &str,
        change: &mut dyn FnMut(&mut T),
    ) {
        let Ok(key) = list.key() else { return };
        let document = self.encoded(&key).and_then(|list| list.document(id));
        let Some(former) = document else { return };
        let Ok(mut document) = former.decode() else {
            return;
        };
        let before = to_value(&document);
        change(&mut document);
        if let (Ok(before), Ok(after)) = (before, to_value(&document)) {
            self.put(&key, Some(former.edited(&before, &after)));
        }
    }

    fn edit(
        &mut self,
        key: &QueryKey,
        former: &Encoded,
        before: Result<Value, EncodeError>,
        after: Result<Value, EncodeError>,
    ) {
        if let (Ok(before), Ok(after)) = (before, after) {
            self.put(key, Some(former.edited(&before, &after)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    /// The part of a document that the page reads.
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Part {
        #[serde(rename = "_id")]
        id: String,
        n: f64,
    }

    fn list() -> Query<Vec<Part>> {
        Query::new("parts:list", ())
    }

    fn results(list_of: &serde_json::Value) -> Results {
        let mut results = Results::default();
        let text = Encoded::parse(&list_of.to_string()).expect("is a value");
        results.insert(list().key().expect("encodes"), Some(Ok(text)));
        results
    }

    fn text(results: &Results) -> &str {
        let result = results.get(&list().key().expect("encodes"));
        let result = result.and_then(Option::as_ref).expect("is there");
        result.as_ref().expect("is no error").text()
    }

    #[test]
    fn one_document_is_changed_and_the_others_are_not_decoded() {
        let other = json!({"_id": "b", "n": "of another type", "x": {"_id": "a"}});
        let mut results = results(&json!([other, 7, {"_id": "a", "n": 1.0, "x": [1.0]}]));
        let mut store = OptimisticStore::new(&mut results);
        store.update_document(&list(), "a", |part| part.n += 1.0);
        store.update_document(&list(), "b", |part| part.n += 1.0);
        store.update_document(&list(), "c", |part| part.n += 1.0);
        let (start, end) = (other.to_string(), r#"{"_id":"a","n":2,"x":[1.0]}"#);
        assert_eq!(text(&results), format!("[{start},7,{end}]"));
    }

    proptest! {
        #[test]
        fn update_document_does_the_same_as_update_of_the_list(
            numbers in prop::collection::vec(-4_i8..4, 0..6),
            id in 0_usize..8,
            by in -2_i8..3,
        ) {
            let document = |(id, n)| json!({"_id": format!("id {id}"), "n": n, "x": [n]});
            let all = numbers.into_iter().enumerate().map(document).collect();
            let (mut one, mut whole) = (results(&all), results(&all));
            let id = format!("id {id}");
            OptimisticStore::new(&mut one).update_document(&list(), &id, |part| part.n += f64::from(by));
            OptimisticStore::new(&mut whole).update(&list(), |parts| {
                for part in parts.iter_mut().filter(|part| part.id == id) {
                    part.n += f64::from(by);
                }
            });
            prop_assert_eq!(text(&one), text(&whole));
        }
    }
}
