//! Filter expressions of queries: parsing and evaluating what `filter_builder_impl.ts` serialises.

use serde_json::Value as Json;

use super::DbError;
use crate::value::Value;

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
    if json
        .as_object()
        .is_some_and(|fields| fields.len() == 1 && fields.contains_key("$undefined"))
    {
        return Ok(None);
    }
    Value::from_json(json)
        .map(Some)
        .map_err(|error| DbError::new(error.to_string()))
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

    /// Whether the document passes.
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
                Some(Value::Int64(n)) => Ok(Some(Value::Int64(n.wrapping_neg()))),
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
            (Some(Value::Int64(a)), Some(Value::Int64(b))) => match self {
                Self::Add => Ok(Value::Int64(a.wrapping_add(*b))),
                Self::Sub => Ok(Value::Int64(a.wrapping_sub(*b))),
                Self::Mul => Ok(Value::Int64(a.wrapping_mul(*b))),
                Self::Div => a.checked_div(*b).map(Value::Int64).ok_or_else(by_zero),
                Self::Mod => a.checked_rem(*b).map(Value::Int64).ok_or_else(by_zero),
            },
            _ => Err(not_numbers(&[l, r])),
        }
    }
}

fn by_zero() -> DbError {
    DbError::new("Division by zero in a filter")
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
