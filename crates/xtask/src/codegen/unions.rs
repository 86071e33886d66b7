//! Unions: what kind of enum, or no enum at all.

use std::collections::BTreeSet;

use super::lower::{Place, Scope, unused};
use super::model::{FieldDef, Shape, Type, VariantDef};
use super::names::{pascal, singular, snake};
use super::spec::Validator;

impl Scope<'_> {
    pub(super) fn union(&mut self, members: &[Validator], place: &Place<'_>) -> Type {
        let some: Vec<&Validator> = members
            .iter()
            .filter(|member| **member != Validator::Null)
            .collect();
        let inner = match some.as_slice() {
            [] => return Type::Unit,
            [one] => self.ty(one, place),
            many => self.choice(many, place),
        };
        let nullable = some.len() < members.len();
        if nullable {
            Type::Option(Box::new(inner))
        } else {
            inner
        }
    }

    /// A union of two or more that are not `null`.
    fn choice(&mut self, members: &[&Validator], place: &Place<'_>) -> Type {
        if members.contains(&&Validator::Any) {
            return Type::Any;
        }
        let key = Validator::Union {
            value: members.iter().copied().cloned().collect(),
        };
        if let Some(texts) = members
            .iter()
            .map(|member| text_literal(member))
            .collect::<Option<Vec<_>>>()
        {
            return self.define(&key, &place.name, |_, _| Shape::Literals(literals(&texts)));
        }
        if let Some(tag) = discriminant(members) {
            let members: Vec<Validator> = members.iter().copied().cloned().collect();
            return self.define(&key, &place.name, |scope, name| {
                let place = place.named(name.to_owned());
                Shape::Tagged {
                    variants: scope.tagged(&members, &tag, &place),
                    tag,
                }
            });
        }
        let types: Vec<Type> =
            members
                .iter()
                .enumerate()
                .fold(Vec::new(), |mut types, (i, member)| {
                    let ty = self.ty(
                        member,
                        &place.named(format!("{}Option{}", place.name, i + 1)),
                    );
                    if !types.contains(&ty) {
                        types.push(ty);
                    }
                    types
                });
        match types.as_slice() {
            // Literals of one kind, say `1 | 2 | 3`.
            [one] => one.clone(),
            _ => self.define(&key, &place.name, |_, _| Shape::Untagged(untagged(types))),
        }
    }

    fn tagged(
        &mut self,
        members: &[Validator],
        tag: &str,
        place: &Place<'_>,
    ) -> Vec<VariantDef<(String, Vec<FieldDef>)>> {
        let mut used = BTreeSet::new();
        let mut variants = Vec::new();
        for member in members {
            let Validator::Object { value: fields } = member else {
                continue;
            };
            let Some(text) = fields
                .get(tag)
                .and_then(|field| text_literal(&field.field_type))
            else {
                continue;
            };
            let name = unused(&mut used, &pascal(text));
            let place = place.named(format!("{}{name}", place.name));
            let fields = self.fields(fields, &place, &[tag]);
            variants.push(VariantDef {
                name,
                content: (text.to_owned(), fields),
            });
        }
        variants
    }
}

fn text_literal(validator: &Validator) -> Option<&str> {
    match validator {
        Validator::Literal { value } => value.as_str(),
        _ => None,
    }
}

/// The field whose string literal tells all these objects apart.
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
        let texts: Option<BTreeSet<&str>> = objects
            .iter()
            .map(|fields| {
                fields
                    .get(*name)
                    .filter(|field| !field.optional)
                    .and_then(|f| text_literal(&f.field_type))
            })
            .collect();
        texts.is_some_and(|texts| texts.len() == objects.len())
    };
    objects.first()?.keys().find(tells).cloned()
}

pub(super) fn literals(texts: &[&str]) -> Vec<VariantDef<String>> {
    let mut used = BTreeSet::new();
    texts
        .iter()
        .map(|text| VariantDef {
            name: unused(&mut used, &pascal(text)),
            content: (*text).to_owned(),
        })
        .collect()
}

fn untagged(types: Vec<Type>) -> Vec<VariantDef<Type>> {
    let mut used = BTreeSet::new();
    types
        .into_iter()
        .map(|ty| {
            let name = match &ty {
                Type::Unit => "Null".to_owned(),
                Type::Bool => "Boolean".to_owned(),
                Type::F64 => "Number".to_owned(),
                Type::I64 => "Int64".to_owned(),
                Type::Text => "String".to_owned(),
                Type::Bytes => "Bytes".to_owned(),
                Type::Any | Type::Option(_) => "Any".to_owned(),
                Type::Id(table) => format!("{}Id", pascal(&singular(&snake(table)))),
                Type::List(_) => "List".to_owned(),
                Type::Map(..) => "Record".to_owned(),
                Type::PageOptions => "Options".to_owned(),
                Type::Page(_) => "Page".to_owned(),
                Type::Named(name) => name.clone(),
            };
            VariantDef {
                name: unused(&mut used, &name),
                content: ty,
            }
        })
        .collect()
}
