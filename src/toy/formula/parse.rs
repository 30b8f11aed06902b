//! From text to program: a recursive-descent parser that remembers where every word stands.

use super::{
    ops::{Function, Pair},
    program::{Program, Step},
};
use crate::suggest;

/// The longest formula, in characters.
const LONGEST: usize = 4000;
/// The deepest nesting, so that a hostile text cannot exhaust the call stack.
const DEEPEST: usize = 100;

/// A formula that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("formula, column {column}: {problem}")]
pub struct FormulaError {
    /// Where, in characters from 1; one past the end where something is missing.
    pub column: usize,
    /// What is wrong and what would be right.
    pub problem: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(char),
}

/// A token and the column of its first character.
type Placed = (Token, usize);

pub(super) fn compile(text: &str) -> Result<Program, FormulaError> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > LONGEST {
        let problem = format!("the formula has {} characters; {LONGEST} are the most", characters.len());
        return Err(FormulaError { column: LONGEST + 1, problem });
    }
    let tokens = tokens(&characters)?;
    if tokens.is_empty() {
        return Err(FormulaError { column: 1, problem: "the formula is empty; try x^2 + y^2".into() });
    }
    let mut parser = Parser { tokens, next: 0, end: characters.len() + 1, depth: 0, steps: Vec::new(), highest: None };
    parser.sum()?;
    if let Some((token, column)) = parser.peek().cloned() {
        let problem = match token {
            Token::Sign(c @ (')' | ',')) => format!("\"{c}\" has no \"(\" before it; leave it out"),
            _ => format!("{} follows a finished term; put \"*\" or another operator before it", shown(&token)),
        };
        return Err(FormulaError { column, problem });
    }
    match parser.highest {
        Some(axis) => Ok(Program::new(parser.steps, axis + 1)),
        None => Err(FormulaError {
            column: 1,
            problem: "there is no variable; use x (or w, w1) and, for a surface, y (or w2)".into(),
        }),
    }
}

fn tokens(text: &[char]) -> Result<Vec<Placed>, FormulaError> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < text.len() {
        let (c, column) = (text[i], i + 1);
        let start = i;
        i += 1;
        match c {
            _ if c.is_whitespace() => {}
            '0'..='9' | '.' => {
                i = end_of_number(text, i);
                let word: String = text[start..i].iter().collect();
                let number = word.parse().map_err(|_| FormulaError {
                    column,
                    problem: format!("{word} is no number; write numbers like 0.5 or 1e-3"),
                })?;
                out.push((Token::Number(number), column));
            }
            _ if c.is_alphabetic() || c == '_' => {
                while i < text.len() && (text[i].is_alphanumeric() || text[i] == '_') {
                    i += 1;
                }
                out.push((Token::Name(text[start..i].iter().collect()), column));
            }
            '*' if text.get(i) == Some(&'*') => {
                let problem = "** is written ^ here, as in x^2".to_string();
                return Err(FormulaError { column, problem });
            }
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => out.push((Token::Sign(c), column)),
            '−' => out.push((Token::Sign('-'), column)),
            '·' | '×' => out.push((Token::Sign('*'), column)),
            _ => {
                let problem = format!("'{c}' is not understood; use + - * / ^ ( ) and function names");
                return Err(FormulaError { column, problem });
            }
        }
    }
    Ok(out)
}

/// One past the last character of the number that began before `i`, exponent included.
fn end_of_number(text: &[char], mut i: usize) -> usize {
    let digit = |i: usize| text.get(i).is_some_and(char::is_ascii_digit);
    while digit(i) || text.get(i) == Some(&'.') {
        i += 1;
    }
    if matches!(text.get(i), Some('e' | 'E')) {
        let signed = matches!(text.get(i + 1), Some('+' | '-'));
        let first = i + 1 + usize::from(signed);
        if digit(first) {
            i = first;
            while digit(i) {
                i += 1;
            }
        }
    }
    i
}

