//! The conversion of validators to Rust types, with a name for every type that needs one.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::docs::Docs;
use crate::model::{Api, Body, FieldDef, FunctionDef, Module, Type, TypeDef};
use crate::names::{identifier, is_taken, module, pascal, singular, snake, unused};
use crate::pagination;
use crate::spec::{Field, Function, Validator};

/// Builds the file's content.
///
/// # Errors
/// When two files would be one module.
pub(crate) fn lower(functions: &[Function], docs: &Docs) -> Result<Api, Error> {
    let mut api = Api::default();
    let mut tables = BTreeSet::new();
    let mut by_module: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    for function in functions {
        by_module
            .entry(function.module_and_name().0)
            .or_default()
            .push(function);
    }
    for (path, functions) in by_module {
        let mut scope = Scope {
            docs,
            module: path,
            tables: &mut tables,
            used: BTreeSet::new(),
            types: Vec::new(),
            shapes: Vec::new(),
        };
        let mut used = BTreeSet::new();
        let names: Vec<String> = functions
            .iter()
            .map(|function| unused(&mut used, &identifier(function.module_and_name().1)))
            .collect();
        // Arguments first, so that other types get different names.
        let args: Vec<Option<Type>> = functions
            .iter()
            .zip(&names)
            .map(|(function, name)| scope.args(function, name))
            .collect();
        let defs = functions
            .iter()
            .zip(names)
            .zip(args)
            .map(|((function, name), args)| scope.function(function, name, args))
            .collect();
        let (types, docs) = (scope.types, docs.module(path));
        let module = place(&mut api.root, path);
        if !module.file.is_empty() {
            return Err(Error::SameName {
                first: module.file.clone(),
                second: path.to_owned(),
            });
        }
        *module = Module {
            file: path.to_owned(),
            docs,
            types,
            functions: defs,
            children: std::mem::take(&mut module.children),
        };
    }
    let mut used = BTreeSet::new();
    let markers = tables.into_iter().map(|table| {
        let marker = unused(&mut used, &pascal(&table));
        (table, marker)
    });
    api.tables = markers.collect();
    Ok(api)
}

/// Returns the module at `folder/file`, and creates it if it is missing.
fn place<'a>(root: &'a mut Module, path: &str) -> &'a mut Module {
    path.split('/').fold(root, |parent, part| {
        parent.children.entry(module(part)).or_default()
    })
}

/// A module while its types are collected.
pub(crate) struct Scope<'a> {
    docs: &'a Docs,
    module: &'a str,
    pub(crate) tables: &'a mut BTreeSet<String>,
    /// Names of types.
    used: BTreeSet<String>,
    types: Vec<TypeDef>,
    /// The validators that already have a type: the same shape gets the same type.
    shapes: Vec<(Validator, String)>,
}

/// The place of a validator, for naming types and finding their docs.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    /// The name of a type here, unless a better one is found.
    pub(crate) name: String,
    function: &'a str,
}

impl Place<'_> {
    pub(crate) fn named(&self, name: String) -> Self {
        Self {
            name,
            ..self.clone()
        }
    }
}

