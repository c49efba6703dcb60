//! Classes: what they inherit from, in the order in which attributes are looked for (C3, as the data model has it),
//! and what inherits from them.

use std::{collections::BTreeSet, rc::Rc};

use super::{Meaning, StandIns, Target, World, library};
use crate::{
    language::python::facts::{Class, Expression, Facts, How, Id},
    sources::FileId,
};

/// A class of a file.
pub(crate) type ClassRef = (FileId, Id<Class>);

/// A class that another inherits from, or itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ancestor {
    Own(ClassRef),
    /// A library's, by its dotted name.
    Library(String),
    /// Nobody knows which.
    Unknown,
}

/// How many other names of a class are followed.
const MOST_ALIASES: usize = 8;

impl World<'_> {
    /// A class and all that it inherits from, first what is asked first.
    pub(crate) fn lineage(&self, class: ClassRef) -> Rc<[Ancestor]> {
        if let Some(known) = self.lineages.borrow().get(&class) {
            return Rc::clone(known);
        }
        // Who inherits from itself ends here.
        self.lineages.borrow_mut().insert(class, Rc::new([Ancestor::Own(class), Ancestor::Unknown]));
        let lineage: Rc<[Ancestor]> = self.linearize(class).into();
        self.lineages.borrow_mut().insert(class, Rc::clone(&lineage));
        lineage
    }

    fn linearize(&self, class: ClassRef) -> Vec<Ancestor> {
        let bases = self.bases_of(class);
        let mut lines: Vec<Vec<Ancestor>> = bases
            .iter()
            .map(|base| match base {
                Ancestor::Own(base) => self.step(vec![Ancestor::Unknown], || self.lineage(*base).to_vec()),
                Ancestor::Library(_) | Ancestor::Unknown => vec![base.clone()],
            })
            .collect();
        lines.push(bases.to_vec());
        let mut order = vec![Ancestor::Own(class)];
        order.extend(merge(lines));
        order
    }

    /// What a class says that it inherits from, worked out.
    pub(super) fn bases(&self, class: ClassRef) -> Vec<Ancestor> {
        let steps = self.steps.replace(0);
        let bases = self.work_out_bases(class);
        self.steps.set(steps);
        bases
    }

    fn work_out_bases(&self, class: ClassRef) -> Vec<Ancestor> {
        let (file, id) = class;
        let facts = self.known(file);
        let it = facts.classes.get(id);
        let mut bases: Vec<Ancestor> = it.bases.iter().flat_map(|base| self.base(file, &facts, *base)).collect();
        bases.retain(|base| !matches!(base, Ancestor::Library(path) if library::is_empty(path)));
        if it.is_open {
            bases.push(Ancestor::Unknown);
        }
        bases
    }

    fn base(&self, file: FileId, facts: &Facts, base: Id<Expression>) -> Vec<Ancestor> {
        if let Expression::Subscript { of, .. } = facts.expressions.get(base) {
            return self.base(file, facts, *of);
        }
        if let Expression::Call { of, arguments, .. } = facts.expressions.get(base) {
            // `with_metaclass(M, A, B)` inherits from A and B.
            let inherited = facts.last_name(*of).is_some_and(|name| name == "with_metaclass");
            let bases = arguments.iter().skip(1).filter(|_| inherited).map(|one| one.value);
            let bases = bases.flat_map(|one| self.base(file, facts, one));
            return bases.chain(std::iter::once(Ancestor::Unknown)).collect();
        }
        let mut found = Vec::new();
        match self.named(file, facts, base) {
            Some(meaning) => self.classes_of(&meaning, &mut found, MOST_ALIASES),
            None => found.push(Ancestor::Unknown),
        }
        found
    }

    /// What a dotted name means. Values are not worked out for that: a class's bases must not depend on who asks.
    fn named(&self, file: FileId, facts: &Facts, expression: Id<Expression>) -> Option<Meaning> {
        match facts.expressions.get(expression) {
            Expression::Name(lookup) => {
                let lookup = facts.lookups.get(*lookup);
                Some(match lookup.variable {
                    Some(variable) => self.meaning(file, variable),
                    None => self.meaning_of(self.free(file, facts, lookup)),
                })
            }
            Expression::Attribute { of, name } => {
                let target = match self.named(file, facts, *of)? {
                    Meaning::Own(file, variable) => Target::Variable(file, variable),
                    Meaning::Module(module) => Target::Module(module),
                    Meaning::Library(path) => Target::Library(path),
                    Meaning::Missing | Meaning::Several(_) => return None,
                };
                Some(self.meaning_of(self.member_of(&target, name)))
            }
            _ => None,
        }
    }

    /// The classes that something means, through other names for them.
    fn classes_of(&self, meaning: &Meaning, found: &mut Vec<Ancestor>, aliases: usize) {
        match meaning {
            Meaning::Library(path) => found.push(Ancestor::Library(path.clone())),
            Meaning::Module(_) | Meaning::Missing => found.push(Ancestor::Unknown),
            Meaning::Several(all) => all.iter().for_each(|one| self.classes_of(one, found, aliases)),
            Meaning::Own(..) if aliases == 0 => found.push(Ancestor::Unknown),
            Meaning::Own(file, variable) => {
                let facts = self.known(*file);
                for bound in &facts.variables.get(*variable).bindings {
                    let next = match bound.how {
                        How::Class(class) => {
                            found.push(Ancestor::Own((*file, class)));
                            continue;
                        }
                        How::Touched => continue,
                        How::Value(value) => self.named(*file, &facts, value),
                        How::Import(import) => Some(self.meaning_of(self.target(*file, facts.imports.get(import)))),
                        _ => None,
                    };
                    match next.filter(|next| next != meaning) {
                        Some(next) => self.classes_of(&next, found, aliases - 1),
                        None => found.push(Ancestor::Unknown),
                    }
                }
            }
        }
    }

    /// The classes that a class inherits from and that are ours, itself first.
    pub(crate) fn own_lineage(&self, class: ClassRef) -> Vec<ClassRef> {
        let lineage = self.lineage(class);
        let own = lineage.iter().filter_map(|one| match one {
            Ancestor::Own(class) => Some(*class),
            Ancestor::Library(_) | Ancestor::Unknown => None,
        });
        own.collect()
    }

    /// Whether others may be registered as what stands in for a class.
    pub(super) fn is_abstract(&self, class: ClassRef) -> bool {
        self.own_lineage(class).into_iter().any(|(file, class)| {
            let facts = self.known(file);
            let class = facts.classes.get(class);
            let is = |id: Id<Expression>, name: &str| facts.last_name(id).is_some_and(|last| last == name);
            class.bases.iter().any(|base| is(*base, "ABC")) || class.metaclass.is_some_and(|it| is(it, "ABCMeta"))
        })
    }

    /// The classes that are said to stand in for abstract ones, by `Base.register(Class)` or `@Base.register` (`abc`): each base
    /// with the class.
    pub(super) fn registered(&self) -> StandIns {
        if let Some(known) = self.registered.borrow().as_ref() {
            return Rc::clone(known);
        }
        let found: StandIns = self.holders(".register").iter().flat_map(|file| self.registered_in(*file)).collect();
        *self.registered.borrow_mut() = Some(Rc::clone(&found));
        found
    }

    fn registered_in(&self, file: FileId) -> Vec<(ClassRef, ClassRef)> {
        let facts = self.known(file);
        let class = |id: Id<Expression>| self.class_of_variable(&self.named(file, &facts, id)?);
        let base = |id: Id<Expression>| match facts.expressions.get(id) {
            Expression::Attribute { of, name } if name == "register" => {
                class(*of).filter(|base| self.is_abstract(*base))
            }
            _ => None,
        };
        let calls = facts.expressions.iter().filter_map(|(_, one)| match one {
            Expression::Call { of, arguments, .. } => Some((base(*of)?, class(arguments.first()?.value)?)),
            _ => None,
        });
        let decorated = facts.classes.iter().flat_map(|(id, one)| {
            let bases = one.decorators.iter().filter_map(|decorator| base(*decorator));
            bases.map(|base| (base, (file, id))).collect::<Vec<_>>()
        });
        calls.chain(decorated).collect()
    }

    /// Every class that inherits from one, at whatever distance; not itself.
    pub(crate) fn heirs(&self, class: ClassRef) -> Rc<[ClassRef]> {
        if let Some(known) = self.heirs.borrow().get(&class) {
            return Rc::clone(known);
        }
        let mut found: BTreeSet<ClassRef> = BTreeSet::new();
        let mut next = vec![class];
        while let Some(parent) = next.pop() {
            for child in self.children(parent) {
                if child != class && found.insert(child) {
                    next.push(child);
                }
            }
            if self.check().is_err() {
                break;
            }
        }
        let heirs: Rc<[ClassRef]> = found.into_iter().collect();
        self.heirs.borrow_mut().insert(class, Rc::clone(&heirs));
        heirs
    }

    /// The class that a variable is, if it is one.
    pub(crate) fn class_of_variable(&self, meaning: &Meaning) -> Option<ClassRef> {
        let Meaning::Own(file, variable) = meaning else { return None };
        let facts = self.known(*file);
        facts.variables.get(*variable).bindings.iter().find_map(|bound| match bound.how {
            How::Class(class) => Some((*file, class)),
            _ => None,
        })
    }
}

/// The C3 merge: the first head that is in no other line's tail. Where there is none, the first head of all.
fn merge(mut lines: Vec<Vec<Ancestor>>) -> Vec<Ancestor> {
    let mut order = Vec::new();
    loop {
        lines.retain(|line| !line.is_empty());
        let heads = lines.iter().filter_map(|line| line.first());
        let is_good = |head: &&Ancestor| !lines.iter().any(|line| line.iter().skip(1).any(|one| one == *head));
        let Some(next) = heads.clone().find(is_good).or_else(|| lines.first().and_then(|line| line.first())) else {
            return order;
        };
        let next = next.clone();
        for line in &mut lines {
            line.retain(|one| *one != next);
        }
        order.push(next);
    }
}
