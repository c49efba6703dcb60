//! What a class extends and implements, near and far, and which classes extend it.

use std::{
    collections::{BTreeSet, HashSet},
    rc::Rc,
};

use super::{
    Java,
    facts::{Class, ClassKind, FieldId, TypeId},
    kind::{ClassRef, FieldRef, Kind, MethodRef, Named},
    library,
};
use crate::limits::Stopped;

/// The most classes that one extends, near and far.
const MOST_SUPERS: usize = 500;
/// The most classes that extend one, near and far.
const MOST_BELOW: usize = 20_000;

/// A class with all that it extends and implements.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    /// Itself first, then its superclass with all of that one's, then its interfaces; each with what its type parameters
    /// stand for.
    pub(super) classes: Vec<(ClassRef, Rc<[Kind]>)>,
    /// Those of libraries of which nothing is known.
    pub(super) foreign: Vec<Rc<str>>,
    /// Whether one of those may be a class, and not an interface.
    pub(super) has_foreign_class: bool,
    /// Whether one cannot be found and may be of these sources.
    pub(super) is_unknown: bool,
}

impl Lineage {
    /// Whether all of it is known.
    pub(super) fn is_whole(&self) -> bool {
        self.foreign.is_empty() && !self.is_unknown
    }

    /// Whether a class is in it.
    pub(super) fn has(&self, class: ClassRef) -> bool {
        self.classes.iter().any(|(one, _)| *one == class)
    }
}

/// What is named directly after `extends` and `implements`, or goes without saying.
struct Above {
    kind: Kind,
    named: Named,
    is_class: bool,
}

