//! Methods that have to be called as they are because code outside of these sources asks for them.

use super::{
    facts::{Function, Interface},
    library::{has_method, methods},
    world::{Signature, Type, World, is_exported},
};
use crate::{
    language::{Clash, Entity, Place, Symbol, arena::Id, trees::folder_of},
    limits::Stopped,
    sources::FileId,
    words::Words,
};

/// What stands in the way of another name for a method and those that are called with it.
pub(super) fn of(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
    let members = world.members(&symbol.name)?;
    let mut clashes = Vec::new();
    for member in members.of(&symbol.entity) {
        let Entity::Name { file, at } = member else { continue };
        let Some(facts) = world.files.facts(*file) else { continue };
        let found = facts.functions.iter().find(|(_, function)| function.at == *at);
        let Some((id, function)) = found else { continue };
        let of = facts.interfaces.iter().find(|(_, it)| it.methods.contains(&id)).map(|(of, _)| of);
        if function.receiver.is_none() && of.is_none() {
            continue;
        }
        let question = Question { world, file: *file, function, interface: of, symbol };
        clashes.extend(question.all(new_name)?);
    }
    Ok(clashes)
}

struct Question<'q, 's> {
    world: &'q World<'s>,
    file: FileId,
    function: &'q Function,
    /// The interface that asks for it.
    interface: Option<Id<Interface>>,
    symbol: &'q Symbol,
}

impl Question<'_, '_> {
    fn all(&self, new_name: &str) -> Result<Option<Clash>, Stopped> {
        let name = self.symbol.name.as_str();
        let signature = self.world.signature(self.file, self.function);
        if is_exported(name) && methods(name).any(|asked| may_be(asked, &signature)) {
            let message = format!("an interface of the standard library asks for `{name}` with this signature");
            return Ok(Some(self.clash("may_implement", message)));
        }
        if is_exported(new_name) && methods(new_name).any(|asked| may_be(asked, &signature)) {
            let message = format!("with `{new_name}` it may pass for an interface of the standard library");
            return Ok(Some(self.clash("would_implement", message)));
        }
        if !is_exported(name) {
            return Ok(None);
        }
        if let Some(of) = self.interface
            && self.may_be_foreign(of)
        {
            let message = "a type of the standard library may stand for this interface".to_owned();
            return Ok(Some(self.clash("may_implement", message)));
        }
        let required = self.required()?;
        Ok(required.map(|path| {
            let message = format!("`{path}`, which is not in these sources, may ask for or have a method `{name}`");
            self.clash("may_implement", message)
        }))
    }

    fn clash(&self, code: &'static str, message: String) -> Clash {
        let range = self.function.at..self.function.at + self.function.name.len();
        Clash { code, message, place: Some(Place { file: self.file, range }) }
    }

    /// Whether a library's type may have all methods of an interface.
    fn may_be_foreign(&self, of: Id<Interface>) -> bool {
        let Some(facts) = self.world.files.facts(self.file) else { return true };
        let interface = facts.interfaces.get(of);
        let mut methods = interface.methods.iter().map(|id| facts.functions.get(*id));
        methods.all(|method| has_method(&method.name))
    }

    /// A module from elsewhere that the method may meet: one that other files than tests use, or that the tests of its
    /// package, or tests that import it, do.
    fn required(&self) -> Result<Option<String>, Stopped> {
        let folder = folder_of(self.world.files.path(self.file));
        let own = self.world.modules.path_of(folder);
        for path in &self.world.modules.required {
            let quoted = format!("\"{path}");
            for file in self.world.files.holders(&quoted)? {
                let is_test = self.world.files.path(file).ends_with("_test.go");
                if !is_test || folder_of(self.world.files.path(file)) == folder || self.imports(file, own.as_deref()) {
                    return Ok(Some(path.clone()));
                }
            }
        }
        Ok(None)
    }

    fn imports(&self, file: FileId, own: Option<&str>) -> bool {
        let Some(own) = own else { return true };
        let bytes = self.world.files.sources.bytes(file);
        bytes.is_ok_and(|bytes| Words::new(&format!("\"{own}\"")).touches(&bytes))
    }
}

/// Whether a signature is the one that is asked for, as far as it is known.
fn may_be(asked: &str, own: &Signature) -> bool {
    match rendered(own) {
        Some(own) => own == asked,
        None => !is_own(own),
    }
}

/// Whether a type of these sources is in it, for which no library can ask.
fn is_own(of: &Signature) -> bool {
    of.parameters.iter().chain(&of.results).any(|of| matches!(of.pointed(), Type::Named(..)))
}

/// A signature as the outline of the library writes it; nothing if it is not known, or of these sources.
fn rendered(of: &Signature) -> Option<String> {
    Some(format!("({}) {}", list(&of.parameters)?, list(&of.results)?))
}

fn list(all: &[Type]) -> Option<String> {
    let all: Option<Vec<_>> = all.iter().map(render).collect();
    all.map(|all| all.join(", "))
}

fn render(of: &Type) -> Option<String> {
    Some(match of {
        Type::Foreign(name) if !name.is_empty() => name.to_string(),
        Type::Pointer(of) => format!("*{}", render(of)?),
        Type::List(of) => format!("[]{}", render(of)?),
        Type::Channel(of) => format!("chan {}", render(of)?),
        Type::Map(both) => format!("map[{}]{}", render(&both.0)?, render(&both.1)?),
        Type::Function(of) => format!("func{}", rendered(of)?),
        Type::Struct(..) => "struct".to_owned(),
        Type::Interface(..) => "interface".to_owned(),
        Type::Foreign(_) | Type::Unknown | Type::Named(..) | Type::Parameter(..) => return None,
    })
}
