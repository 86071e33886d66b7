//! The pages that a paginated query is made of, without signals or subscriptions.
//!
//! The rules are those of `usePaginatedQuery` in `convex/react`: each page begins at the cursor where the page before
//! ended. A page that grew too long is read as two pages, which replace it once both have arrived.

use std::sync::Arc;

use crate::{
    call::{CallError, PageStatus, PaginationOptions, PaginationResult},
    value::Value,
};

/// Identifies a page while it is wanted.
pub(super) type PageKey = u32;

/// The wanted pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pages {
    initial: u32,
    /// The pages, in the order they are shown.
    shown: Vec<Page>,
    next: PageKey,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    key: PageKey,
    options: PaginationOptions,
    /// The two halves that will replace the page.
    halves: Option<[(PageKey, PaginationOptions); 2]>,
}

/// The current content of the pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading<T> {
    pub(super) items: Vec<T>,
    pub(super) end: End,
}

/// What comes after the items.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A page that is loading.
    Loading,
    /// More items, from this cursor on.
    More(String),
    /// Nothing.
    Done,
    Error(CallError),
}

/// Why the pages could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// The set of wanted pages has changed. Subscribe to them and read again.
    Changed,
    /// Convex no longer knows a cursor. Begin again.
    InvalidCursor(CallError),
}

impl Pages {
    /// The key of a list's first page.
    pub(super) const FIRST: PageKey = 0;

    /// Creates the first page, of `initial` items, for the list `id`.
    pub(super) fn new(initial: u32, id: u32) -> Self {
        let first = Page {
            key: Self::FIRST,
            options: PaginationOptions {
                id: Some(id),
                ..PaginationOptions::first(initial)
            },
            halves: None,
        };
        Self {
            initial,
            shown: vec![first],
            next: 1,
        }
    }

    /// Returns all calls to subscribe to.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (PageKey, &PaginationOptions)> {
        self.shown.iter().flat_map(|page| {
            let halves = page.halves.iter().flatten();
            std::iter::once((page.key, &page.options))
                .chain(halves.map(|(key, options)| (*key, options)))
        })
    }

    /// Returns whether a second page was ever asked for.
    pub(super) const fn is_first(&self) -> bool {
        self.next == 1
    }

    /// Asks for another page of `num_items` items, beginning at `cursor`.
    pub(super) fn load_more(&mut self, cursor: String, num_items: u32) {
        let Some(last) = self.shown.last() else {
            return;
        };
        let options = PaginationOptions {
            num_items,
            cursor: Some(cursor),
            end_cursor: None,
            id: last.options.id,
        };
        let key = self.new_key();
        self.shown.push(Page {
            key,
            options,
            halves: None,
        });
    }

    const fn new_key(&mut self) -> PageKey {
        let key = self.next;
        self.next += 1;
        key
    }

    /// Joins the results, and starts the split of pages that have become too long.
    ///
    /// # Errors
    /// [`Stale`] when something must be done before the pages can be read.
    pub(super) fn read<T: Clone>(
        &mut self,
        result: impl Fn(PageKey) -> Option<Result<Arc<PaginationResult<T>>, CallError>>,
    ) -> Result<Reading<T>, Stale> {
        let mut items = Vec::new();
        let mut end = End::Loading;
        for at in 0..self.shown.len() {
            let page = match result(self.shown[at].key) {
                None => {
                    return Ok(Reading {
                        items,
                        end: End::Loading,
                    });
                }
                Some(Err(error)) if is_invalid_cursor(&error) => {
                    return Err(Stale::InvalidCursor(error));
                }
                Some(Err(error)) => {
                    return Ok(Reading {
                        items,
                        end: End::Error(error),
                    });
                }
                Some(Ok(page)) => page,
            };
            if self.split(at, &page, |key| result(key).is_some()) {
                return Err(Stale::Changed);
            }
            // Items are missing from this page. They come with its halves.
            if page.page_status == Some(PageStatus::SplitRequired) {
                return Ok(Reading {
                    items,
                    end: End::Loading,
                });
            }
            items.extend_from_slice(&page.page);
            end = if page.is_done {
                End::Done
            } else {
                End::More(page.continue_cursor.clone())
            };
        }
        Ok(Reading { items, end })
    }

    /// Begins or completes the split of the page at `at` if it is due. Returns whether it was.
    fn split<T>(
        &mut self,
        at: usize,
        result: &PaginationResult<T>,
        is_there: impl Fn(PageKey) -> bool,
    ) -> bool {
        match &self.shown[at].halves {
            Some(halves) if halves.iter().all(|(key, _)| is_there(*key)) => self.complete_split(at),
            None if self.is_too_long(result) => self.begin_split(at, result),
            _ => return false,
        }
        true
    }

    fn is_too_long<T>(&self, result: &PaginationResult<T>) -> bool {
        let limit =
            usize::try_from(self.initial).map_or(usize::MAX, |items| items.saturating_mul(2));
        result.split_cursor.is_some() && (result.page_status.is_some() || result.page.len() > limit)
    }

    fn begin_split<T>(&mut self, at: usize, result: &PaginationResult<T>) {
        let (first, second) = (self.new_key(), self.new_key());
        let page = &mut self.shown[at];
        let until = PaginationOptions {
            end_cursor: result.split_cursor.clone(),
            ..page.options.clone()
        };
        let from = PaginationOptions {
            cursor: result.split_cursor.clone(),
            end_cursor: Some(result.continue_cursor.clone()),
            ..page.options.clone()
        };
        page.halves = Some([(first, until), (second, from)]);
    }

    fn complete_split(&mut self, at: usize) {
        let Some(halves) = self.shown[at].halves.take() else {
            return;
        };
        let pages = halves.map(|(key, options)| Page {
            key,
            options,
            halves: None,
        });
        self.shown.splice(at..=at, pages);
    }
}

