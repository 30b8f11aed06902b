//! Rust source as tokens: enough to read imports, and nothing that stands in a comment or in a text.

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// `::`
    Colons,
    /// What a string literal says; empty for a character.
    Text(String),
    /// Any other character.
    Sign(char),
}

impl Token {
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(w) if w == word)
    }

    pub fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Comments, white space and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let c: Vec<char> = source.chars().collect();
    let at = |i: usize| c.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < c.len() {
        if c[i].is_whitespace() {
            i += 1;
        } else if c[i] == '/' && at(i + 1) == '/' {
            i = end(i, |k| k >= c.len() || c[k] == '\n');
        } else if c[i] == '/' && at(i + 1) == '*' {
            i = after_comment(&c, i);
        } else if c[i] == '"' {
            let mut k = i + 1;
            while k < c.len() && c[k] != '"' {
                k += if c[k] == '\\' { 2 } else { 1 };
            }
            let k = k.min(c.len());
            out.push(Token::Text(c[i + 1..k].iter().collect()));
            i = k + 1;
        } else if c[i] == '\'' {
            if at(i + 1) == '\\' {
                i = end(i + 3, |k| k >= c.len() || c[k] == '\'') + 1;
                out.push(Token::Text(String::new()));
            } else if at(i + 2) == '\'' {
                i += 3;
                out.push(Token::Text(String::new()));
            } else {
                i = end(i + 1, |k| !in_word(at(k)));
            }
        } else if in_word(c[i]) {
            let stop = end(i, |k| !in_word(at(k)));
            let word: String = c[i..stop].iter().collect();
            let hashes = end(stop, |k| at(k) != '#') - stop;
            let quoted = at(stop + hashes) == '"';
            if quoted && matches!(word.as_str(), "r" | "br" | "cr") {
                let begin = stop + hashes + 1;
                let close = |k: usize| at(k) == '"' && (1..=hashes).all(|h| at(k + h) == '#');
                let last = end(begin, |k| k >= c.len() || close(k));
                out.push(Token::Text(c[begin..last].iter().collect()));
                i = last + 1 + hashes;
            } else if word == "r" && hashes == 1 {
                // `r#type` is the name `type`.
                i = stop + 1;
            } else if (at(stop) == '"' && (word == "b" || word == "c")) || (at(stop) == '\'' && word == "b") {
                i = stop;
            } else {
                out.push(Token::Word(word));
                i = stop;
            }
        } else if c[i] == ':' && at(i + 1) == ':' {
            out.push(Token::Colons);
            i += 2;
        } else {
            out.push(Token::Sign(c[i]));
            i += 1;
        }
    }
    out
}

/// The first place from `i` on where `stop` holds.
fn end(mut i: usize, stop: impl Fn(usize) -> bool) -> usize {
    while !stop(i) {
        i += 1;
    }
    i
}

/// Comments nest.
fn after_comment(c: &[char], mut i: usize) -> usize {
    let mut depth = 0;
    while i < c.len() {
        match (c[i], c.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// Where the group ends that opens at `i`: the place after its closing bracket.
pub fn after_group(tokens: &[Token], mut i: usize) -> usize {
    let mut depth = 0;
    while i < tokens.len() {
        match tokens[i] {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        i += 1;
        if depth <= 0 {
            break;
        }
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source).iter().filter_map(|t| t.word().map(String::from)).collect()
    }

    #[test]
    fn comments_texts_and_lifetimes_are_no_words() {
        assert_eq!(words("a // crate::b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(words(r##"a "b \" c" r"d\" e r#"f " g"# h b"i" b'j' 'k' '\'' '\u{41}' l"##), ["a", "e", "h", "l"]);
        assert_eq!(words("fn f<'a>(x: &'a str, y: &'static T) {}"), ["fn", "f", "x", "str", "y", "T"]);
        assert_eq!(words("r#type::x1"), ["type", "x1"]);
        assert_eq!(words("'x: loop { break 'x }"), ["loop", "break"]);
        assert_eq!(words("0..n"), ["0", "n"]);
    }

    #[test]
    fn texts_keep_what_they_say() {
        assert_eq!(tokens(r#"#[path = "a/b.rs"]"#)[4], Token::Text("a/b.rs".into()));
        assert_eq!(tokens("r#\"a\"b\"#"), [Token::Text("a\"b".into())]);
        assert_eq!(tokens("\"never closed"), [Token::Text("never closed".into())]);
        assert_eq!(
            tokens("a::b:"),
            [Token::Word("a".into()), Token::Colons, Token::Word("b".into()), Token::Sign(':')]
        );
    }

    #[test]
    fn a_group_ends_after_its_own_bracket() {
        let t = tokens("{ a (b [c]) } d");
        assert!(t[after_group(&t, 0)].is("d"));
        assert_eq!(after_group(&tokens("( a"), 0), 2);
    }
}
