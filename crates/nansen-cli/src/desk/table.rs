//! A line of a CSV table as a claim file.
//!
//! The header names the columns. `type`, `title`, `device_key`, `issued_at`, `not_before`,
//! `expires_at` are fields of a [claim file](super::claim_file); every other column is a claim.
//! `employment.from` puts the claim into the map `employment`. A cell is text, since codes such
//! as `0715` are, unless the name ends in
//!
//! | ending | cell |
//! |---|---|
//! | `:int` | an integer |
//! | `:bool` | `true` or `false` |
//! | `:list` | texts separated by `;` |
//! | `:json` | JSON |
//!
//! An empty cell is no claim.

use serde_json::{Map, Value};

use super::ClaimFile;
use crate::clock::Moment;
use crate::failure::{Failure, Result};

/// What the columns of a table mean.
pub(crate) struct Columns(Vec<Column>);

enum Column {
    Type,
    Title,
    DeviceKey,
    IssuedAt,
    NotBefore,
    ExpiresAt,
    Claim { path: Vec<String>, cell: Cell },
}

#[derive(Clone, Copy)]
enum Cell {
    Text,
    Integer,
    Bool,
    List,
    Json,
}

impl Columns {
    /// Reads a header.
    pub(crate) fn new(header: &csv::StringRecord) -> Result<Self> {
        header
            .iter()
            .map(Column::new)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The claim file that a line stands for.
    pub(crate) fn claim_file(&self, line: &csv::StringRecord) -> Result<ClaimFile> {
        let mut file = ClaimFile::new(Map::new());
        for (column, cell) in self.0.iter().zip(line) {
            if cell.is_empty() {
                continue;
            }
            match column {
                Column::Type => file.vct = Some(cell.to_owned()),
                Column::Title => file.title = Some(cell.to_owned()),
                Column::DeviceKey => file.device_key = Some(cell.to_owned()),
                Column::IssuedAt => file.issued_at = Some(time("issued_at", cell)?),
                Column::NotBefore => file.not_before = Some(time("not_before", cell)?),
                Column::ExpiresAt => file.expires_at = Some(time("expires_at", cell)?),
                Column::Claim { path, cell: kind } => {
                    put(&mut file.claims, path, kind.value(path, cell)?)?;
                }
            }
        }
        Ok(file)
    }
}

impl Column {
    fn new(name: &str) -> Result<Self> {
        let refused = |reason| Failure::Column {
            column: name.to_owned(),
            reason,
        };
        let (path, cell) = match name.rsplit_once(':') {
            None => (name, Cell::Text),
            Some((path, "int")) => (path, Cell::Integer),
            Some((path, "bool")) => (path, Cell::Bool),
            Some((path, "list")) => (path, Cell::List),
            Some((path, "json")) => (path, Cell::Json),
            Some(_) => return Err(refused("ends in none of :int, :bool, :list and :json")),
        };
        Ok(match name.trim() {
            "type" => Self::Type,
            "title" => Self::Title,
            "device_key" => Self::DeviceKey,
            "issued_at" => Self::IssuedAt,
            "not_before" => Self::NotBefore,
            "expires_at" => Self::ExpiresAt,
            _ => {
                let path: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
                if path.iter().any(String::is_empty) {
                    return Err(refused("is no name of a claim"));
                }
                Self::Claim { path, cell }
            }
        })
    }
}

impl Cell {
    fn value(self, path: &[String], cell: &str) -> Result<Value> {
        let refused = |reason| Failure::Column {
            column: path.join("."),
            reason,
        };
        match self {
            Self::Text => Ok(cell.into()),
            Self::Integer => {
                let number: i64 = cell.trim().parse().map_err(|_| refused("is no integer"))?;
                Ok(number.into())
            }
            Self::Bool => match cell.trim() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err(refused("is neither true nor false")),
            },
            Self::List => Ok(cell.split(';').map(str::trim).collect()),
            Self::Json => serde_json::from_str(cell).map_err(|_| refused("is not JSON")),
        }
    }
}

/// Puts a value where its path leads, making maps on the way.
fn put(claims: &mut Map<String, Value>, path: &[String], value: Value) -> Result<()> {
    let refused = || Failure::Column {
        column: path.join("."),
        reason: "stands where another column put something else",
    };
    let Some((last, groups)) = path.split_last() else {
        return Ok(());
    };
    let mut map = claims;
    for group in groups {
        let inside = map
            .entry(group.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        map = inside.as_object_mut().ok_or_else(refused)?;
    }
    match map.insert(last.clone(), value) {
        None => Ok(()),
        Some(_) => Err(refused()),
    }
}

fn time(field: &'static str, cell: &str) -> Result<Moment> {
    cell.trim().parse().map_err(|_| Failure::Field {
        field,
        reason: "is neither unix seconds nor RFC 3339",
    })
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;
    use serde_json::json;

    use super::*;

    fn read(header: &[&str], line: &[&str]) -> Result<ClaimFile> {
        Columns::new(&StringRecord::from(header.to_vec()))?
            .claim_file(&StringRecord::from(line.to_vec()))
    }

    #[test]
    fn cells_become_claims_of_the_type_that_the_header_says() {
        let file = read(
            &[
                "family_name",
                "eqf_level:int",
                "isced_f",
                "employment.from",
                "employment.months:int",
                "skills:list",
                "ok:bool",
                "x:json",
                "expires_at",
                "note",
            ],
            &[
                "Gurung",
                "3",
                "0715",
                "2021-02",
                "42",
                "a; b",
                "true",
                "{\"y\": [1]}",
                "1947680000",
                "",
            ],
        )
        .unwrap();
        assert_eq!(
            Value::Object(file.claims),
            json!({"family_name": "Gurung", "eqf_level": 3, "isced_f": "0715",
                   "employment": {"from": "2021-02", "months": 42}, "skills": ["a", "b"], "ok": true, "x": {"y": [1]}})
        );
        assert_eq!(file.expires_at, Some(Moment(1_947_680_000)));
    }

    #[test]
    fn a_bad_cell_or_column_is_named() {
        assert!(
            matches!(read(&["level:int"], &["three"]), Err(Failure::Column { column, .. }) if column == "level")
        );
        assert!(matches!(
            read(&["level:float"], &["3"]),
            Err(Failure::Column { .. })
        ));
        assert!(matches!(
            read(&["a..b"], &["3"]),
            Err(Failure::Column { .. })
        ));
        assert!(matches!(
            read(&["a", "a.b"], &["1", "2"]),
            Err(Failure::Column { .. })
        ));
        assert!(matches!(
            read(&["expires_at"], &["soon"]),
            Err(Failure::Field { .. })
        ));
    }
}
