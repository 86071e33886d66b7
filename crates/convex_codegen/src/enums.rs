//! Enums for unions, with the code that reads and writes them.
//!
//! serde's derived code for such enums loses data that it cannot distinguish; see `leptos_convex::value::Shape`.

use std::fmt::Write;

use crate::literal::Literal;
use crate::model::{Content, FieldDef, VariantDef};
use crate::shape;
use crate::written::{Tables, doc_lines, rust};

const DERIVE: &str = "#[derive(Clone, Debug, PartialEq)]\n";

/// The derives of an enum without contents.
const DERIVE_ALL: &str = "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n";

/// A name that no field has, since their names have no `_` at the end.
const FIELDS: &str = "fields_";

/// Objects that are distinguished by the literal in one field.
pub(crate) fn tagged(
    out: &mut String,
    tables: &Tables,
    name: &str,
    tag: &str,
    variants: &[VariantDef<(Literal, Vec<FieldDef>)>],
) {
    let _ = writeln!(out, "{DERIVE}pub enum {name} {{");
    let (mut writing, mut reading) = (String::new(), String::new());
    for (index, VariantDef { name, content }) in variants.iter().enumerate() {
        let (literal, fields) = content;
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let braces = |inner: &str| match inner {
            "" => String::new(),
            inner => format!(" {{ {inner} }}"),
        };
        let _ = writeln!(out, "{name}{},", braces(&field_lines(fields, tables)));
        let _ = write!(
            writing,
            "Self::{name}{} => {{\n{FIELDS}.serialize_entry({tag:?}, {})?;\n",
            braces(&names.join(", ")),
            reference(literal)
        );
        let mut read = String::new();
        for field in fields {
            entry(&mut writing, field);
            let how = if field.optional {
                "optional"
            } else {
                "required"
            };
            let _ = write!(read, "{}: value.{how}({:?})?, ", field.name, field.wire);
        }
        writing.push_str("}\n");
        let value = format!("Ok(Self::{name}{})", braces(&read));
        reading.push_str(&arm(index, variants.len(), &value));
    }
    let shapes: Vec<String> = variants
        .iter()
        .map(|variant| shape::literal(&variant.content.0))
        .collect();
    let _ = write!(
        out,
        "}}\n
        impl Serialize for {name} {{
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{
                use ::serde::ser::SerializeMap;

                let mut {FIELDS} = serializer.serialize_map(None)?;
                match self {{
                    {writing}
                }}
                {FIELDS}.end()
            }}
        }}
        "
    );
    let index = format!("value.variant_by({tag:?}, &[{}])?", shapes.join(", "));
    reader(out, name, &decide(&index, &reading, variants.len()));
}

fn field_lines(fields: &[FieldDef], tables: &Tables) -> String {
    let mut out = String::new();
    for field in fields {
        let ty = rust(&field.ty, tables);
        let ty = if field.optional {
            format!("Option<{ty}>")
        } else {
            ty
        };
        let _ = writeln!(out, "{}{}: {ty},", doc_lines(&field.docs), field.name);
    }
    if out.starts_with("///") {
        out.insert(0, '\n');
    }
    out
}

fn entry(out: &mut String, field: &FieldDef) {
    let FieldDef { name, wire, .. } = field;
    let line = format!("{FIELDS}.serialize_entry({wire:?}, {name})?;");
    let _ = if field.optional {
        writeln!(out, "if let Some({name}) = {name} {{ {line} }}")
    } else {
        writeln!(out, "{line}")
    };
}

/// Writes the choice of the first variant whose shape the value has.
pub(crate) fn choice(
    out: &mut String,
    tables: &Tables,
    name: &str,
    variants: &[VariantDef<(Content, String)>],
) {
    let literals = variants
        .iter()
        .all(|variant| matches!(variant.content.0, Content::Literal(_)));
    let derive = if literals { DERIVE_ALL } else { DERIVE };
    let _ = writeln!(out, "{derive}pub enum {name} {{");
    let (mut writing, mut reading) = (String::new(), String::new());
    for (index, VariantDef { name, content }) in variants.iter().enumerate() {
        match &content.0 {
            Content::Literal(literal) => {
                let _ = writeln!(out, "{name},");
                let _ = writeln!(
                    writing,
                    "Self::{name} => Serialize::serialize({}, serializer),",
                    reference(literal)
                );
                let value = format!("Ok(Self::{name})");
                reading.push_str(&arm(index, variants.len(), &value));
            }
            Content::Value(ty) => {
                let _ = writeln!(out, "{name}({}),", rust(ty, tables));
                let _ = writeln!(
                    writing,
                    "Self::{name}(value) => value.serialize(serializer),"
                );
                let value = format!("value.decode().map(Self::{name})");
                reading.push_str(&arm(index, variants.len(), &value));
            }
        }
    }
    let shapes: Vec<&str> = variants
        .iter()
        .map(|variant| variant.content.1.as_str())
        .collect();
    let _ = write!(
        out,
        "}}\n
        impl Serialize for {name} {{
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{
                match self {{
                    {writing}
                }}
            }}
        }}
        "
    );
    let index = format!("value.variant(&[{}])?", shapes.join(", "));
    reader(out, name, &decide(&index, &reading, variants.len()));
}

/// Writes the code that reads `name`, where `decision` chooses a variant from `value`.
fn reader(out: &mut String, name: &str, decision: &str) {
    let _ = write!(
        out,
        "
        impl<'de> Deserialize<'de> for {name} {{
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {{
                use ::leptos_convex::value::{{Shape, Undecoded}};

                let value = Undecoded::read(deserializer)?;
                {decision}
            }}
        }}
        "
    );
}

/// Returns the arm of a variant. The last one matches the rest, because the compiler does not know which index is the
/// last.
fn arm(index: usize, length: usize, value: &str) -> String {
    if length == 1 {
        value.to_owned()
    } else if index + 1 == length {
        format!("_ => {value},\n")
    } else {
        format!("{index} => {value},\n")
    }
}

/// Returns the expression that chooses an arm, or for one arm, whether it matches.
fn decide(index: &str, arms: &str, length: usize) -> String {
    if length == 1 {
        format!("{index};\n{arms}")
    } else {
        format!("match {index} {{\n{arms}}}")
    }
}

/// Returns a reference to a literal.
fn reference(literal: &Literal) -> String {
    match literal {
        Literal::Text(_) => literal.rust(),
        _ => format!("&{}", literal.rust()),
    }
}
