//! What a kind of layer is to those who read stacks and descriptions.

use crate::net::{
    builder::{Builder, Built},
    keys::{Fault, Keys},
};

/// A kind of layer: how it is written, and how it is added to a network.
pub(in crate::net) trait Layer: Sync {
    /// How to write it in a stack, such as `pool(K)`; nothing if it is only for descriptions.
    fn usage(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Its words in a stack.
    fn words(&self) -> Vec<&'static str> {
        self.usage().into_iter().map(|usage| usage.split('(').next().unwrap_or(usage)).collect()
    }

    /// The keys that say in a description that a layer is of this kind.
    fn keys(&self) -> Vec<&'static str> {
        self.words()
    }

    /// Keys that may stand beside that.
    fn beside(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it has parameters, which then need a name of their own.
    fn is_named(&self) -> bool {
        false
    }

    /// Adds it as a stack writes it: one of its words and the numbers in brackets. `None` if it does not take so many.
    fn in_stack(&self, _b: &mut Builder, _name: &str, _word: &str, _numbers: &[usize]) -> Option<Built> {
        None
    }

    /// The same with one number that need not be whole. `None` if it takes none.
    fn with_decimal(&self, _b: &mut Builder, _word: &str, _number: f32) -> Option<Built> {
        None
    }

    /// Adds it as a description writes it: `pool = 2` for `pool(2)`, `relu = true` for `relu`.
    fn in_description(&self, b: &mut Builder, name: &str, entry: &Entry<'_>) -> Result<(), Fault> {
        let numbers = if self.usage().iter().any(|usage| usage.contains('(')) {
            vec![entry.number()?]
        } else {
            entry.is_on()?;
            Vec::new()
        };
        if let Some(built) = self.in_stack(b, name, entry.key, &numbers) {
            built?;
        }
        Ok(())
    }
}

/// A layer in a description.
pub(in crate::net) struct Entry<'a> {
    pub keys: &'a Keys<'a>,
    /// The key that says what it is.
    pub key: &'static str,
    /// Outputs of the whole network.
    pub classes: usize,
}

impl Entry<'_> {
    /// The number of its key.
    pub fn number(&self) -> Result<usize, Fault> {
        Ok(self.keys.number(self.key)?.unwrap_or(0))
    }

    /// Whether `over = "channels"` stands beside it: at every pixel for itself.
    pub fn over_channels(&self) -> Result<bool, Fault> {
        match self.keys.text("over")? {
            None => Ok(false),
            Some("channels") => Ok(true),
            Some(_) => Err(self.keys.fault("over", "over can only be \"channels\"".into())),
        }
    }

    /// For layers without numbers: refuses all but `relu = true`.
    pub fn is_on(&self) -> Result<(), Fault> {
        let key = self.key;
        if self.keys.flag(key)? == Some(true) {
            Ok(())
        } else {
            Err(format!("write {key} = true, or \"{key}\"").into())
        }
    }
}
