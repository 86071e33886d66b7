//! Messages in both directions, and the lines that carry them.

use serde_json::json;

use super::*;

/// Writes a message as a process does, whose code is in `node/`.
fn encode(message: &FromRunner<'_>) -> String {
    match message {
        FromRunner::Manifest(json) => format!("M {json}"),
        FromRunner::Refused(thrown) => format!("F {}", to_json(thrown)),
        FromRunner::Result { id, json } => format!("R {id} {json}"),
        FromRunner::Error { id, thrown } => format!("E {id} {}", to_json(thrown)),
        FromRunner::Syscall {
            id,
            sequence,
            op,
            args,
        } => format!("S {id} {sequence} {op} {args}"),
        FromRunner::OpenStream { id, stream, args } => format!("N {id} {stream} {args}"),
        FromRunner::CloseStream { id, stream } => format!("D {id} {stream}"),
        FromRunner::Log { id, level, text } => format!("L {id} {}", json!([level, text])),
        FromRunner::Head { id, head } => format!("H {id} {}", to_json(head)),
        FromRunner::Chunk { id, bytes } => format!("B {id} {}", BASE64_STANDARD.encode(bytes)),
        FromRunner::ReadClock { id } => format!("W {id}"),
        FromRunner::Stalled { id, frames } => format!("T {id} {}", json!(frames)),
        FromRunner::Swollen { id, frames } => format!("Y {id} {}", json!(frames)),
        FromRunner::Pong => "Q 1".to_owned(),
        FromRunner::Unknown => String::new(),
    }
}

fn from_runner() -> Vec<FromRunner<'static>> {
    let thrown = |data| Thrown {
        message: "Uncaught Error: a b\n    at c".to_owned(),
        data,
    };
    vec![
        FromRunner::Manifest(r#"{"build":"a b"}"#),
        FromRunner::ReadClock { id: 7 },
        FromRunner::Refused(thrown(None)),
        FromRunner::Result {
            id: 7,
            json: r#"["a  b",null]"#,
        },
        FromRunner::Error {
            id: 7,
            thrown: thrown(Some(json!({ "code": 1 }))),
        },
        FromRunner::Error {
            id: 8,
            thrown: thrown(Some(Json::Null)),
        },
        FromRunner::Syscall {
            id: 7,
            sequence: 3,
            op: "1.0/get",
            args: r#"{"id":"a b"}"#,
        },
        FromRunner::OpenStream {
            id: 7,
            stream: 0,
            args: r#"{"a": 1}"#,
        },
        FromRunner::CloseStream { id: 7, stream: 0 },
        FromRunner::Log {
            id: OUTSIDE,
            level: "LOG".to_owned(),
            text: "two\nlines".to_owned(),
        },
        FromRunner::Head {
            id: 7,
            head: Head {
                status: 204,
                headers: vec![("a".to_owned(), "b c".to_owned())],
            },
        },
        FromRunner::Chunk {
            id: 7,
            bytes: Bytes::from_static(b"\0\n a"),
        },
        FromRunner::Stalled {
            id: 7,
            frames: "\n    at a (b)".to_owned(),
        },
        FromRunner::Swollen {
            id: 7,
            frames: String::new(),
        },
        FromRunner::Pong,
    ]
}

#[test]
fn messages_of_a_process_survive_the_round_trip() {
    for message in from_runner() {
        let line = encode(&message);
        assert!(!line.contains('\n'), "one line: {line}");
        assert_eq!(FromRunner::decode(&line).as_ref(), Some(&message), "{line}");
    }
}

#[test]
fn lines_that_are_no_messages_are_not_decoded() {
    for line in [
        "", "R", "R x 1", "S 1 2", "B 1 %", "H 1 {}", "Z 1 2", "D 1 x",
    ] {
        assert_eq!(FromRunner::decode(line), None, "{line}");
    }
}

#[test]
fn a_message_of_the_backend_is_a_line_of_its_fields() {
    let args = json!({ "text": "a\n b" });
    let error = FunctionError {
        data: Some(json!(1)),
        ..FunctionError::new("no\nway")
    };
    let call = ToRunner::Call {
        id: 1,
        now: 2,
        kind: Kind::Mutation,
        definition: 0,
        mount: "",
        path: "todos:add",
        args: &args,
    };
    let http = ToRunner::Http {
        id: 1,
        definition: 3,
        mount: "a/b",
        route: "/x",
        request: &args,
    };
    let body_end = |problem| ToRunner::BodyEnd { id: 1, problem };
    let bytes = b"\n".as_slice();
    let lines = [
        (ToRunner::Load(&args), r#"I {"text":"a\n b"}"#),
        (call, r#"C 1 2 mutation 0 / todos:add [{"text":"a\n b"}]"#),
        (http, r#"G 1 3 /a/b /x {"text":"a\n b"}"#),
        (ToRunner::BodyChunk { id: 1, bytes }, "U 1 Cg=="),
        (body_end(None), "V 1 null"),
        (body_end(Some("a b")), r#"V 1 "a b""#),
        (ToRunner::ChunkTaken { id: 1 }, "A 1"),
        (ToRunner::ClientGone { id: 1 }, "K 1"),
        (ToRunner::GivenUp { id: 1 }, "Z 1"),
        (
            ToRunner::Answer {
                sequence: 1,
                json: "null",
            },
            "O 1 null",
        ),
        (
            ToRunner::Refusal {
                sequence: 1,
                error: &error,
            },
            r#"X 1 {"message":"no\nway","data":1}"#,
        ),
        (ToRunner::Ping, "P 1"),
    ];
    for (message, line) in lines {
        assert_eq!(message.encode(), line);
    }
}

/// The letters are in two files, and the runner must know each letter that the backend sends.
#[test]
fn the_runner_knows_every_letter_of_the_backend() {
    let runner = include_str!("../../../../node/runner.mjs");
    for letter in "ICGUVAKZOXP".chars() {
        assert!(runner.contains(&format!("\n  {letter}: ")), "{letter}");
    }
}
