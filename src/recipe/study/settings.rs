//! The constants of a study in a recipe: its own, and the options of the request that it makes.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// Takes a table apart: into the settings that the study has itself, by their names, and the request with the others.
/// `fixed` are fields of the request that the study says.
///
/// # Errors
/// An unknown name, a value that means nothing, and what is fixed.
pub fn split<O: DeserializeOwned, R: DeserializeOwned>(
    mut table: Table,
    own: &[&str],
    fixed: &[&str],
) -> Result<(O, R), String> {
    let mut mine = Table::new();
    for name in own {
        if let Some(value) = table.remove(*name) {
            mine.insert(name.to_string(), value);
        }
    }
    if let Some(name) = fixed.iter().find(|name| table.contains_key(**name)) {
        return Err(format!("{name} is not for a recipe to say in a study of this kind; leave it out"));
    }
    let own = Value::Table(mine).try_into().map_err(|e| e.to_string())?;
    let request = Value::Table(table).try_into().map_err(|e| e.to_string())?;
    Ok((own, request))
}
