//! Where functions and classes are asked what they are called.

use super::{
    bind::Binder,
    clashes::{Question, place},
    facts::How,
    given::Taker,
    world::{Named, Type},
};
use crate::language::{Binding, Clash, SymbolKind};

impl Question<'_, '_> {
    /// All such places, and texts that may be compared with what they say.
    pub(super) fn asked_for_its_name(&self) -> Vec<Clash> {
        if !matches!(self.symbol.kind, SymbolKind::Class | SymbolKind::Function | SymbolKind::Method) {
            return Vec::new();
        }
        let mut found = self.reads_its_name();
        found.extend(self.read_of_a_value());
        found.extend(self.compared_with_names());
        found
    }

    /// `f.__name__`
    fn reads_its_name(&self) -> Vec<Clash> {
        let mut found = Vec::new();
        for file in self.holding_both(&self.symbol.name, &["__name__", "__qualname__"]) {
            let Ok(text) = self.world.sources.text(file) else { continue };
            let facts = self.world.known(file);
            let binder = Binder { world: self.world, file, facts: &facts };
            let is_read = |end: u32| {
                let after = text.get(end as usize..).unwrap_or_default();
                after.starts_with(".__name__") || after.starts_with(".__qualname__")
            };
            let tokens = facts.tokens.iter().filter(|token| token.name == self.symbol.name && is_read(token.span.end));
            let ours = tokens.filter(|token| binder.bind(token) == Binding::Bound(self.symbol.entity.clone()));
            found.extend(ours.map(|token| Clash {
                code: "reads_its_name",
                message: format!("the name of `{}` is read here as a text", self.symbol.name),
                place: Some(place(file, token.span.start as usize, self.symbol.name.len())),
            }));
        }
        found
    }

    /// `each.__name__`, where `each` may be the function or the class.
    fn read_of_a_value(&self) -> Vec<Clash> {
        let own = self.definitions();
        let reflected = self.world.reflected();
        let is_own = |named: &Named, kind: &Type| match kind {
            Type::Function(_) => own.contains(kind),
            Type::Class(class) => {
                let is_written = named.name.as_ref() == Some(&self.world.known(class.0).classes.get(class.1).name);
                let may_be = |one: &Type| matches!(one, Type::Class(it) if self.world.own_lineage(*it).contains(class));
                !is_written && own.iter().any(may_be)
            }
            _ => false,
        };
        // Those by its own name are found as such.
        let others =
            reflected.named.iter().filter(|named| named.name.as_ref().is_none_or(|it| *it != self.symbol.name));
        let ours = others.filter(|named| named.kinds.iter().any(|kind| is_own(named, kind)));
        let clash = |named: &Named| Clash {
            code: "reads_its_name",
            message: format!("the name of what may be `{}` is read here as a text", self.symbol.name),
            place: Some(place(named.file, named.at as usize, 1)),
        };
        ours.map(clash).collect()
    }

    /// `"Hive"`, where the names of classes are read that nobody knows, or of functions, and this one is handed over as a value.
    fn compared_with_names(&self) -> Vec<Clash> {
        let reflected = self.world.reflected();
        let mut unknown = reflected.named.iter().filter(|named| named.kinds.is_unknown());
        let may_be_read = if self.symbol.kind == SymbolKind::Class {
            unknown.next().is_some()
        } else {
            unknown.any(|named| !named.is_of_class) && self.is_handed_over()
        };
        if !may_be_read {
            return Vec::new();
        }
        let message = format!("this text is the name `{}`, and names of what nobody knows are read", self.symbol.name);
        self.in_whole_texts("reads_its_name", &message)
    }

    fn is_handed_over(&self) -> bool {
        self.definitions().into_iter().any(|one| match one {
            Type::Function(function) => !self.handled(&Taker::Function(function)).is_empty(),
            _ => false,
        })
    }

    /// The functions and classes that the symbol is bound to.
    fn definitions(&self) -> Vec<Type> {
        let facts = self.world.known(self.file);
        let variable = self.variable(&facts);
        let bindings = variable.map(|it| facts.variables.get(it).bindings.as_slice()).unwrap_or_default();
        let defined = bindings.iter().filter_map(|bound| match bound.how {
            How::Function(function) => Some(Type::Function((self.file, function))),
            How::Class(class) => Some(Type::Class((self.file, class))),
            _ => None,
        });
        defined.collect()
    }
}
