//! Networks described in TOML, so that a person's own model needs no recompilation; `docs/networks.md` is the manual.

mod keys;

#[cfg(test)]
mod tests;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use toml::de::{DeArray, DeTable, DeValue};

use self::keys::{Fault, Keys, Lines};
use super::{
    builder::{Builder, ConvSpec},
    layer::{Activation, Pool, Shape},
    stack,
};
use crate::suggest;

/// Layers of a description at most, repetitions counted: more is a slip of the finger.
const LONGEST: usize = 5000;

/// What a layer can be, and the keys that may stand beside it.
const KINDS: [(&str, &[&str]); 15] = [
    ("conv", &["kernel", "stride", "padding", "bias"]),
    ("linear", &["bias"]),
    ("batchnorm", &[]),
    ("relu", &[]),
    ("tanh", &[]),
    ("sigmoid", &[]),
    ("softplus", &[]),
    ("pool", &[]),
    ("avgpool", &[]),
    ("globalavg", &[]),
    ("flatten", &[]),
    ("subsample", &[]),
    ("pad", &[]),
    ("body", &["shortcut"]),
    ("layers", &[]),
];

/// Keys that any layer may have.
const COMMON: [&str; 3] = ["name", "repeat", "from"];

/// Whether a text is a description and not a name or a stack, which have no equals sign.
pub(super) fn is_description(text: &str) -> bool {
    text.contains('=')
}

/// Builds the network that `text` describes.
pub(super) fn build(b: &mut Builder, text: &str, classes: usize) -> Result<(), String> {
    let lines = Lines(text);
    let walk = Walk { lines, classes, built: Cell::new(0), names: RefCell::default() };
    walk.document(b).map_err(|fault| fault.to_string())
}

/// One walk over a description.
struct Walk<'t> {
    lines: Lines<'t>,
    classes: usize,
    /// Layers so far.
    built: Cell<usize>,
    /// Names of the layers so far that have parameters.
    names: RefCell<BTreeSet<String>>,
}

type Walked = Result<(), Fault>;

