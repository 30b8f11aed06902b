//! y = body(x) + shortcut(x).

use crate::net::{builder::Builder, op::Op};

impl Builder {
    /// body(x) + shortcut(x); a shortcut that builds nothing is the identity.
    pub(in crate::net) fn residual<E: From<String>>(
        &mut self,
        body: impl FnOnce(&mut Builder) -> Result<(), E>,
        shortcut: impl FnOnce(&mut Builder) -> Result<(), E>,
    ) -> Result<(), E> {
        let (input, shape) = (self.value, self.shape);
        let outside = std::mem::take(&mut self.words);
        body(self)?;
        let inside = std::mem::take(&mut self.words);
        let (result, output) = (std::mem::replace(&mut self.value, input), std::mem::replace(&mut self.shape, shape));
        shortcut(self)?;
        if self.shape != output {
            return Err(
                format!("a residual block adds {output} from its body to {} from its shortcut", self.shape).into()
            );
        }
        self.push(|beside| Op::Add(result, beside));
        let beside = std::mem::replace(&mut self.words, outside);
        let beside = if beside.is_empty() { "x".into() } else { format!("({})", beside.join(" | ")) };
        self.words.push(format!("({}) + {beside}", inside.join(" | ")));
        Ok(())
    }
}
