//! The model: the contents of the file, before they become text.

use std::collections::{BTreeMap, BTreeSet};

use crate::literal::Literal;

/// A Rust type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Unit,
    Bool,
    F64,
    I64,
    Text,
    Bytes,
    Any,
    /// `Id<tables::Todos>`, by the table's name in Convex. It has several tables if a union has ids of several, because
    /// an id does not show its table.
    Id(BTreeSet<String>),
    Option(Box<Type>),
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    /// `PaginationOptions`
    PageOptions,
    /// `PaginationResult<…>` of these items.
    Page(Box<Type>),
    /// A type of the same module.
    Named(String),
}

/// A field of a struct or of an enum's variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldDef {
    pub(crate) name: String,
    /// Its name in Convex.
    pub(crate) wire: String,
    pub(crate) ty: Type,
    /// Whether it may be missing, which is not the same as `null`.
    pub(crate) optional: bool,
    pub(crate) docs: Vec<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VariantDef<T> {
    pub(crate) name: String,
    pub(crate) content: T,
}

/// A type definition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TypeDef {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    pub(crate) body: Body,
}

/// The contents of a variant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Literal(Literal),
    Value(Type),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Struct(Vec<FieldDef>),
    /// Only string literals.
    Texts(Vec<VariantDef<String>>),
    /// Objects that are distinguished by one field. The content is the field's value and the other fields.
    Tagged {
        tag: String,
        variants: Vec<VariantDef<(Literal, Vec<FieldDef>)>>,
    },
    /// Anything else: the first variant whose shape, a Rust expression, the value has.
    Choice(Vec<VariantDef<(Content, String)>>),
}

/// A function that makes a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionDef {
    pub(crate) name: String,
    pub(crate) docs: Vec<String>,
    /// `Query`, `Mutation` or `Action`
    pub(crate) kind: String,
    /// `todos:list`
    pub(crate) path: String,
    /// `None`: the function takes no arguments.
    pub(crate) args: Option<Type>,
    pub(crate) returns: Type,
}

/// A module: a file of `convex/`, or a folder of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Module {
    /// Its file, without the extension; empty for a folder.
    pub(crate) file: String,
    pub(crate) docs: Vec<String>,
    pub(crate) types: Vec<TypeDef>,
    pub(crate) functions: Vec<FunctionDef>,
    pub(crate) children: BTreeMap<String, Module>,
}

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Api {
    pub(crate) root: Module,
    /// The tables of ids: their name in Convex, and that of the marker type.
    pub(crate) tables: BTreeMap<String, String>,
}
