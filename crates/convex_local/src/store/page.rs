//! Pages of a query, with cursors that stay good while the data change.
//!
//! A cursor is the key of the last document looked at, bound to the query by a hash, so that the
//! next page starts after it wherever it now stands. Source: `1.0/queryPage` in `query_impl.ts`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::query::{SerializedQuery, Stream};
use super::{ComponentPath, DbError, Transaction};

/// Rows a page reads at most when the caller sets no limit; the page then asks to be split.
const MAX_ROWS_READ: usize = 16_384;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageArgs {
    query: Json,
    cursor: Option<String>,
    end_cursor: Option<String>,
    page_size: f64,
    maximum_rows_read: Option<f64>,
}

/// Where a page starts or ends.
enum Cursor {
    /// After the document with this key.
    After(Vec<u8>),
    End,
}

impl Transaction {
    /// One page; the answer is what `paginate()` makes its result of.
    pub(crate) fn page(&mut self, component: &ComponentPath, args: Json) -> Result<Json, DbError> {
        let args: PageArgs = parse(args)?;
        let fingerprint = fingerprint(component, &args.query);
        let read = |cursor: &Option<String>| {
            cursor
                .as_deref()
                .map(|text| Cursor::decode(text, &fingerprint))
                .transpose()
        };
        let (from, until) = (read(&args.cursor)?, read(&args.end_cursor)?);
        let mut stream = Stream::open(self, component, parse::<SerializedQuery>(args.query)?)?;
        match from {
            Some(Cursor::End) => {
                let end = Cursor::End.encode(&fingerprint);
                return Ok(json!({ "page": [], "isDone": true, "continueCursor": end }));
            }
            Some(Cursor::After(key)) => stream.start_after(key),
            None => {}
        }
        let bounded = until.is_some();
        let ends_at_last = matches!(until, Some(Cursor::End) | None);
        if let Some(Cursor::After(key)) = until {
            stream.end_at(key);
        }
        let size = if bounded {
            usize::MAX
        } else {
            whole(args.page_size)
        };
        let most = args.maximum_rows_read.map_or(MAX_ROWS_READ, whole).max(1);
        let page = Page::read(self, &mut stream, size, most)?;
        let position = stream.position.take();
        let next = match (page.exhausted && ends_at_last, position) {
            (true, _) => Cursor::End,
            (false, Some(key)) if !(bounded && page.exhausted) => Cursor::After(key),
            // A page with a fixed end keeps that end, however many documents are left in it.
            _ => match (&args.end_cursor, &args.cursor) {
                (Some(cursor), _) | (None, Some(cursor)) => Cursor::decode(cursor, &fingerprint)?,
                (None, None) => Cursor::End,
            },
        };
        Ok(json!({
            "page": page.documents,
            "isDone": matches!(next, Cursor::End),
            "continueCursor": next.encode(&fingerprint),
            "splitCursor": page.middle.map(|key| Cursor::After(key).encode(&fingerprint)),
            "pageStatus": page.too_long.then_some("SplitRequired"),
        }))
    }
}

struct Page {
    documents: Vec<Json>,
    /// The key of the document in the middle, where the page can be cut in two.
    middle: Option<Vec<u8>>,
    /// Whether the range holds nothing more.
    exhausted: bool,
    /// Whether reading stopped for the sake of the limit on rows.
    too_long: bool,
}

impl Page {
    fn read(
        tx: &mut Transaction,
        stream: &mut Stream,
        size: usize,
        most: usize,
    ) -> Result<Self, DbError> {
        let mut documents = Vec::new();
        let mut keys = Vec::new();
        let mut exhausted = false;
        let mut rows = 0;
        while documents.len() < size && rows < most {
            let Some(document) = stream.advance(tx)? else {
                exhausted = true;
                break;
            };
            rows += 1;
            if stream.passes(&document)? {
                documents.push(document.to_json());
                keys.extend(stream.position.clone());
            }
        }
        let halves = keys.len() > 1 && stream.can_be_split();
        let middle = halves.then(|| keys.swap_remove((keys.len() - 1) / 2));
        let too_long = !exhausted && documents.len() < size;
        Ok(Self {
            documents,
            middle,
            exhausted,
            too_long,
        })
    }
}

impl Cursor {
    fn encode(&self, fingerprint: &str) -> String {
        let place = match self {
            Self::After(key) => BASE64.encode(key),
            Self::End => "end".to_owned(),
        };
        format!("{fingerprint}.{place}")
    }

    fn decode(text: &str, fingerprint: &str) -> Result<Self, DbError> {
        let invalid = || {
            DbError::new(format!(
                "InvalidCursor: Tried to run a query starting from a cursor, but it looks like \
                 this cursor is from a different query ({text:?})"
            ))
        };
        let (hash, place) = text.split_once('.').ok_or_else(invalid)?;
        match place {
            _ if hash != fingerprint => Err(invalid()),
            "end" => Ok(Self::End),
            key => BASE64.decode(key).map(Self::After).map_err(|_| invalid()),
        }
    }
}

/// Binds a cursor to a query; serde_json keeps the fields in the library's order.
fn fingerprint(component: &ComponentPath, query: &Json) -> String {
    let hash = Sha256::digest(format!("{}\n{query}", component.as_str()));
    BASE64.encode(&hash[..9])
}

/// A row count from a JavaScript number.
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
