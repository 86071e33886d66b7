//! The same files, read by npm dotenv and by this crate.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Reads a JSON array of texts and prints an array of their variables.
const SCRIPT: &str = r#"
import dotenv from "dotenv";
import fs from "node:fs";
const texts = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => dotenv.parse(text))));
"#;

fn by_npm(texts: &[String]) -> Vec<BTreeMap<String, String>> {
    let mut node = Command::new("node")
        .args(["--input-type=module", "-e", SCRIPT])
        // The folder with the npm packages.
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let texts = serde_json::to_vec(texts).expect("JSON");
    let mut stdin = node.stdin.take().expect("a pipe");
    stdin.write_all(&texts).expect("node reads");
    drop(stdin);
    let output = node.wait_with_output().expect("node ends");
    assert!(
        output.status.success(),
        "npm dotenv is installed: npm ci --prefix crates"
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn by_us(text: &str) -> BTreeMap<String, String> {
    let file = env_file::parse(text);
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    file.iter().map(owned).collect()
}

#[track_caller]
fn compare(texts: &[String]) {
    for (text, expected) in texts.iter().zip(by_npm(texts)) {
        assert_eq!(by_us(text), expected, "{text:?}");
    }
}

#[test]
fn chosen_texts_are_read_as_by_npm() {
    let texts = [
        "EMAIL_FROM=App <hello@app.example.com>",
        "SECRET=se$cret9\nB=${SECRET}\nC=$A",
        r"X=a\d",
        r#"X="a\nb\r\t\"c\"""#,
        r"X='a\nb'",
        r"X='it\'s'",
        "X=`a 'b' \"c\"`",
        "X=\"one\ntwo # three\nfour\" # five\nY=6",
        "X='one\n\ntwo'",
        "export A=1\nexport  B = 2 \n export C=3",
        "A=1 # comment\nB=1#comment\nC=\"1#not\" # comment\nD='#'\nE=#\nF= # x",
        "A=1\r\nB=\"x\r\ny\"\r\n\rC=3\r",
        "\u{feff}A=1\nB=2",
        "A: 1\nB:2\nC : 3\nD:  four",
        "A=\nB= \nC=\"\"\nD=''\nE",
        "a.b-c_d=1\n1A=2\nÄ=3\nA B=4\nA-=5",
        "A=1\nA=2",
        "A='1'2\nB=\"x\" y\nC='open\nD=\"open\nE=`open",
        "A=\"open\nB=1\nC=\"shut\"",
        "A=one two  three   \n  B  =  x  ",
        "=1\noops\n# c\n#A=1\n  # A=2\nB=2",
        "A==1\nB=a=b\nC==",
        "A=\"\"\"x\"\"\"\nB=''x''\nC=\"'x'\"",
        "A='x\" \nB=\"x'",
        "A=\u{a0}x\u{a0}\nB=\u{2003}y\u{feff}\nC=a\u{85}",
        "A=\t1\t\nB\t=\t2",
        "A=\"x\"#c\nB='x'#c\nC=`x`#c",
        "A='a'\nb'\nC=1",
        "JSON={\"a\": \"b\"}\nARRAY=[1, 2]",
        "KEY=\"-----BEGIN-----\nabc+/=\n-----END-----\"\nNEXT=1",
        "A=x\\\nB=y\\",
        "\n\n\nA=1\n\n\n",
        "A=1\n\n  export\n  B=2",
    ];
    compare(&texts.map(str::to_owned));
}

/// The texts are random sequences of the pieces that the rules are about.
#[test]
fn random_texts_are_read_as_by_npm() {
    const PIECES: [&str; 26] = [
        "A", "B2", "export ", "=", ":", " ", "  ", "\t", "\n", "\n", "\r\n", "\"", "'", "`", "#",
        "\\", "\\n", "\\\"", "$", "${A}", "x", "é", ".", "-", "\n\n", "1",
    ];
    // A linear congruential generator, so that every run has the same texts.
    let mut state: u64 = 42;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut texts = Vec::new();
    for _ in 0..4_000 {
        let length = 3 + next(28);
        let text: String = (0..length).map(|_| PIECES[next(PIECES.len())]).collect();
        texts.push(text);
    }
    compare(&texts);
}
