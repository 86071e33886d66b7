//! The reader of encoded JSON. It builds no tree.
//!
//! A page reads every result from text, often a thousand of them in one message. `serde_json` with exact floats would
//! make up a quarter of this crate's size on a page. The platform parses numbers that need more than one
//! multiplication ([`float`](super::float)).

use std::borrow::Cow;

use super::{
    MalformedValue, Object, Value, float,
    tag::{DOLLAR, untag},
    words,
};

/// Deeper nesting is refused, so that no text can exhaust the stack. Convex allows a depth of 64.
const MAX_DEPTH: u32 = 128;

type Result<T> = std::result::Result<T, MalformedValue>;

const fn malformed<T>() -> Result<T> {
    Err(MalformedValue("not JSON"))
}

/// A position in a JSON text.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
    /// Whether the text is plain JSON, in which names that begin with `$` have no special meaning.
    plain: bool,
}

/// The next value: a small value is complete, a larger one has only begun.
pub(super) enum Token<'a> {
    Null,
    Boolean(bool),
    Int64(i64),
    Float64(f64),
    Bytes(Vec<u8>),
    Text(Cow<'a, str>),
    /// An array; its items follow, see [`Reader::next_item`].
    Array,
    /// An object; its fields follow, see [`Reader::next_field`].
    Object,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            plain: false,
        }
    }

    /// Creates a reader of plain JSON.
    pub(super) const fn plain(text: &'a str) -> Self {
        Self {
            plain: true,
            ..Self::new(text)
        }
    }

    /// Continues at the first byte of another item of the current array.
    pub(super) const fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Returns how many bytes have been read.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Returns the next byte after whitespace; 0 at the end.
    pub(crate) fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or_default()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { malformed() }
    }

    fn literal(&mut self, word: &str) -> Result<()> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return malformed();
        }
        self.at += word.len();
        Ok(())
    }

    /// Checks that only whitespace follows.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.peek();
        if self.at == self.text.len() {
            Ok(())
        } else {
            malformed()
        }
    }

    pub(crate) fn boolean(&mut self) -> Result<bool> {
        let value = self.peek() == b't';
        self.literal(if value { "true" } else { "false" })?;
        Ok(value)
    }

    pub(crate) fn null(&mut self) -> Result<()> {
        self.peek();
        self.literal("null")
    }

    pub(crate) fn number(&mut self) -> Result<f64> {
        self.peek();
        let rest = &self.text[self.at..];
        let (length, number) = float::read(rest).ok_or(MalformedValue("not a number"))?;
        self.at += length;
        Ok(number)
    }

    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>> {
        match self.raw_string()? {
            (raw, true) => unescape(raw).map(Cow::Owned),
            (raw, false) => Ok(Cow::Borrowed(raw)),
        }
    }

    /// Returns the text between the quotes with its escapes, and whether it has any.
    fn raw_string(&mut self) -> Result<(&'a str, bool)> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        let start = self.at;
        let (mut at, mut escaped) = (start, false);
        loop {
            at += words::plain(bytes.get(at..).unwrap_or_default());
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok((&self.text[start..at], escaped));
                }
                Some(b'\\') => {
                    at += 2;
                    escaped = true;
                }
                _ => return malformed(),
            }
        }
    }

    /// Reads the beginning of an array or object.
    pub(crate) fn open(&mut self, bracket: u8) -> Result<()> {
        self.expect(bracket)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(MalformedValue("nested too deeply"));
        }
        Ok(())
    }

    /// Moves to the next item of an array, if there is one. `first` is true before the first item.
    pub(crate) fn next_item(&mut self, first: &mut bool) -> Result<bool> {
        self.next(b']', first)
    }

    /// Moves to the value of an object's next field, if there is one, and returns its name. `first` is true before
    /// the first field.
    pub(crate) fn next_field(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>> {
        if !self.next(b'}', first)? {
            return Ok(None);
        }
        let name = self.string()?;
        self.expect(b':')?;
        Ok(Some(name))
    }

    fn next(&mut self, end: u8, first: &mut bool) -> Result<bool> {
        if self.eat(end) {
            self.depth -= 1;
            return Ok(false);
        }
        if !std::mem::take(first) {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// Returns the next value or its beginning. With `raw`, `$`-tagged objects stay objects, as in plain JSON.
    pub(super) fn token(&mut self, raw: bool) -> Result<Token<'a>> {
        Ok(match self.peek() {
            b'n' => {
                self.null()?;
                Token::Null
            }
            b't' | b'f' => Token::Boolean(self.boolean()?),
            b'"' => Token::Text(self.string()?),
            b'[' => {
                self.open(b'[')?;
                Token::Array
            }
            b'{' => match if raw || self.plain {
                None
            } else {
                self.tagged()?
            } {
                Some(token) => token,
                None => {
                    self.open(b'{')?;
                    Token::Object
                }
            },
            _ => Token::Float64(self.number()?),
        })
    }

    /// Returns the value that a `$`-tagged object encodes, if this is such an object.
    fn tagged(&mut self) -> Result<Option<Token<'a>>> {
        let start = self.at;
        self.expect(b'{')?;
        self.peek();
        if !self.text.as_bytes()[self.at..].starts_with(b"\"$") {
            self.at = start;
            return Ok(None);
        }
        let tag = self.string()?;
        self.expect(b':')?;
        let text = self.string()?;
        self.expect(b'}')?;
        match untag(&tag, &text)? {
            Some(Value::Int64(n)) => Ok(Some(Token::Int64(n))),
            Some(Value::Float64(n)) => Ok(Some(Token::Float64(n))),
            Some(Value::Bytes(bytes)) => Ok(Some(Token::Bytes(bytes))),
            _ => Err(DOLLAR),
        }
    }

    /// Skips a value and returns its text. The value must be a Convex value unless the text is plain JSON.
    pub(crate) fn skip(&mut self) -> Result<&'a str> {
        self.peek();
        let start = self.at;
        match self.peek() {
            b'"' => {
                if let (raw, true) = self.raw_string()? {
                    unescape(raw)?;
                }
            }
            b'[' => {
                self.open(b'[')?;
                let mut first = true;
                while self.next_item(&mut first)? {
                    self.skip()?;
                }
            }
            b'{' if self.plain || self.tagged()?.is_none() => {
                self.open(b'{')?;
                let mut first = true;
                while let Some(name) = self.next_field(&mut first)? {
                    if name.starts_with('$') && !self.plain {
                        return Err(DOLLAR);
                    }
                    self.skip()?;
                }
            }
            b'{' => {}
            b'-' | b'0'..=b'9' => {
                let length = float::skip(&self.text[self.at..]);
                self.at += length.ok_or(MalformedValue("not a number"))?;
            }
            _ => drop(self.token(false)?),
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads a complete value.
    pub(crate) fn value(&mut self) -> Result<Value> {
        let mut first = true;
        Ok(match self.token(false)? {
            Token::Null => Value::Null,
            Token::Boolean(value) => Value::Boolean(value),
            Token::Int64(n) => Value::Int64(n),
            Token::Float64(n) => Value::Float64(n),
            Token::Bytes(bytes) => Value::Bytes(bytes),
            Token::Text(text) => Value::String(text.into_owned()),
            Token::Array => {
                let mut items = Vec::new();
                while self.next_item(&mut first)? {
                    items.push(self.value()?);
                }
                Value::Array(items)
            }
            Token::Object => {
                let mut fields = Object::new();
                while let Some(name) = self.next_field(&mut first)? {
                    if name.starts_with('$') {
                        return Err(DOLLAR);
                    }
                    fields.insert(name.into_owned(), self.value()?);
                }
                Value::Object(fields)
            }
        })
    }
}

fn unescape(raw: &str) -> Result<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escaped.chars();
        let unescaped = match chars.next() {
            Some(same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (c, after) = unicode(chars.as_str())?;
                chars = after.chars();
                c
            }
            _ => return malformed(),
        };
        text.push(unescaped);
        rest = chars.as_str();
    }
    text.push_str(rest);
    Ok(text)
}

/// Returns the character of a `\u` escape: four digits, or two times four for a surrogate pair.
fn unicode(text: &str) -> Result<(char, &str)> {
    let (unit, rest) = four_digits(text)?;
    if let Some(c) = char::from_u32(unit) {
        return Ok((c, rest));
    }
    let Some(rest) = rest.strip_prefix("\\u") else {
        return malformed();
    };
    let (low, rest) = four_digits(rest)?;
    let is_pair = (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low);
    let code = 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
    match char::from_u32(code).filter(|_| is_pair) {
        Some(c) => Ok((c, rest)),
        None => malformed(),
    }
}

fn four_digits(text: &str) -> Result<(u32, &str)> {
    match text.split_at_checked(4) {
        Some((digits, rest)) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            match u32::from_str_radix(digits, 16) {
                Ok(unit) => Ok((unit, rest)),
                Err(_) => malformed(),
            }
        }
        _ => malformed(),
    }
}