/// Returns whether the query behind the cursors has changed, so that none of them is valid.
fn is_invalid_cursor(error: &CallError) -> bool {
    match error {
        CallError::Server { message } => message.contains("InvalidCursor"),
        CallError::Convex(error) => {
            let says = |field: &str| error.data.get(field);
            error.message.contains("InvalidCursor")
                || says("isConvexSystemError") == Some(&Value::Boolean(true))
                    && says("paginationError").and_then(Value::as_str) == Some("InvalidCursor")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Results = BTreeMap<PageKey, Result<PaginationResult<u32>, CallError>>;
    type Wanted = (PageKey, Option<String>, Option<String>);

    fn page(items: std::ops::Range<u32>, next: &str, is_done: bool) -> PaginationResult<u32> {
        PaginationResult {
            page: items.collect(),
            is_done,
            continue_cursor: next.to_owned(),
            split_cursor: None,
            page_status: None,
        }
    }

    fn read(pages: &mut Pages, results: &Results) -> Result<Reading<u32>, Stale> {
        pages.read(|key| Some(results.get(&key)?.clone().map(Arc::new)))
    }

    fn wanted(pages: &Pages) -> Vec<Wanted> {
        let page = |(key, options): (PageKey, &PaginationOptions)| {
            (key, options.cursor.clone(), options.end_cursor.clone())
        };
        pages.wanted().map(page).collect()
    }

    fn from_to(key: PageKey, from: Option<&str>, to: Option<&str>) -> Wanted {
        (key, from.map(str::to_owned), to.map(str::to_owned))
    }

    #[test]
    fn the_next_page_begins_where_the_last_one_ended() {
        let mut pages = Pages::new(2, 1);
        let mut results = Results::new();
        assert_eq!(read(&mut pages, &results).expect("reads").end, End::Loading);
        results.insert(0, Ok(page(0..2, "a", false)));
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: vec![0, 1],
                end: End::More("a".into())
            }
        );
        assert!(pages.is_first());
        pages.load_more("a".into(), 3);
        assert_eq!(
            wanted(&pages),
            [from_to(0, None, None), from_to(1, Some("a"), None)]
        );
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: vec![0, 1],
                end: End::Loading
            }
        );
        assert!(!pages.is_first());
        results.insert(1, Ok(page(2..4, "b", true)));
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: vec![0, 1, 2, 3],
                end: End::Done
            }
        );
    }

    #[test]
    fn a_page_that_has_grown_is_replaced_by_its_halves_once_both_have_arrived() {
        let mut pages = Pages::new(2, 1);
        let mut results = Results::new();
        let long = PaginationResult {
            split_cursor: Some("m".into()),
            ..page(0..5, "z", false)
        };
        results.insert(0, Ok(long));
        assert_eq!(read(&mut pages, &results), Err(Stale::Changed));
        let all = [
            from_to(0, None, None),
            from_to(1, None, Some("m")),
            from_to(2, Some("m"), Some("z")),
        ];
        assert_eq!(wanted(&pages), all);
        assert_eq!(
            read(&mut pages, &results).expect("reads").items.len(),
            5,
            "the long page shows meanwhile"
        );
        results.insert(1, Ok(page(0..2, "m", false)));
        assert_eq!(read(&mut pages, &results).expect("reads").items.len(), 5);
        results.insert(2, Ok(page(2..6, "z", false)));
        assert_eq!(read(&mut pages, &results), Err(Stale::Changed));
        assert_eq!(wanted(&pages), all[1..]);
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: (0..6).collect(),
                end: End::More("z".into())
            }
        );
    }

    #[test]
    fn items_end_before_a_page_that_must_be_split() {
        let mut pages = Pages::new(4, 1);
        let required = PaginationResult {
            split_cursor: Some("m".into()),
            page_status: Some(PageStatus::SplitRequired),
            ..page(0..1, "z", false)
        };
        let results = Results::from([(0, Ok(required))]);
        assert_eq!(read(&mut pages, &results), Err(Stale::Changed));
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: vec![],
                end: End::Loading
            }
        );
    }

    #[test]
    fn an_error_ends_the_list_and_an_invalid_cursor_makes_it_start_over() {
        let mut pages = Pages::new(2, 1);
        pages.load_more("a".into(), 2);
        let error = CallError::Server {
            message: "Server Error".into(),
        };
        let mut results = Results::from([(0, Ok(page(0..2, "a", false))), (1, Err(error.clone()))]);
        let reading = read(&mut pages, &results).expect("reads");
        assert_eq!(
            reading,
            Reading {
                items: vec![0, 1],
                end: End::Error(error)
            }
        );
        let data =
            serde_json::json!({"isConvexSystemError": true, "paginationError": "InvalidCursor"});
        let data = Value::from_json(data).expect("is a value");
        for error in [
            CallError::from_function("Uncaught ConvexError".into(), Some(data)),
            CallError::from_function("InvalidCursor: tried to run a query".into(), None),
        ] {
            results.insert(1, Err(error.clone()));
            assert_eq!(read(&mut pages, &results), Err(Stale::InvalidCursor(error)));
        }
    }
}
