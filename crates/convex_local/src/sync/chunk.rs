//! The parts of very long transitions.

use super::message::ServerMessage;

/// Convex's limit for one message, in bytes.
const MAX_MESSAGE_SIZE: usize = 5_000_000;

/// Returns the frames for a serialized transition: the whole text, or parts of it for clients that
/// put them together again. Each is made when it is needed.
pub(super) fn frames(
    mut transition: String,
    client_joins_chunks: bool,
) -> impl Iterator<Item = String> + Send {
    let length = transition.len();
    let transition_id = length.to_string();
    let parts = match client_joins_chunks {
        true => split(&transition, MAX_MESSAGE_SIZE),
        false => vec![length],
    };
    let total_parts = parts.len();
    let mut start = 0;
    parts
        .into_iter()
        .enumerate()
        .map(move |(part_number, length)| {
            if total_parts == 1 {
                return std::mem::take(&mut transition);
            }
            let chunk = &transition[start..start + length];
            start += length;
            ServerMessage::TransitionChunk {
                chunk,
                part_number,
                total_parts,
                transition_id: &transition_id,
            }
            .to_json()
        })
}

/// Returns the lengths of pieces of at most `size` bytes that end between characters.
fn split(text: &str, size: usize) -> Vec<usize> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, next) = rest.split_at(rest.floor_char_boundary(size));
        parts.push(part.len());
        rest = next;
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    #[test]
    fn no_part_is_too_long_or_cuts_a_character() {
        let text = "aé€🦀".repeat(50);
        for size in 4..12 {
            let mut end = 0;
            for length in split(&text, size) {
                end += length;
                assert!(length <= size && text.is_char_boundary(end));
            }
            assert_eq!(end, text.len());
        }
    }

    #[test]
    fn parts_join_to_the_whole() {
        let long = "é".repeat(MAX_MESSAGE_SIZE);
        let parts = frames(long.clone(), true).map(|frame| {
            let part: Json = serde_json::from_str(&frame).expect("JSON");
            assert_eq!(part["totalParts"], 2);
            part["chunk"].as_str().expect("text").to_owned()
        });
        assert!(parts.collect::<String>() == long);
    }

    #[test]
    fn a_client_that_cannot_join_gets_one_frame() {
        let long = "x".repeat(MAX_MESSAGE_SIZE + 1);
        assert!(frames(long.clone(), false).eq([long.clone()]));
        assert!(frames("{}".to_owned(), true).eq(["{}"]));
        assert_eq!(frames(long, true).count(), 2);
    }
}
