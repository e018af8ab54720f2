//! [`Columns`]: the columns of a table of results.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// The maximum number of columns.
pub(super) const MOST_COLUMNS: usize = 10_000;

/// The part of a result to which a column belongs. The columns have this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    Key,
    Input,
    Output,
    Error,
}

/// The type of all values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outputs) enum ColumnKind {
    /// All values are null.
    Null,
    Bool,
    /// Integers of 64 bits. If `exact` is false, some cannot be floats without loss.
    Int {
        exact: bool,
    },
    Float,
    Text,
    /// Values of several types, or nested values.
    Json,
}

impl ColumnKind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) => match number.as_i64() {
                Some(int) => Self::Int { exact: int.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS },
                None if number.is_f64() => Self::Float,
                // An integer that is larger than 64 bits with a sign.
                None => Self::Json,
            },
            Value::String(_) => Self::Text,
            Value::Array(_) | Value::Object(_) => Self::Json,
        }
    }

    /// Returns the type of values of both types.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (Self::Int { exact: a }, Self::Int { exact: b }) => Self::Int { exact: a && b },
            (Self::Int { exact: true }, Self::Float) | (Self::Float, Self::Int { exact: true }) => {
                Self::Float
            }
            (a, b) if a == b => a,
            _ => Self::Json,
        }
    }
}

/// The columns of a table of results: the union of the fields of all results.
#[derive(Debug, Default)]
pub(in crate::outputs) struct Columns {
    columns: Vec<Column>,
    indexes: HashMap<(Part, String), usize>,
}

#[derive(Debug)]
struct Column {
    part: Part,
    name: String,
    kind: ColumnKind,
}

impl Columns {
    /// Returns the index of a column, which is added if it is new. `None` if there are too many.
    pub(super) fn index(&mut self, part: Part, name: &str, value: &Value) -> Option<usize> {
        let kind = ColumnKind::of(value);
        let key = (part, name.to_owned());
        if let Some(index) = self.indexes.get(&key) {
            let column = &mut self.columns[*index];
            column.kind = column.kind.and(kind);
            return Some(*index);
        }
        if self.columns.len() == MOST_COLUMNS {
            return None;
        }
        self.columns.push(Column { part, name: name.to_owned(), kind });
        let index = self.columns.len() - 1;
        self.indexes.insert(key, index);
        Some(index)
    }

    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Returns the indexes, names and types of the columns in the order of the table. All names are
    /// different.
    pub(in crate::outputs) fn named(&self) -> Vec<(usize, String, ColumnKind)> {
        let mut names: Vec<Option<String>> = vec![None; self.columns.len()];
        let mut taken = HashSet::new();
        // The parts that come first keep their names. In a part, all names that are free are taken
        // before another field is renamed, so the order of the fields has no effect.
        for part in [Part::Key, Part::Error, Part::Output, Part::Input] {
            let in_part = |(_, column): &(&mut Option<String>, &Column)| column.part == part;
            for (name, column) in names.iter_mut().zip(&self.columns).filter(in_part) {
                if taken.insert(column.name.clone()) {
                    *name = Some(column.name.clone());
                }
            }
            let prefix = if part == Part::Input { "input" } else { "output" };
            for (name, column) in names.iter_mut().zip(&self.columns).filter(in_part) {
                name.get_or_insert_with(|| {
                    let mut free = format!("{prefix}.{}", column.name);
                    while !taken.insert(free.clone()) {
                        free = format!("{prefix}.{free}");
                    }
                    free
                });
            }
        }
        let mut order: Vec<_> = (0..self.columns.len()).collect();
        order.sort_by_key(|index| self.columns[*index].part);
        let named = order.into_iter().map(|index| {
            (index, names[index].take().unwrap_or_default(), self.columns[index].kind)
        });
        named.collect()
    }
}
