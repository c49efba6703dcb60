//! Whether arguments fit the parameters of a method, and which of several methods they fit best: JLS 15.12.2.

use super::{
    Java,
    calls::{Called, Candidate, Methods},
    facts::{Primitive, Value, ValueId},
    kind::{ClassRef, Kind},
    library,
};
use crate::sources::FileId;

/// How an argument fits a parameter; in the order of what is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Not,
    /// Nobody can say.
    Perhaps,
    /// If a number is put into an object, or taken out.
    Boxed,
    Well,
}

/// How all arguments fit a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fits {
    worst: Fit,
    has_doubt: bool,
    /// Whether the last parameter has to take other than one argument, or one that is no array.
    is_spread: bool,
}

impl Java<'_> {
    /// Chooses among methods of one name.
    pub(super) fn choose(&self, methods: Methods, file: FileId, arguments: &[ValueId]) -> Called {
        let Methods { candidates, is_foreign, is_unknown } = methods;
        let kinds: Vec<_> = arguments.iter().map(|argument| self.argument_kind(file, *argument)).collect();
        let fitting: Vec<_> = candidates.iter().filter_map(|it| Some((it.clone(), self.fits(it, &kinds)?))).collect();
        let best = self.best(&fitting);
        match best.as_slice() {
            [only] if !is_unknown => Called::One(only.clone()),
            [] if is_unknown => Called::Unknown,
            [] if is_foreign || candidates.is_empty() => Called::Foreign,
            // A broken program, or one of which something is misunderstood.
            [] => Called::Several { candidates, is_whole: false },
            _ => Called::Several { candidates: best, is_whole: !is_unknown && !is_foreign },
        }
    }

    fn argument_kind(&self, file: FileId, value: ValueId) -> Kind {
        let is_function = self
            .facts(file)
            .is_some_and(|facts| matches!(facts.value(value), Some(Value::Lambda { .. } | Value::Reference { .. })));
        if is_function { Kind::Function(file, value) } else { self.kind(file, value) }
    }

    /// How arguments fit; nothing if they do not.
    fn fits(&self, candidate: &Candidate, arguments: &[Kind]) -> Option<Fits> {
        let (count, is_variadic) = self.with_method(candidate.method, |it| (it.parameters.len(), it.is_variadic))?;
        if arguments.len() == count
            && let Some(fits) = self.fit_all(candidate, arguments, false)
        {
            return Some(fits);
        }
        if is_variadic && arguments.len() + 1 >= count { self.fit_all(candidate, arguments, true) } else { None }
    }

    fn fit_all(&self, candidate: &Candidate, arguments: &[Kind], is_spread: bool) -> Option<Fits> {
        let mut fits = Fits { worst: Fit::Well, has_doubt: false, is_spread };
        for (argument, count) in arguments.iter().zip(0..) {
            let parameter = self.parameter(candidate, count, is_spread)?;
            match self.fit(argument, &parameter) {
                Fit::Not => return None,
                Fit::Perhaps => fits.has_doubt = true,
                fit => fits.worst = fits.worst.min(fit),
            }
        }
        Some(fits)
    }

    fn parameter(&self, candidate: &Candidate, count: usize, is_spread: bool) -> Option<Kind> {
        let kind = if is_spread {
            self.parameter_kind(candidate.method, count)?
        } else {
            let written = self.with_method(candidate.method, |it| it.parameters.get(count).copied())??;
            self.kind_of(candidate.method.file, written)
        };
        Some(self.substituted(&kind, candidate.class, &candidate.arguments))
    }

    /// Those that may be meant, by phases: without boxes, with them, and with any number of arguments.
    fn best(&self, fitting: &[(Candidate, Fits)]) -> Vec<Candidate> {
        let sure = |fits: &Fits| !fits.has_doubt;
        let phase = |fits: &Fits| (fits.is_spread, fits.worst != Fit::Well);
        let first = fitting.iter().filter(|(_, fits)| sure(fits)).map(|(_, fits)| phase(fits)).min();
        // What fits for certain in an early phase leaves out what could fit in a later one only.
        let left: Vec<_> = fitting.iter().filter(|(_, fits)| first.is_none_or(|first| phase(fits) <= first)).collect();
        if left.iter().any(|(_, fits)| fits.has_doubt) && left.len() > 1 {
            return self.nearest_of_each(left.into_iter().map(|(candidate, _)| candidate.clone()).collect());
        }
        let is_spread = left.iter().any(|(_, fits)| fits.is_spread);
        let all: Vec<_> = left.into_iter().map(|(candidate, _)| candidate.clone()).collect();
        let all = self.nearest_of_each(all);
        if is_spread || all.len() < 2 {
            return all;
        }
        let beats = |one: &Candidate| all.iter().all(|other| self.is_narrower(one, other));
        let narrowest: Vec<_> = all.iter().filter(|one| beats(one)).cloned().collect();
        if narrowest.len() == 1 { narrowest } else { all }
    }

    /// Of methods with the very same parameters, which override one another, the nearest.
    fn nearest_of_each(&self, all: Vec<Candidate>) -> Vec<Candidate> {
        let mut kept: Vec<(Candidate, Vec<Kind>)> = Vec::new();
        for candidate in all {
            let parameters = self.parameters(&candidate);
            if !kept.iter().any(|(_, other)| *other == parameters && !parameters.contains(&Kind::Unknown)) {
                kept.push((candidate, parameters));
            }
        }
        kept.into_iter().map(|(candidate, _)| candidate).collect()
    }

    /// The types of a method's parameters, as the candidate sees them.
    pub(super) fn parameters(&self, candidate: &Candidate) -> Vec<Kind> {
        let count = self.with_method(candidate.method, |it| it.parameters.len()).unwrap_or_default();
        (0..count).map(|count| self.parameter(candidate, count, false).unwrap_or(Kind::Unknown)).collect()
    }

    /// Whether whatever the one takes, the other takes too.
    fn is_narrower(&self, one: &Candidate, other: &Candidate) -> bool {
        let (own, others) = (self.parameters(one), self.parameters(other));
        own.len() == others.len()
            && own.iter().zip(&others).all(|(own, other)| own == other || self.fit(own, other) == Fit::Well)
    }

    fn fit(&self, argument: &Kind, parameter: &Kind) -> Fit {
        self.step(Fit::Perhaps, || match (argument, parameter) {
            (Kind::Unknown | Kind::Above(_), _)
            | (_, Kind::Unknown | Kind::Above(_))
            | (Kind::Function(..), Kind::Foreign(_)) => Fit::Perhaps,
            (_, Kind::Variable(file, id)) => self.fit_variable(argument, &self.bounds(*file, *id)),
            (_, Kind::All(all)) => all.iter().map(|one| self.fit(argument, one)).min().unwrap_or(Fit::Perhaps),
            (Kind::All(all), _) => all.iter().map(|one| self.fit(one, parameter)).max().unwrap_or(Fit::Perhaps),
            (Kind::Variable(file, id), _) => {
                let bounds = self.bounds(*file, *id);
                let best = bounds.iter().map(|bound| self.fit(bound, parameter)).max();
                best.unwrap_or_else(|| {
                    if matches!(parameter, Kind::Object(class, _) if is_any_object(*class)) {
                        Fit::Well
                    } else {
                        Fit::Not
                    }
                })
            }
            (Kind::Null, Kind::Primitive(_)) => Fit::Not,
            (Kind::Null, _) => Fit::Well,
            (Kind::Primitive(one), Kind::Primitive(other)) => {
                if widens(*one, *other) {
                    Fit::Well
                } else {
                    Fit::Not
                }
            }
            (Kind::Primitive(_), _) => self.fit(&boxed(argument), parameter).min(Fit::Boxed),
            (Kind::Object(class, _), Kind::Primitive(other)) => match unboxed(*class) {
                Some(own) if widens(own, *other) => Fit::Boxed,
                _ => Fit::Not,
            },
            (Kind::Function(file, value), Kind::Object(class, _)) => {
                self.fit_function(*file, *value, *class, parameter)
            }
            (Kind::Array(one), Kind::Array(other)) => self.fit_elements(one, other),
            (Kind::Array(_), Kind::Object(class, _)) => {
                let taken =
                    ["Object", "Cloneable"].into_iter().any(|name| library::class("java.lang", name) == Some(*class))
                        || library::class("java.io", "Serializable") == Some(*class);
                if taken { Fit::Well } else { Fit::Not }
            }
            (Kind::Object(one, _), Kind::Object(other, _)) => self.fit_classes(*one, *other),
            (Kind::Object(class, _), Kind::Foreign(name)) => {
                let lineage = self.lineage(*class);
                if lineage.foreign.contains(name) {
                    Fit::Well
                } else if lineage.is_whole() {
                    Fit::Not
                } else {
                    Fit::Perhaps
                }
            }
            (Kind::Foreign(one), Kind::Foreign(other)) if one == other => Fit::Well,
            (Kind::Foreign(_), Kind::Object(class, _)) if is_any_object(*class) => Fit::Well,
            (Kind::Foreign(_), Kind::Object(..) | Kind::Foreign(_)) => Fit::Perhaps,
            _ => Fit::Not,
        })
    }

    /// A type parameter takes what its bounds take.
    fn fit_variable(&self, argument: &Kind, bounds: &[Kind]) -> Fit {
        let fit = match argument {
            Kind::Primitive(_) => Fit::Boxed,
            _ => Fit::Well,
        };
        let worst = bounds.iter().map(|bound| match bound {
            // `T extends Comparable<T>`: that it is comparable is all that can be asked here.
            Kind::Object(class, _) => self.fit(argument, &Kind::plain(*class)),
            other => self.fit(argument, other),
        });
        worst.min().map_or(fit, |worst| worst.min(fit))
    }

    fn fit_elements(&self, one: &Kind, other: &Kind) -> Fit {
        match (one, other) {
            (Kind::Primitive(one), Kind::Primitive(other)) => {
                if one == other {
                    Fit::Well
                } else {
                    Fit::Not
                }
            }
            (Kind::Primitive(_), _) | (_, Kind::Primitive(_)) => Fit::Not,
            _ => self.fit(one, other),
        }
    }

    fn fit_classes(&self, one: ClassRef, other: ClassRef) -> Fit {
        let lineage = self.lineage(one);
        if lineage.has(other) || is_any_object(other) {
            return Fit::Well;
        }
        // What a library's class extends is none of these sources.
        let may_be_above = lineage.has_foreign_class || (!lineage.foreign.is_empty() && self.is_interface(other));
        let is_open = lineage.is_unknown || (may_be_above && library::is_library(other.file));
        if is_open { Fit::Perhaps } else { Fit::Not }
    }

    fn fit_function(&self, file: FileId, value: ValueId, class: ClassRef, parameter: &Kind) -> Fit {
        if !self.may_be_function(class) {
            return Fit::Not;
        }
        let count = self.facts(file).and_then(|facts| match facts.value(value) {
            Some(Value::Lambda { count, .. }) => Some(*count as usize),
            _ => None,
        });
        match (count, self.takes(parameter)) {
            (Some(count), Some(takes)) if count != takes => Fit::Not,
            _ => Fit::Perhaps,
        }
    }
}

