//! Filter expressions of queries, as `filter_builder_impl.ts` serialises them: parsing and evaluation.

use serde_json::Value as Json;

use super::error::DbError;
use crate::value::{JsonError, Value};

/// A value, or `undefined`.
type Maybe = Option<Value>;

/// An expression over one document.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Literal(Maybe),
    Field(String),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    Compute(Arithmetic, Box<Expression>, Box<Expression>),
    Negate(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// Reads a value that may be `{"$undefined": null}`.
pub(crate) fn maybe_undefined(json: &Json) -> Result<Maybe, DbError> {
    read(json, Value::from_json)
}

/// Reads a value that may also contain the time of the coming commit.
pub(crate) fn maybe_uncommitted(json: &Json) -> Result<Maybe, DbError> {
    read(json, Value::from_uncommitted_json)
}

fn read(
    json: &Json,
    value: impl FnOnce(&Json) -> Result<Value, JsonError>,
) -> Result<Maybe, DbError> {
    if json
        .as_object()
        .is_some_and(|fields| fields.len() == 1 && fields.contains_key("$undefined"))
    {
        return Ok(None);
    }
    let value = value(json).map_err(|error| DbError::new(error.to_string()))?;
    Ok(Some(value))
}

impl Expression {
    pub(crate) fn parse(json: &Json) -> Result<Self, DbError> {
        let malformed = || DbError::new(format!("Invalid filter expression: {json}"));
        let fields = json.as_object().ok_or_else(malformed)?;
        let (operator, operand) = fields.iter().next().ok_or_else(malformed)?;
        let pair = || match operand.as_array().map(Vec::as_slice) {
            Some([l, r]) => Ok((Box::new(Self::parse(l)?), Box::new(Self::parse(r)?))),
            _ => Err(malformed()),
        };
        let list = || {
            let items = operand.as_array().ok_or_else(malformed)?;
            items.iter().map(Self::parse).collect::<Result<Vec<_>, _>>()
        };
        let one = || Self::parse(operand).map(Box::new);
        if let Some(comparison) = Comparison::parse(operator) {
            return pair().map(|(l, r)| Self::Compare(comparison, l, r));
        }
        if let Some(arithmetic) = Arithmetic::parse(operator) {
            return pair().map(|(l, r)| Self::Compute(arithmetic, l, r));
        }
        Ok(match operator.as_str() {
            "$literal" => Self::Literal(maybe_undefined(operand)?),
            "$field" => Self::Field(operand.as_str().ok_or_else(malformed)?.to_owned()),
            "$neg" => Self::Negate(one()?),
            "$not" => Self::Not(one()?),
            "$and" => Self::And(list()?),
            "$or" => Self::Or(list()?),
            _ => return Err(malformed()),
        })
    }

    /// Returns whether the document passes the filter.
    pub(crate) fn accepts(&self, document: &Value) -> Result<bool, DbError> {
        self.truth(document)
    }

    fn truth(&self, document: &Value) -> Result<bool, DbError> {
        match self.evaluate(document)? {
            Some(Value::Boolean(truth)) => Ok(truth),
            other => Err(DbError::new(format!(
                "A filter must be a boolean, but it is {}",
                other.as_ref().map_or("undefined", Value::type_name)
            ))),
        }
    }

    fn evaluate(&self, document: &Value) -> Result<Maybe, DbError> {
        let boolean = |truth| Ok(Some(Value::Boolean(truth)));
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Field(path) => Ok(document.at_path(path).cloned()),
            Self::Compare(comparison, l, r) => {
                // `None` (undefined) stands before every value, as in indexes.
                let order = l.evaluate(document)?.cmp(&r.evaluate(document)?);
                boolean(match comparison {
                    Comparison::Eq => order.is_eq(),
                    Comparison::Neq => order.is_ne(),
                    Comparison::Lt => order.is_lt(),
                    Comparison::Lte => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Gte => order.is_ge(),
                })
            }
            Self::Compute(arithmetic, l, r) => arithmetic
                .apply(l.evaluate(document)?, r.evaluate(document)?)
                .map(Some),
            Self::Negate(x) => match x.evaluate(document)? {
                Some(Value::Int64(n)) => {
                    n.checked_neg().map(Value::Int64).map(Some).ok_or_else(|| {
                        DbError::new(format!(
                            "Cannot negate {n}: the result is out of range for Int64"
                        ))
                    })
                }
                Some(Value::Float64(n)) => Ok(Some(Value::Float64(-n))),
                other => Err(not_numbers(&[other])),
            },
            Self::And(items) => {
                for item in items {
                    if !item.truth(document)? {
                        return boolean(false);
                    }
                }
                boolean(true)
            }
            Self::Or(items) => {
                for item in items {
                    if item.truth(document)? {
                        return boolean(true);
                    }
                }
                boolean(false)
            }
            Self::Not(x) => boolean(!x.truth(document)?),
        }
    }
}

