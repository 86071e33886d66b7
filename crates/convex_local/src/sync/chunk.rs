//! The parts of very long transitions.

use super::message::ServerMessage;

/// Convex's limit for one message, in bytes.
const MAX_MESSAGE_SIZE: usize = 5_000_000;

/// Returns the frames for a serialized transition: itself, or parts of it for clients that put them
/// together again.
pub(super) fn frames(transition: String, client_joins_chunks: bool) -> Vec<String> {
    if !client_joins_chunks || transition.len() <= MAX_MESSAGE_SIZE {
        return vec![transition];
    }
    let parts = split(&transition, MAX_MESSAGE_SIZE);
    let transition_id = transition.len().to_string();
    let chunk = |(part_number, chunk): (usize, &&str)| {
        let total_parts = parts.len();
        let transition_id = &transition_id;
        ServerMessage::TransitionChunk {
            chunk,
            part_number,
            total_parts,
            transition_id,
        }
        .to_json()
    };
    parts.iter().enumerate().map(chunk).collect()
}

/// Pieces of at most `size` bytes that end between characters.
fn split(text: &str, size: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, next) = rest.split_at(rest.floor_char_boundary(size));
        parts.push(part);
        rest = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_join_to_the_whole_and_never_cut_a_character() {
        let text = "aé€🦀".repeat(50);
        for size in 4..12 {
            let parts = split(&text, size);
            assert!(parts.iter().all(|part| part.len() <= size));
            assert_eq!(parts.concat(), text);
        }
    }

    #[test]
    fn a_client_that_cannot_join_gets_one_frame() {
        let long = "x".repeat(MAX_MESSAGE_SIZE + 1);
        assert_eq!(frames(long.clone(), false).len(), 1);
        assert_eq!(frames(long, true).len(), 2);
    }
}
