//! What a person points at: the symbol at a place, or of a dotted name.

use super::{
    bind::{Binder, module_entity},
    facts::{Facts, How, Id, Name, ScopeKind, Token, Variable, What},
    world::{Meaning, Module, Modules, World, parent},
};
use crate::{
    language::{Binding, Entity, Family, FileMove, Place, Refusal, Symbol, SymbolKind, Unparsed, Unresolved},
    sources::FileId,
};

/// The symbol that is written at a byte.
pub(super) fn at(world: &World<'_>, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
    let facts = world.facts(file).map_err(|reason| not_code(world, file, &reason))?;
    let Some(token) = facts.token_at(at).find(|token| names_something(token)) else {
        return Err(Unresolved::NotAName { what: what_stands_there(world, &facts, file, at).to_owned() });
    };
    let binder = Binder { world, file, facts: &facts };
    let place = Place { file, range: token.span.start as usize..token.span.end as usize };
    match binder.bind(token) {
        Binding::Bound(entity) => Ok(describe(world, &entity, &token.name, Some((file, token.span.start)))),
        Binding::Foreign(what) => Ok(foreign(token, place, &what)),
        Binding::Open { doubt, .. } => {
            Err(Unresolved::Undecided { name: token.name.to_string(), reason: doubt.message })
        }
        Binding::Prose(_) => Err(Unresolved::NotAName { what: "a piece of text".to_owned() }),
    }
}

fn names_something(token: &Token) -> bool {
    !matches!(token.what, What::Key { .. } | What::Path { .. } | What::Listed(_) | What::Anywhere)
}

fn not_code(world: &World<'_>, file: FileId, reason: &Unparsed) -> Unresolved {
    let path = world.sources.file(file).map_or_else(String::new, |file| file.path.clone());
    Unresolved::NotCode { path, reason: reason.to_string() }
}

