//! From the model to Rust source. rustfmt does the layout.

use std::fmt::Write;

use super::model::{Api, FieldDef, FunctionDef, Module, Shape, Type, TypeDef, VariantDef};
use super::names::{camel, pascal};

const HEADER: &str = r#"// Written by `cargo xtask codegen` from the functions in convex/. Do not edit: change the functions.

//! Typed handles for the functions in `convex/`: one module a file, one function a function.
//!
//! Call them through the hooks of `leptos_convex`, say `use_query(|| api::todos::list())`, or on the
//! server through `fetch_auth_query` and its sisters.
#![allow(missing_docs, reason = "fields are documented where they are declared, in convex/")]
#![allow(clippy::doc_markdown, clippy::too_long_first_doc_paragraph, reason = "docs are carried over as they are")]
"#;

/// Tells an absent field from one that is `null`.
const PRESENT: &str = "
/// Reads a field that is there, so that `null` is `Some(None)` and only an absent field is `None`.
fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
";

/// The text of the file, not yet laid out.
pub(super) fn emit(api: &Api) -> String {
    let mut modules = String::new();
    for (name, child) in &api.root.children {
        module(&mut modules, name, child);
    }
    let mut out = HEADER.to_owned();
    if modules.contains("deserialize_with = \"crate::api::present\"") {
        out.push_str(PRESENT);
    }
    tables(&mut out, api);
    out.push_str(&modules);
    out
}

/// Marker types: `Id<tables::Todos>` is no `Id<tables::Users>`.
fn tables(out: &mut String, api: &Api) {
    if api.tables.is_empty() {
        return;
    }
    out.push_str("\n/// The tables, as types: what tells an `Id` of one from an `Id` of another.\npub mod tables {\n");
    for table in &api.tables {
        let _ = writeln!(
            out,
            "/// Table `{table}`.\n#[derive(Debug)]\npub enum {} {{}}\n",
            pascal(table)
        );
    }
    out.push_str("}\n");
}

fn module(out: &mut String, name: &str, module: &Module) {
    let mut body = String::new();
    for function in &module.functions {
        function_def(&mut body, function);
    }
    for def in &module.types {
        type_def(&mut body, def);
    }
    for (name, child) in &module.children {
        self::module(&mut body, name, child);
    }
    let own: String = match module.docs.is_empty() {
        true if module.functions.is_empty() => format!("/// Functions below `{name}/`.\n"),
        true => format!("/// Functions of `{name}.ts`.\n"),
        false => doc_lines(&module.docs),
    };
    let _ = write!(
        out,
        "\n{own}pub mod {name} {{\n{}{body}}}\n",
        imports(module)
    );
}

