//! What a name means where it stands.

use super::{
    facts::{Base, Facts, Name, Owner, Space, Typed, Value, What, Word},
    infer::Kind,
    lookup::{Hit, Hits, MOST_STEPS, doubt},
    macros::Use,
    world::World,
};
use crate::{
    language::{
        Binding, Doubt, Entity, Prose,
        trees::{DeclarationId, ScopeId},
    },
    sources::FileId,
};

/// One name in one file.
pub(super) struct Binder<'b, 's> {
    pub(super) world: &'b World<'s>,
    pub(super) file: FileId,
    pub(super) facts: &'b Facts,
    pub(super) name: &'b str,
}

impl Binder<'_, '_> {
    /// What a token of the name means.
    pub(super) fn bind(&self, token: &Name) -> Binding {
        if let What::Word(word) = token.what {
            return self.word(token, word);
        }
        let plain = self.plain(token);
        let macros = self.world.taken(self.file, self.facts, self.name, token);
        if macros.is_empty() {
            return plain;
        }
        let groups = self.world.groups(self.name);
        let mut among: Vec<Entity> = macros.iter().filter_map(|at| groups.macro_entity(*at)).collect();
        match plain {
            Binding::Bound(entity) => among.push(entity),
            Binding::Open { among: more, .. } => among.extend(more),
            Binding::Foreign(_) | Binding::Prose(_) => {}
        }
        decided(among, "macro", "it may be a macro's name here, or something else's")
    }

    /// What it means if no macro takes it.
    fn plain(&self, token: &Name) -> Binding {
        match &token.what {
            What::Declares(id) => self.declared(*id),
            What::Asks(id) => {
                let found = self.world.find(self.file, self.facts, *id, MOST_STEPS);
                self.in_macro(token, self.bound(&found))
            }
            What::Member(value) => {
                let binding = match self.facts.value(*value) {
                    Some(Value::Member(of, _, is_arrow)) => {
                        let (kind, depth) = self.world.value(self.file, self.facts, *of, MOST_STEPS);
                        let is_operator = self.facts.is_cpp && *is_arrow && depth == 0;
                        self.member(if is_operator { Kind::Unknown } else { kind })
                    }
                    Some(_) | None => self.member(Kind::Unknown),
                };
                self.in_macro(token, binding)
            }
            What::Designates(typed) => self.designated(typed),
            What::Initialises(scope) => self.initialised(*scope),
            What::Label(function) => self.label(*function),
            What::Word(word) => self.word(token, *word),
        }
    }

    fn declared(&self, id: DeclarationId) -> Binding {
        let Some(decl) = self.facts.decl(id) else { return foreign("nothing that is known") };
        if decl.owner == Owner::Block {
            return Binding::Bound(self.local(id));
        }
        let groups = self.world.groups(self.name);
        let entity = groups.find(self.file, id).and_then(|at| self.with_torn(at));
        entity.unwrap_or_else(|| foreign("nothing that is known"))
    }

    /// The first declaration of the same thing in its block.
    fn local(&self, id: DeclarationId) -> Entity {
        let declaration = self.facts.scopes.declaration(id);
        let space = declaration.map(|it| it.data.space);
        let all = declaration.map(|it| self.facts.scopes.declared(it.scope, self.name)).unwrap_or_default();
        let places = all.iter().filter_map(|id| self.facts.decl(*id)).filter(|it| Some(it.space) == space);
        let first = places.filter(|it| it.owner == Owner::Block).map(|it| it.place.start).min();
        let own = declaration.map_or(0, |it| it.at);
        Entity::Name { file: self.file, at: first.map_or(own, |at| at as usize) }
    }

