//! Questions about symbols: which one stands here, which one is called so, what moves with it.

use super::{
    Script,
    bind::Here,
    facts::{Facts, Meaning, Request, RequestId, ShapeId, SymbolId, Token},
    links::Lead,
    paths,
    resolve::Module,
    world::{Definition, World},
};
use crate::{
    language::{Binding, Entity, Family, FileMove, Place, Prose, Refusal, Symbol, SymbolKind, Unresolved},
    sources::FileId,
};

impl Script<'_> {
    pub(super) fn at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let facts = self
            .files
            .read(file)
            .map_err(|why| Unresolved::NotCode { path: self.files.path(file).to_owned(), reason: why.to_string() })?;
        if let Some((name, token)) = token_at(&facts, at) {
            let world = self.world(name)?;
            return self.symbol_of(&Here { file, facts: &facts, name, world: &world }, &token);
        }
        let found = facts.requests.iter().zip(0..).find(|(it, _)| contains(it, at));
        match found {
            Some((request, id)) => self.module_symbol(file, &facts, request, RequestId(id)),
            None => Err(Unresolved::NotAName { what: self.what_is(file, &facts, at) }),
        }
    }

    fn symbol_of(&self, here: &Here<'_>, token: &Token) -> Result<Symbol, Unresolved> {
        let undecided = |reason: String| Unresolved::Undecided { name: here.name.to_owned(), reason };
        match self.meanings(here, token).into_iter().next() {
            Some(Binding::Bound(entity)) => Ok(self.describe(here.name, &entity, here.world)),
            Some(Binding::Foreign(what)) => Ok(Self::foreign(here, token, &what)),
            Some(Binding::Open { doubt, .. }) => Err(undecided(doubt.message)),
            Some(Binding::Prose(_)) => Err(Unresolved::NotAName { what: "a string".to_owned() }),
            None => Err(undecided("nothing is known of it".to_owned())),
        }
    }

    /// Something that these sources do not define.
    fn foreign(here: &Here<'_>, token: &Token, what: &str) -> Symbol {
        let place = Place { file: here.file, range: token.start as usize..token.end as usize };
        let entity = Entity::Name { file: here.file, at: place.range.start };
        let message = format!("`{}` is not defined in this repository ({what}): rename it where it is", here.name);
        Symbol {
            entity,
            name: here.name.to_owned(),
            kind: SymbolKind::Variable,
            qualified_name: here.name.to_owned(),
            family: Family::Script,
            definitions: vec![place],
            is_public: true,
            fixed: Some(Refusal { code: "not_defined_here", message }),
        }
    }

    fn what_is(&self, file: FileId, facts: &Facts, at: usize) -> String {
        let kind = facts.prose.iter().find(|(span, _)| span.contains(&super::facts::index(at))).map(|(_, kind)| *kind);
        match kind {
            Some(Prose::Comment | Prose::Documentation) => "a comment".to_owned(),
            Some(Prose::String | Prose::Text) => "a string".to_owned(),
            None => {
                let text = self.files.sources.text(file).unwrap_or_default();
                let rest = text.get(at..).unwrap_or_default();
                let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
                match rest.chars().next() {
                    None => "the end of the file".to_owned(),
                    Some(first) if first.is_whitespace() => "whitespace".to_owned(),
                    Some(first) if first.is_ascii_digit() => "a number".to_owned(),
                    Some(first) if first.is_alphabetic() => {
                        let start = text.get(..at).unwrap_or_default().trim_end_matches(char::is_alphanumeric).len();
                        format!("the word `{}`", text.get(start..at + end).unwrap_or_default())
                    }
                    Some(first) => format!("`{first}`"),
                }
            }
        }
    }

    /// The module that an import names, as a symbol of its own.
    fn module_symbol(
        &self,
        file: FileId,
        facts: &Facts,
        request: &Request,
        id: RequestId,
    ) -> Result<Symbol, Unresolved> {
        let Module::File(module) = self.module(file, facts, id) else {
            return Err(Unresolved::NotAName { what: format!("the name of the package `{}`", request.specifier) });
        };
        let name = paths::stem(&request.specifier).to_owned();
        let world = self.world(&name)?;
        let entity = self.module_entity(module, &name);
        let entity = entity.ok_or_else(|| Unresolved::NotAName { what: "a path".to_owned() })?;
        Ok(self.describe(&name, &entity, &world))
    }

    /// Everything that a person wants to know of an entity.
    pub(super) fn describe(&self, name: &str, entity: &Entity, world: &World) -> Symbol {
        let mut symbol = Symbol {
            entity: entity.clone(),
            name: name.to_owned(),
            kind: SymbolKind::Variable,
            qualified_name: name.to_owned(),
            family: Family::Script,
            definitions: Vec::new(),
            is_public: false,
            fixed: None,
        };
        match entity {
            Entity::Name { file, at } => self.describe_name(&mut symbol, *file, *at, world),
            Entity::File(file) => {
                symbol.kind = SymbolKind::Module;
                self.files.path(*file).clone_into(&mut symbol.qualified_name);
                symbol.definitions = vec![Place { file: *file, range: 0..0 }];
                symbol.is_public = true;
            }
            Entity::Folder(folder) => {
                symbol.kind = SymbolKind::Package;
                symbol.qualified_name.clone_from(folder);
                symbol.is_public = true;
                symbol.fixed = Some(Refusal {
                    code: "folder",
                    message: format!("`{folder}` is a folder that is imported by its index: rename what is in it"),
                });
            }
        }
        symbol.definitions.sort();
        symbol.definitions.dedup();
        symbol
    }

    fn describe_name(&self, symbol: &mut Symbol, file: FileId, at: usize, world: &World) {
        symbol.definitions = vec![Place { file, range: at..at + symbol.name.len() }];
        let Some(facts) = self.facts(file) else { return };
        let family: Vec<_> = world.family(&symbol.entity).collect();
        if let Some(first) = family.first() {
            symbol.definitions = family.iter().filter_map(|it| self.place(*it)).collect();
            symbol.kind = self.with_member(*first, |_, member| member.kind).unwrap_or(SymbolKind::Property);
            symbol.qualified_name = self.qualified(file, &self.member_path(*first));
            symbol.is_public = true;
            return;
        }
        let is_it = |it: &&super::facts::Symbol| it.places.first().is_some_and(|place| place.start as usize == at);
        if let Some(found) = facts.symbols.iter().find(is_it) {
            let places = found.places.iter().map(|it| Place { file, range: it.start as usize..it.end as usize });
            symbol.definitions = places.collect();
            symbol.kind = found.kind;
            symbol.is_public =
                found.is_top && (found.within.is_some() || facts.exports.iter().any(|it| *it.name == *found.name));
            symbol.qualified_name = self.qualified(file, &Self::symbol_path(&facts, found));
            return;
        }
        let label = Meaning::Label(super::facts::index(at));
        let is_label =
            facts.tokens.get(symbol.name.as_str()).is_some_and(|all| all.iter().any(|it| it.meaning == label));
        if is_label {
            symbol.kind = SymbolKind::Label;
        }
        let private = facts.shapes.iter().flat_map(|shape| &shape.members).find(|it| it.place.start as usize == at);
        if let Some(member) = private {
            symbol.kind = member.kind;
            symbol.qualified_name = self.qualified(file, &member.name);
        }
        symbol.is_public = facts.exports.iter().any(|it| it.place.start as usize == at);
    }

    fn place(&self, definition: Definition) -> Option<Place> {
        self.with_member(definition, |_, member| Place {
            file: definition.file,
            range: member.place.start as usize..member.place.end as usize,
        })
    }

    fn qualified(&self, file: FileId, path: &str) -> String {
        let folder = paths::parent(self.files.path(file));
        let slash = if folder.is_empty() { "" } else { "/" };
        format!("{folder}{slash}{}.{path}", paths::stem(self.files.path(file)))
    }

    fn symbol_path(facts: &Facts, symbol: &super::facts::Symbol) -> String {
        let mut path = symbol.name.to_string();
        let mut around = symbol.within;
        for _ in 0..16 {
            let Some(outer) = around.and_then(|id| facts.symbol(id)) else { break };
            path = format!("{}.{path}", outer.name);
            around = outer.within;
        }
        path
    }

    fn member_path(&self, definition: Definition) -> String {
        let path =
            self.facts(definition.file).and_then(|facts| {
                let member = &facts.member(definition.shape, definition.member)?.name;
                let owner = Self::owner(&facts, definition.shape);
                Some(owner.map_or_else(
                    || member.to_string(),
                    |owner| format!("{}.{member}", Self::symbol_path(&facts, owner)),
                ))
            });
        path.unwrap_or_default()
    }

    /// The name that a shape has, or the type alias that it is written for.
    fn owner(facts: &Facts, shape: ShapeId) -> Option<&super::facts::Symbol> {
        if let Some(id) = facts.shape(shape)?.symbol {
            return facts.symbol(id);
        }
        let is_it = |id: &super::facts::TypeId| *facts.typed(*id) == super::facts::Type::Shape(shape);
        facts.symbols.iter().find(|symbol| {
            symbol.declared.iter().any(|it| matches!(it, super::facts::Declared::Alias(id) if is_it(id)))
        })
    }

    pub(super) fn named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let name = qualified.rsplit('.').next().unwrap_or(qualified).trim_start_matches('#');
        let world = self.world(name)?;
        let mut found: Vec<Entity> = Vec::new();
        for file in &world.files {
            self.files.check()?;
            let Some(facts) = self.facts(*file) else { continue };
            for (symbol, id) in facts.symbols.iter().zip(0..).filter(|(it, _)| it.is_top && *it.name == *name) {
                let is_own = !symbol.declared.iter().any(|it| matches!(it, super::facts::Declared::Import(..)));
                if is_own && self.is_called(*file, &Self::symbol_path(&facts, symbol), qualified) {
                    found.extend(entity(self.lead_of(*file, SymbolId(id))));
                }
            }
        }
        for (definition, entity) in world.all() {
            if self.is_called(definition.file, &self.member_path(definition), qualified) {
                found.push(entity.clone());
            }
        }
        found.sort();
        found.dedup();
        match found.as_slice() {
            [only] => Ok(self.describe(name, only, &world)),
            [] => Err(Unresolved::Unknown(qualified.to_owned())),
            all => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count: all.len() }),
        }
    }

    /// Whether a path within a file is what a name says, from the root or from anywhere below it.
    fn is_called(&self, file: FileId, path: &str, qualified: &str) -> bool {
        let full = self.qualified(file, path);
        let ends = |rest: &str| rest.is_empty() || rest.ends_with('/');
        path == qualified || full.strip_suffix(qualified).is_some_and(ends)
    }

    pub(super) fn file_moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        let file = match &symbol.entity {
            Entity::File(file) => *file,
            Entity::Name { file, .. } if self.options.rename_file && self.is_namesake(*file, symbol) => *file,
            Entity::Name { .. } | Entity::Folder(_) => return Vec::new(),
        };
        let path = self.files.path(file);
        let Some(ending) = paths::name(path).strip_prefix(paths::stem(path)) else { return Vec::new() };
        let folder = paths::parent(path);
        let slash = if folder.is_empty() { "" } else { "/" };
        vec![FileMove { file, to: format!("{folder}{slash}{new_name}{ending}") }]
    }

    /// Whether a file is named after a symbol that it exports.
    fn is_namesake(&self, file: FileId, symbol: &Symbol) -> bool {
        self.module_entity(file, &symbol.name).is_some_and(|entity| entity == symbol.entity)
    }
}

fn entity(lead: Lead) -> Option<Entity> {
    match lead {
        Lead::Entity(entity) => Some(entity),
        Lead::Foreign(_) | Lead::Open(..) => None,
    }
}

fn contains(request: &Request, at: usize) -> bool {
    (request.place.start as usize) <= at && at < request.place.end as usize
}

/// The token at a byte; of two meanings the variable's. A cursor behind the last letter is still on the name.
fn token_at(facts: &Facts, at: usize) -> Option<(&str, Token)> {
    let all = || facts.tokens.iter().flat_map(|(name, tokens)| tokens.iter().map(move |token| (&**name, *token)));
    let rank = |token: &Token| match token.meaning {
        Meaning::Symbol(_) => 0,
        Meaning::Keyed(_) | Meaning::Handed(..) => 2,
        _ => 1,
    };
    let inside = all().filter(|(_, it)| (it.start as usize) <= at && at < it.end as usize);
    let behind = || all().filter(|(_, it)| it.end as usize == at);
    inside.min_by_key(|(_, it)| rank(it)).or_else(|| behind().min_by_key(|(_, it)| rank(it)))
}
