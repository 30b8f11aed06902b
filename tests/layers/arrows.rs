//! Who uses whom: every path that stands in the source is followed to where its last name is defined.

use std::collections::{BTreeMap, BTreeSet};

use super::house::House;

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Module(usize),
    /// What is defined in this module under this name.
    Item(usize, String),
    /// Another crate, a type's own name, a local variable.
    Outside,
}

/// One place that uses another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The file it begins in.
    pub file: String,
    /// The path as it is written there.
    pub path: String,
}

impl std::fmt::Display for Arrow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} uses {}", self.file, self.path)
    }
}

/// The arrows between the parts of one folder: from, to, and one path that makes it.
pub type Folder = BTreeMap<(String, String), Arrow>;

#[derive(Debug, Default)]
pub struct Arrows {
    /// How many paths lead to a place in this crate.
    pub inner: usize,
    /// Paths that begin with `crate`, `self` or `super` and could not be followed.
    pub lost: Vec<Arrow>,
    /// Arrows between the modules at the top, those of tests among them: from, to.
    pub top: Vec<(String, String, Arrow)>,
    /// Arrows between the parts of every folder, by its path; tests do not count. A folder inside is one part of it.
    pub folders: BTreeMap<String, Folder>,
    /// What is defined in the file of a folder and used from inside that folder: `file: item`, and by whom.
    pub up: BTreeMap<String, BTreeSet<String>>,
}

impl Arrows {
    pub fn of(house: &House) -> Self {
        let mut arrows = Self::default();
        for (from, module) in house.modules.iter().enumerate() {
            for mention in &module.mentions {
                let mut passed = Vec::new();
                let found = follow(house, from, &mention.path, &mut Vec::new(), &mut passed);
                let arrow = Arrow { file: module.file.clone(), path: mention.path.join("::") };
                let first = mention.path.first().map_or("", String::as_str);
                let inner = ["crate", "self", "super"].contains(&first);
                match found {
                    None if inner => arrows.lost.push(arrow),
                    None | Some(Found::Outside) => {}
                    Some(found) => {
                        arrows.inner += 1;
                        let test = module.test || mention.test;
                        arrows.add(house, from, &arrow, &passed, test);
                        if !test {
                            arrows.add_up(house, from, &found, mention.all);
                        }
                    }
                }
            }
        }
        arrows
    }

    fn add(&mut self, house: &House, from: usize, arrow: &Arrow, passed: &[usize], test: bool) {
        let own = &house.modules[house.of_file(from)].path;
        for place in passed {
            let other = &house.modules[house.of_file(*place)].path;
            let common = own.iter().zip(other).take_while(|(a, b)| a == b).count();
            // One is inside the other: up is counted elsewhere, and down is how it should be.
            let (Some(a), Some(b)) = (own.get(common), other.get(common)) else { continue };
            if common == 0 {
                self.top.push((a.clone(), b.clone(), arrow.clone()));
            }
            if !test {
                let folder = self.folders.entry(own[..common].join("::")).or_default();
                folder.entry((a.clone(), b.clone())).or_insert_with(|| arrow.clone());
            }
        }
    }

    fn add_up(&mut self, house: &House, from: usize, found: &Found, all: bool) {
        let own = &house.modules[house.of_file(from)];
        let (at, name) = match found {
            Found::Item(at, name) => (house.of_file(*at), name.as_str()),
            // Whatever it is that `*` is wanted for.
            Found::Module(at) if all => (house.of_file(*at), "*"),
            Found::Module(_) | Found::Outside => return,
        };
        let other = &house.modules[at];
        if other.path.len() < own.path.len() && own.path.starts_with(&other.path) {
            self.up.entry(format!("{}: {name}", other.file)).or_default().insert(own.file.clone());
        }
    }
}

/// Follows a path written in module `from`, and keeps the modules it passes: those in which a name was looked up.
fn follow(
    house: &House,
    from: usize,
    path: &[String],
    under_way: &mut Vec<(usize, Vec<String>)>,
    passed: &mut Vec<usize>,
) -> Option<Found> {
    let key = (from, path.to_vec());
    if under_way.contains(&key) {
        return None;
    }
    under_way.push(key);
    let found = steps(house, from, path, under_way, passed);
    under_way.pop();
    found
}

