//! What each name of a text means.

use std::ops::Range;

use super::{
    doubts,
    facts::{Facts, Literal, Token, Use, What},
    world::{Found, Meaning, Members, Package, Type, Value, World, first, is_exported},
};
use crate::{
    language::{
        Binding, Doubt, Entity, Occurrence, Occurrences, Place, Prose, Unparsed,
        arena::Id,
        trees::{DeclarationId, Lexeme, ScopeId, folder_of},
    },
    limits::Stopped,
    sources::FileId,
    words::Words,
};

/// How many braces are followed outward to the type of a literal.
const MOST_BRACES: usize = 64;

/// Everything that is spelled like a name.
pub(super) fn all(world: &World<'_>, name: &str) -> Result<Occurrences, Stopped> {
    let mut all = Occurrences::default();
    let words = Words::new(name);
    let members = world.members(name)?;
    for file in world.files.holders(name)? {
        world.check()?;
        let Ok(text) = world.files.sources.text(file) else {
            all.unparsed.extend(world.files.read(file).err().map(|why| (file, why)));
            continue;
        };
        let places: Vec<_> = words.of(&text).collect();
        if places.is_empty() {
            continue;
        }
        match world.files.read(file) {
            Err(why) => all.unparsed.push((file, why)),
            Ok(facts) => {
                if let Some((at, message)) = &facts.flaw {
                    all.unparsed.push((file, Unparsed::Syntax { at: *at, message: message.clone() }));
                }
                let binder = Binder { world, file, facts: &facts, name, members: &members };
                all.found.extend(binder.tokens());
                all.found.extend(places.into_iter().filter_map(|place| binder.prose(&text, place)));
            }
        }
    }
    Ok(all)
}

/// The names of one spelling in one file.
pub(super) struct Binder<'b, 's> {
    pub(super) world: &'b World<'s>,
    pub(super) file: FileId,
    pub(super) facts: &'b Facts,
    pub(super) name: &'b str,
    pub(super) members: &'b Members,
}

impl Binder<'_, '_> {
    fn tokens(&self) -> Vec<Occurrence> {
        let place = |at: usize| Place { file: self.file, range: at..at + self.name.len() };
        let found = self.facts.tokens_of(self.name);
        found.map(|token| Occurrence::plain(place(token.at), token.role, self.bind(token))).collect()
    }

    /// What the letters are where they are no name.
    fn prose(&self, text: &str, place: Range<usize>) -> Option<Occurrence> {
        let binding = match self.facts.lexemes.at(&place) {
            Lexeme::Comment(whole) if self.facts.directives.contains(&whole) => self.directive(),
            Lexeme::Comment(whole) if self.facts.documents.binary_search(&whole.start).is_ok() => {
                Binding::Prose(Prose::Documentation)
            }
            Lexeme::Comment(_) => Binding::Prose(Prose::Comment),
            Lexeme::String(whole) => self.string(text, &whole, &place),
            Lexeme::Other if super::spelling::is_word(text.get(place.clone())?) => {
                Binding::Foreign("a word of the language".to_owned())
            }
            // A name is among the tokens, unless the text around it is broken.
            Lexeme::Name(_) | Lexeme::Other => return None,
        };
        let place = Place { file: self.file, range: place };
        Some(Occurrence::plain(place, crate::language::Role::Reference, binding))
    }

    /// `//go:linkname`, `//export`, `//go:generate`: names of this package, or of any.
    fn directive(&self) -> Binding {
        let own = self.world.unit_of(self.file).and_then(|unit| unit.entity(self.name));
        match own {
            Some(entity) => open(vec![entity], doubts::directive()),
            None => Binding::Prose(Prose::Comment),
        }
    }

    /// A string: a template that is written in the code, or a name that reflection is asked for, may name a member.
    fn string(&self, text: &str, whole: &Range<usize>, place: &Range<usize>) -> Binding {
        let before = |start: usize, end: usize| text.get(start..end).unwrap_or_default();
        let is_template =
            before(whole.start, place.start).ends_with('.') && before(whole.start, whole.end).contains("{{");
        let is_asked = before(0, whole.start).ends_with("ByName(") && whole.len() == place.len() + 2;
        let among: Vec<_> = self.members.families().map(|(family, _)| family.clone()).collect();
        if is_exported(self.name) && (is_template || is_asked) && !among.is_empty() {
            return open(among, doubts::reflection());
        }
        Binding::Prose(Prose::String)
    }