/// The `use` lines a module needs: only what its own items name.
fn imports(module: &Module) -> String {
    let mut own = String::new();
    for function in &module.functions {
        function_def(&mut own, function);
    }
    for def in &module.types {
        type_def(&mut own, def);
    }
    let has = |word: &str| own.contains(word);
    let mut lines = String::new();
    if has("BTreeMap<") {
        lines.push_str("use std::collections::BTreeMap;\n\n");
    }
    let kinds = ["Action", "Mutation", "Query"]
        .into_iter()
        .filter(|kind| has(&format!("{kind}<")));
    let mut names: Vec<&str> = kinds.collect();
    names.extend(has("Id<").then_some("Id"));
    names.extend(has("PaginationOptions").then_some("PaginationOptions"));
    names.extend(has("PaginationResult<").then_some("PaginationResult"));
    names.extend(uses_value(module).then_some("Value"));
    names.sort_unstable();
    if !names.is_empty() {
        let _ = writeln!(lines, "use leptos_convex::{{{}}};", names.join(", "));
    }
    if has("#[derive(") {
        lines.push_str("use serde::{Deserialize, Serialize};\n");
    }
    if has("tables::") {
        lines.push_str("\nuse crate::api::tables;\n");
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn uses_value(module: &Module) -> bool {
    fn in_type(ty: &Type) -> bool {
        match ty {
            Type::Any => true,
            Type::Option(inner) | Type::List(inner) | Type::Page(inner) => in_type(inner),
            Type::Map(key, value) => in_type(key) || in_type(value),
            _ => false,
        }
    }
    let in_fields = |fields: &[FieldDef]| fields.iter().any(|field| in_type(&field.ty));
    let in_def = |def: &TypeDef| match &def.shape {
        Shape::Struct(fields) => in_fields(fields),
        Shape::Literals(_) => false,
        Shape::Tagged { variants, .. } => {
            variants.iter().any(|variant| in_fields(&variant.content.1))
        }
        Shape::Untagged(variants) => variants.iter().any(|variant| in_type(&variant.content)),
    };
    module
        .functions
        .iter()
        .any(|f| in_type(&f.returns) || f.args.as_ref().is_some_and(in_type))
        || module.types.iter().any(in_def)
}

fn function_def(out: &mut String, function: &FunctionDef) {
    let FunctionDef {
        name, kind, path, ..
    } = function;
    let mut docs = function.docs.clone();
    if docs.is_empty() {
        docs.push(format!("{kind} `{path}`."));
    }
    let returns = rust(&function.returns);
    let (parameter, value) = match &function.args {
        None => (String::new(), "()"),
        Some(args) => (format!("args: {}", rust(args)), "args"),
    };
    let _ = write!(
        out,
        "\n{}#[must_use]\npub fn {name}({parameter}) -> {kind}<{returns}> {{\n{kind}::new(\"{path}\", {value})\n}}\n",
        doc_lines(&docs)
    );
}

fn type_def(out: &mut String, def: &TypeDef) {
    let name = &def.name;
    let derive = "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]";
    let docs = doc_lines(&def.docs);
    match &def.shape {
        Shape::Struct(fields) => {
            let rename = rename_all(fields, "rename_all");
            let rename = rename
                .map(|rule| format!("#[serde({rule})]\n"))
                .unwrap_or_default();
            let _ = write!(
                out,
                "\n{docs}{derive}\n{rename}pub struct {name} {{\n{}}}\n",
                field_lines(fields, "pub ")
            );
        }
        Shape::Literals(variants) => {
            let derive = "#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]";
            let _ = write!(out, "\n{docs}{derive}\npub enum {name} {{\n");
            for VariantDef { name, content } in variants {
                let _ = writeln!(out, "{}{name},", rename(name, content));
            }
            out.push_str("}\n");
        }
        Shape::Tagged { tag, variants } => {
            let _ = write!(
                out,
                "\n{docs}{derive}\n#[serde(tag = {tag:?})]\npub enum {name} {{\n"
            );
            for VariantDef {
                name,
                content: (text, fields),
            } in variants
            {
                tagged_variant(out, name, text, fields);
            }
            out.push_str("}\n");
        }
        Shape::Untagged(variants) => {
            let _ = write!(
                out,
                "\n{docs}{derive}\n#[serde(untagged)]\npub enum {name} {{\n"
            );
            for VariantDef { name, content } in variants {
                let _ = match content {
                    Type::Unit => writeln!(out, "{name},"),
                    Type::Bytes => {
                        writeln!(out, "{name}(#[serde(with = \"serde_bytes\")] Vec<u8>),")
                    }
                    ty => writeln!(out, "{name}({}),", rust(ty)),
                };
            }
            out.push_str("}\n");
        }
    }
}

fn tagged_variant(out: &mut String, name: &str, text: &str, fields: &[FieldDef]) {
    let mut rules = Vec::new();
    if name != text {
        rules.push(format!("rename = {text:?}"));
    }
    rules.extend(rename_all(fields, "rename_all"));
    if !rules.is_empty() {
        let _ = writeln!(out, "#[serde({})]", rules.join(", "));
    }
    let _ = if fields.is_empty() {
        writeln!(out, "{name},")
    } else {
        writeln!(out, "{name} {{\n{}}},", field_lines(fields, ""))
    };
}

/// A rename rule for all fields, when it spares at least one field its own.
fn rename_all(fields: &[FieldDef], rule: &str) -> Option<String> {
    let covered =
        |field: &FieldDef| bare(&field.name) != field.wire && camel(&field.name) == field.wire;
    fields
        .iter()
        .any(covered)
        .then(|| format!("{rule} = \"camelCase\""))
}

fn bare(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

fn field_lines(fields: &[FieldDef], visibility: &str) -> String {
    let camel_case = rename_all(fields, "").is_some();
    let mut out = String::new();
    for field in fields {
        let by_rule = if camel_case {
            camel(&field.name)
        } else {
            bare(&field.name).to_owned()
        };
        let mut rules = Vec::new();
        if by_rule != field.wire {
            rules.push(format!("rename = {:?}", field.wire));
        }
        if field.optional {
            rules.push("default, skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        if field.optional && matches!(field.ty, Type::Option(_)) {
            rules.push("deserialize_with = \"crate::api::present\"".to_owned());
        }
        if is_bytes(field) {
            rules.push("with = \"serde_bytes\"".to_owned());
        }
        out.push_str(&doc_lines(&field.docs));
        if !rules.is_empty() {
            let _ = writeln!(out, "#[serde({})]", rules.join(", "));
        }
        let ty = field_type(field);
        let ty = if field.optional {
            format!("Option<{ty}>")
        } else {
            ty
        };
        let _ = writeln!(out, "{visibility}{}: {ty},", field.name);
    }
    out
}

/// Bytes that a field's own attribute can take care of.
fn is_bytes(field: &FieldDef) -> bool {
    match &field.ty {
        Type::Bytes => true,
        Type::Option(inner) => **inner == Type::Bytes && !field.optional,
        _ => false,
    }
}

fn field_type(field: &FieldDef) -> String {
    match &field.ty {
        Type::Bytes => "Vec<u8>".to_owned(),
        Type::Option(_) if is_bytes(field) => "Option<Vec<u8>>".to_owned(),
        ty => rust(ty),
    }
}

fn rename(name: &str, wire: &str) -> String {
    if name == wire {
        String::new()
    } else {
        format!("#[serde(rename = {wire:?})]\n")
    }
}

/// A type as it is written.
fn rust(ty: &Type) -> String {
    match ty {
        Type::Unit => "()".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::Text => "String".to_owned(),
        // Where no attribute can stand, the type itself has to say that it is bytes, not a list.
        Type::Bytes => "serde_bytes::ByteBuf".to_owned(),
        Type::Any => "Value".to_owned(),
        Type::Id(table) => format!("Id<tables::{}>", pascal(table)),
        Type::Option(inner) => format!("Option<{}>", rust(inner)),
        Type::List(inner) => format!("Vec<{}>", rust(inner)),
        Type::Map(key, value) => format!("BTreeMap<{}, {}>", rust(key), rust(value)),
        Type::PageOptions => "PaginationOptions".to_owned(),
        Type::Page(item) => format!("PaginationResult<{}>", rust(item)),
        Type::Named(name) => name.clone(),
    }
}

fn doc_lines(docs: &[String]) -> String {
    docs.iter()
        .map(|line| {
            if line.is_empty() {
                "///\n".to_owned()
            } else {
                format!("/// {line}\n")
            }
        })
        .collect()
}
