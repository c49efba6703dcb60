//! Questions about symbols: which one stands here, which one is called so.

use super::{
    bind::Binder,
    facts::{Decl, Facts, Owner, ScopeKind},
    lex::{Kind, lex},
    words::is_keyword,
    world::{Home, World},
};
use crate::{
    language::{Binding, Entity, Family, Place, Prose, Refusal, Symbol, SymbolKind, Unresolved},
    sources::FileId,
};

/// The symbol at a byte.
pub(super) fn at(world: &World<'_>, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
    let facts = world
        .files
        .read(file)
        .map_err(|why| Unresolved::NotCode { path: world.files.path(file).to_owned(), reason: why.to_string() })?;
    let touches = |start: u32, end: u32| start as usize <= at && at <= end as usize;
    let named = facts.names.iter().flat_map(|(name, all)| all.iter().map(move |it| (name, it)));
    let mut here: Vec<_> = named.filter(|(_, it)| touches(it.span.start, it.span.end)).collect();
    here.sort_by_key(|(_, it)| std::cmp::Reverse(it.span.start));
    let Some((name, token)) = here.first() else {
        return Err(Unresolved::NotAName { what: what_is(world, file, &facts, at) });
    };
    let binder = Binder { world, file, facts: &facts, name };
    match binder.bind(token) {
        Binding::Bound(entity) => Ok(describe(world, name, &entity)),
        Binding::Foreign(_) if is_keyword(name, facts.is_cpp) => {
            Err(Unresolved::NotAName { what: format!("the keyword `{name}`") })
        }
        Binding::Foreign(what) => Ok(elsewhere(name, Place { file, range: token.span.range() }, &what)),
        Binding::Open { doubt, .. } => Err(Unresolved::Undecided { name: name.to_string(), reason: doubt.message }),
        Binding::Prose(_) => Err(Unresolved::NotAName { what: "code that is switched off".to_owned() }),
    }
}

/// Something that these sources do not define.
fn elsewhere(name: &str, place: Place, what: &str) -> Symbol {
    let message = format!("`{name}` is not defined in this repository ({what}): rename it where it is");
    Symbol {
        entity: Entity::Name { file: place.file, at: place.range.start },
        name: name.to_owned(),
        kind: SymbolKind::Variable,
        qualified_name: name.to_owned(),
        family: Family::C,
        definitions: vec![place],
        is_public: true,
        fixed: Some(Refusal { code: "not_defined_here", message }),
    }
}

fn what_is(world: &World<'_>, file: FileId, facts: &Facts, at: usize) -> String {
    match facts.prose_at(at) {
        Some(Prose::Comment | Prose::Documentation) => return "a comment".to_owned(),
        Some(Prose::String | Prose::Text) => return "a string".to_owned(),
        None => {}
    }
    let text = world.files.sources.text(file).unwrap_or_default();
    let tokens = lex(&text);
    let here = tokens.iter().find(|token| token.span.range().contains(&at));
    match here.map(|token| (token.kind, token.span.of(&text))) {
        Some((Kind::Number, _)) => "a number".to_owned(),
        Some((_, letters)) if !letters.is_empty() => format!("`{letters}`"),
        Some(_) | None => "whitespace".to_owned(),
    }
}

/// The one symbol of a dotted name.
pub(super) fn named(world: &World<'_>, qualified: &str) -> Result<Symbol, Unresolved> {
    let name = qualified.rsplit('.').next().unwrap_or(qualified);
    let groups = world.groups(name);
    let defs = (0..groups.defs.len()).filter_map(|at| world.entity(name, at));
    let macros = (0..groups.macros.len()).filter_map(|at| groups.macro_entity(at));
    let mut entities: Vec<Entity> = defs.chain(macros).collect();
    entities.sort();
    entities.dedup();
    let symbols = entities.iter().map(|entity| describe(world, name, entity));
    let fits = |symbol: &Symbol| {
        let path = symbol.qualified_name.replace("::", ".");
        path.strip_suffix(qualified).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    let mut found: Vec<Symbol> = symbols.filter(fits).collect();
    let count = found.len();
    match (found.pop(), count) {
        (Some(only), 1) => Ok(only),
        (None, _) => Err(Unresolved::Unknown(qualified.to_owned())),
        (Some(_), count) => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count }),
    }
}

