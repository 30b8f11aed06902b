//! Dropout, which does nothing here: a loss is a function of θ only where nothing is drawn. It takes a place in a list of layers.

use super::kind::{Entry, Layer};
use crate::net::{
    builder::{Builder, Built},
    keys::Fault,
};

pub(super) struct Dropout;

impl Dropout {
    fn add(b: &mut Builder, share: Option<f32>) -> Built {
        match share {
            Some(p) if !(0.0..1.0).contains(&p) => Err(format!("dropout({p}) needs a share of at least 0 and below 1")),
            Some(p) => {
                b.words.push(format!("dropout {p} (not applied)"));
                Ok(())
            }
            None => {
                b.words.push("dropout (not applied)".into());
                Ok(())
            }
        }
    }
}

impl Layer for Dropout {
    fn usage(&self) -> Vec<&'static str> {
        vec!["dropout[(SHARE)]"]
    }

    fn words(&self) -> Vec<&'static str> {
        vec!["dropout"]
    }

    fn in_stack(&self, b: &mut Builder, _name: &str, _word: &str, numbers: &[usize]) -> Option<Built> {
        match numbers {
            [] => Some(Self::add(b, None)),
            [share] => Some(Self::add(b, Some(*share as f32))),
            _ => None,
        }
    }

    fn with_decimal(&self, b: &mut Builder, _word: &str, number: f32) -> Option<Built> {
        Some(Self::add(b, Some(number)))
    }

    fn in_description(&self, b: &mut Builder, _name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        Self::add(b, entry.keys.decimal_or_on(entry.key)?)?;
        Ok(())
    }
}
