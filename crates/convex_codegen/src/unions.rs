//! Unions: the kind of enum, or another type.
//!
//! Rust keeps every value that a validator allows. Objects with a literal in one field are distinguished by it,
//! everything else by its whole shape, literals first. Members that cannot be distinguished are one type: ids of
//! several tables, an id and a string.

use std::collections::BTreeSet;

use crate::literal::Literal;
use crate::lower::{Place, Scope};
use crate::model::{Body, Content, FieldDef, Type, VariantDef};
use crate::names::{pascal, singular, snake, unused};
use crate::shape;
use crate::spec::Validator;

impl Scope<'_> {
    pub(crate) fn union(&mut self, members: &[Validator], place: &Place<'_>) -> Type {
        let members = flatten(members);
        let some: Vec<&Validator> = members
            .iter()
            .copied()
            .filter(|member| **member != Validator::Null)
            .collect();
        let inner = match some.as_slice() {
            [] => return Type::Unit,
            [one] => self.ty(one, place),
            many => self.choice(many, place),
        };
        match inner {
            // It already includes `null`.
            Type::Any => Type::Any,
            inner if some.len() < members.len() => Type::Option(Box::new(inner)),
            inner => inner,
        }
    }

    /// Handles literals, or several members that are neither unions nor `null`.
    pub(crate) fn choice(&mut self, members: &[&Validator], place: &Place<'_>) -> Type {
        if members.contains(&&Validator::Any) {
            return Type::Any;
        }
        let key = Validator::Union {
            value: members.iter().copied().cloned().collect(),
        };
        let literals: Option<Vec<Literal>> = members.iter().copied().map(literal).collect();
        if let Some(literals) = literals {
            return self.literals(&literals, &key, place);
        }
        if let Some(tag) = discriminant(members) {
            return self.define(&key, &place.name, |scope, name| {
                let place = place.named(name.to_owned());
                Body::Tagged {
                    variants: scope.tagged(members, &tag, &place),
                    tag,
                }
            });
        }
        let kinds = distinct(members);
        match kinds.as_slice() {
            [] => Type::Any,
            [Member::Ids(tables)] => self.ids(tables),
            [Member::Other(one)] => self.ty(one, place),
            _ => self.define(&key, &place.name, |scope, name| {
                Body::Choice(scope.variants(&kinds, &place.named(name.to_owned())))
            }),
        }
    }

    fn literals(&mut self, literals: &[Literal], key: &Validator, place: &Place<'_>) -> Type {
        let both = [true, false].map(Literal::Boolean);
        if literals.len() == 2 && both.iter().all(|value| literals.contains(value)) {
            return Type::Bool;
        }
        self.define(key, &place.name, |_, _| {
            let texts: Option<Vec<&str>> = literals.iter().map(Literal::text).collect();
            let mut used = BTreeSet::new();
            let mut name = |literal: &Literal| unused(&mut used, &pascal(&literal.words()));
            match texts {
                Some(texts) => Body::Texts(
                    literals
                        .iter()
                        .zip(texts)
                        .map(|(literal, text)| VariantDef {
                            name: name(literal),
                            content: text.to_owned(),
                        })
                        .collect(),
                ),
                None => Body::Choice(
                    literals
                        .iter()
                        .map(|literal| VariantDef {
                            name: name(literal),
                            content: (Content::Literal(literal.clone()), shape::literal(literal)),
                        })
                        .collect(),
                ),
            }
        })
    }

    fn ids(&mut self, tables: &BTreeSet<String>) -> Type {
        self.tables.extend(tables.iter().cloned());
        Type::Id(tables.clone())
    }

    fn variants(
        &mut self,
        members: &[Member<'_>],
        place: &Place<'_>,
    ) -> Vec<VariantDef<(Content, String)>> {
        let mut used = BTreeSet::new();
        let mut variants = Vec::new();
        for member in members {
            let (name, content, shape) = match member {
                Member::Literal(literal) => (
                    pascal(&literal.words()),
                    Content::Literal(literal.clone()),
                    shape::literal(literal),
                ),
                Member::Ids(tables) => {
                    let ty = self.ids(tables);
                    (name_of(&ty), Content::Value(ty), "Shape::String".to_owned())
                }
                Member::Other(validator) => {
                    let base = format!("{}Option{}", place.name, variants.len() + 1);
                    let ty = self.ty(validator, &place.named(base));
                    let shape = shape::expression(validator);
                    (name_of(&ty), Content::Value(ty), shape)
                }
            };
            variants.push(VariantDef {
                name: unused(&mut used, &name),
                content: (content, shape),
            });
        }
        variants
    }

    fn tagged(
        &mut self,
        members: &[&Validator],
        tag: &str,
        place: &Place<'_>,
    ) -> Vec<VariantDef<(Literal, Vec<FieldDef>)>> {
        let mut used = BTreeSet::new();
        let mut variants = Vec::new();
        for member in members {
            let Validator::Object { value: fields } = member else {
                continue;
            };
            let Some(value) = fields.get(tag).and_then(|field| literal(&field.field_type)) else {
                continue;
            };
            let name = unused(&mut used, &pascal(&value.words()));
            let place = place.named(format!("{}{name}", place.name));
            let fields = self.fields(fields, &place, &[tag]);
            variants.push(VariantDef {
                name,
                content: (value, fields),
            });
        }
        variants
    }
}