    /// What one of the name's declarations is; one that may be of several programs is open.
    fn with_torn(&self, at: usize) -> Option<Binding> {
        let groups = self.world.groups(self.name);
        let own = self.world.entity(self.name, at)?;
        let torn = groups.torn(at);
        if torn.is_empty() {
            return Some(Binding::Bound(own));
        }
        let mut among: Vec<Entity> = torn.iter().filter_map(|at| self.world.entity(self.name, *at)).collect();
        among.push(own);
        Some(decided(among, "several_definitions", "several programs define it, and it cannot be told whose this is"))
    }

    fn bound(&self, found: &Hits) -> Binding {
        let bindings = found.hits.iter().filter_map(|hit| match hit {
            Hit::Local(id) => Some(Binding::Bound(self.local(*id))),
            Hit::Shared(at) => self.with_torn(*at),
        });
        let mut among = Vec::new();
        let mut is_torn = false;
        for binding in bindings {
            match binding {
                Binding::Bound(entity) => among.push(entity),
                Binding::Open { among: more, .. } => {
                    is_torn = true;
                    among.extend(more);
                }
                Binding::Foreign(_) | Binding::Prose(_) => {}
            }
        }
        match found.doubt {
            Some(code) if !among.is_empty() => open(among, code, reason(code)),
            None if is_torn => open(among, "several_definitions", "several programs define it"),
            Some(_) | None => decided(among, "several_meanings", "it is declared in several ways"),
        }
    }

    fn member(&self, kind: Kind) -> Binding {
        match kind {
            Kind::Records(records) => {
                let found = self.world.members(&records, self.name, MOST_STEPS);
                match (found.hits.is_empty(), found.doubt) {
                    (true, None) => foreign("a member that its type does not have"),
                    (true, Some(code)) => self.any_member(code),
                    (false, _) => self.bound(&found),
                }
            }
            Kind::Plain | Kind::Foreign => foreign("a member of a type that is not of these sources"),
            Kind::Unknown => self.any_member("unknown_receiver"),
        }
    }

    /// A member of something whose type nobody knows.
    fn any_member(&self, code: &'static str) -> Binding {
        let groups = self.world.groups(self.name);
        let members = self.world.all(self.name, self.file).into_iter().filter_map(|hit| match hit {
            Hit::Shared(at) => Some((at, groups.defs.get(at)?)),
            Hit::Local(_) => None,
        });
        let members = members.filter(|(_, def)| def.space == Space::Member);
        let among: Vec<Entity> = members.filter_map(|(at, _)| self.world.entity(self.name, at)).collect();
        open(among, code, reason(code))
    }

    fn designated(&self, typed: &Typed) -> Binding {
        let kind = match typed.base {
            Base::Unknown => Kind::Unknown,
            _ => self.world.kind(self.file, typed, MOST_STEPS).0,
        };
        self.member(kind)
    }

    /// `A::A() : name(…)`: a member, or a base by its name.
    fn initialised(&self, scope: ScopeId) -> Binding {
        let id = self.facts.scopes.outward(scope).find_map(|scope| match self.facts.scopes.kind(scope)? {
            super::facts::ScopeKind::Record(record) => Some(vec![(self.file, *record)]),
            super::facts::ScopeKind::Function(Some(owner)) => {
                let path = self.facts.asked(*owner).map(|it| it.path.join("::")).unwrap_or_default();
                Some(self.world.records_at(self.file, path.trim_start_matches("::"), MOST_STEPS))
            }
            _ => None,
        });
        let records = id.unwrap_or_default();
        let own = records.iter().flat_map(|record| self.world.own_members(*record, self.name)).collect::<Vec<_>>();
        if own.is_empty() {
            let among = self.everything(false);
            return open(among, "initialised", "a constructor initialises it, and it may be a base or a member of one");
        }
        self.bound(&Hits { hits: own, doubt: None })
    }

    fn label(&self, function: ScopeId) -> Binding {
        let labels = self.facts.scopes.declared(function, self.name).iter();
        let mut labels = labels.filter(|id| self.facts.decl(**id).is_some_and(|decl| decl.space == Space::Label));
        labels.next().map_or_else(|| foreign("a label that is not here"), |id| Binding::Bound(self.local(*id)))
    }

