//! The modules of the crate, read from its source: what each defines, what it brings in, and which paths it writes.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    tokens::{Token, after_group, tokens},
    use_tree::{Import, use_tree},
};

/// A path that stands in the source, of a `use` or of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub path: Vec<String>,
    /// Only compiled for tests.
    pub test: bool,
    /// `use path::*`
    pub all: bool,
}

#[derive(Debug)]
pub struct Module {
    /// Names from the root on, which has none.
    pub path: Vec<String>,
    /// The file below `src`.
    pub file: String,
    /// Written in braces inside its parent's file.
    pub inline: bool,
    pub test: bool,
    pub parent: usize,
    pub children: BTreeMap<String, usize>,
    /// What is defined here, modules aside.
    pub items: BTreeSet<String>,
    /// What `use` brings in, by the name it has here.
    pub names: BTreeMap<String, Vec<String>>,
    /// Whose whole content `use` brings in.
    pub globs: Vec<Vec<String>>,
    pub mentions: Vec<Mention>,
    /// Where the files of its children lie.
    folder: String,
    /// Where a `#[path]` of its children begins.
    beside: String,
}

pub struct House {
    /// The root is the first.
    pub modules: Vec<Module>,
}

impl House {
    /// Reads the crate whose files below `src` these are, beginning with `lib.rs`.
    ///
    /// # Panics
    /// When a module has no file.
    pub fn read(files: &BTreeMap<String, String>) -> Self {
        let mut reader = Reader { files, modules: Vec::new() };
        reader.file("lib.rs", Vec::new(), 0, false, true);
        Self { modules: reader.modules }
    }

    /// The module whose file holds this one.
    pub fn of_file(&self, mut module: usize) -> usize {
        while self.modules[module].inline {
            module = self.modules[module].parent;
        }
        module
    }
}

struct Reader<'a> {
    files: &'a BTreeMap<String, String>,
    modules: Vec<Module>,
}

/// What stands before an item.
#[derive(Default)]
struct Attributes {
    test: bool,
    path: Option<String>,
}

