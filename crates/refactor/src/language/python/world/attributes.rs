//! What attributes give, and which symbols they are.

use super::{ClassRef, Found, FunctionRef, Target, Type, Types, World, families::own_bindings};
use crate::language::python::facts::{How, Name};

impl World<'_> {
    /// What an attribute of something may be.
    pub(crate) fn attribute(&self, of: &Type, name: &Name) -> Types {
        match of {
            Type::Instance(class) => self.member_value(*class, name, None, true),
            Type::Class(class) => self.member_value(*class, name, None, false),
            Type::Super(class) => self.member_value(*class, name, Some(*class), true),
            Type::Module(module) => {
                let target = self.name_in(module, name);
                if target == Target::Missing { Types::unknown() } else { self.value_of_target(&target) }
            }
            Type::Library(path) => Type::Library(format!("{path}.{name}")).into(),
            Type::Function(_)
            | Type::Holder(..)
            | Type::Tuple(_)
            | Type::Literal(_)
            | Type::Object(_)
            | Type::Unknown => Types::unknown(),
        }
    }

    fn member_value(&self, class: ClassRef, name: &Name, after: Option<ClassRef>, is_instance: bool) -> Types {
        if name == "__class__" && is_instance {
            return Type::Class(class).into();
        }
        let key = (class, name.clone(), after, is_instance);
        self.remember_member(key, || self.work_out_member(class, name, after, is_instance))
    }

    fn work_out_member(&self, class: ClassRef, name: &Name, after: Option<ClassRef>, is_instance: bool) -> Types {
        let Found::Own(definer) = self.find_member(class, name, after) else { return Types::unknown() };
        let mut types = self.own_value(definer, name, is_instance);
        // Who inherits from it may give the name another value.
        for heir in self.heirs(class).iter() {
            types.add(self.own_value(*heir, name, is_instance));
        }
        if self.is_written_outside(name) {
            types.add(Types::unknown());
        }
        types
    }

    /// What a class itself binds a name to, as its instances see it.
    fn own_value(&self, class: ClassRef, name: &Name, is_instance: bool) -> Types {
        let facts = self.known(class.0);
        let hows: Vec<How> = own_bindings(&facts, class.1, name).map(|bound| bound.how).collect();
        if hows.is_empty() {
            return Types::nothing();
        }
        let values = self.step(Types::unknown(), || self.all_bound(class.0, &hows));
        if !is_instance {
            return values;
        }
        values.each(|value| match value {
            Type::Function(function) if self.is_property(*function) => self.result(value, Some(&Type::Instance(class))),
            Type::Instance(descriptor) if self.is_descriptor(*descriptor) => Types::unknown(),
            other => other.clone().into(),
        })
    }

    pub(crate) fn is_property(&self, function: FunctionRef) -> bool {
        let facts = self.known(function.0);
        let decorators = &facts.functions.get(function.1).decorators;
        ["property", "cached_property", "setter", "deleter", "getter", "abstractproperty"]
            .iter()
            .any(|name| facts.has_decorator(decorators, name))
    }

    fn is_descriptor(&self, class: ClassRef) -> bool {
        matches!(self.find_member(class, "__get__", None), Found::Own(_) | Found::Hidden(_) | Found::Open)
    }

    /// Whether an attribute of this name is assigned to through anything but `self`.
    fn is_written_outside(&self, name: &Name) -> bool {
        if let Some(known) = self.written.borrow().get(name.as_str()) {
            return *known;
        }
        let holders = self.holders(name);
        let writes = |file: &crate::sources::FileId| {
            self.known(*file).outside_writes.iter().any(|write| write.name == *name && write.bound.how != How::Touched)
        };
        let found = holders.iter().any(writes);
        self.written.borrow_mut().insert(name.to_string(), found);
        found
    }
}