    pub(super) fn bind(&self, token: &Token) -> Binding {
        let here = || Entity::Name { file: self.file, at: token.at };
        let looked_up = |scope: ScopeId| self.used(&Use { name: self.name.into(), at: token.at, scope });
        match &token.what {
            What::Local(id) => self.local(*id),
            What::Top => {
                let unit = self.world.unit_of(self.file);
                Binding::Bound(unit.and_then(|unit| unit.entity(self.name)).unwrap_or_else(here))
            }
            What::Import => Binding::Bound(here()),
            What::Package => Binding::Bound(self.folder()),
            What::Method(id) => self.family(&self.world.method_entity(self.file, self.facts.functions.get(*id))),
            What::Field(id) => {
                let mut fields = self.facts.structs.get(*id).fields.iter();
                let field = fields.find(|field| field.at == token.at);
                let entity = field.and_then(|field| self.world.field_entity(self.file, self.facts, *id, field));
                self.family(&entity.unwrap_or_else(here))
            }
            What::InterfaceMethod(id) => {
                let mut methods = self.facts.interfaces.get(*id).methods.iter().map(|id| self.facts.functions.get(*id));
                let method = methods.find(|method| method.at == token.at);
                let entity = method.map(|it| self.world.interface_entity(self.file, self.facts, *id, it));
                self.family(&entity.unwrap_or_else(here))
            }
            What::Use(scope) => looked_up(*scope),
            What::Label(scope) => {
                let name = format!(":{}", self.name);
                match self.facts.scopes.find(*scope, &name, token.at) {
                    Some(id) => self.entity_of(first(self.facts, id, &name)),
                    None => Binding::Foreign("a label that is not declared".to_owned()),
                }
            }
            What::Member(operand) => self.member(&self.world.value(self.file, *operand)),
            What::OfPackage(package) => self.of_package(package),
            What::Key(literal, scope) => self.key(*literal, looked_up(*scope)),
            What::Unclear(scope) => {
                let mut among = self.visible();
                if let Binding::Bound(entity) = looked_up(*scope) {
                    among.push(entity);
                }
                open(among, doubts::broken())
            }
        }
    }

    fn folder(&self) -> Entity {
        Entity::Folder(folder_of(self.world.files.path(self.file)).to_owned())
    }

    fn local(&self, id: DeclarationId) -> Binding {
        let is_label = self.facts.local(id).is_some_and(|(_, local)| local.kind == super::facts::Kind::Label);
        let name = if is_label { format!(":{}", self.name) } else { self.name.to_owned() };
        self.entity_of(first(self.facts, id, &name))
    }

    fn entity_of(&self, id: DeclarationId) -> Binding {
        let at = self.facts.local(id).map_or(0, |(at, _)| at);
        Binding::Bound(Entity::Name { file: self.file, at })
    }

    fn family(&self, member: &Entity) -> Binding {
        Binding::Bound(self.members.family(member))
    }

    /// A name that is looked up from the inside out.
    fn used(&self, used: &Use) -> Binding {
        match self.world.meaning(self.file, self.facts, used) {
            Meaning::Local(id) => self.entity_of(id),
            Meaning::Top(unit) => {
                unit.entity(&used.name).map_or_else(|| Binding::Foreign("nothing".to_owned()), Binding::Bound)
            }
            Meaning::Import(index) => self.import(index),
            Meaning::Foreign(name) => Binding::Foreign(name),
            Meaning::Missing if self.world.unit_of(self.file).is_some_and(|unit| !unit.is_whole) => {
                open(Vec::new(), doubts::unread())
            }
            Meaning::Missing => Binding::Foreign("something that these sources do not declare".to_owned()),
        }
    }

    fn import(&self, index: usize) -> Binding {
        let Some(import) = self.facts.imports.get(index) else { return Binding::Foreign("an import".to_owned()) };
        if import.alias.is_some() {
            return Binding::Bound(Entity::Name { file: self.file, at: import.at });
        }
        match self.world.package(self.file, &import.path) {
            Package::Own(unit) => Binding::Bound(Entity::Folder(unit.key.folder.to_string())),
            Package::Foreign(path) => Binding::Foreign(path.into()),
            Package::Unknown => open(Vec::new(), doubts::package()),
        }
    }

    fn of_package(&self, package: &Use) -> Binding {
        match self.world.meaning(self.file, self.facts, package) {
            Meaning::Import(index) => match self.facts.imports.get(index) {
                Some(import) => self.in_package(&self.world.package(self.file, &import.path)),
                None => Binding::Foreign("a package".to_owned()),
            },
            Meaning::Missing => Binding::Foreign("a package that is not imported".to_owned()),
            Meaning::Local(_) | Meaning::Top(_) | Meaning::Foreign(_) => open(self.visible(), doubts::receiver()),
        }
    }

