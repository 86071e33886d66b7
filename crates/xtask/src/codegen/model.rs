//! What is written to the file, before it is text.

use std::collections::{BTreeMap, BTreeSet};

/// A Rust type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Unit,
    Bool,
    F64,
    I64,
    Text,
    Bytes,
    Any,
    /// `Id<tables::Todos>`, by the table's name in Convex.
    Id(String),
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
pub(super) struct FieldDef {
    pub(super) name: String,
    /// Its name in Convex.
    pub(super) wire: String,
    pub(super) ty: Type,
    /// May be absent, which is not the same as `null`.
    pub(super) optional: bool,
    pub(super) docs: Vec<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VariantDef<T> {
    pub(super) name: String,
    pub(super) content: T,
}

/// A type definition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TypeDef {
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Struct(Vec<FieldDef>),
    /// String literals: the variant's content is the literal.
    Literals(Vec<VariantDef<String>>),
    /// Objects told apart by one field: content is its value and the other fields.
    Tagged {
        tag: String,
        variants: Vec<VariantDef<(String, Vec<FieldDef>)>>,
    },
    /// Anything else: the first variant that fits.
    Untagged(Vec<VariantDef<Type>>),
}

/// A function that makes a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FunctionDef {
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    /// `Query`, `Mutation` or `Action`
    pub(super) kind: String,
    /// `todos:list`
    pub(super) path: String,
    /// `None`: the function takes no arguments.
    pub(super) args: Option<Type>,
    pub(super) returns: Type,
}

/// A module: a file of `convex/`, or a folder of such.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Module {
    pub(super) docs: Vec<String>,
    pub(super) types: Vec<TypeDef>,
    pub(super) functions: Vec<FunctionDef>,
    pub(super) children: BTreeMap<String, Module>,
}

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Api {
    pub(super) root: Module,
    /// Tables that ids are of, by their name in Convex.
    pub(super) tables: BTreeSet<String>,
}
