//! Pages of a query, with cursors that stay valid while the data change.
//!
//! A cursor is the key of the last document looked at, so that the next page starts there
//! even if that document has moved. Source: `1.0/queryPage` in `query_impl.ts`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::cursor::Cursor;
use super::error::DbError;
use super::model::{ComponentPath, Document};
use super::query::{SerializedQuery, Stream};
use super::reader::Reader;
use super::transaction::Transaction;

/// The most rows that a page reads when the caller sets no limit. A page that reaches it asks to be split.
const MAX_ROWS_READ: usize = 16_384;
/// The most bytes that a page reads when the caller sets no limit.
const MAX_BYTES_READ: usize = 1 << 24;
/// A longer page asks to be split.
const LONG_PAGE: usize = 8192 / 4 * 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageArgs {
    query: Json,
    cursor: Option<String>,
    end_cursor: Option<String>,
    page_size: f64,
    maximum_rows_read: Option<f64>,
    maximum_bytes_read: Option<f64>,
}

/// How much a page may hold and read.
struct Limits {
    documents: usize,
    rows: usize,
    bytes: usize,
}

impl Transaction {
    /// Reads one page.
    ///
    /// # Errors
    /// The mistake of the function, worded for its author.
    pub(crate) fn page(
        &mut self,
        component: &ComponentPath,
        args: Json,
    ) -> Result<PageAnswer, DbError> {
        let args: PageArgs = parse(args)?;
        let limits = Limits::of(&args)?;
        let fingerprint = fingerprint(component, &args.query);
        let key = self.cursors.clone();
        let open = |text: &str| key.open(text, &fingerprint).ok_or_else(|| invalid(text));
        let seal = |cursor: &Cursor| key.seal(cursor, &fingerprint);
        let read = |cursor: &Option<String>| cursor.as_deref().map(open).transpose();
        let (from, until) = (read(&args.cursor)?, read(&args.end_cursor)?);
        let mut stream = Stream::open(
            &self.reader,
            component,
            parse::<SerializedQuery>(args.query)?,
        )?;
        match from {
            Some(Cursor::End) => {
                let end = seal(&Cursor::End)?;
                let text = json!({ "page": [], "isDone": true, "continueCursor": end });
                return Ok(PageAnswer {
                    text: text.to_string(),
                    cursor: end,
                });
            }
            Some(Cursor::After(key)) => stream.start_after(key),
            None => {}
        }
        if let Some(Cursor::After(key)) = &until {
            stream.end_at(key.clone());
        }
        let page = Page::read(&mut self.reader, &mut stream, &limits, until.is_some());
        stream.note(&mut self.reader)?;
        let page = page?;
        let next = match (until, stream.position.take()) {
            // A page with a fixed end keeps that end, however many documents are left in it.
            (Some(end), _) => end,
            (None, Some(key)) if !page.exhausted => Cursor::After(key),
            (None, _) => Cursor::End,
        };
        let cursor = seal(&next)?;
        let documents: Vec<_> = page
            .documents
            .iter()
            .map(|document| document.shown())
            .collect();
        let rest = json!({
            "isDone": matches!(next, Cursor::End),
            "continueCursor": cursor,
            "splitCursor": page.middle.map(|key| seal(&Cursor::After(key))).transpose()?,
            "pageStatus": page.status,
        });
        // The documents are already text, the rest is an object with some fields.
        let rest = rest.to_string();
        let text = format!("{{\"page\":[{}],{}", documents.join(","), &rest[1..]);
        Ok(PageAnswer { text, cursor })
    }
}

/// The answer to `1.0/queryPage`.
pub(crate) struct PageAnswer {
    /// The JSON of the result of `paginate()`.
    pub(crate) text: String,
    /// Where the next page begins.
    pub(crate) cursor: String,
}

struct Page {
    documents: Vec<Arc<Document>>,
    /// The key of the row in the middle, where the page can be cut in two.
    middle: Option<Vec<u8>>,
    /// Whether the range holds nothing more.
    exhausted: bool,
    /// `SplitRequired` if reading stopped at a limit.
    status: Option<&'static str>,
}

impl Limits {
    fn of(args: &PageArgs) -> Result<Self, DbError> {
        let limits = Self {
            documents: whole(args.page_size),
            rows: args.maximum_rows_read.map_or(MAX_ROWS_READ, whole),
            bytes: args.maximum_bytes_read.map_or(MAX_BYTES_READ, whole),
        };
        if limits.documents == 0 {
            return Err(DbError::new(
                "Must request at least 1 document while paginating",
            ));
        }
        if limits.rows == 0 || limits.bytes == 0 {
            return Err(DbError::new(
                "maximumRowsRead and maximumBytesRead must be greater than 0",
            ));
        }
        Ok(limits)
    }

    fn allow(&self, rows: usize, bytes: usize) -> bool {
        rows < self.rows && bytes < self.bytes
    }

    /// Returns whether three quarters of a limit are read.
    fn are_near(&self, rows: usize, bytes: usize) -> bool {
        let soft = |limit: usize| limit.saturating_mul(3) / 4;
        rows > soft(self.rows) || bytes > soft(self.bytes)
    }
}

impl Page {
    /// Reads until a limit is reached, or to the end if that is fixed (`bounded`).
    fn read(
        tx: &mut Reader,
        stream: &mut Stream,
        limits: &Limits,
        bounded: bool,
    ) -> Result<Self, DbError> {
        let mut documents = Vec::new();
        let mut keys = Vec::new();
        let mut exhausted = false;
        let mut bytes = 0;
        while bounded || documents.len() < limits.documents && limits.allow(keys.len(), bytes) {
            let Some(document) = stream.advance(tx)? else {
                exhausted = true;
                break;
            };
            keys.extend(stream.position.clone());
            bytes += document.size();
            if stream.passes(&document)? {
                documents.push(document);
            }
        }
        let status = if !exhausted && documents.len() < limits.documents {
            Some("SplitRequired")
        } else if limits.are_near(keys.len(), bytes) || documents.len() > LONG_PAGE {
            Some("SplitRecommended")
        } else {
            None
        };
        let halves = keys.len() > 2 && stream.can_be_split();
        let middle = halves.then(|| keys.swap_remove(keys.len() / 2));
        Ok(Self {
            documents,
            middle,
            exhausted,
            status,
        })
    }
}

/// Returns the error of an invalid cursor.
fn invalid(text: &str) -> DbError {
    DbError::new(format!(
        "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor \
         is from a different query ({text:?})"
    ))
}

/// Returns the hash that binds a cursor to a query. The functions library serializes equal queries equally.
pub(super) fn fingerprint(component: &ComponentPath, query: &Json) -> [u8; 32] {
    Sha256::digest(format!("{}\n{query}", component.as_str())).into()
}

/// Returns a row count from a JavaScript number.
fn whole(n: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let whole = n as usize;
    whole
}

fn parse<T: serde::de::DeserializeOwned>(json: Json) -> Result<T, DbError> {
    serde_json::from_value(json).map_err(|error| DbError::new(format!("Invalid query: {error}")))
}