    fn in_package(&self, package: &Package) -> Binding {
        match package {
            Package::Own(unit) => {
                let is_own = self.world.unit_of(self.file).is_some_and(|own| own.key == unit.key);
                match unit.entity(self.name).filter(|_| is_own || is_exported(self.name)) {
                    Some(entity) => Binding::Bound(entity),
                    None if unit.is_whole => Binding::Foreign(format!("nothing of {}", unit.key.name)),
                    None => open(Vec::new(), doubts::unread()),
                }
            }
            Package::Foreign(path) => Binding::Foreign(format!("{path}.{}", self.name)),
            Package::Unknown => open(Vec::new(), doubts::package()),
        }
    }

    fn member(&self, operand: &Value) -> Binding {
        match operand {
            Value::Package(package) => self.in_package(package),
            Value::Of(of) | Value::Type(of) => self.member_of(of),
            Value::Several(_) | Value::Builtin(_) => self.unknown(),
        }
    }

    fn member_of(&self, of: &Type) -> Binding {
        match self.world.find(of, self.name, self.file) {
            Found::Member(member) => self.family(&member.entity),
            Found::Foreign => Binding::Foreign("a member of a library's type".to_owned()),
            Found::Among(all) => {
                open(all.iter().map(|member| self.members.family(member)).collect(), doubts::several())
            }
            Found::Nothing | Found::Unknown => self.unknown(),
        }
    }

    /// A member of nobody knows what.
    fn unknown(&self) -> Binding {
        let among = self.visible();
        if among.is_empty() {
            return Binding::Foreign("a member that these sources do not declare".to_owned());
        }
        open(among, doubts::receiver())
    }

    /// The members of the name that can be used in this file.
    fn visible(&self) -> Vec<Entity> {
        let all = self.members.families().filter(|(_, home)| self.world.sees(self.file, *home, self.name));
        all.map(|(family, _)| family.clone()).collect()
    }

    /// A key of a literal: a field, or what the name means besides.
    fn key(&self, literal: Id<Literal>, value: Binding) -> Binding {
        let of = self.literal(literal, 0);
        match self.world.underlying(of.pointed()) {
            Type::Struct(..) => self.member_of(&of),
            Type::List(_) | Type::Map(_) => value,
            // Nobody can set a field of a library that begins small.
            Type::Foreign(_) if !is_exported(self.name) => value,
            Type::Foreign(_) => match value {
                Binding::Bound(entity) => open(vec![entity], doubts::key()),
                Binding::Foreign(_) | Binding::Open { .. } | Binding::Prose(_) => {
                    Binding::Foreign("a field of a library's type".to_owned())
                }
            },
            _ => match self.world.find(&of, self.name, self.file) {
                // Build tags choose among several types, all with this field.
                Found::Member(member) => self.family(&member.entity),
                Found::Foreign | Found::Among(_) | Found::Nothing | Found::Unknown => {
                    let mut among = self.visible();
                    if let Binding::Bound(entity) = value {
                        among.push(entity);
                    }
                    if among.is_empty() { self.unknown() } else { open(among, doubts::key()) }
                }
            },
        }
    }

    /// The type that braces are a literal of.
    fn literal(&self, id: Id<Literal>, depth: usize) -> Type {
        if depth > MOST_BRACES {
            return Type::Unknown;
        }
        let around = |id: Id<Literal>| {
            let of = self.literal(id, depth + 1);
            self.world.underlying(of.pointed())
        };
        match *self.facts.literals.get(id) {
            Literal::Unknown => Type::Unknown,
            Literal::Of(of) => self.world.type_at(self.file, of),
            Literal::Element(id) => match around(id) {
                Type::List(of) => (*of).clone(),
                Type::Map(both) => both.1.clone(),
                Type::Foreign(name) => Type::Foreign(name),
                _ => Type::Unknown,
            },
            Literal::Key(id) => match around(id) {
                Type::Map(both) => both.0.clone(),
                Type::Foreign(name) => Type::Foreign(name),
                _ => Type::Unknown,
            },
        }
    }
}

fn open(mut among: Vec<Entity>, doubt: Doubt) -> Binding {
    among.sort();
    among.dedup();
    Binding::Open { among, doubt }
}
