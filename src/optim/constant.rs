//! A constant of an optimizer: the one place that says what it is called, where it lies and what it may be.
//!
//! Options of the command line, fields of forms, titles, what a fork may change and what belongs to an escape table's
//! identity all follow from these rows.

use std::fmt;

use super::{
    ascent::NormOrder, error::OptimizerError, kind::OptimizerKind, spec::OptimizerSpec, value::Value, when::When,
};

/// One constant; those of a rule stand in its file.
#[derive(Clone, Copy)]
pub struct Constant {
    /// Its name in files.
    pub key: &'static str,
    /// Its option: the key with hyphens.
    pub flag: &'static str,
    /// What errors call it.
    pub name: &'static str,
    /// What help writes for its value.
    pub value_name: &'static str,
    /// What help says of it.
    pub help: &'static str,
    /// The default that help adds; constants that only some rules have say theirs in `help`.
    pub help_default: Option<&'static str>,
    /// What help says where all rows of an escape table share it; `None` when rows have their own, or none may have it.
    pub rows: Option<&'static str>,
    /// What titles and legends call it: "μ".
    pub symbol: &'static str,
    /// Whether titles and command lines say it also when it is the default.
    pub always: bool,
    /// Whether it means anything beside the other constants.
    pub counts: fn(&OptimizerSpec) -> bool,
    /// Where its value is.
    pub at: At,
    /// What it may be.
    pub range: Range,
    /// A value that makes sense, for errors and as a hint in forms.
    pub example: &'static str,
    /// Where it stands among the others.
    pub seat: Seat,
    /// Whether it may change while a run goes on, and in a fork.
    pub live: bool,
    /// Where the window offers it.
    pub offered: Offered,
    /// Its field in the form.
    pub field: Field,
    /// The slider beside that field, where there is room for one.
    pub rail: Option<Rail>,
}

/// Where a value is.
#[derive(Clone, Copy)]
pub enum At {
    Number(fn(&mut OptimizerSpec) -> &mut f64),
    Flag(fn(&mut OptimizerSpec) -> &mut bool),
    Count(fn(&mut OptimizerSpec) -> &mut u64),
    Limit(fn(&mut OptimizerSpec) -> &mut Option<u64>),
    Norm(fn(&mut OptimizerSpec) -> &mut NormOrder),
    Moment(fn(&mut OptimizerSpec) -> &mut When),
    Kind(fn(&mut OptimizerSpec) -> &mut OptimizerKind),
    /// A number without a field of its own, at a place that no other constant has.
    More {
        place: u8,
        default: f64,
    },
    /// A count without a field of its own, likewise; up to 2⁵³.
    MoreCount {
        place: u8,
        default: u64,
    },
}

/// What a value may be.
#[derive(Clone, Copy)]
pub enum Range {
    Any,
    /// 0 ≤ x < 1.
    BelowOne,
    /// 0 ≤ x < ∞.
    NotNegative,
    /// What this does not refuse.
    Told(fn(&OptimizerSpec) -> Result<(), OptimizerError>),
}

/// Where a constant stands on a command line; in a form, those that only some rules have come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    Ahead,
    /// Only some rules have it.
    Own,
    Behind,
}

/// Where the window offers a constant, beside the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    Form,
    /// Also in the small window of a fork.
    Fork,
    /// There, and in the bar at the top, where these words say what it is.
    Bar(&'static str),
}

/// How a form shows a constant.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub label: &'static str,
    /// Its name where there is little room.
    pub short: &'static str,
    pub help: &'static str,
    /// How much a number moves when it is dragged by a point.
    pub speed: f64,
    /// The largest number that is offered.
    pub most: f64,
}

/// What a slider reaches: what is usual. Everything else is typed beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rail {
    pub from: f64,
    pub to: f64,
    /// The least number above 0, where powers of ten are equally far apart; `None` where equal steps are.
    pub least: Option<f64>,
}

impl Constant {
    /// What a row need not say.
    pub const PLAIN: Constant = Constant {
        key: "",
        flag: "",
        name: "",
        value_name: "X",
        help: "",
        help_default: None,
        rows: None,
        symbol: "",
        always: false,
        counts: |_| true,
        at: At::More { place: 0, default: 0.0 },
        range: Range::Any,
        example: "",
        seat: Seat::Own,
        live: true,
        offered: Offered::Form,
        field: Field { label: "", short: "", help: "", speed: 0.01, most: 100.0 },
        rail: None,
    };

