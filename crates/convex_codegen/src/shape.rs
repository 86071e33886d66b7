//! Validators as `leptos_convex::value::Shape` expressions, with which a union finds its variant.

use crate::literal::Literal;
use crate::spec::{Field, Validator};

/// Returns the shape as a Rust expression for a constant.
pub(crate) fn expression(validator: &Validator) -> String {
    let list = |members: Vec<String>| members.join(", ");
    match validator {
        Validator::Any => "Shape::Any".to_owned(),
        Validator::Null => "Shape::Null".to_owned(),
        Validator::Number => "Shape::Number".to_owned(),
        Validator::Bigint => "Shape::Int64".to_owned(),
        Validator::Boolean => "Shape::Boolean".to_owned(),
        // An id does not show its table.
        Validator::String | Validator::Id { .. } => "Shape::String".to_owned(),
        Validator::Bytes => "Shape::Bytes".to_owned(),
        Validator::Literal { value } => {
            Literal::read(value).map_or_else(|| "Shape::Any".to_owned(), |known| literal(&known))
        }
        Validator::Array { value } => format!("Shape::Array(&{})", expression(value)),
        Validator::Record { values, .. } => {
            format!("Shape::Record(&{})", expression(&values.field_type))
        }
        Validator::Object { value } => {
            let fields = |optional: bool| {
                let those = value.iter().filter(|(_, field)| field.optional == optional);
                list(
                    those
                        .map(|(name, Field { field_type, .. })| {
                            format!("({name:?}, {})", expression(field_type))
                        })
                        .collect(),
                )
            };
            format!(
                "Shape::Object {{ required: &[{}], optional: &[{}] }}",
                fields(false),
                fields(true)
            )
        }
        Validator::Union { value } => {
            format!(
                "Shape::Union(&[{}])",
                list(value.iter().map(expression).collect())
            )
        }
    }
}

/// Returns the shape of this value only.
pub(crate) fn literal(literal: &Literal) -> String {
    let kind = match literal {
        Literal::Text(_) => "StringLiteral",
        Literal::Number(_) => "NumberLiteral",
        Literal::Int64(_) => "Int64Literal",
        Literal::Boolean(_) => "BooleanLiteral",
    };
    format!("Shape::{kind}({})", literal.rust())
}
