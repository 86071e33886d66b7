//! Optimistic updates of paginated queries, as in `convex/react`.

use std::cmp::Ordering;

use serde::{Serialize, de::DeserializeOwned};

use super::OptimisticStore;
use crate::{
    call::{PaginationResult, Query},
    value::Value,
};

const OPTIONS: &str = "paginationOpts";

/// A loaded page.
struct Page<T> {
    query: Query<PaginationResult<T>>,
    result: PaginationResult<T>,
}

impl<T> Page<T> {
    fn option(&self, name: &str) -> Option<Value> {
        self.query.args().ok()?.get(OPTIONS)?.get(name).cloned()
    }

    fn is_first(&self) -> bool {
        self.option("cursor") == Some(Value::Null)
    }
}

/// Returns whether two calls have the same arguments apart from the page.
fn is_same_list<T>(one: &Query<T>, other: &Query<T>) -> bool {
    let rest = |query: &Query<T>| match query.args().map(|args| (**args).clone()) {
        Ok(Value::Object(mut args)) => {
            args.remove(OPTIONS);
            Some(args)
        }
        _ => None,
    };
    rest(one) == rest(other)
}

/// Changes to lists on the page. Any call of a list's function names the list: all calls of that function whose other
/// arguments are equal are its pages.
impl OptimisticStore<'_> {
    fn pages_of<T>(&self, list: &Query<PaginationResult<T>>) -> Vec<Page<T>>
    where
        T: DeserializeOwned,
    {
        let all = self.get_all(list).into_iter();
        all.filter(|(query, _)| is_same_list(query, list))
            .filter_map(|(query, result)| result.map(|result| Page { query, result }))
            .collect()
    }

    fn put_page<T>(&mut self, page: Page<T>)
    where
        T: Serialize + DeserializeOwned,
    {
        self.update(&page.query, |result| *result = page.result);
    }

    /// Changes the items of `list` in place: `optimisticallyUpdateValueInPaginatedQuery`.
    pub fn update_items<T>(
        &mut self,
        list: &Query<PaginationResult<T>>,
        mut change: impl FnMut(&mut T),
    ) where
        T: Serialize + DeserializeOwned,
    {
        for mut page in self.pages_of(list) {
            page.result.page.iter_mut().for_each(&mut change);
            self.put_page(page);
        }
    }

    /// Inserts `item` before the first page of `list`, if that page is loaded: `insertAtTop`.
    pub fn insert_at_top<T>(&mut self, list: &Query<PaginationResult<T>>, item: &T)
    where
        T: Clone + Serialize + DeserializeOwned,
    {
        for mut page in self.pages_of(list) {
            if page.is_first() {
                page.result.page.insert(0, item.clone());
                self.put_page(page);
            }
        }
    }

    /// Inserts `item` after the last page of `list`, if that page is loaded: `insertAtBottomIfLoaded`.
    pub fn insert_at_bottom_if_loaded<T>(&mut self, list: &Query<PaginationResult<T>>, item: &T)
    where
        T: Clone + Serialize + DeserializeOwned,
    {
        for mut page in self.pages_of(list) {
            if page.result.is_done {
                page.result.page.push(item.clone());
                self.put_page(page);
            }
        }
    }

    /// Inserts `item` at its place in `order`, which must be the list's order: `insertAtPosition`. If that place is
    /// on a page that is not loaded, nothing happens.
    pub fn insert_at_position<T>(
        &mut self,
        list: &Query<PaginationResult<T>>,
        item: &T,
        order: impl Fn(&T, &T) -> Ordering,
    ) where
        T: Clone + Serialize + DeserializeOwned,
    {
        let mut pages = self.pages_of(list);
        pages.retain(|page| !page.result.page.is_empty());
        // Each `use_paginated_query` has pages of its own, identified by their id.
        while let Some(id) = pages.first().map(|page| page.option("id")) {
            let of_list = |page: &Page<T>| page.option("id") == id;
            let (own, rest) = pages.into_iter().partition(of_list);
            pages = rest;
            if let Some(page) = insert_into(own, item, &order) {
                self.put_page(page);
            }
        }
    }
}

