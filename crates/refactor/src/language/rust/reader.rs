//! Asks rust-analyzer what each token of a name means in one build of a program.

use std::{cell::RefCell, collections::BTreeMap};

use ra_ap_hir::{ScopeDef, Semantics};
use ra_ap_ide_db::{
    RootDatabase,
    defs::{Definition, NameClass, NameRefClass},
};
use ra_ap_syntax::{AstNode, SyntaxKind, SyntaxNode, SyntaxToken, TextRange, TextSize, ast};

use super::{
    entities::Entities,
    imports::Imports,
    meaning::{Cause, Known, Reading, Sense, Shape, Spaces},
    world::original,
};
use crate::{
    language::{Entity, Prose, Role, SymbolKind},
    sources::FileId,
};

/// A name that `use … as …` gives to something.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    /// Where it is written.
    pub(super) entity: Entity,
    /// In which file.
    pub(super) file: FileId,
    /// What it stands for; nothing if that could not be found out.
    pub(super) definitions: Vec<Definition>,
}

/// What the tokens of one name mean in one build.
pub(super) struct Reader<'r, 'd> {
    pub(super) sema: &'r Semantics<'d, RootDatabase>,
    pub(super) entities: Entities<'r, 'd>,
    pub(super) imports: Imports<'r, 'd>,
    /// The name, without a sigil.
    pub(super) name: &'r str,
    /// What was found to be defined.
    pub(super) known: RefCell<BTreeMap<Entity, Known>>,
    /// The aliases of that name.
    pub(super) aliases: RefCell<Vec<Alias>>,
}

impl Reader<'_, '_> {
    /// What the token at a word means: nothing if it is none of a kind that names are written in.
    pub(super) fn read(&self, file: FileId, root: &SyntaxNode, word: TextRange) -> Vec<Reading> {
        let Some(token) = token_at(root, word) else { return Vec::new() };
        match token.kind() {
            SyntaxKind::COMMENT => self.comment(&token, word),
            SyntaxKind::STRING => self.string(&token, word),
            SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING => prose(word, Prose::String),
            SyntaxKind::LIFETIME_IDENT => self.name_or_tree(file, &token),
            kind if kind.is_any_identifier() => self.name_or_tree(file, &token),
            _ => Vec::new(),
        }
    }

    fn name_or_tree(&self, file: FileId, token: &SyntaxToken) -> Vec<Reading> {
        if token.parent().is_some_and(|parent| parent.kind() == SyntaxKind::TOKEN_TREE) {
            return self.in_tree(file, token);
        }
        self.name_like(file, token, true)
    }

    /// A token of the program's own text, or, if it is not `real`, of what a macro makes of it.
    pub(super) fn name_like(&self, file: FileId, token: &SyntaxToken, real: bool) -> Vec<Reading> {
        let range = token.text_range();
        let Some(parent) = token.parent() else { return Vec::new() };
        if let Some(name) = ast::Name::cast(parent.clone()) {
            return self.definition(file, &name, token, real);
        }
        if let Some(reference) = ast::NameRef::cast(parent.clone()) {
            return self.reference(file, &reference, token);
        }
        if let Some(lifetime) = ast::Lifetime::cast(parent.clone()) {
            return vec![self.lifetime(file, &lifetime, token)];
        }
        let sense = match (token.kind(), parent.kind()) {
            (_, SyntaxKind::CFG_ATOM | SyntaxKind::CFG_COMPOSITE) => Sense::Foreign("a switch"),
            (SyntaxKind::IDENT, _) => Sense::Unknown(Shape::Any, Cause::Unresolved),
            _ => Sense::Foreign("a keyword"),
        };
        vec![Reading::new(range, Role::Reference, sense)]
    }

    /// What a definition is; remembers what there is to know of it.
    pub(super) fn sense(&self, definition: Definition) -> Sense {
        let (sense, known) = self.entities.of(definition, self.name);
        if let (Sense::Is(entity), Some(known)) = (&sense, known) {
            self.known.borrow_mut().entry(entity.clone()).or_insert(known);
        }
        sense
    }

    fn definition(&self, file: FileId, name: &ast::Name, token: &SyntaxToken, real: bool) -> Vec<Reading> {
        let range = token.text_range();
        if name.syntax().parent().is_some_and(|parent| ast::Rename::can_cast(parent.kind())) {
            return vec![Reading::new(range, Role::Definition, self.alias(file, name, token, real))];
        }
        let one = |role, definition| vec![Reading::new(range, role, self.sense(definition))];
        match NameClass::classify(self.sema, name) {
            Some(NameClass::Definition(definition)) => one(Role::Definition, definition),
            Some(NameClass::ConstReference(definition)) => one(Role::Reference, definition),
            Some(NameClass::PatFieldShorthand { local_def, field_ref, .. }) => {
                let local = self.sense(Definition::Local(local_def));
                let field = self.sense(Definition::Field(field_ref));
                binding_shorthand(name, token, local, field)
            }
            None => vec![Reading::new(range, Role::Definition, Sense::Unknown(Shape::Any, Cause::Unresolved))],
        }
    }

