//! What a person points at: the symbol at a place, or of a dotted name.

use super::{
    bind::{self, Binder},
    facts::{Facts, Kind, Source, Struct, Token, TypeExpr, What},
    library::is_universal,
    world::{World, is_exported},
};
use crate::{
    language::{
        Binding, Entity, Family, Place, Refusal, Role, Symbol, SymbolKind, Unresolved,
        arena::Id,
        trees::{Lexeme, folder_of},
    },
    limits::Stopped,
    sources::FileId,
};

/// The symbol that is written at a byte.
pub(super) fn at(world: &World<'_>, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
    let path = || world.files.path(file).to_owned();
    let facts = world.files.read(file).map_err(|why| Unresolved::NotCode { path: path(), reason: why.to_string() })?;
    let text = world.files.sources.text(file);
    let text = text.map_err(|why| Unresolved::NotCode { path: path(), reason: why.to_string() })?;
    let range = facts.lexemes.name_at(at);
    let name = range.clone().and_then(|range| text.get(range)).unwrap_or_default();
    let found = facts.tokens_of(name).find(|token| range.as_ref().is_some_and(|range| range.start == token.at));
    let Some(token) = found else {
        return Err(Unresolved::NotAName { what: what_stands_there(&facts, &text, at) });
    };
    let members = world.members(name)?;
    let binder = Binder { world, file, facts: &facts, name, members: &members };
    match binder.bind(token) {
        Binding::Bound(entity) => Ok(describe(world, &entity, name)?),
        Binding::Foreign(what) => Ok(foreign(file, token.at, name, &what)),
        Binding::Open { doubt, .. } => Err(Unresolved::Undecided { name: name.to_owned(), reason: doubt.message }),
        Binding::Prose(_) => Err(Unresolved::NotAName { what: "a piece of text".to_owned() }),
    }
}

fn what_stands_there(facts: &Facts, text: &str, at: usize) -> String {
    match facts.lexemes.at(&(at..at + 1)) {
        Lexeme::Comment(_) => return "a comment".to_owned(),
        Lexeme::String(_) => return "a string".to_owned(),
        Lexeme::Name(_) => return "the blank identifier".to_owned(),
        Lexeme::Other => {}
    }
    match text.get(at..).and_then(|rest| rest.chars().next()) {
        None => "the end of the file",
        Some(letter) if letter.is_whitespace() => "whitespace",
        Some(letter) if letter.is_numeric() => "a number",
        Some(letter) if letter.is_alphabetic() => "a keyword",
        Some(_) => "punctuation",
    }
    .to_owned()
}

/// Something that these sources do not declare.
fn foreign(file: FileId, at: usize, name: &str, what: &str) -> Symbol {
    let (code, message) = if what == name && is_universal(name) {
        ("builtin", format!("`{name}` is built into Go"))
    } else if what.contains(' ') {
        ("not_defined_here", format!("`{name}` is {what}: rename it where it is declared"))
    } else {
        ("third_party", format!("`{what}` belongs to a library, not to these sources"))
    };
    Symbol {
        entity: Entity::Name { file, at },
        name: name.to_owned(),
        kind: SymbolKind::Variable,
        qualified_name: what.to_owned(),
        family: Family::Go,
        definitions: vec![Place { file, range: at..at + name.len() }],
        is_public: false,
        fixed: Some(Refusal { code, message }),
    }
}

/// All that is known of a symbol.
fn describe(world: &World<'_>, entity: &Entity, name: &str) -> Result<Symbol, Stopped> {
    let Entity::Name { file, at } = entity else { return Ok(package(entity, name)) };
    let Some(found) = world.files.facts(*file).and_then(|facts| Found::at(&facts, *at, name)) else {
        return Ok(foreign(*file, *at, name, "not understood"));
    };
    let path = world.files.path(*file);
    let folder = folder_of(path);
    let unit = world.unit_of(*file);
    let package = unit.as_ref().map_or("", |unit| &unit.key.name);
    let home = if folder.is_empty() { package } else { folder };
    let is_library = package != "main" && !package.ends_with("_test") && !path.ends_with("_test.go");
    let is_inside = folder.split('/').any(|part| part == "internal");
    let definitions = definitions(world, entity, name)?;
    let fixed = special(&found, package, name);
    Ok(Symbol {
        entity: entity.clone(),
        name: name.to_owned(),
        kind: found.kind,
        qualified_name: found.path.as_ref().map_or_else(|| name.to_owned(), |path| format!("{home}.{path}")),
        family: Family::Go,
        definitions,
        is_public: found.path.is_some() && is_exported(name) && is_library && !is_inside,
        fixed,
    })
}

fn package(entity: &Entity, name: &str) -> Symbol {
    let folder = match entity {
        Entity::Folder(folder) if !folder.is_empty() => folder.clone(),
        Entity::Folder(_) | Entity::File(_) | Entity::Name { .. } => name.to_owned(),
    };
    let message = format!("`{name}` is a package: move its folder, then rename what is in it");
    Symbol {
        entity: entity.clone(),
        name: name.to_owned(),
        kind: SymbolKind::Package,
        qualified_name: folder,
        family: Family::Go,
        definitions: Vec::new(),
        is_public: true,
        fixed: Some(Refusal { code: "package", message }),
    }
}

/// What the language looks for by its name.
fn special(found: &Found, package: &str, name: &str) -> Option<Refusal> {
    let is_function = found.kind == SymbolKind::Function;
    let is_special = is_function && (name == "init" || (name == "main" && package == "main"));
    is_special.then(|| Refusal { code: "special_name", message: format!("Go itself looks for `{name}`") })
}

