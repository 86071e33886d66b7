//! The assembly of transitions that are too large for one message.

/// The transition that is being received in parts. Parts come strictly in order, with nothing in between.
#[derive(Default)]
pub(super) struct Chunks {
    id: String,
    total: u32,
    parts: u32,
    text: String,
}

/// A part that does not fit here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced;

impl Chunks {
    /// Drops the received parts.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Adds the next part. Returns the whole text after the last one.
    pub(super) fn push(
        &mut self,
        part: u32,
        total: u32,
        id: &str,
        text: &str,
    ) -> Result<Option<String>, Misplaced> {
        if self.parts == 0 {
            self.id = id.to_owned();
            self.total = total;
        }
        if part != self.parts || part >= total || self.total != total || self.id != id {
            self.clear();
            return Err(Misplaced);
        }
        self.parts += 1;
        self.text.push_str(text);
        if self.parts < total {
            return Ok(None);
        }
        Ok(Some(std::mem::take(self).text))
    }
}