impl Walk<'_> {
    fn document(&self, b: &mut Builder) -> Walked {
        let document = self.lines.parse()?;
        let keys = Keys::new(document.get_ref(), self.lines);
        keys.only(&["name", "input", "layers"], "a description")?;
        if let Some(input) = keys.numbers("input")? {
            let Shape::Image(data) = b.shape else { return Ok(()) };
            if input != data {
                let [c, h, w] = data;
                let written: Vec<String> = input.iter().map(usize::to_string).collect();
                let data = format!("the network takes {}, the data has {c}×{h}×{w}", written.join("×"));
                return Err(keys.fault("input", format!("{data}; choose other data or change input")));
            }
        }
        let name = keys.text("name")?.map(String::from);
        let Some(layers) = keys.list("layers")? else {
            return Err("it has no layers; write layers = [\"linear(10)\"] or [[layers]] tables".to_string().into());
        };
        self.sequence(b, layers, "")?;
        b.about = name.map(|name| format!("{name}: {}", b.describe()));
        Ok(())
    }

    /// Layers one after the other. Those without a name are called by their place, as in `nn.Sequential`.
    fn sequence(&self, b: &mut Builder, items: &DeArray, prefix: &str) -> Walked {
        let mut place = 0;
        for item in items.iter() {
            let line = self.lines.at(item.span().start);
            match item.get_ref() {
                DeValue::String(text) => {
                    for word in stack::words(text).map_err(|e| Fault::at(line, e))? {
                        let name = format!("{prefix}{place}");
                        if word.is_named() {
                            self.claim(&name).map_err(|e| e.or_at(line))?;
                        }
                        self.count().and_then(|()| Ok(word.build(b, &name)?)).map_err(|e| e.or_at(line))?;
                        place += 1;
                    }
                }
                DeValue::Table(table) => place += self.layer(b, table, line, prefix, place)?,
                _ => {
                    let text = "a layer is a text such as \"relu\" or a table such as { linear = 10 }";
                    return Err(Fault::at(line, text.into()));
                }
            }
        }
        Ok(())
    }

    /// One table, as often as it says; how many places of the sequence it took.
    fn layer(&self, b: &mut Builder, table: &DeTable, line: usize, prefix: &str, place: usize) -> Result<usize, Fault> {
        let keys = Keys::new(table, self.lines);
        let kind = kind(&keys, line)?;
        let own = keys.text("name")?;
        let nameless = own == Some("") && !matches!(kind, "body" | "layers");
        if nameless {
            return Err(keys.fault("name", "an empty name; only body and layers can do without".into()));
        }
        let from = keys.number("from")?;
        let Some(times) = keys.number("repeat")? else {
            if from.is_some() {
                return Err(keys.fault("from", "from numbers the layers of a repeat; add repeat = 2".into()));
            }
            let name = own.map_or_else(|| format!("{prefix}{place}"), |own| format!("{prefix}{own}"));
            self.kind(b, &keys, kind, &name)?;
            return Ok(1);
        };
        if times == 0 {
            return Err(keys.fault("repeat", "repeat is 0; give 1 or more".into()));
        }
        if from.is_some() && own.is_none() {
            return Err(keys.fault("from", "from numbers a name; add name = \"…\"".into()));
        }
        for i in 0..times {
            let name = match own {
                Some(own) => joined(&format!("{prefix}{own}"), &(from.unwrap_or(0) + i).to_string()),
                None => format!("{prefix}{}", place + i),
            };
            self.kind(b, &keys, kind, &name)?;
        }
        Ok(times)
    }

    /// A layer of a given kind under its full name.
    fn kind(&self, b: &mut Builder, keys: &Keys, kind: &str, name: &str) -> Walked {
        self.add(b, keys, kind, name).map_err(|fault| fault.or_at(keys.line(kind)))
    }

    fn add(&self, b: &mut Builder, keys: &Keys, kind: &str, name: &str) -> Walked {
        self.count()?;
        if matches!(kind, "conv" | "linear" | "batchnorm") {
            self.claim(name)?;
        }
        let needed = |key: &str| Ok::<usize, Fault>(keys.number(key)?.unwrap_or(0));
        match kind {
            "conv" => {
                let out = needed("conv")?;
                let Some(kernel) = keys.number("kernel")? else {
                    return Err("conv needs its window, such as kernel = 3".to_string().into());
                };
                let spec = ConvSpec {
                    out,
                    k: kernel,
                    stride: keys.number("stride")?.unwrap_or(1),
                    pad: keys.number("padding")?.unwrap_or(0),
                    bias: keys.flag("bias")?.unwrap_or(true),
                };
                b.conv(name, spec)?;
            }
            "linear" => {
                let out = match keys.is("linear", "classes") {
                    true => self.classes,
                    false => needed("linear")?,
                };
                b.linear_map(name, out, keys.flag("bias")?.unwrap_or(true))?;
            }
            "pool" => b.pool(Pool::Max, needed(kind)?)?,
            "avgpool" => b.pool(Pool::Average, needed(kind)?)?,
            "subsample" => b.subsample(needed(kind)?)?,
            "pad" => match keys.numbers("pad")?.as_deref() {
                Some([before, after]) => b.pad_channels(*before, *after)?,
                _ => return Err("pad takes two numbers, channels before and after: pad = [8, 8]".to_string().into()),
            },
            "body" => {
                let inner = joined(name, "");
                let (body, shortcut) = (keys.list("body")?, keys.list("shortcut")?);
                let part = |b: &mut Builder, layers: Option<&DeArray>| match layers {
                    Some(layers) => self.sequence(b, layers, &inner),
                    None => Ok(()),
                };
                b.residual(|b| part(b, body), |b| part(b, shortcut))?;
            }
            "layers" => {
                let Some(layers) = keys.list("layers")? else { return Ok(()) };
                self.sequence(b, layers, &joined(name, ""))?;
            }
            _ if keys.flag(kind)? != Some(true) => return Err(format!("write {kind} = true, or \"{kind}\"").into()),
            "batchnorm" => b.batch_norm(name)?,
            "globalavg" => b.global_average()?,
            "flatten" => b.flatten(),
            _ => match Activation::ALL.iter().find(|(n, _)| *n == kind) {
                Some((_, activation)) => b.activation(*activation),
                None => return Err(suggest::unknown("layer", kind, &KINDS.map(|(k, _)| k)).into()),
            },
        }
        Ok(())
    }

    fn count(&self) -> Walked {
        self.built.set(self.built.get() + 1);
        if self.built.get() > LONGEST {
            return Err(format!("more than {LONGEST} layers; repeat less").into());
        }
        Ok(())
    }

    /// Takes a name for a layer with parameters.
    fn claim(&self, name: &str) -> Walked {
        if self.names.borrow_mut().insert(name.to_string()) {
            return Ok(());
        }
        Err(format!("a second layer is called {name}; give each a name of its own").into())
    }
}

/// The one key that says what a layer is, when all others may stand beside it.
fn kind(keys: &Keys, line: usize) -> Result<&'static str, Fault> {
    let known: Vec<&str> = KINDS.iter().flat_map(|(kind, beside)| [&[*kind], *beside].concat()).collect();
    let known: BTreeSet<&str> = known.into_iter().chain(COMMON).collect();
    keys.only(&known.into_iter().collect::<Vec<_>>(), "a layer")?;
    let mut given = KINDS.iter().filter(|(kind, _)| keys.has(kind));
    let Some((kind, beside)) = given.next() else {
        let kinds = KINDS.map(|(kind, _)| kind).join(", ");
        return Err(Fault::at(line, format!("the layer does not say what it is; add one of {kinds}")));
    };
    if let Some((second, _)) = given.next() {
        return Err(keys.fault(second, format!("{kind} and {second} in one layer; make two of it")));
    }
    let allowed: Vec<&str> = [&[*kind], *beside, COMMON.as_slice()].concat();
    keys.only(&allowed, kind)?;
    Ok(kind)
}

/// `outer.inner`, or just `inner` in something without a name.
fn joined(outer: &str, inner: &str) -> String {
    if outer.is_empty() || outer.ends_with('.') { format!("{outer}{inner}") } else { format!("{outer}.{inner}") }
}