fn is_any_object(class: ClassRef) -> bool {
    library::class("java.lang", "Object") == Some(class)
}

/// A number as an object; anything else as it is.
pub(super) fn boxed(kind: &Kind) -> Kind {
    let Kind::Primitive(primitive) = kind else { return kind.clone() };
    let found = BOXES.iter().find(|(one, _)| one == primitive);
    let class = found.and_then(|(_, name)| library::class("java.lang", name));
    class.map_or(Kind::Unknown, Kind::plain)
}

/// The number in an object.
pub(super) fn unboxed(class: ClassRef) -> Option<Primitive> {
    BOXES.iter().find(|(_, name)| library::class("java.lang", name) == Some(class)).map(|(primitive, _)| *primitive)
}

const BOXES: [(Primitive, &str); 9] = [
    (Primitive::Boolean, "Boolean"),
    (Primitive::Byte, "Byte"),
    (Primitive::Short, "Short"),
    (Primitive::Char, "Character"),
    (Primitive::Int, "Integer"),
    (Primitive::Long, "Long"),
    (Primitive::Float, "Float"),
    (Primitive::Double, "Double"),
    (Primitive::Void, "Void"),
];

/// Whether each value of one type is one of the other: JLS 5.1.2.
fn widens(one: Primitive, other: Primitive) -> bool {
    use Primitive::{Boolean, Byte, Char, Double, Float, Int, Long, Short, Void};
    let wider: &[Primitive] = match one {
        Byte => &[Short, Int, Long, Float, Double],
        Short | Char => &[Int, Long, Float, Double],
        Int => &[Long, Float, Double],
        Long => &[Float, Double],
        Float => &[Double],
        Boolean | Double | Void => &[],
    };
    one == other || wider.contains(&other)
}