    /// The new name in `use … as …`.
    fn alias(&self, file: FileId, name: &ast::Name, token: &SyntaxToken, real: bool) -> Sense {
        let Some(tree) = name.syntax().ancestors().find_map(ast::UseTree::cast) else {
            return Sense::Foreign("a crate");
        };
        if !real {
            return Sense::Unknown(Shape::Any, Cause::MacroCall);
        }
        let definitions = tree.path().map(|path| self.imported(&path)).unwrap_or_default();
        let is_crate = |definition: &Definition| match definition {
            Definition::Module(module) => module.is_crate_root(self.sema.db),
            Definition::Crate(_) => true,
            _ => false,
        };
        if definitions.iter().any(is_crate) {
            return Sense::Foreign("a crate");
        }
        let file = original(file);
        let entity = Entity::Name { file, at: token.text_range().start().into() };
        let known = self.known_alias(&tree, &definitions);
        self.known.borrow_mut().insert(entity.clone(), known);
        self.aliases.borrow_mut().push(Alias { entity: entity.clone(), file, definitions });
        Sense::Is(entity)
    }

    fn known_alias(&self, tree: &ast::UseTree, definitions: &[Definition]) -> Known {
        let db = self.sema.db;
        let letters = definitions.first().and_then(|it| it.name(db)).map(|name| name.as_str().to_owned());
        let of = definitions.first().zip(letters).and_then(|(it, letters)| self.entities.of(*it, &letters).1);
        let module = self.sema.scope(tree.syntax()).map(|scope| scope.module());
        let krate = module.map(|module| module.krate(db));
        let name = krate.and_then(|krate| krate.display_name(db)).map(|name| name.crate_name().to_string());
        let modules = module.map(|module| module.path_to_root(db)).unwrap_or_default();
        let modules = modules.into_iter().rev().filter_map(|module| Some(module.name(db)?.as_str().to_owned()));
        let item = tree.syntax().ancestors().find_map(ast::Use::cast);
        Known {
            kind: of.as_ref().map_or(SymbolKind::Type, |known| known.kind),
            name: self.name.to_owned(),
            way: name.into_iter().chain(modules).collect(),
            root: krate.map_or(0, |krate| krate.root_file(db).index()),
            spaces: of.map_or(Spaces { types: true, ..Spaces::VALUES }, |known| known.spaces),
            is_member: false,
            is_public: item.is_some_and(|item| ast::HasVisibility::visibility(&item).is_some()),
            names_a_file: false,
            fixed: None,
            seen_by: None,
        }
    }

    /// All that a path of an import brings in: a type, a value and a macro may have one name.
    fn imported(&self, path: &ast::Path) -> Vec<Definition> {
        let Some(found) = self.sema.resolve_path_per_ns(path) else { return Vec::new() };
        let mut all: Vec<Definition> = Vec::new();
        for definition in [found.type_ns, found.value_ns, found.macro_ns].into_iter().flatten().map(Definition::from) {
            if !all.contains(&definition) {
                all.push(definition);
            }
        }
        all
    }

    fn reference(&self, file: FileId, reference: &ast::NameRef, token: &SyntaxToken) -> Vec<Reading> {
        let range = token.text_range();
        let role = role(reference);
        if let Some(path) = imported_path(reference) {
            let mut senses: Vec<Sense> = Vec::new();
            for sense in self.imported(&path).into_iter().map(|definition| self.sense(definition)) {
                if !senses.contains(&sense) {
                    senses.push(sense);
                }
            }
            return match senses.as_slice() {
                [] => vec![Reading::new(range, role, self.unresolved(file, reference))],
                [_] => senses.into_iter().map(|sense| Reading::new(range, role, sense)).collect(),
                [..] => several(reference, token, senses),
            };
        }
        match NameRefClass::classify(self.sema, reference) {
            Some(NameRefClass::Definition(definition, _)) => vec![Reading::new(range, role, self.sense(definition))],
            Some(NameRefClass::FieldShorthand { local_ref, field_ref, .. }) => {
                let local = Reading {
                    prefix: format!("{}: ", token.text()),
                    ..Reading::new(range, Role::Reference, self.sense(Definition::Local(local_ref)))
                };
                let field = Reading {
                    suffix: format!(": {}", token.text()),
                    ..Reading::new(range, Role::Member, self.sense(Definition::Field(field_ref)))
                };
                vec![local, field]
            }
            Some(NameRefClass::ExternCrateShorthand { .. }) => {
                vec![Reading::new(range, role, Sense::Foreign("a crate"))]
            }
            None => vec![Reading::new(range, role, self.unresolved(file, reference))],
        }
    }

