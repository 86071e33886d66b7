//! The arguments and results of paginated queries: `paginationOptsValidator` and `PaginationResult` of
//! `convex/server`.

use serde::{Deserialize, Serialize, Serializer};

/// A request for one page: the argument `paginationOpts` of a function that calls `.paginate(…)`.
///
/// [`use_paginated_query`](crate::use_paginated_query) makes these; by hand,
/// [`PaginationOptions::first`] and [`PaginationOptions::after`] do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "Wire")]
#[non_exhaustive]
pub struct PaginationOptions {
    /// How many items the page should have. The page may become longer or shorter as data changes.
    #[serde(serialize_with = "as_number")]
    pub num_items: u32,
    /// Where the page begins. `None` is the beginning of the list.
    pub cursor: Option<String>,
    /// Where the page ends, for pages that must not overlap. With `None`, `num_items` decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_cursor: Option<String>,
    /// Identifies the list that asks, so that each list has page boundaries of its own.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_number_if_any"
    )]
    pub id: Option<u32>,
}

impl PaginationOptions {
    /// Asks for the first `num_items` items.
    #[must_use]
    pub const fn first(num_items: u32) -> Self {
        Self {
            num_items,
            cursor: None,
            end_cursor: None,
            id: None,
        }
    }

    /// Asks for the next `num_items` items, from a former page's [`continue_cursor`](PaginationResult).
    #[must_use]
    pub fn after(cursor: impl Into<String>, num_items: u32) -> Self {
        Self {
            cursor: Some(cursor.into()),
            ..Self::first(num_items)
        }
    }
}

/// Writes a number as a float. A Rust integer would become a Convex `int64`.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn as_number<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*number))
}

#[expect(clippy::ref_option, reason = "serde hands out references")]
fn as_number_if_any<S: Serializer>(number: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
    number.map(f64::from).serialize(serializer)
}

/// The form sent to Convex.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    num_items: f64,
    cursor: Option<String>,
    #[serde(default)]
    end_cursor: Option<String>,
    #[serde(default)]
    id: Option<f64>,
}

impl From<Wire> for PaginationOptions {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and a page has no more items than that"
    )]
    fn from(wire: Wire) -> Self {
        Self {
            num_items: wire.num_items as u32,
            cursor: wire.cursor,
            end_cursor: wire.end_cursor,
            id: wire.id.map(|id| id as u32),
        }
    }
}

/// One page of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaginationResult<T> {
    /// The items.
    pub page: Vec<T>,
    /// Whether this is the last page.
    pub is_done: bool,
    /// Where the next page begins.
    pub continue_cursor: String,
    /// Where to split this page when it has become too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_cursor: Option<String>,
    /// Whether the page should be split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_status: Option<PageStatus>,
}

/// Convex's verdict on a page's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PageStatus {
    /// The page has become long. Reading it as two pages would be quicker.
    SplitRecommended,
    /// The page has become too long to be read whole. Items are missing from it.
    SplitRequired,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{from_value, to_value};

    #[test]
    fn options_have_the_form_that_the_validator_accepts() {
        let options = PaginationOptions {
            id: Some(7),
            ..PaginationOptions::first(20)
        };
        let value = to_value(&options).expect("encodes");
        assert_eq!(
            value.to_json(),
            serde_json::json!({"numItems": 20, "cursor": null, "id": 7})
        );
        assert_eq!(
            from_value::<PaginationOptions>(value).expect("decodes"),
            options
        );
        let next = to_value(&PaginationOptions::after("abc", 5)).expect("encodes");
        assert_eq!(
            next.to_json(),
            serde_json::json!({"numItems": 5, "cursor": "abc"})
        );
    }

    #[test]
    fn a_page_may_omit_the_fields_about_splitting() {
        let page = serde_json::json!({"page": ["a"], "isDone": false, "continueCursor": "c", "splitCursor": null, "pageStatus": null});
        let page: PaginationResult<String> = serde_json::from_value(page).expect("reads");
        assert_eq!((page.split_cursor, page.page_status), (None, None));
        let page = serde_json::json!({"page": ["a"], "isDone": true, "continueCursor": "c"});
        assert!(
            serde_json::from_value::<PaginationResult<String>>(page)
                .expect("reads")
                .is_done
        );
    }
}
