//! Document ids in Convex's own format: base32 of table number, 16 random bytes and a checksum.
//!
//! Source: `crates/value/src/id_v6.rs` of `get-convex/convex-backend`.

/// The random part of a document's id.
pub(crate) type InternalId = [u8; 16];

/// The highest number of a system table. Higher numbers belong to the app's own tables.
pub(crate) const HIGHEST_SYSTEM_TABLE: u32 = 10_000;

/// Crockford's alphabet in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A decoded document id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DocumentId {
    pub(crate) table: u32,
    pub(crate) internal: InternalId,
}

impl DocumentId {
    /// Returns whether it belongs to one of the backend's own tables.
    pub(crate) fn is_of_system_table(self) -> bool {
        self.table <= HIGHEST_SYSTEM_TABLE
    }

    /// Creates a new id in the table with this number.
    pub(crate) fn random(table: u32) -> Self {
        Self {
            table,
            internal: rand::random(),
        }
    }

    /// Returns the id as functions and clients see it, 31 or 32 characters for usual table numbers.
    pub(crate) fn encode(self) -> String {
        let mut bytes = Vec::with_capacity(23);
        push_vint(&mut bytes, self.table);
        bytes.extend(self.internal);
        let footer = fletcher16(&bytes);
        bytes.extend(footer.to_le_bytes());
        base32(&bytes)
    }

    /// Reads an id; `None` when it is not in the canonical form.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        if !(31..=37).contains(&text.len()) {
            return None;
        }
        let bytes = unbase32(text)?;
        let (table, rest) = split_vint(&bytes)?;
        let (internal, footer) = rest.split_at_checked(16)?;
        let internal = InternalId::try_from(internal).ok()?;
        let id = Self { table, internal };
        (footer.len() == 2 && table != 0 && id.encode() == text).then_some(id)
    }
}

fn push_vint(bytes: &mut Vec<u8>, mut n: u32) {
    while n >= 0x80 {
        bytes.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    bytes.push(n.to_le_bytes()[0]);
}

fn split_vint(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut n = 0u32;
    for (i, byte) in bytes.iter().enumerate().take(5) {
        n |= u32::from(byte & 0x7f).checked_shl(7 * u32::try_from(i).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((n, &bytes[i + 1..]));
        }
    }
    None
}

fn fletcher16(bytes: &[u8]) -> u16 {
    let (mut low, mut high) = (0u16, 0u16);
    for byte in bytes {
        low = (low + u16::from(*byte)) % 255;
        high = (high + low) % 255;
    }
    high << 8 | low
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0u16, 0);
    for byte in bytes {
        buffer = buffer << 8 | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[usize::from(buffer >> bits & 31)]));
        }
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[usize::from(buffer << (5 - bits) & 31)]));
    }
    text
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0u16, 0);
    for c in text.bytes() {
        let digit = ALPHABET.iter().position(|a| *a == c)?;
        buffer = buffer << 5 | u16::try_from(digit).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits).to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_changed_ones_are_refused() {
        for table in [1, 127, 128, 10_001, u32::MAX] {
            let id = DocumentId::random(table);
            let text = id.encode();
            assert_eq!(DocumentId::decode(&text), Some(id));
            let mut changed = text.clone().into_bytes();
            changed[5] = if changed[5] == b'0' { b'1' } else { b'0' };
            assert_eq!(
                DocumentId::decode(&String::from_utf8(changed).expect("ascii")),
                None
            );
        }
        assert_eq!(DocumentId::decode("not an id"), None);
    }

    /// Ids of an app's tables have 32 characters on Convex, too.
    #[test]
    fn ids_have_the_usual_length() {
        assert_eq!(DocumentId::random(10_001).encode().len(), 32);
    }
}