/// Returns the members, with nested unions replaced by their members, each once.
fn flatten(members: &[Validator]) -> Vec<&Validator> {
    let mut flat: Vec<&Validator> = Vec::new();
    for member in members {
        let inner = match member {
            Validator::Union { value } => flatten(value),
            other => vec![other],
        };
        for member in inner {
            if !flat.contains(&member) {
                flat.push(member);
            }
        }
    }
    flat
}

/// Members that can be distinguished.
enum Member<'a> {
    Literal(Literal),
    /// Ids, of all their tables.
    Ids(BTreeSet<String>),
    Other(&'a Validator),
}

/// Returns literals first, because a string also has the shape of a string literal's kind; ids as one member, or as
/// part of the string member.
fn distinct<'a>(members: &[&'a Validator]) -> Vec<Member<'a>> {
    let mut literals = Vec::new();
    let mut others = Vec::new();
    let mut tables = BTreeSet::new();
    let has = |kind: &Validator| members.contains(&kind);
    for &member in members {
        match member {
            Validator::Literal { .. } => {
                let read = literal(member);
                // It adds nothing if all booleans are allowed.
                let boolean = matches!(read, Some(Literal::Boolean(_))) && has(&Validator::Boolean);
                literals.extend(read.filter(|_| !boolean).map(Member::Literal));
            }
            Validator::Id { .. } if has(&Validator::String) => {}
            Validator::Id { table_name } => {
                if tables.is_empty() {
                    others.push(Member::Ids(BTreeSet::new()));
                }
                tables.insert(table_name.clone());
            }
            other => others.push(Member::Other(other)),
        }
    }
    for member in &mut others {
        if let Member::Ids(all) = member {
            *all = std::mem::take(&mut tables);
        }
    }
    literals.extend(others);
    literals
}

fn literal(validator: &Validator) -> Option<Literal> {
    match validator {
        Validator::Literal { value } => Literal::read(value),
        _ => None,
    }
}

/// Returns the field whose literal distinguishes all these objects.
fn discriminant(members: &[&Validator]) -> Option<String> {
    let objects: Option<Vec<_>> = members
        .iter()
        .map(|member| match member {
            Validator::Object { value } => Some(value),
            _ => None,
        })
        .collect();
    let objects = objects?;
    let tells = |name: &&String| {
        let mut values: Vec<Literal> = Vec::new();
        objects.iter().all(|fields| {
            let field = fields.get(*name).filter(|field| !field.optional);
            let value = field.and_then(|field| literal(&field.field_type));
            let fresh = value.filter(|value| !values.contains(value));
            fresh.map(|value| values.push(value)).is_some()
        })
    };
    objects.first()?.keys().find(tells).cloned()
}

/// Returns the name of a variant with one value.
fn name_of(ty: &Type) -> String {
    match ty {
        Type::Unit => "Null".to_owned(),
        Type::Bool => "Boolean".to_owned(),
        Type::F64 => "Number".to_owned(),
        Type::I64 => "Int64".to_owned(),
        Type::Text => "String".to_owned(),
        Type::Bytes => "Bytes".to_owned(),
        Type::Any | Type::Option(_) => "Any".to_owned(),
        Type::Id(tables) => {
            let names: Vec<String> = tables
                .iter()
                .map(|table| pascal(&singular(&snake(table))))
                .collect();
            names.join("Or") + "Id"
        }
        Type::List(_) => "List".to_owned(),
        Type::Map(..) => "Record".to_owned(),
        Type::PageOptions => "Options".to_owned(),
        Type::Page(_) => "Page".to_owned(),
        Type::Named(name) => name.clone(),
    }
}