/// Everything that a person wants to know of an entity.
fn describe(world: &World<'_>, name: &str, entity: &Entity) -> Symbol {
    let mut symbol = Symbol {
        entity: entity.clone(),
        name: name.to_owned(),
        kind: SymbolKind::Parameter,
        qualified_name: name.to_owned(),
        family: Family::C,
        definitions: Vec::new(),
        is_public: false,
        fixed: None,
    };
    let groups = world.groups(name);
    let place = |file: FileId, at: u32| Place { file, range: at as usize..at as usize + name.len() };
    for (at, def) in groups.defs.iter().enumerate() {
        if world.entity(name, at).as_ref() != Some(entity) {
            continue;
        }
        symbol.definitions.push(place(def.file, def.at));
        let facts = world.files.facts(def.file);
        if let Some(decl) = facts.as_ref().and_then(|facts| facts.decl(def.id)) {
            symbol.kind = decl.kind;
            symbol.is_public |= is_public(world, def.file, decl);
        }
        symbol.qualified_name = match &def.home {
            Home::Namespace(path) | Home::Record(path) if !path.is_empty() => format!("{path}::{name}"),
            Home::Namespace(_) | Home::Record(_) | Home::Alone(..) => name.to_owned(),
        };
    }
    for (at, (file, _, start)) in groups.macros.iter().enumerate() {
        if groups.macro_entity(at).as_ref() == Some(entity) {
            symbol.kind = SymbolKind::Macro;
            symbol.is_public |= is_header(world, *file);
            symbol.definitions.push(place(*file, *start));
        }
    }
    if symbol.definitions.is_empty() {
        describe_local(world, &mut symbol);
    }
    symbol.fixed = entry_point(&symbol);
    symbol
}

fn describe_local(world: &World<'_>, symbol: &mut Symbol) {
    let Entity::Name { file, at } = symbol.entity else { return };
    symbol.definitions = vec![Place { file, range: at..at + symbol.name.len() }];
    let Some(facts) = world.files.facts(file) else { return };
    let found = facts.scopes.declarations().find(|(_, it)| it.at == at);
    if let Some((_, it)) = found {
        symbol.kind = it.data.kind;
    }
}

fn is_header(world: &World<'_>, file: FileId) -> bool {
    let path = world.files.path(file);
    !matches!(path.rsplit_once('.').map_or("", |(_, it)| it), "c" | "cc" | "cpp" | "cxx")
}

fn is_public(world: &World<'_>, file: FileId, decl: &Decl) -> bool {
    decl.is_external || is_header(world, file)
}

/// Where the program begins.
fn entry_point(symbol: &Symbol) -> Option<Refusal> {
    let is_one = symbol.kind == SymbolKind::Function
        && matches!(symbol.name.as_str(), "main" | "wmain" | "WinMain" | "wWinMain" | "DllMain" | "_start");
    is_one.then(|| Refusal {
        code: "entry_point",
        message: format!("`{}` is where the program begins: its name is not ours", symbol.name),
    })
}

/// Where a symbol of a function can be seen.
pub(super) fn reach(world: &World<'_>, symbol: &Symbol) -> Option<Place> {
    let Entity::Name { file, at } = symbol.entity else { return None };
    let facts = world.files.facts(file)?;
    let (_, it) = facts.scopes.declarations().find(|(_, it)| it.at == at)?;
    let is_block = it.data.owner == Owner::Block;
    let is_function = !matches!(facts.scopes.kind(it.scope), Some(ScopeKind::Namespace(_) | ScopeKind::Record(_)));
    let body = facts.body_at(u32::try_from(at).ok()?)?;
    (is_block && is_function).then(|| Place { file, range: body.range() })
}

/// Whether a symbol can be called so.
pub(super) fn spell(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
    let refuse = |code, message: String| Err(Refusal { code, message });
    let mut bytes = new_name.bytes();
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_name = bytes.next().is_some_and(is_first) && bytes.all(|byte| is_first(byte) || byte.is_ascii_digit());
    if !is_name {
        return refuse(
            "invalid_name",
            "a name begins with a letter or `_` and goes on with letters, digits and `_`".into(),
        );
    }
    let is_cpp = |place: &Place| {
        let facts = world.files.facts(place.file);
        is_header(world, place.file) || facts.is_some_and(|facts| facts.is_cpp)
    };
    if is_keyword(new_name, symbol.definitions.iter().any(is_cpp)) {
        return refuse("keyword", format!("`{new_name}` is a keyword of C or C++"));
    }
    if matches!(new_name, "defined" | "__VA_ARGS__" | "__VA_OPT__") {
        return refuse("keyword", format!("`{new_name}` means something to the preprocessor"));
    }
    Ok(new_name.to_owned())
}
