//! The writer: Rust source from the model. rustfmt does the layout.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::enums;
use crate::model::{Api, Body, Content, FieldDef, FunctionDef, Module, Type, TypeDef};
use crate::names::camel;
use crate::written::{Tables, doc_lines, rust};

/// The beginning of a separate file, which an included file cannot have.
pub(crate) const HEADER: &str = r#"
//! Typed handles for the functions in `convex/`: one module for each file, one function for each function.
//!
//! Call them through the hooks of `leptos_convex`, say `use_query(|| api::todos::list())`, or on the
//! server with `fetch_auth_query` and the helpers beside it.
#![allow(missing_docs, reason = "fields are documented where they are declared, in convex/")]
#![allow(clippy::doc_markdown, clippy::too_long_first_doc_paragraph, reason = "docs are carried over as they are")]
"#;

/// Returns the text of the modules, not yet formatted.
pub(crate) fn emit(api: &Api) -> String {
    let mut out = String::new();
    tables(&mut out, &api.tables);
    for (name, child) in &api.root.children {
        module(&mut out, &api.tables, name, child, 1);
    }
    out
}

/// Writes marker types: `Id<tables::Todos>` is no `Id<tables::Users>`.
fn tables(out: &mut String, tables: &Tables) {
    if tables.is_empty() {
        return;
    }
    out.push_str("\n/// The tables, as types: what tells an `Id` of one from an `Id` of another.\npub mod tables {\n");
    for (table, marker) in tables {
        let _ = writeln!(
            out,
            "/// Table `{table}`.\n#[derive(Debug)]\npub enum {marker} {{}}\n"
        );
    }
    out.push_str("}\n");
}

fn module(out: &mut String, tables: &Tables, name: &str, module: &Module, depth: usize) {
    let mut body = String::new();
    for function in &module.functions {
        function_def(&mut body, tables, function);
    }
    for def in &module.types {
        type_def(&mut body, tables, def);
    }
    for (name, child) in &module.children {
        self::module(&mut body, tables, name, child, depth + 1);
    }
    let own: String = match module.docs.is_empty() {
        true if module.file.is_empty() => format!("/// Functions below `{name}/`.\n"),
        true => {
            let file = module.file.rsplit('/').next().unwrap_or_default();
            format!("/// Functions of `{file}.ts`.\n")
        }
        false => doc_lines(&module.docs),
    };
    let _ = write!(
        out,
        "\n{own}pub mod {name} {{\n{}{body}}}\n",
        imports(module, depth)
    );
}