fn shown(token: &Token) -> String {
    match token {
        Token::Number(x) => format!("the number {x}"),
        Token::Name(name) => format!("\"{name}\""),
        Token::Sign(c) => format!("\"{c}\""),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    /// The column after the last character.
    end: usize,
    depth: usize,
    steps: Vec<Step>,
    /// The highest variable seen.
    highest: Option<usize>,
}

impl Parser {
    fn peek(&self) -> Option<&Placed> {
        self.tokens.get(self.next)
    }

    fn column(&self) -> usize {
        self.peek().map_or(self.end, |(_, column)| *column)
    }

    fn fail<T>(&self, problem: impl Into<String>) -> Result<T, FormulaError> {
        Err(FormulaError { column: self.column(), problem: problem.into() })
    }

    /// Takes the next token if it is one of `signs`.
    fn take(&mut self, signs: &[char]) -> Option<char> {
        match self.peek() {
            Some((Token::Sign(c), _)) if signs.contains(c) => {
                let c = *c;
                self.next += 1;
                Some(c)
            }
            _ => None,
        }
    }

    fn expect(&mut self, sign: char) -> Result<(), FormulaError> {
        match self.take(&[sign]) {
            Some(_) => Ok(()),
            None => self.fail(format!("\"{sign}\" is missing here")),
        }
    }

    /// sum = product {(+ | −) product}
    fn sum(&mut self) -> Result<(), FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fail(format!("parentheses are nested deeper than {DEEPEST}; simplify the formula"));
        }
        self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            self.product()?;
            self.steps.push(Step::Pair(if sign == '+' { Pair::Add } else { Pair::Subtract }));
        }
        self.depth -= 1;
        Ok(())
    }

    /// product = signed {(* | /) signed}
    fn product(&mut self) -> Result<(), FormulaError> {
        self.signed()?;
        while let Some(sign) = self.take(&['*', '/']) {
            self.signed()?;
            self.steps.push(Step::Pair(if sign == '*' { Pair::Multiply } else { Pair::Divide }));
        }
        Ok(())
    }

    /// signed = {+ | −} power: −x^2 is −(x²).
    fn signed(&mut self) -> Result<(), FormulaError> {
        let mut negative = false;
        while let Some(sign) = self.take(&['+', '-']) {
            negative ^= sign == '-';
        }
        self.power()?;
        if negative {
            self.steps.push(Step::Negate);
        }
        Ok(())
    }

    /// power = atom [^ signed], from the right: 2^3^2 is 2⁹.
    fn power(&mut self) -> Result<(), FormulaError> {
        self.atom()?;
        if self.take(&['^']).is_none() {
            return Ok(());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fail(format!("powers are nested deeper than {DEEPEST}; simplify the formula"));
        }
        let before = self.steps.len();
        self.signed()?;
        self.depth -= 1;
        let constant = match self.steps[before..] {
            [Step::Constant(c)] => Some(c),
            [Step::Constant(c), Step::Negate] => Some(-c),
            _ => None,
        };
        match constant {
            Some(c) => {
                self.steps.truncate(before);
                self.steps.push(Step::ToConstant(c));
            }
            None => self.steps.push(Step::Pair(Pair::Power)),
        }
        Ok(())
    }

    /// atom = number | name | name(sum, …) | (sum)
    fn atom(&mut self) -> Result<(), FormulaError> {
        let Some((token, column)) = self.peek().cloned() else {
            return self.fail("the formula ends where a number, a variable or \"(\" should follow");
        };
        match token {
            Token::Number(value) => {
                self.next += 1;
                self.steps.push(Step::Constant(value));
                Ok(())
            }
            Token::Sign('(') => {
                self.next += 1;
                self.sum()?;
                self.expect(')')
            }
            Token::Sign(c) => self.fail(format!("\"{c}\" stands where a number, a variable or \"(\" should be")),
            Token::Name(name) => {
                self.next += 1;
                self.name(&name, column)
            }
        }
    }

    fn name(&mut self, name: &str, column: usize) -> Result<(), FormulaError> {
        let pair = match name {
            "x" | "w" | "w1" => return self.variable(0),
            "y" | "w2" => return self.variable(1),
            "pi" | "π" => return self.constant(std::f64::consts::PI),
            "e" => return self.constant(std::f64::consts::E),
            "min" => Pair::Min,
            "max" => Pair::Max,
            _ => {
                let function = name.parse::<Function>().map_err(|_| unknown(name, column))?;
                self.expect('(')?;
                self.sum()?;
                self.steps.push(Step::Apply(function));
                return self.expect(')');
            }
        };
        self.expect('(')?;
        self.sum()?;
        self.expect(',')?;
        self.sum()?;
        self.steps.push(Step::Pair(pair));
        self.expect(')')
    }

    fn variable(&mut self, axis: usize) -> Result<(), FormulaError> {
        self.highest = self.highest.max(Some(axis));
        self.steps.push(Step::Variable(axis));
        Ok(())
    }

    fn constant(&mut self, value: f64) -> Result<(), FormulaError> {
        self.steps.push(Step::Constant(value));
        Ok(())
    }
}

fn unknown(name: &str, column: usize) -> FormulaError {
    let mut known = vec!["x", "y", "w", "w1", "w2", "pi", "e", "min", "max"];
    let functions: Vec<String> = Function::ALL.iter().map(ToString::to_string).collect();
    known.extend(functions.iter().map(String::as_str));
    FormulaError { column, problem: suggest::unknown("name", name, &known) }
}