    /// What a macro does to its argument may make it another name.
    fn in_macro(&self, token: &Name, plain: Binding) -> Binding {
        match self.world.argument(self.file, self.facts, token) {
            Use::Plain => self.after_macros(token, plain),
            Use::Member => self.any_member("macro_argument"),
            Use::Odd => {
                let is_local = matches!(&plain, Binding::Bound(entity) if self.is_block(entity));
                let mut among = self.everything(true);
                if is_local && among.is_empty() && self.is_bare_loud(token) {
                    return plain;
                }
                match plain {
                    Binding::Bound(entity) => among.push(entity),
                    Binding::Open { among: more, .. } => among.extend(more),
                    Binding::Foreign(_) | Binding::Prose(_) => {}
                }
                open(among, "macro_argument", "it is handed to a macro that may take it for something else")
            }
        }
    }

    /// Whether all macros that take a name are of nobody knows where: a local can be nothing else then.
    fn is_bare_loud(&self, token: &Name) -> bool {
        let call = token.call.and_then(|id| self.facts.calls.get(id as usize));
        call.is_some_and(|call| self.world.groups(&call.callee).macros.is_empty())
    }

    fn is_block(&self, entity: &Entity) -> bool {
        let Entity::Name { file, at } = entity else { return false };
        let mut declarations = self.facts.scopes.declarations();
        *file == self.file && declarations.any(|(_, it)| it.at == *at && it.data.owner == Owner::Block)
    }

    /// A macro that stood before in the same function may have declared a local of the name.
    fn after_macros(&self, token: &Name, plain: Binding) -> Binding {
        let is_shared = matches!(&plain, Binding::Bound(entity) if !self.is_block(entity));
        let asks = matches!(token.what, What::Asks(_));
        let Some(body) = self.facts.body_at(token.span.start).filter(|_| is_shared && asks) else { return plain };
        let before = self.facts.names(self.name).iter().filter(|it| {
            body.holds(it.span)
                && it.span.start < token.span.start
                && it.call.is_some()
                && matches!(it.what, What::Asks(_))
        });
        let mut before = before.filter(|it| self.world.argument(self.file, self.facts, it) == Use::Odd);
        match (before.next(), plain) {
            (Some(_), Binding::Bound(entity)) => {
                open(vec![entity], "declared_by_macro", "a macro before it may have declared a local of this name")
            }
            (_, plain) => plain,
        }
    }

    /// All that the name can be where nobody knows more: what is not of a block, and with `own` macros as well.
    fn everything(&self, only_members: bool) -> Vec<Entity> {
        let groups = self.world.groups(self.name);
        let hits = self.world.all(self.name, self.file).into_iter().filter_map(|hit| match hit {
            Hit::Shared(at) => Some((at, groups.defs.get(at)?)),
            Hit::Local(_) => None,
        });
        let hits = hits.filter(|(_, def)| !only_members || matches!(def.space, Space::Member | Space::Tag));
        hits.filter_map(|(at, _)| self.world.entity(self.name, at)).collect()
    }

    /// A name that the parser did not see.
    fn word(&self, token: &Name, word: Word) -> Binding {
        match word {
            Word::Defined(_) | Word::Tested | Word::Undefined => self.of_macro(token),
            Word::MacroParameter(index, number) => self.macro_parameter(index, number),
            Word::Body | Word::Pasted => {
                let macros = self.macros();
                let mut among = self.everything(false);
                among.extend(self.world.carried(self.name));
                if let ([], [only], Word::Body) = (among.as_slice(), macros.as_slice(), word) {
                    return Binding::Bound(only.clone());
                }
                among.extend(macros);
                open(among, "macro_body", "a macro's body names it, and means what that is where it is used")
            }
            Word::Prefix => {
                let macros = self.macros();
                let message = "only a macro can stand here, and none of this name was found";
                if macros.is_empty() {
                    return open(self.everything(false), "macro_position", message);
                }
                decided(macros, "several_macros", "several macros are called so")
            }
            Word::LeftOut => {
                let mut among = self.everything(false);
                among.extend(self.macros());
                among.extend(self.locals(token));
                open(among, "not_understood", "the code around it could not be understood")
            }
            Word::Dead => Binding::Prose(Prose::Comment),
            Word::Told => Binding::Prose(Prose::String),
            Word::Outside => foreign("a name of the compiler's or the assembler's"),
        }
    }