impl Comparison {
    fn parse(operator: &str) -> Option<Self> {
        Some(match operator {
            "$eq" => Self::Eq,
            "$neq" => Self::Neq,
            "$lt" => Self::Lt,
            "$lte" => Self::Lte,
            "$gt" => Self::Gt,
            "$gte" => Self::Gte,
            _ => return None,
        })
    }
}

impl Arithmetic {
    fn parse(operator: &str) -> Option<Self> {
        Some(match operator {
            "$add" => Self::Add,
            "$sub" => Self::Sub,
            "$mul" => Self::Mul,
            "$div" => Self::Div,
            "$mod" => Self::Mod,
            _ => return None,
        })
    }

    fn apply(self, l: Maybe, r: Maybe) -> Result<Value, DbError> {
        match (&l, &r) {
            (Some(Value::Float64(a)), Some(Value::Float64(b))) => Ok(Value::Float64(match self {
                Self::Add => a + b,
                Self::Sub => a - b,
                Self::Mul => a * b,
                Self::Div => a / b,
                Self::Mod => a % b,
            })),
            (Some(Value::Int64(a)), Some(Value::Int64(b))) => {
                let result = match self {
                    Self::Add => a.checked_add(*b),
                    Self::Sub => a.checked_sub(*b),
                    Self::Mul => a.checked_mul(*b),
                    Self::Div => a.checked_div(*b),
                    Self::Mod => a.checked_rem(*b),
                };
                result
                    .map(Value::Int64)
                    .ok_or_else(|| self.out_of_range(*a, *b))
            }
            _ => Err(not_numbers(&[l, r])),
        }
    }

    /// Returns the original's error for two bigints whose result is out of range.
    fn out_of_range(self, a: i64, b: i64) -> DbError {
        let name = match self {
            Self::Add => "add",
            Self::Sub => "subtract",
            Self::Mul => "multiply",
            Self::Div => "divide",
            Self::Mod => "mod",
        };
        DbError::new(if b == 0 {
            format!("Cannot {name} {a} by zero")
        } else {
            format!("Cannot {name} {a} and {b}: the result is out of range for Int64")
        })
    }
}

fn not_numbers(operands: &[Maybe]) -> DbError {
    let names: Vec<_> = operands
        .iter()
        .map(|o| o.as_ref().map_or("undefined", Value::type_name))
        .collect();
    DbError::new(format!(
        "Arithmetic in a filter needs two numbers or two bigints, not {}",
        names.join(" and ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn int(n: i64) -> Json {
        json!({ "$literal": Value::Int64(n).to_json() })
    }

    /// Returns the value of an expression for a document without fields.
    fn evaluate(json: &Json) -> Result<Maybe, String> {
        let expression = Expression::parse(json).expect("a good expression");
        let document = Value::Object(crate::value::Object::new());
        expression
            .evaluate(&document)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn arithmetic_of_bigints_stays_in_range_or_fails() {
        let sum = evaluate(&json!({ "$add": [int(i64::MAX - 1), int(1)] }));
        assert_eq!(sum, Ok(Some(Value::Int64(i64::MAX))));
        for (outside, text) in [
            (
                json!({ "$add": [int(i64::MAX), int(1)] }),
                "Cannot add 9223372036854775807 and 1: the result is out of range for Int64",
            ),
            (
                json!({ "$div": [int(1), int(0)] }),
                "Cannot divide 1 by zero",
            ),
            (
                json!({ "$neg": int(i64::MIN) }),
                "Cannot negate -9223372036854775808: the result is out of range for Int64",
            ),
        ] {
            assert_eq!(evaluate(&outside), Err(text.to_owned()));
        }
    }

    #[test]
    fn arithmetic_of_anything_but_two_of_a_kind_fails() {
        for mixed in [
            json!({ "$add": [int(1), { "$literal": 1 }] }),
            json!({ "$mul": [{ "$field": "absent" }, { "$literal": 1 }] }),
            json!({ "$neg": { "$literal": "1" } }),
        ] {
            assert!(evaluate(&mixed).is_err(), "{mixed}");
        }
        let float = evaluate(&json!({ "$div": [{ "$literal": 1 }, { "$literal": 0 }] }));
        assert_eq!(float, Ok(Some(Value::Float64(f64::INFINITY))));
    }
}