/// Returns the page for the item, together with the item.
fn insert_into<T: Clone>(
    mut pages: Vec<Page<T>>,
    item: &T,
    order: impl Fn(&T, &T) -> Ordering,
) -> Option<Page<T>> {
    let first = |page: &Page<T>| page.result.page.first().cloned();
    pages.sort_by(|one, other| match (first(one), first(other)) {
        (Some(one), Some(other)) => order(&one, &other),
        _ => Ordering::Equal,
    });
    let comes_after = |other: &T| order(item, other) == Ordering::Greater;
    // The item goes to the last page that begins before it. Only the list's first page takes an item before all
    // others.
    let begun = pages
        .iter()
        .take_while(|page| page.result.page.first().is_some_and(comes_after))
        .count();
    let last = begun == pages.len();
    let mut page = pages.into_iter().nth(begun.saturating_sub(1))?;
    let at = page
        .result
        .page
        .iter()
        .take_while(|other| comes_after(other))
        .count();
    let fits = if begun == 0 {
        page.is_first()
    } else {
        // After all loaded items, it may belong to a page that is not loaded.
        !last || at < page.result.page.len() || page.result.is_done
    };
    page.result.page.insert(at, item.clone());
    fits.then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::PaginationOptions,
        sync::optimistic::Results,
        value::{Encoded, to_value},
    };

    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Args {
        room: &'static str,
        pagination_opts: PaginationOptions,
    }

    fn page_of(room: &'static str, cursor: Option<&str>, id: u32) -> Query<PaginationResult<f64>> {
        let pagination_opts = PaginationOptions {
            cursor: cursor.map(str::to_owned),
            id: Some(id),
            ..PaginationOptions::first(3)
        };
        let args = Args {
            room,
            pagination_opts,
        };
        Query::new("messages:list", args)
    }

    fn list(room: &'static str) -> Query<PaginationResult<f64>> {
        page_of(room, None, 99)
    }

    fn put(
        results: &mut Results,
        query: &Query<PaginationResult<f64>>,
        page: &[f64],
        is_done: bool,
    ) {
        let result = PaginationResult {
            page: page.to_vec(),
            is_done,
            continue_cursor: String::new(),
            split_cursor: None,
            page_status: None,
        };
        let value = to_value(&result).expect("encodes");
        results.insert(query.key().expect("encodes"), Some(Ok(Encoded::of(&value))));
    }

    /// Creates two lists of room `a` (one with two pages, one with only its first) and one of room `b`.
    fn results(is_done: bool) -> Results {
        let mut results = Results::default();
        put(&mut results, &page_of("a", None, 0), &[1.0, 3.0], false);
        put(
            &mut results,
            &page_of("a", Some("x"), 0),
            &[5.0, 7.0],
            is_done,
        );
        put(&mut results, &page_of("a", None, 1), &[1.0], false);
        put(&mut results, &page_of("b", None, 2), &[1.0], true);
        results
    }

    fn items(results: &mut Results, room: &'static str, cursor: Option<&str>, id: u32) -> Vec<f64> {
        let store = OptimisticStore::new(results);
        store
            .get(&page_of(room, cursor, id))
            .expect("is there")
            .page
    }

    fn all(results: &mut Results) -> [Vec<f64>; 4] {
        [
            items(results, "a", None, 0),
            items(results, "a", Some("x"), 0),
            items(results, "a", None, 1),
            items(results, "b", None, 2),
        ]
    }

    fn inserted(item: f64, is_done: bool) -> [Vec<f64>; 4] {
        let mut results = results(is_done);
        let mut store = OptimisticStore::new(&mut results);
        store.insert_at_position(&list("a"), &item, f64::total_cmp);
        all(&mut results)
    }

    #[test]
    fn an_item_is_inserted_at_the_top_of_every_list_with_these_arguments() {
        let mut results = results(true);
        OptimisticStore::new(&mut results).insert_at_top(&list("a"), &0.0);
        let expected = [
            vec![0.0, 1.0, 3.0],
            vec![5.0, 7.0],
            vec![0.0, 1.0],
            vec![1.0],
        ];
        assert_eq!(all(&mut results), expected);
    }

    #[test]
    fn an_item_is_inserted_at_the_bottom_only_if_the_last_page_is_loaded() {
        let mut results = results(true);
        OptimisticStore::new(&mut results).insert_at_bottom_if_loaded(&list("a"), &9.0);
        let expected = [vec![1.0, 3.0], vec![5.0, 7.0, 9.0], vec![1.0], vec![1.0]];
        assert_eq!(all(&mut results), expected);
    }

    #[test]
    fn an_item_is_inserted_in_order_if_its_page_is_loaded() {
        let (whole, other) = (vec![5.0, 7.0], vec![1.0]);
        let first = vec![1.0, 3.0];
        let list = |item, is_done| {
            let [a, b, _, unrelated] = inserted(item, is_done);
            assert_eq!(unrelated, other);
            (a, b)
        };
        assert_eq!(list(0.0, false), (vec![0.0, 1.0, 3.0], whole.clone()));
        assert_eq!(list(2.0, false), (vec![1.0, 2.0, 3.0], whole.clone()));
        assert_eq!(list(4.0, false), (vec![1.0, 3.0, 4.0], whole.clone()));
        assert_eq!(list(6.0, false), (first.clone(), vec![5.0, 6.0, 7.0]));
        assert_eq!(list(9.0, false), (first.clone(), whole));
        assert_eq!(list(9.0, true), (first, vec![5.0, 7.0, 9.0]));
    }

    #[test]
    fn items_are_changed_on_all_pages() {
        let mut results = results(true);
        OptimisticStore::new(&mut results).update_items(&list("a"), |item| *item *= 10.0);
        let expected = [vec![10.0, 30.0], vec![50.0, 70.0], vec![10.0], vec![1.0]];
        assert_eq!(all(&mut results), expected);
    }
}