impl Reader<'_> {
    /// A file that `owns` its folder has its children beside it: `lib.rs`, `mod.rs`, and what a `#[path]` names.
    fn file(&mut self, file: &str, path: Vec<String>, parent: usize, test: bool, owns: bool) -> usize {
        let (beside, name) = file.rsplit_once('/').unwrap_or(("", file));
        let owns = owns || name == "mod.rs";
        let folder = if owns { beside.to_string() } else { join(beside, name.trim_end_matches(".rs")) };
        let source = self.files.get(file).unwrap_or_else(|| panic!("there is no {file}"));
        let module = self.add(Module {
            path,
            file: file.to_string(),
            inline: false,
            test,
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
            mentions: Vec::new(),
            folder,
            beside: beside.to_string(),
        });
        self.items(&tokens(source), module, test);
        module
    }

    fn add(&mut self, module: Module) -> usize {
        self.modules.push(module);
        self.modules.len() - 1
    }

    /// Reads the body of a module.
    fn items(&mut self, tokens: &[Token], module: usize, test: bool) {
        let mut i = 0;
        let mut before = Attributes::default();
        while i < tokens.len() {
            if tokens[i] == Token::Sign('#') {
                let inner = tokens.get(i + 1) == Some(&Token::Sign('!'));
                let begin = if inner { i + 2 } else { i + 1 };
                let end = after_group(tokens, begin);
                let attribute = &tokens[begin.min(end)..end];
                if !inner {
                    before.test |= for_tests(attribute);
                    before.path = file_of(attribute).or(before.path);
                }
                self.mentions(attribute, module, test || before.test);
                i = end;
                continue;
            }
            let Attributes { test: own, path } = std::mem::take(&mut before);
            i = self.item(tokens, i, module, test || own, path);
        }
    }

    /// Reads one item, without its attributes, and says where it ends.
    fn item(&mut self, tokens: &[Token], at: usize, module: usize, test: bool, path: Option<String>) -> usize {
        let mut i = after_visibility(tokens, at);
        self.mentions(&tokens[at..i], module, test);
        while tokens.get(i).is_some_and(|t| ["unsafe", "async", "extern"].iter().any(|w| t.is(w))) {
            i += 1;
            if matches!(tokens.get(i), Some(Token::Text(_))) {
                i += 1;
            }
        }
        let Some(first) = tokens.get(i) else { return tokens.len() };
        let name = |k: usize| tokens.get(k).and_then(Token::word).unwrap_or_default().to_string();
        match first.word().unwrap_or_default() {
            "use" => {
                let end = after_semicolon(tokens, i);
                let mut found = Vec::new();
                use_tree(&tokens[i + 1..end], 0, &[], &mut found);
                self.bring_in(found, module, test);
                end
            }
            "mod" => self.child(tokens, i, &name(i + 1), module, test, path),
            "const" | "static" | "type" if !function(tokens, i) => {
                let mutable = tokens.get(i + 1).is_some_and(|t| t.is("mut"));
                self.modules[module].items.insert(name(if mutable { i + 2 } else { i + 1 }));
                let end = after_semicolon(tokens, i);
                self.mentions(&tokens[i..end], module, test);
                end
            }
            keyword => {
                let defined = match keyword {
                    "struct" | "enum" | "union" | "trait" | "fn" => vec![name(i + 1)],
                    "const" => {
                        let at = (i..tokens.len()).find(|k| tokens[*k].is("fn")).unwrap_or(i);
                        vec![name(at + 1)]
                    }
                    "macro_rules" => vec![name(i + 2)],
                    _ if calls_macro(tokens, i) => made_by_macro(tokens, i),
                    _ => Vec::new(),
                };
                self.modules[module].items.extend(defined);
                let end = after_item(tokens, i).max(i + 1);
                self.mentions(&tokens[i..end], module, test);
                end
            }
        }
    }

    fn bring_in(&mut self, found: Vec<Import>, module: usize, test: bool) {
        let module = &mut self.modules[module];
        for Import { path, name } in found {
            module.mentions.push(Mention { path: path.clone(), test, all: name.is_none() });
            match name {
                None => module.globs.push(path),
                Some(name) if name != "_" => {
                    module.names.entry(name).or_insert(path);
                }
                Some(_) => {}
            }
        }
    }

    /// `mod name;` or `mod name { … }`, where `mod` stands at `at`.
    fn child(
        &mut self,
        tokens: &[Token],
        at: usize,
        name: &str,
        parent: usize,
        test: bool,
        file: Option<String>,
    ) -> usize {
        let above = &self.modules[parent];
        let mut path = above.path.clone();
        path.push(name.to_string());
        if tokens.get(at + 2) == Some(&Token::Sign('{')) {
            let end = after_group(tokens, at + 2);
            let folder = join(&above.folder, name);
            let module = Module {
                path,
                file: above.file.clone(),
                inline: true,
                test,
                parent,
                children: BTreeMap::new(),
                items: BTreeSet::new(),
                names: BTreeMap::new(),
                globs: Vec::new(),
                mentions: Vec::new(),
                beside: folder.clone(),
                folder,
            };
            let module = self.add(module);
            self.modules[parent].children.insert(name.to_string(), module);
            self.items(&tokens[at + 3..end - 1], module, test);
            return end;
        }
        let owns = file.is_some();
        let places = match file {
            Some(file) => vec![join(&above.beside, &file)],
            None => {
                let stem = join(&above.folder, name);
                vec![format!("{stem}.rs"), format!("{stem}/mod.rs")]
            }
        };
        let found = places.iter().find(|p| self.files.contains_key(*p));
        let found = found.unwrap_or_else(|| panic!("{} has a module {name} without a file", above.file)).clone();
        let module = self.file(&found, path, parent, test, owns);
        self.modules[parent].children.insert(name.to_string(), module);
        at + 3
    }

    /// Keeps every path of two names and more, and what a `use` inside a function brings in.
    fn mentions(&mut self, tokens: &[Token], module: usize, test: bool) {
        let mut i = 0;
        while i < tokens.len() {
            if tokens[i] == Token::Sign('#') && tokens.get(i + 1) == Some(&Token::Sign('[')) {
                let end = after_group(tokens, i + 1);
                let attribute = &tokens[i + 1..end];
                if for_tests(attribute) {
                    let last = after_part(tokens, end);
                    self.mentions(&tokens[end..last], module, true);
                    i = last;
                } else {
                    self.mentions(&attribute[1..], module, test);
                    i = end;
                }
                continue;
            }
            let Some(word) = tokens[i].word() else {
                i += 1;
                continue;
            };
            if word == "use" {
                let mut found = Vec::new();
                i = use_tree(tokens, i + 1, &[], &mut found);
                let kept = found.into_iter().map(|f| Mention { path: f.path, test, all: f.name.is_none() });
                self.modules[module].mentions.extend(kept);
                continue;
            }
            // What follows a dot or two colons is a method, or belongs to a type.
            let begins = i == 0 || !matches!(tokens[i - 1], Token::Colons | Token::Sign('.'));
            let mut path = vec![word.to_string()];
            i += 1;
            while let (Some(Token::Colons), Some(Token::Word(next))) = (tokens.get(i), tokens.get(i + 1)) {
                path.push(next.clone());
                i += 2;
            }
            if begins && path.len() > 1 {
                self.modules[module].mentions.push(Mention { path, test, all: false });
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") }
}

/// `pub`, `pub(crate)`, `pub(in path)`.
fn after_visibility(tokens: &[Token], at: usize) -> usize {
    match (tokens.get(at), tokens.get(at + 1)) {
        (Some(t), Some(Token::Sign('('))) if t.is("pub") => after_group(tokens, at + 1),
        (Some(t), _) if t.is("pub") => at + 1,
        _ => at,
    }
}

/// Whether the `const` at `at` is the one of a function.
fn function(tokens: &[Token], at: usize) -> bool {
    let next = |words: &[&str]| tokens.get(at + 1).is_some_and(|t| words.iter().any(|w| t.is(w)));
    tokens[at].is("const") && next(&["fn", "unsafe", "async", "extern"])
}

fn after_semicolon(tokens: &[Token], mut i: usize) -> usize {
    while i < tokens.len() {
        i = match tokens[i] {
            Token::Sign(';') => return i + 1,
            Token::Sign('(' | '[' | '{') => after_group(tokens, i),
            _ => i + 1,
        };
    }
    i
}

/// A field, a variant or an item inside something else; the first two end with a comma.
fn after_part(tokens: &[Token], at: usize) -> usize {
    let first = tokens.get(after_visibility(tokens, at)).and_then(Token::word).unwrap_or_default();
    let item = ["fn", "const", "static", "type", "use", "unsafe", "async", "struct", "enum", "impl", "mod", "let"];
    let end = after_item(tokens, at);
    if item.contains(&first) {
        return end;
    }
    let mut i = at;
    while i < end {
        i = match tokens[i] {
            Token::Sign(',') => return i + 1,
            Token::Sign('(' | '[' | '{') => after_group(tokens, i),
            _ => i + 1,
        };
    }
    end
}

/// An item ends with its braces, with `;`, or where what holds it ends.
fn after_item(tokens: &[Token], mut i: usize) -> usize {
    while i < tokens.len() {
        i = match tokens[i] {
            Token::Sign(';') => return i + 1,
            Token::Sign('{') => return after_group(tokens, i),
            Token::Sign('}' | ')' | ']') => return i,
            Token::Sign('(' | '[') => after_group(tokens, i),
            _ => i + 1,
        };
    }
    i
}

/// `cfg(test)`, alone or among others, but not `cfg(not(test))`.
fn for_tests(attribute: &[Token]) -> bool {
    let is = |k: usize, word: &str| attribute.get(k).is_some_and(|t| t.is(word));
    is(1, "cfg") && (0..attribute.len()).any(|k| is(k, "test") && !(k >= 2 && is(k - 2, "not")))
}

/// The file that `#[path = "…"]` names.
fn file_of(attribute: &[Token]) -> Option<String> {
    match attribute {
        [Token::Sign('['), path, Token::Sign('='), Token::Text(file), ..] if path.is("path") => Some(file.clone()),
        _ => None,
    }
}

/// `name!` or `path::to::name!`
fn calls_macro(tokens: &[Token], at: usize) -> bool {
    let mut i = at + 1;
    while tokens.get(i) == Some(&Token::Colons) {
        i += 2;
    }
    tokens.get(i) == Some(&Token::Sign('!'))
}

/// What a call of a macro defines: names after `struct`, `static` and the like, and those of `named_choice!`, which
/// are written `Name as "what it is"`.
fn made_by_macro(tokens: &[Token], at: usize) -> Vec<String> {
    let body = &tokens[at..after_item(tokens, at)];
    let word = |k: usize| body.get(k).and_then(Token::word).map(String::from);
    let keyword = |k: usize| ["struct", "enum", "fn", "static", "const", "type"].iter().any(|w| body[k].is(w));
    let after_keyword = (0..body.len()).filter(|k| keyword(*k)).filter_map(|k| word(k + 1));
    let named = |k: &usize| body[*k].is("as") && matches!(body.get(k + 1), Some(Token::Text(_)));
    let before_as = (1..body.len()).filter(named).filter_map(|k| word(k - 1));
    after_keyword.chain(before_as).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(files: &[(&str, &str)]) -> House {
        House::read(&files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect())
    }

    fn mentions(source: &str, test: bool) -> Vec<String> {
        let house = house(&[("lib.rs", source)]);
        let all = house.modules.iter().flat_map(|m| &m.mentions);
        all.filter(|m| m.test == test).map(|m| m.path.join("::")).collect()
    }

    #[test]
    fn every_kind_of_item_is_known_by_name() {
        let source = r#"
            //! use crate::never;
            use std::{fmt, io as input};
            pub(crate) use a::B as C;
            pub struct Struct<const N: usize>([u8; N]);
            pub(super) enum Enum { A { x: u8 }, B }
            union Union { a: u8 }
            pub unsafe trait Trait { fn method(&self) {} }
            pub type Type = [u8; 3];
            const CONST: [u8; { 1 + 2 }] = { [0; 3] };
            static mut STATIC: u8 = 0;
            #[inline]
            pub const unsafe fn constant() -> bool { true }
            pub async fn function() where u8: Copy { struct Inner; }
            extern "C" fn foreign();
            macro_rules! made { ($x:ident) => { struct $x; } }
            impl Struct<1> { pub fn of_struct() {} }
            named_choice! {
                /// A choice.
                Choice as "choice" { A = "a", B = "b" }
            }
            crate::named::named_choice! { Other as "other" { C = "c" } }
            thread_local! { static LOCAL: u8 = 0; }
            as_text!(Struct, Enum);
            mod inner { pub fn deep() {} }
        "#;
        let house = house(&[("lib.rs", source)]);
        let root = &house.modules[0];
        let items = "CONST Choice Enum LOCAL Other STATIC Struct Trait Type Union constant foreign function made";
        assert_eq!(root.items.iter().map(String::as_str).collect::<Vec<_>>().join(" "), items);
        assert_eq!(root.names.keys().collect::<Vec<_>>(), ["C", "fmt", "input"]);
        assert_eq!(root.children.keys().collect::<Vec<_>>(), ["inner"]);
        assert!(house.modules[1].items.contains("deep") && house.modules[1].inline);
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        let source = r#"
            use crate::a::{b, C};
            #[derive(serde::Serialize)]
            pub(in crate::d) struct S { x: super::e::F, y: Vec<g::H> }
            fn f(x: impl i::J) -> k::L {
                use crate::m::N;
                x.y().collect::<o::P>();
                let text = "crate::never"; // crate::never
                Self::z(<q::R as s::T>::u(1..2), v!(w::x));
            }
        "#;
        let expected = "crate::a::b crate::a::C serde::Serialize crate::d super::e::F g::H i::J k::L crate::m::N \
                        o::P Self::z q::R s::T w::x";
        assert_eq!(mentions(source, false).join(" "), expected);
    }

    #[test]
    fn tests_are_told_apart() {
        let source = r#"
            #[cfg(test)]
            use a::one;
            #[cfg(not(test))]
            use b::two;
            #[cfg(all(unix, test))]
            fn three() { a::three() }
            struct S { #[cfg(test)] x: a::four, y: b::five }
            impl S { #[cfg(test)] fn f() { a::six() } fn g() { b::seven() } }
            #[cfg(test)]
            mod tests { #[test] fn t() { a::eight() } mod deeper { use a::nine; } }
            #[test]
            fn not_hidden() { b::ten() }
        "#;
        assert_eq!(mentions(source, true).join(" "), "a::one a::three a::four a::six a::eight a::nine");
        assert_eq!(mentions(source, false).join(" "), "b::two b::five b::seven b::ten");
    }

    #[test]
    fn modules_are_found_where_the_compiler_finds_them() {
        let house = house(&[
            ("lib.rs", "pub mod a; mod b; #[cfg(test)] #[path = \"odd.rs\"] mod c;"),
            ("a/mod.rs", "mod d; mod e { mod f; }"),
            ("a/d.rs", "mod g;"),
            ("a/d/g.rs", ""),
            ("a/e/f.rs", ""),
            ("b.rs", "#[path = \"elsewhere.rs\"] mod h;"),
            ("elsewhere.rs", ""),
            ("odd.rs", "mod i;"),
            ("i.rs", ""),
        ]);
        let found: BTreeMap<String, (&str, bool)> =
            house.modules.iter().map(|m| (m.path.join("::"), (m.file.as_str(), m.test))).collect();
        let expected = [
            ("", "lib.rs", false),
            ("a", "a/mod.rs", false),
            ("a::d", "a/d.rs", false),
            ("a::d::g", "a/d/g.rs", false),
            ("a::e", "a/mod.rs", false),
            ("a::e::f", "a/e/f.rs", false),
            ("b", "b.rs", false),
            ("b::h", "elsewhere.rs", false),
            ("c", "odd.rs", true),
            ("c::i", "i.rs", true),
        ];
        let expected: BTreeMap<String, (&str, bool)> =
            expected.into_iter().map(|(path, file, test)| (path.to_string(), (file, test))).collect();
        assert_eq!(found, expected);
    }
}