    /// The macros of the name that some unit sees with this file.
    fn macros(&self) -> Vec<Entity> {
        let groups = self.world.groups(self.name);
        let seen = groups.macros.iter().enumerate().filter(|(_, it)| self.world.includes.meet(it.0, self.file));
        let mut found: Vec<Entity> = seen.filter_map(|(at, _)| groups.macro_entity(at)).collect();
        found.sort();
        found.dedup();
        found
    }

    fn of_macro(&self, token: &Name) -> Binding {
        let groups = self.world.groups(self.name);
        let own = groups.macros.iter().position(|it| it.0 == self.file && it.2 == token.span.start);
        if let Some(entity) = own.and_then(|at| groups.macro_entity(at)) {
            return Binding::Bound(entity);
        }
        decided(self.macros(), "several_macros", "several macros are called so")
    }

    fn macro_parameter(&self, index: u32, number: u32) -> Binding {
        let of = self.facts.macros.get(index as usize).and_then(|it| it.parameters.as_ref());
        let place = of.and_then(|list| list.get(number as usize));
        let entity = place.map(|place| Entity::Name { file: self.file, at: place.start as usize });
        entity.map_or_else(|| foreign("the rest of a macro's arguments"), Binding::Bound)
    }

    /// The locals of the function around a place.
    fn locals(&self, token: &Name) -> Vec<Entity> {
        let Some(body) = self.facts.body_at(token.span.start) else { return Vec::new() };
        let declarations = self.facts.scopes.declarations();
        let own = declarations.filter(|(_, it)| {
            *it.data.name == *self.name && it.data.owner == Owner::Block && body.holds(it.data.place)
        });
        own.map(|(id, _)| self.local(id)).collect()
    }
}

fn foreign(what: &str) -> Binding {
    Binding::Foreign(what.to_owned())
}

/// One thing for certain, several, or nothing of these sources.
fn decided(mut among: Vec<Entity>, code: &'static str, message: &str) -> Binding {
    among.sort();
    among.dedup();
    match among.as_slice() {
        [] => foreign("not of these sources"),
        [only] => Binding::Bound(only.clone()),
        _ => open(among, code, message),
    }
}

/// One of some; if there is none that it may be, it is nothing of these sources.
fn open(mut among: Vec<Entity>, code: &'static str, message: &str) -> Binding {
    among.sort();
    among.dedup();
    if among.is_empty() {
        return foreign("not of these sources");
    }
    let likelihood = (100 / u8::try_from(among.len().saturating_add(1)).unwrap_or(u8::MAX)).max(5);
    Binding::Open { among, doubt: Doubt { code, message: message.to_owned(), likelihood } }
}

fn reason(code: &str) -> &'static str {
    match code {
        doubt::BASE => "its class, or one around, is derived from something that is not known here",
        doubt::DEPENDENT => "it depends on a template's arguments",
        doubt::OVERLOAD => "functions of this name in several namespaces may be meant, by its arguments",
        doubt::NAMESPACE => "what stands before it, or brings it in, could not be followed",
        doubt::UNDECLARED => "it is not declared in what this file includes",
        "unknown_receiver" => "the type of what it is a member of could not be worked out",
        "macro_argument" => "a macro takes it for the name of a member",
        _ => "the code around it could not be understood",
    }
}
