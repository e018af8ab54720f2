//! [`ItemRecord`]: the state of an item.

use runnable_chat::metering::UsageTotals;
use runnable_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::outputs::FailedItem;

/// The state of an item in the journal. An item that has started for the first time has no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemState {
    /// It has a result.
    Done,
    /// It has failed.
    Failed,
    /// It has started again, after a crash or a stop.
    Started,
    /// Its call was dropped by the program, and may be paid twice.
    Dropped,
    /// It has stopped before an attempt, because the job was stopped or dropped.
    Pending,
    /// It has failed, and was made pending again.
    Retried,
}

impl ItemState {
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }

    /// Returns whether a call was in flight when the program ended.
    pub(crate) fn is_interrupted(self) -> bool {
        matches!(self, Self::Started | Self::Dropped)
    }
}

/// What the journal says about an item. `O` is the type of the output: the type of the chain when
/// it is written, and JSON when it is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ItemRecord<O = Value> {
    pub(crate) state: ItemState,
    /// The number of attempts so far.
    #[serde(default)]
    pub(crate) attempts: u32,
    /// How often in a row the process has ended while a call of the item was in flight.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) crashes: u32,
    /// How often the item was made pending again after it had failed, except for failures to fetch
    /// results.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) retries: u32,
    /// Whether the item has failed because the results of a batch could not be fetched.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_unfetched: bool,
    /// The time of the last attempt, in milliseconds.
    #[serde(default)]
    pub(crate) ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<O>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<FailedItem>,
    /// The usage of all attempts, as JSON without zeros.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<Value>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl<O: Serialize> ItemRecord<O> {
    pub(crate) fn new(state: ItemState) -> Self {
        Self {
            state,
            attempts: 0,
            crashes: 0,
            retries: 0,
            is_unfetched: false,
            ms: 0,
            output: None,
            error: None,
            usage: None,
        }
    }

    pub(crate) fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    pub(crate) fn crashes(self, crashes: u32) -> Self {
        Self { crashes, ..self }
    }

    pub(crate) fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    pub(crate) fn with_usage(self, usage: &UsageTotals) -> Self {
        let usage = (!usage.is_empty()).then(|| serde_json::to_value(usage).ok()).flatten();
        Self { usage: usage.and_then(without_zeros), ..self }
    }

    pub(crate) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

impl ItemRecord {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| {
            let message = format!("invalid item in the journal of the job: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })
    }

    pub(crate) fn totals(&self) -> UsageTotals {
        let usage = self.usage.as_ref();
        usage.and_then(|usage| UsageTotals::deserialize(usage).ok()).unwrap_or_default()
    }
}

/// Returns the record of an item that is done, as JSON.
pub(crate) fn output_record<O: Serialize>(
    output: &O,
    attempts: u32,
    ms: u64,
    usage: &UsageTotals,
) -> serde_json::Result<Vec<u8>> {
    let record = ItemRecord { output: Some(output), ms, ..ItemRecord::new(ItemState::Done) };
    record.attempts(attempts).with_usage(usage).to_json()
}

/// Removes what deserializes to the same value if it is missing. Most counts of a usage are zero.
fn without_zeros(value: Value) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.filter_map(|(name, value)| Some((name, without_zeros(value)?)));
            let fields: serde_json::Map<_, _> = fields.collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(without_zeros).collect()))
        }
        Value::Null => None,
        Value::Number(number) => (number.as_u64() != Some(0)).then_some(Value::Number(number)),
        Value::String(text) => (text != "0").then_some(Value::String(text)),
        Value::Bool(_) => Some(value),
    }
}