/// Every place that declares a symbol.
fn definitions(world: &World<'_>, entity: &Entity, name: &str) -> Result<Vec<Place>, Stopped> {
    let all = bind::all(world, name)?;
    let is_it = Binding::Bound(entity.clone());
    let places = all.found.into_iter().filter(|it| it.role == Role::Definition && it.binding == is_it);
    let mut found: Vec<_> = places.map(|it| it.place).collect();
    if let (true, Entity::Name { file, at }) = (found.is_empty(), entity) {
        found.push(Place { file: *file, range: *at..*at + name.len() });
    }
    found.sort();
    Ok(found)
}

/// What a declaration is, by where its name begins.
struct Found {
    kind: SymbolKind,
    /// The way to it in its package; nothing for what only a function sees.
    path: Option<String>,
}

impl Found {
    fn at(facts: &Facts, at: usize, name: &str) -> Option<Self> {
        let member = |owner: Option<&str>, kind| {
            let path = owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}.{name}"));
            Some(Self { kind, path: Some(path) })
        };
        if let Some(top) = facts.top_at(at) {
            return member(None, kind_of(facts, top.kind, top.source));
        }
        if let Some((id, function)) = facts.functions.iter().find(|(_, it)| it.at == at && *it.name == *name) {
            let owner = match &function.receiver {
                Some(receiver) => Some(&*receiver.base),
                None => facts
                    .interfaces
                    .iter()
                    .find(|(_, it)| it.methods.contains(&id))
                    .and_then(|(_, it)| it.owner.map(|spec| &*facts.specs.get(spec).name)),
            };
            return member(owner, SymbolKind::Method);
        }
        let is_field = |it: &Struct| it.fields.iter().any(|field| field.at == at);
        if let Some((_, it)) = facts.structs.iter().find(|(_, it)| is_field(it)) {
            return member(it.owner.map(|spec| &*facts.specs.get(spec).name), SymbolKind::Field);
        }
        if facts.imports.iter().any(|import| import.at == at) {
            return Some(Self { kind: SymbolKind::Package, path: None });
        }
        let (_, local) = facts.scopes.declarations().find(|(_, it)| it.at == at)?;
        Some(Self { kind: kind_of(facts, local.data.kind, local.data.source), path: None })
    }
}

fn kind_of(facts: &Facts, kind: Kind, source: Source) -> SymbolKind {
    match (kind, source) {
        (Kind::Type, Source::Spec(spec)) => type_kind(facts, facts.specs.get(spec).of),
        (Kind::Type, _) => SymbolKind::Type,
        (Kind::Variable, _) => SymbolKind::Variable,
        (Kind::Constant, _) => SymbolKind::Constant,
        (Kind::Parameter, _) => SymbolKind::Parameter,
        (Kind::TypeParameter, _) => SymbolKind::TypeParameter,
        (Kind::Function, _) => SymbolKind::Function,
        (Kind::Label, _) => SymbolKind::Label,
    }
}

fn type_kind(facts: &Facts, of: Id<TypeExpr>) -> SymbolKind {
    match facts.types.get(of) {
        TypeExpr::Struct(_) => SymbolKind::Class,
        TypeExpr::Interface(_) => SymbolKind::Interface,
        _ => SymbolKind::Type,
    }
}

/// The function that a local name lives in.
pub(super) fn reach(world: &World<'_>, symbol: &Symbol) -> Option<Place> {
    let Entity::Name { file, at } = symbol.entity else { return None };
    let facts = world.files.facts(file)?;
    if facts.top_at(at).is_some() {
        return None;
    }
    let (_, local) = facts.scopes.declarations().find(|(_, it)| it.at == at)?;
    let home = facts.scopes.kind(local.scope)?.clone()?;
    Some(Place { file, range: home.start as usize..home.end as usize })
}

/// The one symbol of a dotted name: a folder or package, a type, a member; any end of that.
pub(super) fn named(world: &World<'_>, qualified: &str) -> Result<Symbol, Unresolved> {
    let name = qualified.rsplit('.').next().unwrap_or(qualified);
    let mut found: Vec<Entity> = Vec::new();
    if !name.is_empty() {
        let members = world.members(name)?;
        for file in world.files.holders(name)? {
            world.check()?;
            let Some(facts) = world.files.facts(file) else { continue };
            let binder = Binder { world, file, facts: &facts, name, members: &members };
            let is_local = |what: &What| matches!(what, What::Local(_) | What::Import | What::Package);
            let of_package = |token: &&Token| token.role == Role::Definition && !is_local(&token.what);
            for token in facts.tokens_of(name).filter(of_package) {
                if let Binding::Bound(entity @ Entity::Name { .. }) = binder.bind(token)
                    && is_called(world, file, &facts, token.at, qualified)
                {
                    found.push(entity);
                }
            }
        }
    }
    found.sort();
    found.dedup();
    match found.as_slice() {
        [only] => Ok(describe(world, only, name)?),
        [] => Err(Unresolved::Unknown(qualified.to_owned())),
        several => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count: several.len() }),
    }
}

/// Whether a path to a declaration ends so. The package's name may stand for its folder.
fn is_called(world: &World<'_>, file: FileId, facts: &Facts, at: usize, qualified: &str) -> bool {
    let name = qualified.rsplit('.').next().unwrap_or(qualified);
    let Some(path) = Found::at(facts, at, name).and_then(|found| found.path) else { return false };
    let folder = folder_of(world.files.path(file));
    [folder, &facts.package].into_iter().any(|home| {
        let whole = format!("{home}.{path}");
        let before = whole.strip_suffix(qualified);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
    })
}