fn steps(
    house: &House,
    from: usize,
    path: &[String],
    under_way: &mut Vec<(usize, Vec<String>)>,
    passed: &mut Vec<usize>,
) -> Option<Found> {
    let mut at = from;
    let mut i = 0;
    while let Some(word) = path.get(i) {
        match word.as_str() {
            "crate" if i == 0 => at = 0,
            "self" if i == 0 => {}
            "super" => at = house.modules[at].parent,
            _ => break,
        }
        i += 1;
    }
    let plain = i == 0;
    'names: while let Some(name) = path.get(i) {
        let module = &house.modules[at];
        passed.push(at);
        if let Some(child) = module.children.get(name) {
            at = *child;
            i += 1;
            continue;
        }
        if module.items.contains(name) {
            return Some(Found::Item(at, name.clone()));
        }
        let mut outside = plain && i == 0;
        if let Some(target) = module.names.get(name) {
            // `use rand::{self, Rng}`
            if *target == [name.as_str()] {
                return Some(Found::Outside);
            }
            match follow(house, at, target, under_way, passed)? {
                Found::Module(next) => {
                    at = next;
                    i += 1;
                    continue;
                }
                found => return Some(found),
            }
        }
        for target in &module.globs {
            let mark = passed.len();
            match follow(house, at, target, under_way, passed) {
                Some(Found::Module(next)) => {
                    let rest = ["self".to_string(), name.clone()];
                    match follow(house, next, &rest, under_way, passed) {
                        Some(Found::Module(next)) => {
                            at = next;
                            i += 1;
                            continue 'names;
                        }
                        Some(Found::Item(at, name)) => return Some(Found::Item(at, name)),
                        Some(Found::Outside) => outside = true,
                        None => {}
                    }
                }
                // Variants of an enum, or another crate: its names are not known here.
                Some(Found::Item(..) | Found::Outside) => outside = true,
                None => {}
            }
            passed.truncate(mark);
        }
        return outside.then_some(Found::Outside);
    }
    passed.push(at);
    Some(Found::Module(at))
}

