//! The rows of a text, each with its number: lines of JSON, a JSON array, CSV.

use std::io::{BufRead, ErrorKind, Read as _};

use serde_json::{Map, Value as Json};

use super::error::TransferError;

/// The longest line. A document has at most 1 MiB; escapes can make it several times as long.
const LINE_LIMIT: u64 = 16 << 20;
/// The longest JSON array, which is read as a whole, as on Convex.
const ARRAY_LIMIT: u64 = 16 << 20;
/// The most bytes of all rows of an import, which are read into memory.
const ROWS_LIMIT: u64 = 2 << 30;

/// The number of bytes that may still be read. A ZIP file of a few kilobytes can hold gigabytes.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(ROWS_LIMIT)
    }
}

impl Budget {
    fn take(&mut self, bytes: usize) -> Result<(), TransferError> {
        self.0 = self.0.checked_sub(bytes as u64).ok_or_else(|| {
            let gib = ROWS_LIMIT >> 30;
            TransferError::TooLarge(format!(
                "The import holds more than {gib} GiB of documents. Import its tables one by one."
            ))
        })?;
        Ok(())
    }
}

type Each<'a> = &'a mut dyn FnMut(u64, Json) -> Result<(), TransferError>;

/// Passes on each line with its number, from 1. Empty lines are skipped.
pub(super) fn json_lines(
    file: &str,
    mut reader: impl BufRead,
    budget: &mut Budget,
    each: Each<'_>,
) -> Result<(), TransferError> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = (&mut reader)
            .take(LINE_LIMIT + 1)
            .read_until(b'\n', &mut line);
        let read = read.map_err(|error| unreadable(file, error))?;
        if read == 0 {
            break;
        }
        if read as u64 > LINE_LIMIT {
            let reason = format!("is longer than {} MiB", LINE_LIMIT >> 20);
            return Err(TransferError::row(file, number, reason));
        }
        budget.take(read)?;
        let text = if number == 1 {
            without_mark(&line)
        } else {
            &line
        };
        if text.trim_ascii().is_empty() {
            continue;
        }
        let json = serde_json::from_slice(text).map_err(|error| {
            TransferError::row(file, number, format!("wasn't valid JSON: {error}"))
        })?;
        each(number, json)?;
    }
    Ok(())
}

/// Passes on each item of an array with its number, from 1.
pub(super) fn json_array(
    file: &str,
    reader: impl BufRead,
    each: Each<'_>,
) -> Result<(), TransferError> {
    let mut text = Vec::new();
    let read = reader.take(ARRAY_LIMIT + 1).read_to_end(&mut text);
    let read = read.map_err(|error| unreadable(file, error))?;
    if read as u64 > ARRAY_LIMIT {
        return Err(TransferError::TooLarge(format!(
            "Import is too large for JSON (maximum {} MiB). Consider converting data to JSONLines",
            ARRAY_LIMIT >> 20
        )));
    }
    let json = serde_json::from_slice(without_mark(&text));
    match json.map_err(|error| TransferError::entry(file, format!("Not valid JSON: {error}")))? {
        Json::Array(items) => (1..).zip(items).try_for_each(|(row, item)| each(row, item)),
        _ => Err(TransferError::entry(file, "Not a JSON array")),
    }
}

/// Passes on each row under the header, numbered from 1: numbers as numbers, everything else as text.
pub(super) fn csv(
    file: &str,
    reader: impl BufRead,
    budget: &mut Budget,
    each: Each<'_>,
) -> Result<(), TransferError> {
    let mut reader = csv::Reader::from_reader(reader);
    let names = reader.headers();
    let names = names.map_err(|error| TransferError::entry(file, error.to_string()))?;
    let names: Vec<String> = names
        .iter()
        .map(|name| {
            name.trim_start_matches('\u{feff}')
                .trim_matches(' ')
                .to_owned()
        })
        .collect();
    for (row, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|error| {
            let reason = match error.kind() {
                csv::ErrorKind::UnequalLengths { .. } => {
                    "doesn't have all of the fields in the header".to_owned()
                }
                _ => format!("could not be read: {error}"),
            };
            TransferError::row(file, row, reason)
        })?;
        budget.take(record.as_slice().len())?;
        let cells = names.iter().cloned().zip(record.iter().map(cell));
        each(row, Json::Object(cells.collect::<Map<_, _>>()))?;
    }
    Ok(())
}

fn cell(text: &str) -> Json {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| Json::from(text), Json::from)
}

/// Cuts off the byte order mark that some programs put before UTF-8.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

fn unreadable(file: &str, error: std::io::Error) -> TransferError {
    match error.kind() {
        // These are the errors of a damaged ZIP file.
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            TransferError::BadZip(format!("{file}: {error}"))
        }
        _ => TransferError::disk(format!("cannot read {file}"))(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collect(
        read: impl FnOnce(Each<'_>) -> Result<(), TransferError>,
    ) -> Result<Vec<(u64, Json)>, String> {
        let mut rows = Vec::new();
        read(&mut |row, json| {
            rows.push((row, json));
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        Ok(rows)
    }

    #[test]
    fn lines_keep_their_numbers() {
        let lines = |text: &'static str| {
            collect(|each| json_lines("t.jsonl", text.as_bytes(), &mut Budget::default(), each))
        };
        assert_eq!(
            lines("\u{feff}{\"a\":1}\r\n\n{}"),
            Ok(vec![(1, json!({ "a": 1 })), (3, json!({}))])
        );
        let error = lines("{}\n{\"a\":\n").expect_err("half a line");
        assert!(
            error.starts_with("t.jsonl: Row 2 wasn't valid JSON: "),
            "{error}"
        );
    }

    #[test]
    fn a_line_that_does_not_end_is_refused() {
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        let error = collect(|each| json_lines("t", endless, &mut Budget::default(), each));
        assert_eq!(error, Err("t: Row 1 is longer than 16 MiB".to_owned()));
        let mut small = Budget(3);
        let error = collect(|each| json_lines("t", "{}\n{}\n".as_bytes(), &mut small, each));
        assert!(error.expect_err("too much").contains("more than 2 GiB"));
    }

    #[test]
    fn cells_are_numbers_or_text() {
        let rows = |text: &'static str| {
            collect(|each| csv("t.csv", text.as_bytes(), &mut Budget::default(), each))
        };
        assert_eq!(
            rows("name, age\nAnn,31.5\n\"B, C\",NaN\n"),
            Ok(vec![
                (1, json!({ "name": "Ann", "age": 31.5 })),
                (2, json!({ "name": "B, C", "age": "NaN" })),
            ])
        );
        // As on Convex: an empty cell is a text, not a field that is missing.
        assert_eq!(
            rows("a,b\n,\"\"\n"),
            Ok(vec![(1, json!({ "a": "", "b": "" }))])
        );
        assert_eq!(
            rows("a,b\n1\n"),
            Err("t.csv: Row 1 doesn't have all of the fields in the header".to_owned())
        );
    }
}
