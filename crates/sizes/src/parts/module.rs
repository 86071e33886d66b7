//! A WebAssembly module: its functions with their names, and the sizes of its sections.

use std::collections::HashMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use super::names;

/// The contents of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its functions, without imported ones.
    pub functions: Vec<Function>,
    /// Bytes of the data section: texts, tables, constants.
    pub data: usize,
    /// Bytes of everything else: types, imports, exports, element tables.
    pub rest: usize,
    /// The module without the names of functions, as it is sent.
    pub sent: Vec<u8>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its symbol.
    pub symbol: String,
    /// Its readable name.
    pub name: String,
    /// The bytes of its body, including the length before it.
    pub bytes: usize,
}

impl Module {
    /// Reads a module.
    ///
    /// # Errors
    ///
    /// When it is not a WebAssembly module, or its functions have no names.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut bodies = Vec::new();
        let (mut imported, mut data, mut code) = (0_u32, 0, 0);
        let mut names: HashMap<u32, &str> = HashMap::new();
        let mut name_section = None;
        // A section's bytes begin where the previous one ended, because id and length come before its contents.
        let mut end = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.context("no WebAssembly module")?;
            match &payload {
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        let is_function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        imported += u32::from(is_function);
                    }
                }
                Payload::CodeSectionStart { range, .. } => code = length(range),
                Payload::CodeSectionEntry(body) => bodies.push(length(&body.range())),
                Payload::DataSection(section) => data = length(&section.range()),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(parts) = section.as_known() {
                        for part in parts {
                            if let Name::Function(functions) = part.context("names")? {
                                for naming in functions {
                                    let naming = naming.context("a name")?;
                                    names.insert(naming.index, naming.name);
                                }
                            }
                        }
                        name_section = Some(end..section.range().end);
                    }
                }
                _ => {}
            }
            if let Some((_, range)) = payload.as_section() {
                end = range.end;
            } else if let Payload::Version { range, .. } = &payload {
                end = range.end;
            }
        }
        let Some(name_section) = name_section.filter(|_| !names.is_empty()) else {
            bail!("the module does not name its functions: build it with names");
        };
        let functions: Vec<Function> = (imported..)
            .zip(bodies)
            .map(|(index, body)| {
                let symbol = names.get(&index).copied().unwrap_or_default();
                Function {
                    symbol: symbol.to_owned(),
                    name: names::demangled(symbol),
                    bytes: leb128(body) + body,
                }
            })
            .collect();
        let [from, to] = [name_section.start, name_section.end].map(usize::try_from);
        let sent = [&bytes[..from?], &bytes[to?..]].concat();
        let in_functions: usize = functions.iter().map(|function| function.bytes).sum();
        debug_assert!(in_functions <= code);
        let rest = sent.len().saturating_sub(in_functions + data);
        Ok(Self {
            functions,
            data,
            rest,
            sent,
        })
    }
}

/// Returns the length of a range of a module in memory.
fn length(range: &Range<u64>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(usize::MAX)
}

/// Returns how many bytes a number takes in the format (LEB128).
fn leb128(mut value: usize) -> usize {
    let mut bytes = 1;
    while value >= 0x80 {
        value >>= 7;
        bytes += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: u8, contents: &[u8]) -> Vec<u8> {
        let length = u8::try_from(contents.len()).expect("a small section");
        assert!(length < 0x80);
        [&[id, length], contents].concat()
    }

    fn text(text: &str) -> Vec<u8> {
        let length = u8::try_from(text.len()).expect("a short text");
        [&[length], text.as_bytes()].concat()
    }

    /// Builds a module with one imported function, two of its own, and eight bytes of data.
    fn module(names: &[(u8, &str)]) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(section(1, &[1, 0x60, 0, 0]));
        let import = [vec![1], text("js"), text("log"), vec![0, 0]].concat();
        bytes.extend(section(2, &import));
        bytes.extend(section(3, &[2, 0, 0]));
        bytes.extend(section(5, &[1, 0, 1]));
        bytes.extend(section(10, &[2, 2, 0, 0x0b, 4, 0, 0x01, 0x01, 0x0b]));
        bytes.extend(section(11, &[1, 0, 0x41, 0, 0x0b, 2, 7, 7]));
        if !names.is_empty() {
            let count = u8::try_from(names.len()).expect("few");
            let mut list = vec![count];
            for (index, name) in names {
                list.push(*index);
                list.extend(text(name));
            }
            bytes.extend(section(0, &[text("name"), section(1, &list)].concat()));
        }
        bytes.extend(section(0, &[text("producers"), vec![0]].concat()));
        bytes
    }

    #[test]
    fn functions_have_their_own_names_and_bytes() {
        let named = module(&[(0, "log"), (1, "_RNvC3app4main"), (2, "memcpy")]);
        let read = Module::read(&named).expect("a module");
        let function = |symbol: &str, name: &str, bytes| Function {
            symbol: symbol.to_owned(),
            name: name.to_owned(),
            bytes,
        };
        assert_eq!(
            read.functions,
            [
                function("_RNvC3app4main", "app::main", 3),
                function("memcpy", "memcpy", 5)
            ]
        );
        assert_eq!(read.data, 8);
        // `sent` is the module as it would be built without names.
        assert_eq!(read.sent, module(&[]));
        assert_eq!(read.rest, read.sent.len() - 8 - 8);
    }

    #[test]
    fn a_module_without_names_and_other_files_are_errors() {
        let error = |bytes: &[u8]| Module::read(bytes).expect_err("an error").to_string();
        assert!(error(&module(&[])).contains("does not name its functions"));
        assert_eq!(error(b"#!/bin/sh"), "no WebAssembly module");
        let cut = module(&[(1, "a")]);
        assert_eq!(error(&cut[..cut.len() - 20]), "no WebAssembly module");
    }

    #[test]
    fn lengths_take_seven_bits_a_byte() {
        assert_eq!([0, 127, 128, 16_383, 16_384].map(leb128), [1, 1, 2, 2, 3]);
    }
}
