//! Whether two signatures may be the same, and whether a type may stand where an interface is asked for. What is not
//! known is taken for the same: then both methods get the new name, and the program stays one that compiles.

use super::{Found, Signature, Type, World};
use crate::{
    language::{
        arena::Id,
        go::facts::{Function, Interface},
    },
    sources::FileId,
};

/// How deep two types are compared.
const MOST_DEPTH: usize = 16;
/// Methods of the largest interface that is compared, embedded ones included.
const MOST_METHODS: usize = 1_000;

impl World<'_> {
    /// Whether a type may have all methods of an interface.
    pub(super) fn satisfies(&self, of: &Type, (file, id): (FileId, Id<Interface>)) -> bool {
        let mut methods = Vec::new();
        self.methods(file, id, &mut methods, 0);
        methods.into_iter().all(|(file, method)| {
            let Some(facts) = self.files.facts(file) else { return true };
            let function = facts.functions.get(method);
            match self.find(of, &function.name, file) {
                Found::Member(found) => match self.member_type(&found) {
                    Type::Function(own) if found.is_method() => may_be_one(&own, &self.signature(file, function)),
                    Type::Unknown => true,
                    _ => false,
                },
                Found::Nothing => false,
                Found::Foreign | Found::Among(_) | Found::Unknown => true,
            }
        })
    }

    /// The methods of an interface and of those that it embeds, as far as they are declared here.
    fn methods(&self, file: FileId, id: Id<Interface>, into: &mut Vec<(FileId, Id<Function>)>, depth: usize) {
        let Some(facts) = self.files.facts(file) else { return };
        if depth > MOST_DEPTH || into.len() > MOST_METHODS {
            return;
        }
        let interface = facts.interfaces.get(id);
        into.extend(interface.methods.iter().map(|method| (file, *method)));
        for embedded in &interface.embedded {
            if let Type::Interface(file, id) = self.underlying(&self.type_at(file, *embedded)) {
                self.methods(file, id, into, depth + 1);
            }
        }
    }
}

fn may_be_one(one: &Signature, other: &Signature) -> bool {
    one.is_variadic == other.is_variadic
        && all_same(&one.parameters, &other.parameters, 0)
        && all_same(&one.results, &other.results, 0)
}

fn all_same(one: &[Type], other: &[Type], depth: usize) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other, depth))
}

/// Whether two types may be the same.
fn same(one: &Type, other: &Type, depth: usize) -> bool {
    if depth > MOST_DEPTH {
        return true;
    }
    let deeper = |one: &Type, other: &Type| same(one, other, depth + 1);
    match (one, other) {
        // Anonymous ones are the same if they say the same; that they might is enough here.
        (Type::Unknown | Type::Parameter(..), _)
        | (_, Type::Unknown | Type::Parameter(..))
        | (Type::Struct(..), Type::Struct(..))
        | (Type::Interface(..), Type::Interface(..)) => true,
        (Type::Foreign(one), Type::Foreign(other)) => one == other || one.is_empty() || other.is_empty(),
        (Type::Named(one, ones), Type::Named(other, others)) => {
            let is_open = ones.is_empty() || others.is_empty();
            one == other && (is_open || all_same(ones, others, depth + 1))
        }
        (Type::Pointer(one), Type::Pointer(other))
        | (Type::List(one), Type::List(other))
        | (Type::Channel(one), Type::Channel(other)) => deeper(one, other),
        (Type::Map(one), Type::Map(other)) => deeper(&one.0, &other.0) && deeper(&one.1, &other.1),
        (Type::Function(one), Type::Function(other)) => may_be_one(one, other),
        _ => false,
    }
}

/// Whether two types may be the same.
pub(in super::super) fn may_be_same(one: &Type, other: &Type) -> bool {
    same(one, other, 0)
}
