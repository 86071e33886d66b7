//! Conversions between the values and results of the `convex` crate and ours.

use std::collections::BTreeMap;

use convex::FunctionResult;

use crate::{call::CallError, value::Value};

/// Returns the arguments of a call, as an object.
pub(super) fn arguments(args: &Value) -> BTreeMap<String, convex::Value> {
    match args {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), to_convex(value)))
            .collect(),
        _ => BTreeMap::new(),
    }
}

fn to_convex(value: &Value) -> convex::Value {
    match value {
        Value::Null => convex::Value::Null,
        Value::Int64(number) => convex::Value::Int64(*number),
        Value::Float64(number) => convex::Value::Float64(*number),
        Value::Boolean(flag) => convex::Value::Boolean(*flag),
        Value::String(text) => convex::Value::String(text.clone()),
        Value::Bytes(bytes) => convex::Value::Bytes(bytes.clone()),
        Value::Array(items) => convex::Value::Array(items.iter().map(to_convex).collect()),
        Value::Object(_) => convex::Value::Object(arguments(value)),
    }
}

pub(super) fn result(result: &FunctionResult) -> Result<Value, CallError> {
    match result {
        FunctionResult::Value(value) => Ok(from_convex(value)),
        FunctionResult::ErrorMessage(message) => {
            Err(CallError::from_function(message.clone(), None))
        }
        FunctionResult::ConvexError(error) => Err(CallError::from_function(
            error.message.clone(),
            Some(from_convex(&error.data)),
        )),
    }
}

fn from_convex(value: &convex::Value) -> Value {
    match value {
        convex::Value::Null => Value::Null,
        convex::Value::Int64(number) => Value::Int64(*number),
        convex::Value::Float64(number) => Value::Float64(*number),
        convex::Value::Boolean(flag) => Value::Boolean(*flag),
        convex::Value::String(text) => Value::String(text.clone()),
        convex::Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
        convex::Value::Array(items) => Value::Array(items.iter().map(from_convex).collect()),
        convex::Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), from_convex(value)))
                .collect(),
        ),
    }
}
