//! How our numbers lie in SQLite's columns, bit for bit.
//!
//! SQLite turns a NaN into NULL, which would make "measured, and not a number" the same as "not measured"; so NaN is
//! kept as the text 'NaN'. Infinities, -0.0 and subnormals are ordinary reals to SQLite.

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::probe::SLICE_POINTS;

const NAN: &[u8] = b"NaN";

/// A float, `NaN` included.
pub struct Float(pub f64);

impl ToSql for Float {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = if self.0.is_nan() { ValueRef::Text(NAN) } else { ValueRef::Real(self.0) };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl FromSql for Float {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Real(x) => Ok(Float(x)),
            ValueRef::Text(NAN) => Ok(Float(f64::NAN)),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// A count. SQLite's integers are signed; no count comes near 2⁶³.
pub struct Count(pub u64);

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match i64::try_from(self.0) {
            Ok(n) => Ok(ToSqlOutput::Owned(Value::Integer(n))),
            Err(_) => Err(rusqlite::Error::ToSqlConversionFailure(format!("the count {} is too large", self.0).into())),
        }
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let n = value.as_i64()?;
        u64::try_from(n).map(Count).map_err(|_| FromSqlError::OutOfRange(n))
    }
}

/// Plain data as JSON text.
pub struct Json<T>(pub T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        Ok(ToSqlOutput::Owned(Value::Text(text)))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Json).map_err(FromSqlError::other)
    }
}

/// The losses of a slice: little-endian doubles, one after the other.
pub struct Losses(pub [f64; SLICE_POINTS]);

impl Losses {
    pub fn bytes(&self) -> [u8; SLICE_POINTS * 8] {
        let mut bytes = [0; SLICE_POINTS * 8];
        for (place, x) in bytes.chunks_exact_mut(8).zip(self.0) {
            place.copy_from_slice(&x.to_le_bytes());
        }
        bytes
    }
}

impl FromSql for Losses {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let blob = value.as_blob()?;
        let (words, rest) = blob.as_chunks::<8>();
        match <&[[u8; 8]; SLICE_POINTS]>::try_from(words) {
            Ok(words) if rest.is_empty() => Ok(Losses(words.map(f64::from_le_bytes))),
            _ => Err(FromSqlError::InvalidBlobSize { expected_size: SLICE_POINTS * 8, blob_size: blob.len() }),
        }
    }
}

/// θ as little-endian floats, one after the other.
pub fn theta_bytes(theta: &[f32]) -> Vec<u8> {
    theta.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// A mean in full precision as little-endian doubles, one after the other.
pub fn mean_bytes(mean: &[f64]) -> Vec<u8> {
    mean.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The inverse of [`mean_bytes`]; `None` when `bytes` are not `count` doubles.
pub fn mean(bytes: &[u8], count: u64) -> Option<Vec<f64>> {
    let (words, rest) = bytes.as_chunks::<8>();
    (rest.is_empty() && words.len() as u64 == count).then(|| words.iter().map(|w| f64::from_le_bytes(*w)).collect())
}

/// The inverse of [`theta_bytes`]; `None` when `bytes` are not `count` floats.
pub fn theta(bytes: &[u8], count: u64) -> Option<Vec<f32>> {
    let (words, rest) = bytes.as_chunks::<4>();
    (rest.is_empty() && words.len() as u64 == count).then(|| words.iter().map(|w| f32::from_le_bytes(*w)).collect())
}