    /// Its value.
    pub fn get(&self, spec: &OptimizerSpec) -> Value {
        let mut spec = *spec;
        match self.at {
            At::Number(field) => Value::Number(*field(&mut spec)),
            At::Flag(field) => Value::Flag(*field(&mut spec)),
            At::Count(field) => Value::Count(*field(&mut spec)),
            At::Limit(field) => Value::Limit(*field(&mut spec)),
            At::Norm(field) => Value::Norm(*field(&mut spec)),
            At::Moment(field) => Value::Moment(*field(&mut spec)),
            At::Kind(field) => Value::Kind(*field(&mut spec)),
            At::More { place, default } => Value::Number(spec.more.get(place).unwrap_or(default)),
            At::MoreCount { place, default } => Value::Count(spec.more.get(place).map_or(default, |n| n as u64)),
        }
    }

    /// Its value, when it is a number; else NaN.
    pub fn number(&self, spec: &OptimizerSpec) -> f64 {
        if let Value::Number(x) = self.get(spec) { x } else { f64::NAN }
    }

    /// Gives it a value of its type.
    pub fn set(&self, spec: &mut OptimizerSpec, value: Value) {
        match (self.at, value) {
            (At::Number(field), Value::Number(x)) => *field(spec) = x,
            (At::Flag(field), Value::Flag(on)) => *field(spec) = on,
            (At::Count(field), Value::Count(n)) => *field(spec) = n,
            (At::Limit(field), Value::Limit(n)) => *field(spec) = n,
            (At::Norm(field), Value::Norm(p)) => *field(spec) = p,
            (At::Moment(field), Value::Moment(t)) => *field(spec) = t,
            (At::Kind(field), Value::Kind(kind)) => *field(spec) = kind,
            (At::More { place, default }, Value::Number(x)) => spec.more.put(place, (x != default).then_some(x)),
            (At::MoreCount { place, default }, Value::Count(n)) => {
                spec.more.put(place, (n != default).then_some(n as f64));
            }
            // Values come from `get` and `parse_like`, which keep the type.
            _ => {}
        }
    }

    /// Its value when nothing is said.
    pub fn default_value(&self) -> Value {
        self.get(&OptimizerSpec::default())
    }

    /// Whether it is other than its default.
    pub fn is_changed(&self, spec: &OptimizerSpec) -> bool {
        self.get(spec) != self.default_value()
    }

    /// Whether it has no field in a spec: files say it only where it matters.
    pub fn is_further(&self) -> bool {
        matches!(self.at, At::More { .. } | At::MoreCount { .. })
    }

    /// Whether only some rules have it.
    pub fn is_own(&self) -> bool {
        self.seat == Seat::Own
    }

    /// What a title says of it: " μ 0.9"; nothing of a default that goes without saying.
    pub fn words(&self, spec: &OptimizerSpec) -> String {
        let is_said = (self.always || self.is_changed(spec)) && (self.counts)(spec);
        match self.get(spec) {
            _ if !is_said => String::new(),
            Value::Flag(_) => format!(" {}", self.symbol),
            Value::Norm(p) if p == NormOrder::INFINITY => format!(" {} ∞", self.symbol),
            value => format!(" {} {value}", self.symbol),
        }
    }

    /// Refuses a value out of its range.
    ///
    /// # Errors
    /// The option to mend, and a value that makes sense.
    pub fn check(&self, spec: &OptimizerSpec) -> Result<(), OptimizerError> {
        let outside = |value, range| {
            let Constant { name, flag, example, .. } = *self;
            Err(OptimizerError::Outside { name, value, flag, range, example })
        };
        match (self.range, self.get(spec)) {
            (Range::BelowOne, Value::Number(x)) if !(0.0..1.0).contains(&x) => outside(x, "at least 0 and below 1"),
            (Range::NotNegative, Value::Number(x)) if !(x >= 0.0 && x.is_finite()) => {
                outside(x, "0 or a positive, finite number")
            }
            (Range::Told(check), _) => check(spec),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}
