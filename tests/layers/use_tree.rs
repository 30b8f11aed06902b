//! What a `use` brings in: `use a::{self, b::{C as D, E}, f::*};` is four imports.

use super::tokens::Token;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub path: Vec<String>,
    /// The name it has here; none for `*`.
    pub name: Option<String>,
}

/// Reads the tree that begins at `at`, below `prefix`, and says where it ends.
pub fn use_tree(tokens: &[Token], at: usize, prefix: &[String], into: &mut Vec<Import>) -> usize {
    let mut path = prefix.to_vec();
    let mut i = at;
    while let Some(token) = tokens.get(i) {
        match token {
            Token::Word(word) => {
                // `{self}` is what the braces belong to; at the beginning `self` is this module.
                if word != "self" || path.is_empty() {
                    path.push(word.clone());
                }
                i += 1;
                if tokens.get(i) == Some(&Token::Colons) {
                    i += 1;
                    continue;
                }
                let mut name = path.last().cloned();
                if tokens.get(i).is_some_and(|t| t.is("as")) {
                    name = tokens.get(i + 1).and_then(Token::word).map(String::from);
                    i += 2;
                }
                into.push(Import { path, name });
                return i;
            }
            Token::Sign('*') => {
                into.push(Import { path, name: None });
                return i + 1;
            }
            Token::Sign('{') => {
                i += 1;
                while let Some(token) = tokens.get(i) {
                    match token {
                        Token::Sign('}') => return i + 1,
                        Token::Sign(',') => i += 1,
                        // A tree is at least one token long, so that this ends on anything.
                        _ => i = use_tree(tokens, i, &path, into).max(i + 1),
                    }
                }
                return i;
            }
            // `use ::name` is a crate.
            Token::Colons => i += 1,
            _ => return i,
        }
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    fn read(source: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let t = tokens(source);
        let end = use_tree(&t, 0, &[], &mut found);
        assert_eq!(t.get(end), Some(&Token::Sign(';')), "{source} is read to its end");
        found.into_iter().map(|i| (i.path.join("::"), i.name.unwrap_or("*".into()))).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()
    }

    #[test]
    fn plain_renamed_and_whole_modules() {
        assert_eq!(read("crate::a::B;"), pairs(&[("crate::a::B", "B")]));
        assert_eq!(read("super::super::a::B as C;"), pairs(&[("super::super::a::B", "C")]));
        assert_eq!(read("std::io::Write as _;"), pairs(&[("std::io::Write", "_")]));
        assert_eq!(read("a::*;"), pairs(&[("a", "*")]));
        assert_eq!(read("self::a::b;"), pairs(&[("self::a::b", "b")]));
        assert_eq!(read("::a::b;"), pairs(&[("a::b", "b")]));
        assert_eq!(read("a;"), pairs(&[("a", "a")]));
    }

    #[test]
    fn braces_nest_over_lines() {
        let source = "crate::{
            a::{self, B, c::{D as E, f::*}},
            g, // a comment, with a comma
            h::{self as i},
        };";
        assert_eq!(
            read(source),
            pairs(&[
                ("crate::a", "a"),
                ("crate::a::B", "B"),
                ("crate::a::c::D", "E"),
                ("crate::a::c::f", "*"),
                ("crate::g", "g"),
                ("crate::h", "i"),
            ])
        );
        assert_eq!(read("{a::B, super::{c}};"), pairs(&[("a::B", "B"), ("super::c", "c")]));
        assert!(read("a::{};").is_empty());
    }

    #[test]
    fn what_is_no_tree_ends_all_the_same() {
        for source in ["", "a::", "{", "{a", "{;;", "a as", "=", "{a b c"] {
            let t = tokens(source);
            assert!(use_tree(&t, 0, &[], &mut Vec::new()) <= t.len() + 1, "{source}");
        }
    }
}