impl Java<'_> {
    /// A class with all that it extends and implements. Of what extends itself, only itself.
    pub(super) fn lineage(&self, class: ClassRef) -> Rc<Lineage> {
        if let Some(known) = self.lineages.borrow().get(&class) {
            return Rc::clone(known);
        }
        let itself = (class, self.own_variables(class));
        if !self.climbing.borrow_mut().insert(class) {
            self.is_cut.set(true);
            return Rc::new(Lineage { classes: vec![itself], ..Lineage::default() });
        }
        let was_cut = self.is_cut.replace(false);
        let mut lineage = Lineage { classes: vec![itself], ..Lineage::default() };
        for above in self.above(class) {
            self.climb(&mut lineage, above);
        }
        self.climbing.borrow_mut().remove(&class);
        let lineage = Rc::new(lineage);
        if !self.is_cut.get() {
            self.lineages.borrow_mut().insert(class, Rc::clone(&lineage));
        }
        self.is_cut.set(was_cut || self.is_cut.get());
        lineage
    }

    fn climb(&self, lineage: &mut Lineage, above: Above) {
        let (class, arguments) = match (above.kind, above.named) {
            (Kind::Object(class, arguments), _) => (class, arguments),
            (_, Named::Foreign(name)) => {
                lineage.has_foreign_class |= above.is_class;
                lineage.foreign.push(name);
                return;
            }
            _ => {
                lineage.is_unknown = true;
                return;
            }
        };
        let arguments = if arguments.is_empty() { self.erased_variables(class) } else { arguments };
        let further = self.lineage(class);
        lineage.is_unknown |= further.is_unknown;
        lineage.has_foreign_class |= further.has_foreign_class;
        lineage.foreign.extend(further.foreign.iter().cloned());
        for (one, own) in &further.classes {
            if lineage.classes.len() < MOST_SUPERS && !lineage.has(*one) {
                let own = own.iter().map(|kind| self.substituted(kind, class, &arguments)).collect();
                lineage.classes.push((*one, own));
            }
        }
    }

    /// The type parameters of a class as types.
    pub(super) fn own_variables(&self, class: ClassRef) -> Rc<[Kind]> {
        let variables = self.with_class(class, |_, it| {
            it.variables.iter().map(|id| Kind::Variable(class.file, *id)).collect::<Vec<_>>()
        });
        variables.unwrap_or_default().into()
    }

    /// What the type parameters of a class are where it is extended without a word of them: JLS 4.8.
    fn erased_variables(&self, class: ClassRef) -> Rc<[Kind]> {
        let object = || library::class("java.lang", "Object").map_or(Kind::Unknown, Kind::plain);
        let erased = |kind: &Kind| match kind {
            Kind::Variable(file, id) => match self.bounds(*file, *id).first() {
                Some(Kind::Object(bound, _)) => Kind::plain(*bound),
                Some(_) => Kind::Unknown,
                None => object(),
            },
            kind => kind.clone(),
        };
        self.own_variables(class).iter().map(erased).collect()
    }

    fn above(&self, class: ClassRef) -> Vec<Above> {
        let written = self.with_class(class, |_, it| (it.supers.clone(), it.extends, it.kind));
        let Some((supers, extends, kind)) = written else { return Vec::new() };
        let of = |(id, is_first): (&TypeId, bool)| {
            let own = self.facts(class.file).and_then(|facts| match facts.typed(*id) {
                Some(super::facts::Typed::Own(own)) => Some(ClassRef { file: class.file, class: *own }),
                _ => None,
            });
            let named = own.map_or_else(|| self.named_type(class.file, *id), Named::Class);
            Above { kind: self.kind_of(class.file, *id), named, is_class: is_first && extends }
        };
        let mut above: Vec<_> =
            supers.iter().zip(std::iter::once(true).chain(std::iter::repeat(false))).map(of).collect();
        above.extend(implied(kind).filter(|above| above.kind != Kind::plain(class)));
        above
    }

    /// Where a class has a field, its own or one that is inherited: the nearest.
    pub(super) fn field_of(&self, class: ClassRef, name: &str) -> Option<(FieldRef, Rc<[Kind]>)> {
        let lineage = self.lineage(class);
        lineage.classes.iter().find_map(|(of, arguments)| {
            let field = self.own_field(*of, name)?;
            Some((FieldRef { file: of.file, field }, Rc::clone(arguments)))
        })
    }

    fn own_field(&self, class: ClassRef, name: &str) -> Option<FieldId> {
        let facts = self.facts(class.file)?;
        let mut fields = facts.class(class.class)?.fields.iter().copied();
        fields.find(|id| facts.field(*id).is_some_and(|field| *field.name.name == *name))
    }

    /// The methods of a name that a class has right in it.
    pub(super) fn own_methods(&self, class: ClassRef, name: &str) -> Vec<MethodRef> {
        let Some(facts) = self.facts(class.file) else { return Vec::new() };
        let Some(own) = facts.class(class.class) else { return Vec::new() };
        let is_it = |id: &super::facts::MethodId| {
            facts.method(*id).is_some_and(|method| !method.is_constructor && *method.name.name == *name)
        };
        own.methods.iter().copied().filter(is_it).map(|method| MethodRef { file: class.file, method }).collect()
    }

    /// All classes that extend or implement one, near and far.
    pub(super) fn classes_below(&self, class: ClassRef) -> Result<Rc<Vec<ClassRef>>, Stopped> {
        if let Some(known) = self.below.borrow().get(&class) {
            return Ok(Rc::clone(known));
        }
        let mut found: BTreeSet<ClassRef> = BTreeSet::new();
        let mut names: HashSet<Box<str>> = HashSet::new();
        let mut next = vec![class];
        while let Some(one) = next.pop() {
            let name = self.with_class(one, |_, it| it.name.as_ref().map(|part| part.name.clone())).flatten();
            let Some(name) = name.filter(|name| names.insert(name.clone())) else { continue };
            for file in self.files.holders(&name)? {
                self.files.check()?;
                let Some(facts) = self.facts(file) else { continue };
                for (id, it) in facts.all_classes() {
                    let below = ClassRef { file, class: id };
                    if found.len() < MOST_BELOW && !found.contains(&below) && self.is_below(below, it, class) {
                        found.insert(below);
                        next.push(below);
                    }
                }
            }
        }
        found.remove(&class);
        let found = Rc::new(found.into_iter().collect::<Vec<_>>());
        self.below.borrow_mut().insert(class, Rc::clone(&found));
        Ok(found)
    }

    fn is_below(&self, below: ClassRef, it: &Class, above: ClassRef) -> bool {
        below != above && !it.supers.is_empty() && self.lineage(below).has(above)
    }
}

/// What a class extends without saying so.
fn implied(kind: ClassKind) -> impl Iterator<Item = Above> {
    let own = match kind {
        ClassKind::Enum => Some(("java.lang", "Enum")),
        ClassKind::Record => Some(("java.lang", "Record")),
        ClassKind::Annotation => Some(("java.lang.annotation", "Annotation")),
        ClassKind::Class | ClassKind::Interface | ClassKind::Anonymous => None,
    };
    own.into_iter().chain(Some(("java.lang", "Object"))).filter_map(|(package, name)| {
        let class = library::class(package, name)?;
        Some(Above { kind: Kind::plain(class), named: Named::Class(class), is_class: true })
    })
}