impl Scope<'_> {
    fn args(&mut self, function: &Function, rust_name: &str) -> Option<Type> {
        let (_, name) = function.module_and_name();
        let mut place = Place {
            name: format!("{}Args", pascal(name)),
            function: name,
        };
        match &function.args {
            Validator::Object { value } if value.is_empty() => None,
            Validator::Object { value } => {
                place.name = unused(&mut self.used, &place.name);
                let position = self.types.len();
                let body = Body::Struct(self.fields(value, &place, &[]));
                let docs = vec![format!("Arguments of [`{rust_name}`].")];
                let name = place.name;
                let def = TypeDef {
                    name: name.clone(),
                    docs,
                    body,
                };
                self.types.insert(position, def);
                Some(Type::Named(name))
            }
            other => Some(self.ty(other, &place)),
        }
    }

    fn function(
        &mut self,
        function: &Function,
        rust_name: String,
        args: Option<Type>,
    ) -> FunctionDef {
        let (_, name) = function.module_and_name();
        let place = Place {
            name: result_name(name, &function.returns),
            function: name,
        };
        let returns = self.ty(&function.returns, &place);
        self.document(&returns, name);
        FunctionDef {
            name: rust_name,
            docs: self.docs.function(self.module, name),
            kind: format!("{:?}", function.function_type),
            path: function.path(),
            args,
            returns,
        }
    }

    /// Documents a type. The docs of the constant in `returns:` take precedence over those of the table in the schema.
    fn document(&mut self, returns: &Type, function: &str) {
        let name = match returns {
            Type::Option(inner) | Type::List(inner) | Type::Page(inner) => {
                return self.document(inner, function);
            }
            Type::Named(name) => name,
            _ => return,
        };
        let said = self.docs.result(self.module, function);
        if let Some(def) = self
            .types
            .iter_mut()
            .find(|def| def.name == *name && !said.is_empty())
        {
            def.docs = said;
        }
    }

    pub(crate) fn ty(&mut self, validator: &Validator, place: &Place<'_>) -> Type {
        match validator {
            Validator::Any => Type::Any,
            Validator::Null => Type::Unit,
            Validator::Number => Type::F64,
            Validator::Bigint => Type::I64,
            Validator::Boolean => Type::Bool,
            Validator::String => Type::Text,
            Validator::Bytes => Type::Bytes,
            Validator::Id { table_name } => {
                self.tables.insert(table_name.clone());
                Type::Id(BTreeSet::from([table_name.clone()]))
            }
            Validator::Array { value } => Type::List(Box::new(
                self.ty(value, &place.named(item_name(&place.name))),
            )),
            Validator::Record { keys, values } => {
                let key = match self.ty(keys, place) {
                    id @ Type::Id(_) => id,
                    _ => Type::Text,
                };
                let value = self.ty(
                    &values.field_type,
                    &place.named(format!("{}Value", place.name)),
                );
                Type::Map(Box::new(key), Box::new(value))
            }
            Validator::Literal { .. } => self.choice(&[validator], place),
            Validator::Object { value } if pagination::is_options(value) => Type::PageOptions,
            Validator::Object { value } => match pagination::item(value) {
                Some(item) => Type::Page(Box::new(
                    self.ty(item, &place.named(page_item(&place.name))),
                )),
                None => self.object(value, validator, place),
            },
            Validator::Union { value } => self.union(value, place),
        }
    }

    fn object(
        &mut self,
        fields: &BTreeMap<String, Field>,
        validator: &Validator,
        place: &Place<'_>,
    ) -> Type {
        let document = fields.get("_id").and_then(|field| match &field.field_type {
            Validator::Id { table_name } => Some(pascal(&singular(&snake(table_name)))),
            _ => None,
        });
        // A document is named after its table, unless another shape of it has the name.
        let document = document.map(|name| if is_taken(&name) { name + "Doc" } else { name });
        let name = document
            .filter(|name| self.is_free(name, validator))
            .unwrap_or_else(|| place.name.clone());
        self.define(validator, &name, |scope, name| {
            Body::Struct(scope.fields(fields, &place.named(name.to_owned()), &[]))
        })
    }

    pub(crate) fn fields(
        &mut self,
        fields: &BTreeMap<String, Field>,
        place: &Place<'_>,
        without: &[&str],
    ) -> Vec<FieldDef> {
        let mut used = BTreeSet::new();
        let owner = match fields.get("_id").map(|field| &field.field_type) {
            Some(Validator::Id { table_name }) => Some(table_name.as_str()),
            _ => None,
        };
        let named = fields
            .iter()
            .filter(|(wire, _)| !without.contains(&wire.as_str()));
        named
            .map(|(wire, field)| FieldDef {
                name: unused(&mut used, &identifier(wire)),
                wire: wire.clone(),
                ty: self.ty(
                    &field.field_type,
                    &place.named(format!("{}{}", place.name, pascal(wire))),
                ),
                optional: field.optional,
                docs: self.docs.field(self.module, place.function, owner, wire),
            })
            .collect()
    }

    /// Returns the named type of a validator: its existing one, or a new one.
    pub(crate) fn define(
        &mut self,
        validator: &Validator,
        wanted: &str,
        body: impl FnOnce(&mut Self, &str) -> Body,
    ) -> Type {
        if let Some((_, name)) = self.shapes.iter().find(|(known, _)| known == validator) {
            return Type::Named(name.clone());
        }
        let wanted = if is_taken(wanted) {
            format!("{wanted}Type")
        } else {
            wanted.to_owned()
        };
        let name = unused(&mut self.used, &wanted);
        self.shapes.push((validator.clone(), name.clone()));
        // Types found inside of this one come after it.
        let position = self.types.len();
        let def = TypeDef {
            body: body(self, &name),
            docs: type_docs(validator, self.docs),
            name: name.clone(),
        };
        self.types.insert(position, def);
        Type::Named(name)
    }

    /// Returns whether a name is free, or belongs to this validator.
    fn is_free(&self, name: &str, validator: &Validator) -> bool {
        let owner = self.shapes.iter().find(|(_, known)| known == name);
        owner.map_or_else(
            || !self.used.contains(name),
            |(known, _)| known == validator,
        )
    }
}

/// Returns the docs of a document's type: those of its table in `schema.ts`.
fn type_docs(validator: &Validator, docs: &Docs) -> Vec<String> {
    let Validator::Object { value } = validator else {
        return Vec::new();
    };
    match value.get("_id").map(|field| &field.field_type) {
        Some(Validator::Id { table_name }) => docs.table(table_name),
        _ => Vec::new(),
    }
}

/// Returns a base for the names of a function's result types: `getCurrentUser` → `CurrentUser`.
fn result_name(function: &str, returns: &Validator) -> String {
    let full = pascal(function);
    let bare = ["Get", "Fetch", "Load"]
        .iter()
        .find_map(|verb| full.strip_prefix(verb));
    let is_word = |rest: &&str| rest.starts_with(|c: char| c.is_uppercase());
    match bare.filter(is_word).filter(|rest| !is_taken(rest)) {
        Some(rest) => rest.to_owned(),
        None if matches!(returns, Validator::Array { .. }) => full,
        None => format!("{full}Result"),
    }
}

/// Returns the name for an array's items: `DashboardTags` → `DashboardTag`, `List` → `ListItem`.
fn item_name(name: &str) -> String {
    let single = singular(name);
    if single == name {
        format!("{name}Item")
    } else {
        single
    }
}

/// Returns the name for a page's items: `HistoryResult` → `HistoryItem`.
fn page_item(name: &str) -> String {
    format!("{}Item", name.strip_suffix("Result").unwrap_or(name))
}
