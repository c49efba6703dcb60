//! Parameters: which are one symbol, and which of them an argument's name means.

use std::collections::BTreeSet;

use super::{Ancestor, ClassRef, Found, FunctionRef, Type, World, families::own_bindings, library};
use crate::{
    language::{
        Entity,
        python::facts::{Argument, Expression, Facts, How, Id, Name, Parameter, ParameterKind, Variable},
    },
    request::Hierarchy,
    sources::FileId,
};

/// What an argument's name may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keyword {
    /// The parameter, or the field, of this symbol.
    Is(Entity),
    /// A library takes it.
    Library,
    /// Nobody knows who is called.
    Unknown,
    /// It goes into `**kwargs`, and from there nobody knows where.
    Anywhere,
    /// It may be this field of a class that a library fills.
    MaybeField(Entity),
    /// It may be this parameter of a function that is given along.
    MaybeTaken(Entity),
}

impl World<'_> {
    /// The symbol of a parameter. Overloads share theirs, and so do methods that override each other.
    pub(crate) fn parameter_entity(&self, function: FunctionRef, name: &Name) -> Option<Entity> {
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        let mut functions: BTreeSet<FunctionRef> = self.siblings(function);
        let is_family =
            self.options.hierarchy == Hierarchy::Family && !matches!(it.name.as_str(), "__init__" | "__new__");
        if let (Some(class), true) = (it.class, is_family) {
            let family = self.family(&it.name);
            if let Some(symbol) = family.of((function.0, class)) {
                for definer in family.classes(symbol) {
                    let theirs = self.known(definer.0);
                    functions.extend(own_bindings(&theirs, definer.1, &it.name).filter_map(|bound| match bound.how {
                        How::Function(id) => Some((definer.0, id)),
                        _ => None,
                    }));
                }
            }
        }
        let own = functions.iter().filter_map(|function| {
            let facts = self.known(function.0);
            let parameter = facts.functions.get(function.1).parameters.iter().find(|one| one.name == *name)?;
            Some(self.first_of(function.0, parameter.variable))
        });
        own.min()
    }

    fn first_of(&self, file: FileId, variable: Id<Variable>) -> Entity {
        let facts = self.known(file);
        let at = facts.variables.get(variable).definition().map_or(0, |bound| bound.span.start);
        Self::name_entity(file, at)
    }

    /// The functions that are bound to the same name in the same place.
    fn siblings(&self, function: FunctionRef) -> BTreeSet<FunctionRef> {
        let facts = self.known(function.0);
        let mut all = BTreeSet::from([function]);
        if let Some(variable) = facts.functions.get(function.1).variable {
            all.extend(facts.variables.get(variable).bindings.iter().filter_map(|bound| match bound.how {
                How::Function(id) => Some((function.0, id)),
                _ => None,
            }));
        }
        all
    }

    /// What the name of an argument means in a call.
    pub(crate) fn keyword(&self, file: FileId, call: Id<Expression>, name: &Name) -> Vec<Keyword> {
        let facts = self.known(file);
        let Expression::Call { of, arguments, .. } = facts.expressions.get(call) else { return vec![Keyword::Unknown] };
        let mut meanings: Vec<Keyword> = Vec::new();
        for callee in &self.callees(file, *of, name) {
            let found = match callee {
                Type::Library(path) => self.keyword_of_library(file, path, arguments, name),
                other => self.keyword_of(other, name),
            };
            for one in found {
                if !meanings.contains(&one) {
                    meanings.push(one);
                }
            }
        }
        // A decorator nobody knows hands on what it is given, as far as names of arguments go.
        if meanings.iter().any(|one| matches!(one, Keyword::Is(_))) {
            let decorated = self.infer(file, *of);
            let functions = decorated.iter().filter(|one| matches!(one, Type::Function(_))).count();
            if functions > 0 && !self.is_object_call(file, &facts, *of) {
                meanings.retain(|one| *one != Keyword::Unknown);
            }
        }
        if !meanings.iter().any(|one| matches!(one, Keyword::Is(_))) {
            meanings.extend(self.keyword_of_given(file, arguments, name));
        }
        if meanings.is_empty() { vec![Keyword::Unknown] } else { meanings }
    }

    /// What the name means to the functions that are given along: `submit(f, name=1)` may call `f(name=1)`.
    fn keyword_of_given(&self, file: FileId, arguments: &[Argument], name: &Name) -> Vec<Keyword> {
        let given = arguments.iter().filter(|argument| !argument.spread);
        let callees = given.flat_map(|argument| self.callees(file, argument.value, name));
        let callable = callees.filter(|callee| matches!(callee, Type::Function(_) | Type::Class(_)));
        let mut meanings = Vec::new();
        for meaning in callable.flat_map(|callee| self.keyword_of(&callee, name)) {
            match meaning {
                Keyword::Is(entity) | Keyword::MaybeField(entity) => meanings.push(Keyword::MaybeTaken(entity)),
                Keyword::Library | Keyword::Unknown | Keyword::Anywhere | Keyword::MaybeTaken(_) => {}
            }
        }
        meanings.dedup();
        meanings
    }

    /// What may be called with an argument of this name. Behind a class that is not named there (`cls`, `type[C]`) each heir of
    /// it may stand, whose constructor may take what that of the class does not.
    fn callees(&self, file: FileId, of: Id<Expression>, name: &Name) -> Vec<Type> {
        let mut callees: Vec<Type> = self.infer(file, of).iter().cloned().collect();
        if self.is_named(file, of) {
            return callees;
        }
        let holders = self.holders(name);
        let heirs = |callee: &Type| match callee {
            Type::Class(class) => self.heirs(*class).to_vec(),
            _ => Vec::new(),
        };
        let heirs: Vec<ClassRef> = callees.iter().flat_map(heirs).filter(|heir| holders.contains(&heir.0)).collect();
        callees.extend(heirs.into_iter().map(Type::Class));
        callees
    }

    /// Whether a class is called by its own name, or by that of its module's.
    fn is_named(&self, file: FileId, of: Id<Expression>) -> bool {
        let facts = self.known(file);
        match facts.expressions.get(of) {
            Expression::Name(lookup) => {
                let is_class = |how: How| matches!(how, How::Class(_) | How::Import(_));
                let variable = facts.lookups.get(*lookup).variable.map(|variable| facts.variables.get(variable));
                variable.is_none_or(|variable| variable.bindings.iter().all(|bound| is_class(bound.how)))
            }
            Expression::Attribute { of, .. } => self.infer(file, *of).iter().all(|of| matches!(of, Type::Module(_))),
            _ => false,
        }
    }

    /// Whether what is called is reached through an object that nobody knows.
    fn is_object_call(&self, file: FileId, facts: &Facts, of: Id<Expression>) -> bool {
        match facts.expressions.get(of) {
            Expression::Attribute { of, .. } => self.infer(file, *of).is_unknown(),
            Expression::Name(lookup) => {
                let Some(variable) = facts.lookups.get(*lookup).variable else { return true };
                let is_function = |how: How| matches!(how, How::Function(_) | How::Import(_));
                !facts.variables.get(variable).bindings.iter().all(|bound| is_function(bound.how))
            }
            _ => true,
        }
    }

    fn keyword_of_library(&self, file: FileId, path: &str, arguments: &[Argument], name: &Name) -> Vec<Keyword> {
        let first = arguments.first().map(|argument| argument.value);
        match (path, first) {
            ("functools.partial" | "functools.partialmethod", Some(function)) => {
                let callees = self.infer(file, function);
                callees.iter().flat_map(|callee| self.keyword_of(callee, name)).collect()
            }
            ("dataclasses.replace" | "copy.replace" | "attr.evolve" | "attrs.evolve", Some(object)) => {
                let objects = self.infer(file, object);
                objects.iter().flat_map(|object| self.field_of(object, name)).collect()
            }
            _ => vec![Keyword::Library],
        }
    }

    fn field_of(&self, object: &Type, name: &Name) -> Vec<Keyword> {
        match object {
            Type::Instance(class) => self.keyword_of(&Type::Class(*class), name),
            _ => vec![Keyword::Unknown],
        }
    }

    pub(crate) fn keyword_of(&self, callee: &Type, name: &Name) -> Vec<Keyword> {
        match callee {
            Type::Function(function) => self.step(vec![Keyword::Unknown], || self.keyword_of_function(*function, name)),
            Type::Class(class) => self.step(vec![Keyword::Unknown], || self.keyword_of_class(*class, name)),
            Type::Instance(_) => {
                let call = self.attribute(callee, &Name::new_static("__call__"));
                call.iter()
                    .flat_map(|call| match call {
                        Type::Function(function) => self.keyword_of_function(*function, name),
                        _ => vec![Keyword::Unknown],
                    })
                    .collect()
            }
            Type::Library(_) | Type::Literal(_) => vec![Keyword::Library],
            Type::Module(_) | Type::Super(_) | Type::Holder(..) | Type::Tuple(_) | Type::Object(_) | Type::Unknown => {
                vec![Keyword::Unknown]
            }
        }
    }

    fn keyword_of_function(&self, function: FunctionRef, name: &Name) -> Vec<Keyword> {
        let takes = |one: &Parameter| {
            one.name == *name && matches!(one.kind, ParameterKind::Plain | ParameterKind::KeywordOnly)
        };
        for sibling in self.siblings(function) {
            let facts = self.known(sibling.0);
            if facts.functions.get(sibling.1).parameters.iter().any(takes) {
                return self.parameter_entity(sibling, name).map(Keyword::Is).into_iter().collect();
            }
        }
        let facts = self.known(function.0);
        let it = facts.functions.get(function.1);
        match it.parameters.iter().find(|one| one.kind == ParameterKind::Keywords) {
            Some(rest) => self.handed_on(function.0, &facts, rest.variable, name),
            None => vec![Keyword::Library],
        }
    }

    /// What becomes of an argument that goes into `**kwargs`: if that is only handed on, what it means there.
    fn handed_on(&self, file: FileId, facts: &Facts, rest: Id<Variable>, name: &Name) -> Vec<Keyword> {
        let uses = facts.lookups.iter().filter(|(_, lookup)| lookup.variable == Some(rest)).map(|(id, _)| id);
        let uses: BTreeSet<_> = uses.collect();
        let is_use =
            |id: Id<Expression>| matches!(facts.expressions.get(id), Expression::Name(id) if uses.contains(id));
        let mut handed = BTreeSet::new();
        let mut meanings = Vec::new();
        for (_, expression) in facts.expressions.iter() {
            let Expression::Call { of, arguments, .. } = expression else { continue };
            for argument in arguments.iter().filter(|one| one.spread && one.name.is_none() && is_use(one.value)) {
                handed.insert(argument.value);
                let callees = self.callees(file, *of, name);
                meanings.extend(callees.iter().flat_map(|callee| self.keyword_of(callee, name)));
            }
        }
        if handed.len() < uses.len() {
            meanings.push(Keyword::Unknown);
        }
        // What is not known is not who is called where the argument's name is written.
        let anywhere = |one| if one == Keyword::Unknown { Keyword::Anywhere } else { one };
        meanings.into_iter().map(anywhere).collect()
    }

    fn keyword_of_class(&self, class: ClassRef, name: &Name) -> Vec<Keyword> {
        if self.has_fields(class) {
            let field = self.find_member(class, name, None);
            if let Found::Own(definer) | Found::Hidden(definer) = field {
                return self.family(name).of(definer).cloned().map(Keyword::Is).into_iter().collect();
            }
        }
        for maker in ["__init__", "__new__"] {
            if let Found::Own(definer) | Found::Hidden(definer) = self.find_member(class, maker, None) {
                let facts = self.known(definer.0);
                let functions = own_bindings(&facts, definer.1, maker).filter_map(|bound| match bound.how {
                    How::Function(id) => Some((definer.0, id)),
                    _ => None,
                });
                let found: Vec<_> = functions.flat_map(|function| self.keyword_of_function(function, name)).collect();
                if !found.is_empty() {
                    return found;
                }
            }
        }
        match self.find_member(class, name, None) {
            Found::Own(definer) | Found::Hidden(definer) if self.may_be_filled(class) => {
                self.family(name).of(definer).cloned().map(Keyword::MaybeField).into_iter().collect()
            }
            _ => vec![Keyword::Library],
        }
    }

    /// Whether objects of a class may be made, and printed, by the names of its fields.
    pub(crate) fn shows_its_fields(&self, class: ClassRef) -> bool {
        self.has_fields(class) || self.may_be_made_over(class)
    }

    /// Whether a constructor that is not written here may take the fields of a class.
    pub(crate) fn may_be_filled(&self, class: ClassRef) -> bool {
        let is_open = |one: &Ancestor| match one {
            Ancestor::Own(class) => self.may_be_made_over(*class),
            Ancestor::Library(_) | Ancestor::Unknown => true,
        };
        self.has_fields(class) || self.lineage(class).iter().any(is_open)
    }

    /// Whether a decorator or a metaclass may give a class another constructor.
    fn may_be_made_over(&self, class: ClassRef) -> bool {
        const HARMLESS: [&str; 6] =
            ["total_ordering", "final", "unique", "runtime_checkable", "no_type_check", "ABCMeta"];
        let facts = self.known(class.0);
        let it = facts.classes.get(class.1);
        let is_harmless =
            |id: &Id<Expression>| facts.last_name(*id).is_some_and(|name| HARMLESS.contains(&name.as_str()));
        !it.decorators.iter().chain(&it.metaclass).all(is_harmless)
    }

    /// Whether the class's annotated names are the parameters of a constructor that nobody wrote.
    pub(crate) fn has_fields(&self, class: ClassRef) -> bool {
        let facts = self.known(class.0);
        let decorated = facts.classes.get(class.1).decorators.iter().any(|decorator| {
            let of = match facts.expressions.get(*decorator) {
                Expression::Call { of, .. } => *of,
                _ => *decorator,
            };
            self.infer(class.0, of).iter().any(|one| matches!(one, Type::Library(path) if library::makes_fields(path)))
        });
        let based = |one: &Ancestor| matches!(one, Ancestor::Library(path) if library::makes_fields(path));
        decorated
            || self.lineage(class).iter().any(based)
            || self.own_lineage(class).into_iter().skip(1).any(|base| self.step(false, || self.has_fields(base)))
    }

    /// Every parameter of a name that an argument's name could mean.
    pub(crate) fn all_parameters(&self, name: &Name) -> Vec<Entity> {
        let mut found = Vec::new();
        for file in self.holders(name).iter() {
            let Ok(facts) = self.facts(*file) else { continue };
            for (id, function) in facts.functions.iter() {
                let takes = |one: &Parameter| {
                    one.name == *name && matches!(one.kind, ParameterKind::Plain | ParameterKind::KeywordOnly)
                };
                if function.parameters.iter().any(takes) {
                    found.extend(self.parameter_entity((*file, id), name));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}