fn what_stands_there(world: &World<'_>, facts: &Facts, file: FileId, at: usize) -> &'static str {
    use crate::language::Prose;
    match facts.prose_at(at) {
        Some(Prose::Comment) => return "a comment",
        Some(_) => return "a string",
        None => {}
    }
    let text = world.sources.text(file).unwrap_or_default();
    let rest = text.get(at..).unwrap_or_default();
    match rest.chars().next() {
        None => "the end of the file",
        Some(letter) if letter.is_whitespace() => "whitespace",
        Some(letter) if letter.is_ascii_digit() => "a number",
        Some(letter) if letter == '_' || letter.is_alphabetic() => "a keyword",
        Some(_) => "punctuation",
    }
}

/// Something that the sources do not define.
fn foreign(token: &Token, place: Place, what: &str) -> Symbol {
    let (code, message) = match what.strip_prefix("builtins.") {
        Some(name) => ("builtin", format!("`{name}` is built into Python")),
        None if what.contains(' ') => ("not_defined_here", format!("`{}` is not defined in these sources", token.name)),
        None => ("third_party", format!("`{what}` belongs to a library, not to these sources")),
    };
    Symbol {
        entity: Entity::Name { file: place.file, at: place.range.start },
        name: token.name.to_string(),
        kind: SymbolKind::Variable,
        qualified_name: what.to_owned(),
        family: Family::Python,
        definitions: vec![place],
        is_public: false,
        fixed: Some(Refusal { code, message }),
    }
}

/// All that is known of a symbol.
fn describe(world: &World<'_>, entity: &Entity, name: &str, near: Option<(FileId, u32)>) -> Symbol {
    match entity {
        Entity::File(file) => module(world, &Module::File(*file)),
        Entity::Folder(folder) => module(world, &Module::Folder(folder.clone())),
        Entity::Name { file, at } => {
            let mut symbol = variable(world, *file, *at, name);
            // Of a family, people want to read the member that they have pointed at.
            if let Some((file, at)) = near
                && symbol.definitions.contains(&Place { file, range: at as usize..at as usize + name.len() })
            {
                symbol.qualified_name = variable(world, file, at as usize, name).qualified_name;
            }
            symbol
        }
    }
}

fn module(world: &World<'_>, module: &Module) -> Symbol {
    let qualified_name = world.modules.dotted(world.sources, module);
    let name = qualified_name.rsplit('.').next().unwrap_or(&qualified_name).to_owned();
    let special = matches!(name.as_str(), "__main__" | "conftest" | "setup" | "manage");
    let fixed =
        special.then(|| Refusal { code: "special_module", message: format!("tools look for `{name}` by this name") });
    let own_file = world.modules.file_of(module);
    let kind = if matches!(module, Module::File(_)) { SymbolKind::Module } else { SymbolKind::Package };
    Symbol {
        entity: module_entity(world, module),
        is_public: !name.starts_with('_'),
        name,
        kind,
        qualified_name,
        family: Family::Python,
        definitions: own_file.map(|file| Place { file, range: 0..0 }).into_iter().collect(),
        fixed,
    }
}

fn variable(world: &World<'_>, file: FileId, at: usize, name: &str) -> Symbol {
    let facts = world.known(file);
    let entity = Entity::Name { file, at };
    let definitions = definitions(world, &entity, name);
    let place = |span: &std::ops::Range<u32>| span.start as usize == at;
    let found = facts.variables.iter().find(|(_, one)| one.bindings.iter().any(|bound| place(&bound.span)));
    let (kind, qualified, is_public) = match found {
        Some((id, one)) => {
            let how = one.definition().map_or(How::Unknown, |bound| bound.how);
            let path = scope_path(&facts, id);
            let is_local = path.is_none();
            (kind_of(&facts, one, how), path.unwrap_or_else(|| name.to_owned()), !is_local && !name.starts_with('_'))
        }
        None => (SymbolKind::Attribute, attribute_path(&facts, at, name), !name.starts_with('_')),
    };
    let module = world.modules.dotted(world.sources, &Modules::module_of(world.sources, file));
    let is_special = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    let fixed = is_special
        .then(|| Refusal { code: "special_name", message: format!("`{name}` means something to Python itself") });
    Symbol {
        entity,
        name: name.to_owned(),
        kind,
        qualified_name: if module.is_empty() { qualified } else { format!("{module}.{qualified}") },
        family: Family::Python,
        definitions,
        is_public,
        fixed,
    }
}

/// The function that a local name lives in.
pub(super) fn reach(world: &World<'_>, symbol: &Symbol) -> Option<Place> {
    let Entity::Name { file, at } = symbol.entity else { return None };
    let facts = world.known(file);
    let is_it = |one: &Variable| one.bindings.iter().any(|bound| bound.span.start as usize == at);
    let (_, variable) = facts.variables.iter().find(|(_, one)| is_it(one))?;
    let mut next = Some(variable.scope);
    while let Some(scope) = next {
        let it = facts.scopes.get(scope);
        if let ScopeKind::Function(function) = it.kind {
            let span = facts.functions.get(function).span.clone();
            let range = span.start as usize..span.end as usize;
            return (!range.is_empty()).then_some(Place { file, range });
        }
        next = it.parent;
    }
    None
}

/// Every place where a symbol is defined: the names that definitions and first assignments write.
fn definitions(world: &World<'_>, entity: &Entity, name: &str) -> Vec<Place> {
    let all = super::occurrences::of(world, name);
    let is_it = |one: &crate::language::Occurrence| one.binding == Binding::Bound(entity.clone());
    let mut found: Vec<Place> = all
        .found
        .iter()
        .filter(|one| one.role == crate::language::Role::Definition && is_it(one))
        .map(|one| one.place.clone())
        .collect();
    if found.is_empty()
        && let Entity::Name { file, at } = entity
    {
        found.push(Place { file: *file, range: *at..*at + name.len() });
    }
    found.sort();
    found
}

/// The names of the scopes around a variable, and its own; nothing inside of functions.
fn scope_path(facts: &Facts, variable: Id<Variable>) -> Option<String> {
    let it = facts.variables.get(variable);
    let mut parts = vec![it.name.to_string()];
    let mut next = Some(it.scope);
    while let Some(scope) = next {
        let it = facts.scopes.get(scope);
        match it.kind {
            ScopeKind::Class(class) => parts.push(facts.classes.get(class).name.to_string()),
            ScopeKind::Module | ScopeKind::TypeParameters => {}
            ScopeKind::Function(_) | ScopeKind::Comprehension => return None,
        }
        next = it.parent;
    }
    parts.reverse();
    Some(parts.join("."))
}

fn attribute_path(facts: &Facts, at: usize, name: &str) -> String {
    let assigns =
        |class: &super::facts::Class| class.assigned.values().flatten().any(|bound| bound.span.start as usize == at);
    let class = facts.classes.iter().find(|(_, class)| assigns(class));
    class.map_or_else(|| name.to_owned(), |(_, class)| format!("{}.{name}", class.name))
}

fn kind_of(facts: &Facts, variable: &Variable, how: How) -> SymbolKind {
    let is_member = matches!(facts.scopes.get(variable.scope).kind, ScopeKind::Class(_));
    match how {
        How::Class(_) => SymbolKind::Class,
        How::Function(function) => {
            let is_property = facts.has_decorator(&facts.functions.get(function).decorators, "property");
            match (is_member, is_property) {
                (true, true) => SymbolKind::Property,
                (true, false) => SymbolKind::Method,
                (false, _) => SymbolKind::Function,
            }
        }
        How::Parameter(..) => SymbolKind::Parameter,
        How::Unknown if matches!(facts.scopes.get(variable.scope).kind, ScopeKind::TypeParameters) => {
            SymbolKind::TypeParameter
        }
        _ if is_member => SymbolKind::Attribute,
        _ if variable.scope == Facts::MODULE && variable.name.chars().all(|letter| !letter.is_lowercase()) => {
            SymbolKind::Constant
        }
        _ => SymbolKind::Variable,
    }
}

/// The one symbol of a dotted name: a module and what it holds, or the end of such a path.
pub(super) fn named(world: &World<'_>, qualified: &str) -> Result<Symbol, Unresolved> {
    let parts: Vec<Name> = qualified.split('.').map(Name::new).collect();
    let Some(last) = parts.last() else { return Err(Unresolved::Unknown(qualified.to_owned())) };
    let mut found: Vec<Entity> = Vec::new();
    for (file, module) in modules(world, &parts) {
        let facts = world.known(file);
        let binder = Binder { world, file, facts: &facts };
        found.extend(inside(&binder, &module, &parts));
    }
    found.extend(whole_modules(world, &parts));
    found.sort();
    found.dedup();
    match found.as_slice() {
        [only] => {
            let symbol = describe(world, only, last, None);
            let is_longer = qualified.contains('.') && !symbol.qualified_name.ends_with(qualified);
            Ok(if is_longer { Symbol { qualified_name: qualified.to_owned(), ..symbol } } else { symbol })
        }
        [] => Err(Unresolved::Unknown(qualified.to_owned())),
        several => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count: several.len() }),
    }
}