    /// What a reference can be that rust-analyzer knows nothing of.
    fn unresolved(&self, file: FileId, reference: &ast::NameRef) -> Sense {
        let Some(parent) = reference.syntax().parent() else { return Sense::Unknown(Shape::Any, Cause::Unresolved) };
        let (shape, cause) = match parent.kind() {
            SyntaxKind::METHOD_CALL_EXPR => (Shape::Method, Cause::Receiver),
            SyntaxKind::FIELD_EXPR => (Shape::Field, Cause::Receiver),
            SyntaxKind::RECORD_EXPR_FIELD | SyntaxKind::RECORD_PAT_FIELD => (Shape::Field, Cause::Unresolved),
            SyntaxKind::ASSOC_TYPE_ARG => (Shape::Associated, Cause::Unresolved),
            SyntaxKind::PATH_SEGMENT => {
                let path = ast::PathSegment::cast(parent).map(|segment| segment.parent_path());
                let Some(path) = path else { return Sense::Unknown(Shape::Any, Cause::Unresolved) };
                let shape = self.path_shape(&path);
                let leads_out = self.imports.leads_out(file, &path);
                (shape, if leads_out { Cause::Outside } else { Cause::Unresolved })
            }
            _ => (Shape::Any, Cause::Unresolved),
        };
        Sense::Unknown(shape, cause)
    }

    fn path_shape(&self, path: &ast::Path) -> Shape {
        let is_import = path.syntax().ancestors().any(|node| ast::UseTree::can_cast(node.kind()));
        match path.qualifier() {
            None if is_import => Shape::Any,
            None => Shape::Bare(None),
            Some(qualifier) => match self.sema.resolve_path(&qualifier).map(Definition::from) {
                Some(Definition::Module(_)) => Shape::Item,
                Some(_) => Shape::Associated,
                None => Shape::Any,
            },
        }
    }

    fn lifetime(&self, file: FileId, lifetime: &ast::Lifetime, token: &SyntaxToken) -> Reading {
        let range = token.text_range();
        if let Some(NameClass::Definition(definition)) = NameClass::classify_lifetime(self.sema, lifetime) {
            return Reading::new(range, Role::Definition, self.sense(definition));
        }
        if let Some(NameRefClass::Definition(definition, _)) = NameRefClass::classify_lifetime(self.sema, lifetime) {
            return Reading::new(range, Role::Reference, self.sense(definition));
        }
        match introduced(lifetime) {
            Some(at) => {
                let entity = Entity::Name { file: original(file), at: at.into() };
                self.known.borrow_mut().entry(entity.clone()).or_insert_with(|| known_lifetime(self.name));
                let role = if range.start() == at { Role::Definition } else { Role::Reference };
                Reading::new(range, role, Sense::Is(entity))
            }
            None => Reading::new(range, Role::Reference, Sense::Foreign("a lifetime that nothing introduces")),
        }
    }

    /// What a word is that stands by itself in the code around a node: a local of a body, or a parameter.
    pub(super) fn in_scope(&self, node: &SyntaxNode, at: TextSize) -> Option<Entity> {
        let mut found = None;
        self.sema.scope_at_offset(node, at)?.process_all_names(&mut |name, what| {
            if found.is_none() && name.as_str() == self.name {
                found = match what {
                    ScopeDef::Local(local) => Some(Definition::Local(local)),
                    ScopeDef::GenericParam(param) => Some(Definition::GenericParam(param)),
                    _ => None,
                };
            }
        });
        match self.sense(found?) {
            Sense::Is(entity) => Some(entity),
            _ => None,
        }
    }
}

/// The token that a word lies in.
fn token_at(root: &SyntaxNode, word: TextRange) -> Option<SyntaxToken> {
    root.token_at_offset(word.start()).find(|token| token.text_range().contains_range(word))
}

/// One reading: no name.
pub(super) fn prose(word: TextRange, kind: Prose) -> Vec<Reading> {
    vec![Reading::new(word, Role::Reference, Sense::Prose(kind))]
}

