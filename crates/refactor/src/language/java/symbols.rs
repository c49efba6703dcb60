//! Questions about symbols: which one stands here, which one is called so, where it can be seen.

use super::{
    Java, Shared,
    bind::Here,
    facts::{Access, ClassKind, Token},
    families::World,
    kind::{ClassRef, MethodRef},
    name,
};
use crate::{
    language::{Binding, Entity, Family, Place, Refusal, Symbol, SymbolKind, Unresolved, trees::Lexeme},
    sources::FileId,
};

/// Methods that the platform looks for by name.
const SOUGHT: [&str; 7] =
    ["main", "readObject", "writeObject", "readResolve", "writeReplace", "readObjectNoData", "premain"];

impl Java<'_> {
    pub(super) fn at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let facts = self
            .files
            .read(file)
            .map_err(|why| Unresolved::NotCode { path: self.files.path(file).to_owned(), reason: why.to_string() })?;
        let text = self.files.sources.text(file).unwrap_or_default();
        let range = facts.lexemes.name_at(at).unwrap_or(at..at);
        let called = text.get(range.clone()).unwrap_or_default();
        let tokens = facts.tokens.get(called).map_or(&[][..], Vec::as_slice);
        let token = tokens.iter().find(|token| token.start as usize == range.start && !range.is_empty());
        let Some(token) = token else {
            return Err(Unresolved::NotAName { what: what_is(&Shared::Own(facts), &text, at) });
        };
        let world = self.world(called)?;
        self.symbol_of(&Here { file, facts: &facts, name: called, world: &world }, token)
    }

    fn symbol_of(&self, here: &Here<'_>, token: &Token) -> Result<Symbol, Unresolved> {
        match self.meaning(here, token) {
            Binding::Bound(entity) => Ok(self.describe(here.name, &entity, here.world)),
            Binding::Foreign(what) => Ok(foreign(here, token, &what)),
            Binding::Open { doubt, .. } => {
                Err(Unresolved::Undecided { name: here.name.to_owned(), reason: doubt.message })
            }
            Binding::Prose(_) => Err(Unresolved::NotAName { what: "a string".to_owned() }),
        }
    }

    /// Everything that a person wants to know of an entity.
    fn describe(&self, called: &str, entity: &Entity, world: &World) -> Symbol {
        let mut symbol = Symbol {
            entity: entity.clone(),
            name: called.to_owned(),
            kind: SymbolKind::Variable,
            qualified_name: called.to_owned(),
            family: Family::Java,
            definitions: Vec::new(),
            is_public: false,
            fixed: None,
        };
        match entity {
            Entity::Folder(folder) => {
                symbol.kind = SymbolKind::Package;
                symbol.qualified_name = folder.replace('/', ".");
                symbol.is_public = true;
            }
            Entity::Name { file, at } => self.describe_name(&mut symbol, *file, *at, world),
            Entity::File(_) => {}
        }
        symbol.definitions.sort();
        symbol.definitions.dedup();
        symbol
    }

    fn describe_name(&self, symbol: &mut Symbol, file: FileId, at: usize, world: &World) {
        let length = symbol.name.len();
        symbol.definitions = vec![Place { file, range: at..at + length }];
        let Some(facts) = self.facts(file) else { return };
        let is_at = |start: u32| start as usize == at;
        let family: Vec<_> = world.family(&symbol.entity).collect();
        if let Some(first) = family.first() {
            return self.describe_method(symbol, *first, &family);
        }
        if let Some((id, class)) =
            facts.all_classes().find(|(_, it)| it.name.as_ref().is_some_and(|it| is_at(it.start)))
        {
            symbol.kind = match class.kind {
                ClassKind::Interface | ClassKind::Annotation => SymbolKind::Interface,
                ClassKind::Enum => SymbolKind::Enum,
                ClassKind::Class | ClassKind::Record | ClassKind::Anonymous => SymbolKind::Class,
            };
            symbol.qualified_name = self.class_path(ClassRef { file, class: id });
            symbol.is_public = class.local.is_none() && class.modifiers.access >= Access::Protected;
        } else if let Some(field) = facts.fields.iter().find(|it| is_at(it.name.start)) {
            symbol.kind = match (field.is_constant, field.modifiers.is_static && field.modifiers.is_final) {
                (true, _) => SymbolKind::Variant,
                (false, true) => SymbolKind::Constant,
                (false, false) => SymbolKind::Field,
            };
            symbol.qualified_name =
                format!("{}.{}", self.class_path(ClassRef { file, class: field.class }), symbol.name);
            symbol.is_public = field.modifiers.access >= Access::Protected;
            if symbol.name == "serialVersionUID" {
                symbol.fixed = Some(sought(&symbol.name));
            }
        } else if let Some(local) = facts.locals.iter().find(|it| is_at(it.name.start)) {
            symbol.kind = if local.is_parameter { SymbolKind::Parameter } else { SymbolKind::Variable };
        } else if facts.variables.iter().any(|it| is_at(it.name.start)) {
            symbol.kind = SymbolKind::TypeParameter;
        } else {
            symbol.kind = SymbolKind::Label;
        }
    }

    fn describe_method(&self, symbol: &mut Symbol, first: MethodRef, family: &[MethodRef]) {
        let length = symbol.name.len();
        let place = |it: &MethodRef| {
            let start = self.with_method(*it, |method| method.name.start as usize)?;
            Some(Place { file: it.file, range: start..start + length })
        };
        symbol.definitions = family.iter().filter_map(place).collect();
        symbol.kind = SymbolKind::Method;
        let class = self.class_of(first).map(|class| self.class_path(class)).unwrap_or_default();
        symbol.qualified_name = format!("{class}.{}", symbol.name);
        symbol.is_public = family
            .iter()
            .any(|it| self.with_method(*it, |method| method.modifiers.access >= Access::Protected).unwrap_or(false));
        let is_component = self.with_method(first, |it| it.component.is_some()).unwrap_or(false);
        if is_component {
            symbol.kind = SymbolKind::Field;
        }
        let is_element =
            self.class_of(first).and_then(|class| self.with_class(class, |_, it| it.kind == ClassKind::Annotation));
        if is_element == Some(true) && symbol.name == "value" {
            let message =
                "`value` is what an annotation takes without a name: every use would have to name it".to_owned();
            symbol.fixed = Some(Refusal { code: "sought_by_name", message });
        } else if SOUGHT.contains(&symbol.name.as_str()) {
            symbol.fixed = Some(sought(&symbol.name));
        }
    }

    pub(super) fn named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let called = qualified.rsplit('.').next().unwrap_or(qualified);
        let world = self.world(called)?;
        let ends =
            |path: &str| path == qualified || path.strip_suffix(qualified).is_some_and(|rest| rest.ends_with('.'));
        let mut found: Vec<Entity> = Vec::new();
        for class in &world.classes {
            if ends(&self.class_path(*class)) {
                found.extend(self.class_entity(*class));
            }
        }
        let member = |class: Option<ClassRef>| {
            class.map(|class| format!("{}.{called}", self.class_path(class))).unwrap_or_default()
        };
        for method in world.methods.iter().filter(|it| ends(&member(self.class_of(**it)))) {
            found.extend(world.entity(*method).cloned());
        }
        for field in world.fields.iter().filter(|it| ends(&member(self.owner(**it)))) {
            found.extend(self.field_entity(*field));
        }
        if self.index.has_package(qualified) {
            found.push(super::bind::folder(qualified));
        }
        found.sort();
        found.dedup();
        match found.as_slice() {
            [only] => Ok(self.describe(called, only, &world)),
            [] => Err(Unresolved::Unknown(qualified.to_owned())),
            all => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count: all.len() }),
        }
    }

    /// Where a variable, a type parameter or a private member of a file can be named.
    pub(super) fn seen(&self, symbol: &Symbol) -> Option<Place> {
        let Entity::Name { file, at } = symbol.entity else { return None };
        let facts = self.facts(file)?;
        let is_at = |start: u32| start as usize == at;
        let local = facts.locals.iter().find(|it| is_at(it.name.start));
        let ranges = local.map(|local| local.seen.clone());
        let variable = facts.variables.iter().find(|it| is_at(it.name.start));
        let ranges = ranges.or_else(|| variable.map(|it| vec![it.seen.clone()]))?;
        let end = ranges.iter().map(|range| range.end as usize).max()?;
        let start = ranges.iter().map(|range| range.start as usize).min()?;
        Some(Place { file, range: start.min(at)..end.max(at + symbol.name.len()) })
    }
}

