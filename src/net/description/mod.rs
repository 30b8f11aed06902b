//! Networks described in TOML, so that a person's own model needs no recompilation; `docs/networks.md` is the manual.

#[cfg(test)]
mod tests;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use toml::de::{DeArray, DeTable, DeValue};

use super::{
    builder::Builder,
    keys::{Fault, Keys, Lines},
    layer::{Entry, LAYERS, Layer},
    shape::Shape,
    stack,
};

/// Layers of a description at most, repetitions counted: more is a slip of the finger.
const LONGEST: usize = 5000;

/// What a table can be.
#[derive(Clone, Copy)]
enum Kind {
    Layer(&'static dyn Layer),
    /// A residual block.
    Body,
    /// Layers under a common name.
    Layers,
}

impl Kind {
    /// Every kind, by the key that says so.
    fn all() -> Vec<(&'static str, Kind)> {
        let of = |layer: &'static dyn Layer| layer.keys().into_iter().map(move |key| (key, Kind::Layer(layer)));
        let layers = LAYERS.iter().copied().flat_map(of);
        layers.chain([("body", Kind::Body), ("layers", Kind::Layers)]).collect()
    }

    /// Keys that may stand beside the one that says so.
    fn beside(self) -> &'static [&'static str] {
        match self {
            Kind::Layer(layer) => layer.beside(),
            Kind::Body => &["shortcut"],
            Kind::Layers => &[],
        }
    }
}

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
    fn sequence(&self, b: &mut Builder, items: &DeArray<'_>, prefix: &str) -> Walked {
        let mut place = 0;
        for item in items {
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
    fn layer(
        &self,
        b: &mut Builder,
        table: &DeTable<'_>,
        line: usize,
        prefix: &str,
        place: usize,
    ) -> Result<usize, Fault> {
        let keys = Keys::new(table, self.lines);
        let kind = kind(&keys, line)?;
        let own = keys.text("name")?;
        let nameless = own == Some("") && matches!(kind, (_, Kind::Layer(_)));
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
    fn kind(&self, b: &mut Builder, keys: &Keys<'_>, (key, kind): (&'static str, Kind), name: &str) -> Walked {
        self.add(b, keys, key, kind, name).map_err(|fault| fault.or_at(keys.line(key)))
    }

    fn add(&self, b: &mut Builder, keys: &Keys<'_>, key: &'static str, kind: Kind, name: &str) -> Walked {
        self.count()?;
        match kind {
            Kind::Layer(layer) => {
                if layer.is_named() {
                    self.claim(name)?;
                }
                layer.in_description(b, name, &Entry { keys, key, classes: self.classes })
            }
            Kind::Body => {
                let inner = joined(name, "");
                let (body, shortcut) = (keys.list("body")?, keys.list("shortcut")?);
                let part = |b: &mut Builder, layers: Option<&DeArray<'_>>| match layers {
                    Some(layers) => self.sequence(b, layers, &inner),
                    None => Ok(()),
                };
                b.residual(|b| part(b, body), |b| part(b, shortcut))
            }
            Kind::Layers => match keys.list("layers")? {
                Some(layers) => self.sequence(b, layers, &joined(name, "")),
                None => Ok(()),
            },
        }
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
fn kind(keys: &Keys<'_>, line: usize) -> Result<(&'static str, Kind), Fault> {
    let all = Kind::all();
    let known = all.iter().flat_map(|(key, kind)| std::iter::once(*key).chain(kind.beside().iter().copied()));
    let known: BTreeSet<&str> = known.chain(COMMON).collect();
    keys.only(&known.into_iter().collect::<Vec<_>>(), "a layer")?;
    let mut given = all.iter().filter(|(key, _)| keys.has(key));
    let Some((key, kind)) = given.next() else {
        let kinds: Vec<&str> = all.iter().map(|(key, _)| *key).collect();
        return Err(Fault::at(line, format!("the layer does not say what it is; add one of {}", kinds.join(", "))));
    };
    if let Some((second, _)) = given.next() {
        return Err(keys.fault(second, format!("{key} and {second} in one layer; make two of it")));
    }
    let allowed: Vec<&str> = std::iter::once(*key).chain(kind.beside().iter().copied()).chain(COMMON).collect();
    keys.only(&allowed, key)?;
    Ok((*key, *kind))
}

/// `outer.inner`, or just `inner` in something without a name.
fn joined(outer: &str, inner: &str) -> String {
    if outer.is_empty() || outer.ends_with('.') { format!("{outer}{inner}") } else { format!("{outer}.{inner}") }
}