/// `S { ref mut x }`: a field and a variable at once.
fn binding_shorthand(name: &ast::Name, token: &SyntaxToken, local: Sense, field: Sense) -> Vec<Reading> {
    let pattern = name.syntax().parent().and_then(ast::IdentPat::cast);
    let start = pattern.map_or(token.text_range().start(), |pattern| pattern.syntax().text_range().start());
    let range = TextRange::new(start, token.text_range().end());
    let modifiers = name.syntax().parent().map_or_else(String::new, |pattern| {
        let length = usize::from(token.text_range().start() - start);
        pattern.text().to_string().get(..length).unwrap_or_default().to_owned()
    });
    let text = token.text();
    let local = Reading { prefix: format!("{text}: {modifiers}"), ..Reading::new(range, Role::Definition, local) };
    let field = Reading { suffix: format!(": {modifiers}{text}"), ..Reading::new(range, Role::Member, field) };
    vec![local, field]
}

/// An import of several things of one name; renaming one, both names are imported.
fn several(reference: &ast::NameRef, token: &SyntaxToken, senses: Vec<Sense>) -> Vec<Reading> {
    let range = token.text_range();
    let tree = reference.syntax().ancestors().find_map(ast::UseTree::cast);
    if tree.is_none_or(|tree| tree.rename().is_some()) {
        let all = senses.into_iter().filter_map(|sense| match sense {
            Sense::Is(entity) => Some(entity),
            _ => None,
        });
        return vec![Reading::new(range, Role::Import, Sense::Several(all.collect()))];
    }
    let both = |sense| Reading {
        prefix: "{".to_owned(),
        suffix: format!(", {}}}", token.text()),
        ..Reading::new(range, Role::Import, sense)
    };
    senses.into_iter().map(both).collect()
}

/// The path of an import whose last part this is.
fn imported_path(reference: &ast::NameRef) -> Option<ast::Path> {
    let path = ast::PathSegment::cast(reference.syntax().parent()?)?.parent_path();
    let is_last = path.syntax().parent().is_some_and(|parent| ast::UseTree::can_cast(parent.kind()));
    let tree = path.syntax().parent().and_then(ast::UseTree::cast)?;
    (is_last && tree.use_tree_list().is_none() && tree.star_token().is_none()).then_some(path)
}

fn role(reference: &ast::NameRef) -> Role {
    let Some(parent) = reference.syntax().parent() else { return Role::Reference };
    match parent.kind() {
        SyntaxKind::FIELD_EXPR if is_assigned(&parent) => Role::Write,
        SyntaxKind::METHOD_CALL_EXPR
        | SyntaxKind::RECORD_EXPR_FIELD
        | SyntaxKind::RECORD_PAT_FIELD
        | SyntaxKind::FIELD_EXPR => Role::Member,
        _ if parent.ancestors().any(|node| ast::UseTree::can_cast(node.kind())) => Role::Import,
        _ => {
            let expression = parent.ancestors().find_map(ast::PathExpr::cast);
            if expression.is_some_and(|it| is_assigned(it.syntax())) { Role::Write } else { Role::Reference }
        }
    }
}

fn is_assigned(expression: &SyntaxNode) -> bool {
    let Some(assignment) = expression.parent().and_then(ast::BinExpr::cast) else { return false };
    let is_assignment = matches!(assignment.op_kind(), Some(ast::BinaryOp::Assignment { .. }));
    is_assignment && assignment.lhs().is_some_and(|left| left.syntax() == expression)
}

/// Where the lifetime is introduced that a token means, by what is around it: `for<'a>` is unknown to rust-analyzer.
fn introduced(lifetime: &ast::Lifetime) -> Option<TextSize> {
    let text = lifetime.syntax().text().to_string();
    let lists = |node: SyntaxNode| {
        let direct = node.children().filter_map(ast::GenericParamList::cast);
        let bound = node
            .children()
            .filter(|it| it.kind() == SyntaxKind::FOR_BINDER)
            .flat_map(|it| it.children().filter_map(ast::GenericParamList::cast).collect::<Vec<_>>());
        direct.chain(bound).collect::<Vec<_>>()
    };
    lifetime.syntax().ancestors().flat_map(lists).find_map(|list| {
        let mut own = list.syntax().descendants().filter_map(ast::LifetimeParam::cast).filter_map(|it| it.lifetime());
        own.find(|it| it.syntax().text() == text.as_str()).map(|it| it.syntax().text_range().start())
    })
}

fn known_lifetime(name: &str) -> Known {
    Known {
        kind: SymbolKind::TypeParameter,
        name: name.to_owned(),
        way: Vec::new(),
        root: 0,
        spaces: Spaces::NONE,
        is_member: false,
        is_public: false,
        names_a_file: false,
        fixed: None,
        seen_by: None,
    }
}