fn sought(called: &str) -> Refusal {
    Refusal { code: "sought_by_name", message: format!("the platform looks for `{called}` by its name") }
}

/// Something that these sources do not define.
fn foreign(here: &Here<'_>, token: &Token, what: &str) -> Symbol {
    let start = token.start as usize;
    let message = format!("`{}` is not defined in this repository ({what}): rename it where it is", here.name);
    Symbol {
        entity: name(here.file, token.start),
        name: here.name.to_owned(),
        kind: SymbolKind::Variable,
        qualified_name: here.name.to_owned(),
        family: Family::Java,
        definitions: vec![Place { file: here.file, range: start..start + here.name.len() }],
        is_public: true,
        fixed: Some(Refusal { code: "not_defined_here", message }),
    }
}

/// What stands at a byte that is no name.
fn what_is(facts: &Shared, text: &str, at: usize) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.chars().next() else { return "the end of the file".to_owned() };
    match facts.lexemes.at(&(at..at + first.len_utf8())) {
        Lexeme::Comment(_) => return "a comment".to_owned(),
        Lexeme::String(_) => return "a string".to_owned(),
        Lexeme::Name(_) => return "a name of which nothing is known".to_owned(),
        Lexeme::Other => {}
    }
    if first.is_whitespace() {
        return "whitespace".to_owned();
    }
    if first.is_ascii_digit() {
        return "a number".to_owned();
    }
    if !first.is_alphabetic() {
        return format!("`{first}`");
    }
    let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
    let start = text.get(..at).unwrap_or_default().trim_end_matches(char::is_alphanumeric).len();
    format!("the word `{}`", text.get(start..at + end).unwrap_or_default())
}