/// Returns the `use` lines of a module, only for names that it uses.
fn imports(module: &Module, depth: usize) -> String {
    let mut names = BTreeSet::new();
    for function in &module.functions {
        names.insert(function.kind.as_str());
        for ty in function.args.iter().chain([&function.returns]) {
            named(ty, &mut names);
        }
    }
    for def in &module.types {
        for ty in def.body.types() {
            named(ty, &mut names);
        }
    }
    let mut lines = String::new();
    if names.remove("BTreeMap") {
        lines.push_str("use ::std::collections::BTreeMap;\n\n");
    }
    let tables = names.remove("tables");
    if !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        let _ = writeln!(lines, "use ::leptos_convex::{{{}}};", names.join(", "));
    }
    if !module.types.is_empty() {
        lines.push_str("use ::serde::{Deserialize, Serialize};\n");
    }
    if tables {
        let _ = writeln!(lines, "\nuse {}tables;", "super::".repeat(depth));
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// Collects the names that a type's text imports.
fn named(ty: &Type, names: &mut BTreeSet<&str>) {
    match ty {
        Type::Any => {
            names.insert("Value");
        }
        Type::Id(_) => names.extend(["Id", "tables"]),
        Type::Option(inner) | Type::List(inner) => named(inner, names),
        Type::Page(inner) => {
            names.insert("PaginationResult");
            named(inner, names);
        }
        Type::PageOptions => {
            names.insert("PaginationOptions");
        }
        Type::Map(key, value) => {
            names.insert("BTreeMap");
            named(key, names);
            named(value, names);
        }
        Type::Unit
        | Type::Bool
        | Type::F64
        | Type::I64
        | Type::Text
        | Type::Bytes
        | Type::Named(_) => {}
    }
}

impl Body {
    /// Returns the types it names.
    fn types(&self) -> Vec<&Type> {
        match self {
            Self::Struct(fields) => fields.iter().map(|field| &field.ty).collect(),
            Self::Texts(_) => Vec::new(),
            Self::Tagged { variants, .. } => {
                let fields = variants.iter().flat_map(|variant| &variant.content.1);
                fields.map(|field| &field.ty).collect()
            }
            Self::Choice(variants) => variants
                .iter()
                .filter_map(|variant| match &variant.content.0 {
                    Content::Value(ty) => Some(ty),
                    Content::Literal(_) => None,
                })
                .collect(),
        }
    }
}

fn function_def(out: &mut String, tables: &Tables, function: &FunctionDef) {
    let FunctionDef {
        name, kind, path, ..
    } = function;
    let mut docs = function.docs.clone();
    if docs.is_empty() {
        docs.push(format!("{kind} `{path}`."));
    }
    let returns = rust(&function.returns, tables);
    let (parameter, value) = match &function.args {
        None => (String::new(), "()"),
        Some(args) => (format!("args: {}", rust(args, tables)), "args"),
    };
    let _ = write!(
        out,
        "\n{}#[must_use]\npub fn {name}({parameter}) -> {kind}<{returns}> {{\n{kind}::new({path:?}, {value})\n}}\n",
        doc_lines(&docs)
    );
}

fn type_def(out: &mut String, tables: &Tables, def: &TypeDef) {
    let name = &def.name;
    let docs = doc_lines(&def.docs);
    match &def.body {
        Body::Struct(fields) => {
            let rename = if is_camel_case(fields) {
                "#[serde(rename_all = \"camelCase\")]\n"
            } else {
                ""
            };
            let _ = write!(
                out,
                "\n{docs}#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]\n{rename}pub struct {name} {{\n{}}}\n",
                field_lines(fields, tables)
            );
        }
        Body::Texts(variants) => {
            let _ = write!(
                out,
                "\n{docs}#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]\npub enum {name} {{\n"
            );
            for variant in variants {
                if variant.name != variant.content {
                    let _ = writeln!(out, "#[serde(rename = {:?})]", variant.content);
                }
                let _ = writeln!(out, "{},", variant.name);
            }
            out.push_str("}\n");
        }
        Body::Tagged { tag, variants } => {
            let _ = write!(out, "\n{docs}");
            enums::tagged(out, tables, name, tag, variants);
        }
        Body::Choice(variants) => {
            let _ = write!(out, "\n{docs}");
            enums::choice(out, tables, name, variants);
        }
    }
}

/// Returns whether a rename rule for all fields replaces at least one rule of a field.
fn is_camel_case(fields: &[FieldDef]) -> bool {
    let covered =
        |field: &FieldDef| bare(&field.name) != field.wire && camel(&field.name) == field.wire;
    fields.iter().all(|field| field.name.is_ascii()) && fields.iter().any(covered)
}

fn bare(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

fn field_lines(fields: &[FieldDef], tables: &Tables) -> String {
    let camel_case = is_camel_case(fields);
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
        if field.optional && holds_null(&field.ty) {
            rules.push("deserialize_with = \"::leptos_convex::value::present\"".to_owned());
        }
        if is_bytes(field) {
            rules.push("with = \"::serde_bytes\"".to_owned());
        }
        out.push_str(&doc_lines(&field.docs));
        if !rules.is_empty() {
            let _ = writeln!(out, "#[serde({})]", rules.join(", "));
        }
        let ty = field_type(field, tables);
        let ty = if field.optional {
            format!("Option<{ty}>")
        } else {
            ty
        };
        let _ = writeln!(out, "pub {}: {ty},", field.name);
    }
    out
}

/// Returns whether `null` is one of its values, so that it must not be treated as a missing field.
fn holds_null(ty: &Type) -> bool {
    matches!(ty, Type::Option(_) | Type::Any | Type::Unit)
}

/// Returns whether these are bytes for which an attribute of the field is enough.
fn is_bytes(field: &FieldDef) -> bool {
    match &field.ty {
        Type::Bytes => true,
        Type::Option(inner) => **inner == Type::Bytes && !field.optional,
        _ => false,
    }
}

fn field_type(field: &FieldDef, tables: &Tables) -> String {
    match &field.ty {
        Type::Bytes => "Vec<u8>".to_owned(),
        Type::Option(_) if is_bytes(field) => "Option<Vec<u8>>".to_owned(),
        ty => rust(ty, tables),
    }
}