/// The parts that use each other, at any length: groups of two and more, in which each leads to each.
pub fn circles(folder: &Folder) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in folder.keys() {
        next.entry(from).or_default().insert(to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|part| (*part, reached(&next, part))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (part, reached) in &reach {
        let back = |other: &&str| reach.get(*other).is_some_and(|r| r.contains(*part));
        let group: BTreeSet<String> = reached.iter().copied().filter(back).map(String::from).collect();
        if group.len() > 1 && !found.contains(&group) {
            found.push(group);
        }
    }
    found
}

/// What can be reached from a part, itself only on a way round.
fn reached<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut left: Vec<&str> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(part) = left.pop() {
        if seen.insert(part) {
            left.extend(next.get(part).into_iter().flatten().copied());
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrows(files: &[(&str, &str)]) -> Arrows {
        Arrows::of(&House::read(&files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect()))
    }

    fn up(files: &[(&str, &str)]) -> Vec<String> {
        let found = arrows(files);
        assert!(found.lost.is_empty(), "{:?}", found.lost);
        found.up.into_iter().map(|(what, who)| format!("{what} <- {}", Vec::from_iter(who).join(" "))).collect()
    }

    /// The groups of parts that use each other, by folder.
    fn round(files: &[(&str, &str)]) -> Vec<String> {
        let found = arrows(files);
        assert!(found.lost.is_empty(), "{:?}", found.lost);
        let of = |(folder, arrows): (&String, &Folder)| {
            circles(arrows)
                .into_iter()
                .map(|c| format!("{folder}: {}", Vec::from_iter(c).join(" ")))
                .collect::<Vec<_>>()
        };
        found.folders.iter().flat_map(of).collect()
    }

    #[test]
    fn a_child_uses_what_its_folder_defines() {
        let folder = ("a/mod.rs", "mod b; mod c; pub struct Own; pub use b::Lent; use c::deep; pub enum Kind { One }");
        let plain = [("lib.rs", "mod a;"), folder];
        let with =
            |b: &str, c: &str| up(&[&plain[..], &[("a/b.rs", b), ("a/c/mod.rs", c), ("a/c/deep.rs", "")]].concat());
        let lent = "pub struct Lent;";
        assert_eq!(with(lent, "pub mod deep; use super::Lent; use crate::a::b; use super::b::Lent as L;"), [""; 0]);
        assert_eq!(with(&format!("{lent} use super::Own;"), "pub mod deep;"), ["a/mod.rs: Own <- a/b.rs"]);
        assert_eq!(
            with(&format!("{lent} fn f() -> crate::a::Own {{ super::Kind::One; }}"), "pub mod deep;"),
            ["a/mod.rs: Kind <- a/b.rs", "a/mod.rs: Own <- a/b.rs"]
        );
        assert_eq!(
            with(lent, "pub mod deep; use super::{b::Lent, Own as O, deep as d};"),
            ["a/mod.rs: Own <- a/c/mod.rs"]
        );
        assert_eq!(with(&format!("{lent} use super::*;"), "pub mod deep;"), ["a/mod.rs: * <- a/b.rs"]);
        // Down is the right way, and tests may look where they like.
        assert_eq!(with("pub struct Lent; mod tests { use super::Lent; }", "pub mod deep;"), [""; 0]);
        assert_eq!(
            with(&format!("{lent} #[cfg(test)] mod tests {{ use super::super::Own; }}"), "pub mod deep;"),
            [""; 0]
        );
    }

    #[test]
    fn a_grandchild_uses_what_is_defined_two_folders_up() {
        let files = [
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; pub fn own() {}"),
            ("a/b.rs", "mod c; pub struct Middle;"),
            ("a/b/c.rs", "use super::super::own; use crate::a::b::Middle;"),
        ];
        assert_eq!(up(&files), ["a.rs: own <- a/b/c.rs", "a/b.rs: Middle <- a/b/c.rs"]);
    }

    #[test]
    fn files_that_use_each_other_are_found_at_any_length() {
        let root = ("lib.rs", "mod a;");
        let with = |b: &str, c: &str, d: &str| {
            round(&[
                root,
                ("a/mod.rs", "mod b; mod c; mod d; pub use b::B; pub use c::*; use d::D;"),
                ("a/b.rs", b),
                ("a/c.rs", c),
                ("a/d/mod.rs", "mod e; pub use e::D;"),
                ("a/d/e.rs", d),
            ])
        };
        let (b, c, d) = ("pub struct B;", "pub struct C;", "pub struct D;");
        assert_eq!(with(b, c, d), [""; 0]);
        assert_eq!(with(b, "pub struct C(super::B);", d), [""; 0], "one way");
        assert_eq!(with("pub struct B(super::C);", "pub struct C(super::b::B);", d), ["a: b c"]);
        assert_eq!(with("use super::D; pub struct B;", c, "use super::super::B; pub struct D;"), ["a: b d"]);
        assert_eq!(
            with("use super::c::C; pub struct B;", "use super::D; pub struct C;", "use crate::a::B; pub struct D;"),
            ["a: b c d"]
        );
        assert_eq!(
            with("#[cfg(test)] mod tests { use super::super::C; } pub struct B;", "pub struct C(super::B);", d),
            [""; 0],
            "tests may look where they like"
        );
    }

    #[test]
    fn modules_at_the_top_go_round_too() {
        let found = round(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a/mod.rs", "mod x; pub use x::X;"),
            ("a/x.rs", "use crate::b; pub struct X; fn f() { b::g() }"),
            ("b.rs", "pub fn g() {} fn h(x: crate::a::X) {}"),
            ("c.rs", "use crate::{a::X, b::{self}};"),
        ]);
        assert_eq!(found, [": a b"]);
    }

    #[test]
    fn every_arrow_is_counted_once() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub struct A; pub use std::fmt::Debug;"),
            (
                "b.rs",
                "use crate::a::{self, A}; use super::a::Debug; use crate::a::Nothing; fn f() { a::A; Vec::new() }",
            ),
        ]);
        assert_eq!(found.inner, 3, "a, A and a::A");
        assert_eq!(found.lost, [Arrow { file: "b.rs".into(), path: "crate::a::Nothing".into() }]);
        let from_to: BTreeSet<(&str, &str)> = found.top.iter().map(|(a, b, _)| (a.as_str(), b.as_str())).collect();
        assert_eq!(from_to, BTreeSet::from([("b", "a")]));
    }

    #[test]
    fn imports_that_chase_each_other_end() {
        let found = arrows(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "pub use crate::b::*; pub use crate::b::X;"),
            ("b.rs", "pub use crate::a::*; pub use crate::a::X;"),
        ]);
        assert_eq!(found.lost.len(), 2);
    }
}