/// The modules that a dotted name may begin with, or that may hold it.
fn modules(world: &World<'_>, parts: &[Name]) -> Vec<(FileId, Vec<Name>)> {
    let Some(last) = parts.last() else { return Vec::new() };
    let mut found = Vec::new();
    for file in world.holders(last).iter() {
        let module = world.modules.dotted(world.sources, &Modules::module_of(world.sources, *file));
        found.push((*file, module.split('.').map(Name::new).collect()));
    }
    found
}

/// What a dotted name means in a module: the module's name may stand before it, or any end of that.
fn inside(binder: &Binder<'_, '_>, module: &[Name], parts: &[Name]) -> Option<Entity> {
    for count in (0..parts.len()).rev() {
        let (before, rest) = parts.split_at_checked(count)?;
        let [first, members @ ..] = rest else { continue };
        if !module.ends_with(before) {
            continue;
        }
        let Some(variable) = binder.facts.variable(Facts::MODULE, first) else { continue };
        if members.is_empty() {
            let is_own =
                matches!(binder.world.meaning(binder.file, variable), Meaning::Own(file, _) if file == binder.file);
            let Binding::Bound(entity) = binder.variable(variable) else { continue };
            if is_own {
                return Some(entity);
            }
            continue;
        }
        let mut class = binder.world.class_of_variable(&binder.world.meaning(binder.file, variable));
        let (name, nested) = members.split_last()?;
        for part in nested {
            let of = class?;
            let target = binder.world.known(of.0).variable(binder.world.known(of.0).classes.get(of.1).scope, part)?;
            class = binder.world.class_of_variable(&Meaning::Own(of.0, target));
        }
        if let Some(class) = class.filter(|class| class.0 == binder.file)
            && let Some(symbol) = binder.world.family(name).of(class)
        {
            return Some(symbol.clone());
        }
    }
    None
}

fn whole_modules(world: &World<'_>, parts: &[Name]) -> Vec<Entity> {
    let Some(last) = parts.last() else { return Vec::new() };
    let mut found = Vec::new();
    for file in world.sources.ids() {
        let Some(path) = world.sources.file(file).map(|file| file.path.as_str()) else { continue };
        if !super::world::is_python(path) || !path.contains(last.as_str()) {
            continue;
        }
        let module = Modules::module_of(world.sources, file);
        let dotted: Vec<Name> = world.modules.dotted(world.sources, &module).split('.').map(Name::new).collect();
        if dotted.ends_with(parts) {
            found.push(module_entity(world, &module));
        }
    }
    found
}

/// The files that move with a module or a package.
pub(super) fn moves(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
    match &symbol.entity {
        Entity::File(file) => {
            let Some(path) = world.sources.file(*file).map(|file| file.path.clone()) else { return Vec::new() };
            let stem = super::world::stem(&path).to_owned();
            let folder = parent(&path);
            let to = |extension: &str| match folder {
                "" => format!("{new_name}.{extension}"),
                folder => format!("{folder}/{new_name}.{extension}"),
            };
            let both = ["py", "pyi"].into_iter().filter_map(|extension| {
                let file = world.sources.find(&format!("{stem}.{extension}"))?;
                Some(FileMove { file, to: to(extension) })
            });
            both.collect()
        }
        Entity::Folder(folder) => {
            let target = match parent(folder) {
                "" => new_name.to_owned(),
                parent => format!("{parent}/{new_name}"),
            };
            let inside = world.sources.ids().filter_map(|file| {
                let path = &world.sources.file(file)?.path;
                let rest = path.strip_prefix(folder.as_str()).filter(|rest| rest.starts_with('/'))?;
                Some(FileMove { file, to: format!("{target}{rest}") })
            });
            inside.collect()
        }
        Entity::Name { .. } => Vec::new(),
    }
}
