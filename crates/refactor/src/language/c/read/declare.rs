//! Declarations: variables, functions, parameters, fields, types, and what their declarators nest.

use tree_sitter::Node;

use super::{Here, Reader, names::leaf, shape::Shape, span};
use crate::language::{
    Role, SymbolKind,
    c::facts::{Base, Decl, Owner, RefId, ScopeKind, Space, Typed, What},
    trees::{Declaration, DeclarationId, ScopeId, all_of, children},
};

/// Whether a name is declared between a function's list of names and its body: `int f(a) int a; {}`.
fn is_old_style(name: Node<'_>) -> bool {
    let mut around = name.parent();
    while let Some(node) = around.filter(|node| node.kind().ends_with("declarator")) {
        around = node.parent();
    }
    let declaration = around.filter(|node| node.kind() == "declaration");
    declaration.and_then(|node| node.parent()).is_some_and(|node| node.kind() == "function_definition")
}

/// What the words before a declaration say of it.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each word says a thing of its own")]
pub(super) struct Manner {
    is_static: bool,
    is_extern: bool,
    is_virtual: bool,
    /// It is the parameter of a function or template.
    is_parameter: bool,
    /// A function's body follows.
    has_body: bool,
}

impl<'p> Reader<'p> {
    /// Declares one name.
    pub(super) fn declare(
        &mut self,
        node: Node<'p>,
        here: Here,
        owner: Owner,
        space: Space,
        kind: SymbolKind,
        typed: &Typed,
    ) -> DeclarationId {
        let name: Box<str> = self.letters(node).into();
        // What a block or a function declares is seen behind its name only (C11 6.2.1p7); labels are seen everywhere.
        let is_local = matches!(self.facts.scopes.kind(here.home), Some(ScopeKind::Block | ScopeKind::Function(_)));
        let is_early = space == Space::Label || kind == SymbolKind::TypeParameter || is_old_style(node);
        let from = if is_local && !is_early { node.end_byte() } else { 0 };
        let is_shared = owner != Owner::Block;
        let data = Decl {
            name: name.clone(),
            place: span(node),
            kind,
            space,
            owner,
            is_external: false,
            is_definition: false,
            is_virtual: false,
            typed: typed.clone(),
            record: None,
        };
        let at = node.start_byte();
        let id = self.facts.scopes.declare(&name, Declaration { scope: here.home, at, from, data });
        if is_shared {
            self.facts.shared.entry(name).or_default().push(id);
        }
        self.note(node, What::Declares(id), Role::Definition, here.call);
        id
    }

    /// Whose a declaration is that stands here.
    pub(super) fn owner(&self, home: ScopeId) -> Owner {
        match self.facts.scopes.kind(home) {
            Some(ScopeKind::Namespace(path)) => Owner::Namespace(path.clone()),
            Some(ScopeKind::Record(record)) => Owner::Record(*record),
            Some(ScopeKind::Function(_) | ScopeKind::Block) | None => Owner::Block,
        }
    }

    /// The innermost scope around that is no record's: C declares tags and constants there.
    pub(super) fn outside_of_records(&self, home: ScopeId) -> ScopeId {
        let is_record = |scope: &ScopeId| matches!(self.facts.scopes.kind(*scope), Some(ScopeKind::Record(_)));
        self.facts.scopes.outward(home).find(|scope| !is_record(scope)).unwrap_or(home)
    }

    fn manner(&self, node: Node<'p>) -> Manner {
        let mut manner = Manner::default();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match (child.kind(), self.letters(child)) {
                ("storage_class_specifier", "static") => manner.is_static = true,
                ("storage_class_specifier", "extern") => manner.is_extern = true,
                ("virtual" | "virtual_function_specifier", _) => manner.is_virtual = true,
                _ => {}
            }
        }
        manner
    }

    pub(super) fn declaration(&mut self, node: Node<'p>, here: Here) {
        let manner = self.manner(node);
        let declarators = all_of(node, "declarator");
        let type_node = node.child_by_field_name("type");
        if self.is_expression(type_node, here) {
            return self.walk_all(node, here);
        }
        let mut base = type_node.map_or_else(Typed::default, |it| self.typed(it, here));
        let is_auto = type_node.is_some_and(|it| it.kind() == "placeholder_type_specifier");
        if let (true, Base::Record(record)) = (declarators.is_empty(), &base.base) {
            self.make_part(*record, here);
        }
        for declarator in &declarators {
            if is_auto {
                let value = declarator.child_by_field_name("value").or_else(|| node.child_by_field_name("value"));
                base = value
                    .map_or_else(Typed::default, |value| Typed { base: Base::Of(self.value(value, here)), depth: 0 });
            }
            self.declare_all(*declarator, here, &base, manner);
        }
        for (field, child) in children(node) {
            match field {
                Some("type" | "declarator") => {}
                Some("default_value" | "value") => self.given(child, &base, here),
                _ => self.walk(child, here),
            }
        }
    }

    /// `a * b;` where `a` is a variable: the grammar takes it for a declaration.
    fn is_expression(&self, type_node: Option<Node<'p>>, here: Here) -> bool {
        let Some(node) = type_node.filter(|node| node.kind() == "type_identifier") else { return false };
        let (name, at) = (self.letters(node), node.start_byte());
        let found = self.facts.scopes.find(here.scope, name, at).and_then(|id| self.facts.decl(id));
        found.is_some_and(|decl| {
            decl.owner == Owner::Block && matches!(decl.kind, SymbolKind::Variable | SymbolKind::Parameter)
        })
    }

    /// Declares what a declarator names, and reads all that it nests.
    pub(super) fn declare_all(&mut self, node: Node<'p>, here: Here, base: &Typed, manner: Manner) {
        if matches!(node.kind(), "operator_cast" | "gnu_asm_expression") {
            return self.walk_all(node, here);
        }
        let Some(shape) = Shape::of(node) else { return self.walk_all(node, here) };
        if self.is_construction(&shape, here) {
            for wrap in &shape.wraps {
                self.walk_call_like(*wrap, here);
            }
        } else {
            self.walk_wraps(&shape, here);
        }
        let is_function = shape.function.is_some() && !self.is_construction(&shape, here);
        let depth = base.depth.saturating_add(if is_function || shape.function.is_none() { shape.depth } else { 0 });
        let typed = Typed { base: base.base.clone(), depth };
        if shape.name.kind() == "structured_binding_declarator" {
            for (_, child) in children(shape.name) {
                self.declare_named(child, here, &Typed::default(), false, manner, false);
            }
        } else {
            let has_value = node.kind() == "init_declarator";
            self.declare_named(shape.name, here, &typed, is_function, manner, has_value);
        }
        if let Some(value) = node.child_by_field_name("value") {
            self.given(value, &typed, here);
        }
    }

    fn declare_named(
        &mut self,
        name: Node<'p>,
        here: Here,
        typed: &Typed,
        is_function: bool,
        manner: Manner,
        has_value: bool,
    ) {
        if let Some(arguments) = name.child_by_field_name("arguments") {
            self.walk_all(arguments, here);
        }
        let (owner, leaf) = match name.kind() {
            "qualified_identifier" => {
                let Some((asked, leaf)) = self.qualified(name, here, Role::Definition) else { return };
                (Owner::Path(asked), leaf)
            }
            "destructor_name" | "operator_name" | "operator_cast" => return self.walk_all(name, here),
            _ => (self.owner(here.home), leaf(name)),
        };
        // `size_t` and its like are declared as types only: here the grammar was led astray.
        if !leaf.kind().ends_with("identifier") {
            return self.walk(leaf, here);
        }
        if self.is_constructor(&owner, leaf, here, is_function) {
            return;
        }
        let is_outer = owner == Owner::Block && !manner.is_parameter && (manner.is_extern || is_function);
        let owner = if is_outer { Owner::Namespace(self.namespace_path(here.home).into()) } else { owner };
        let is_member = matches!(owner, Owner::Record(_) | Owner::Path(_));
        let kind = match (is_function, is_member) {
            _ if manner.is_parameter => SymbolKind::Parameter,
            (true, true) => SymbolKind::Method,
            (true, false) => SymbolKind::Function,
            (false, true) => SymbolKind::Field,
            (false, false) => SymbolKind::Variable,
        };
        let space = if is_member { Space::Member } else { Space::Ordinary };
        let is_block = owner == Owner::Block;
        let id = self.declare(leaf, here, owner, space, kind, typed);
        if let Some(decl) = self.facts.scopes.declaration_mut(id) {
            decl.data.is_external = !is_block && !is_member && !manner.is_static;
            decl.data.is_definition = manner.has_body || !is_function && (has_value || !manner.is_extern);
            decl.data.is_virtual = manner.is_virtual;
        }
    }

    /// A constructor is named by its class: that is what is asked for.
    fn is_constructor(&mut self, owner: &Owner, leaf: Node<'p>, here: Here, is_function: bool) -> bool {
        let name = self.letters(leaf);
        let class = match owner {
            Owner::Record(record) => self.facts.record(*record).and_then(|it| it.path.clone()),
            Owner::Path(asked) => self.facts.asked(*asked).and_then(|it| it.path.last().cloned()),
            Owner::Block | Owner::Namespace(_) => None,
        };
        let is_it = is_function && class.is_some_and(|path| path.rsplit("::").next() == Some(name));
        if is_it {
            match owner {
                Owner::Path(asked) => {
                    let mut path = self.facts.asked(*asked).map(|it| it.path.clone()).unwrap_or_default();
                    path.pop();
                    self.ask_in(leaf, here, path);
                }
                Owner::Record(_) | Owner::Block | Owner::Namespace(_) => {
                    self.ask(leaf, here, false, Role::Reference);
                }
            }
        }
        is_it
    }

    pub(super) fn parameter(&mut self, node: Node<'p>, here: Here) {
        let manner = Manner { is_parameter: true, ..Manner::default() };
        let base = node.child_by_field_name("type").map_or_else(Typed::default, |it| self.typed(it, here));
        for (field, child) in children(node) {
            match field {
                Some("type") => {}
                Some("declarator") if !child.kind().starts_with("abstract") => {
                    self.declare_all(child, here.inside(here.scope), &base, manner);
                }
                _ => self.walk(child, here),
            }
        }
    }

    pub(super) fn type_definition(&mut self, node: Node<'p>, here: Here) {
        let declarators = all_of(node, "declarator");
        let names: Vec<_> = declarators.iter().filter_map(|it| Shape::of(*it)).collect();
        let alias = names.iter().find(|shape| shape.wraps.is_empty()).map(|shape| self.letters(shape.name));
        let base = match node.child_by_field_name("type") {
            Some(it) if it.child_by_field_name("body").is_some() && it.kind() != "enum_specifier" => {
                self.record(it, here, alias)
            }
            Some(it) => self.typed(it, here),
            None => Typed::default(),
        };
        for shape in &names {
            self.walk_wraps(shape, here);
            let typed = Typed { base: base.base.clone(), depth: base.depth.saturating_add(shape.depth) };
            self.define_type(shape.name, here, &typed);
        }
        if let (Some(name), "alias_declaration") = (node.child_by_field_name("name"), node.kind()) {
            self.define_type(name, here, &base);
        }
    }

    fn define_type(&mut self, name: Node<'p>, here: Here, typed: &Typed) {
        let owner = self.owner(here.home);
        let space = match (&owner, self.facts.is_cpp && self.is_own_tag(name, typed)) {
            (Owner::Record(_), _) => Space::Member,
            (_, true) => Space::Tag,
            (_, false) => Space::Ordinary,
        };
        self.declare(name, here, owner, space, SymbolKind::Type, typed);
    }

    /// `typedef struct a a;`: in C++ that is one name.
    fn is_own_tag(&self, name: Node<'p>, typed: &Typed) -> bool {
        let name = self.letters(name);
        match &typed.base {
            Base::Named(asked) => self.facts.asked(*asked).is_some_and(|it| it.is_tag && *it.name == *name),
            Base::Record(record) => {
                let path = self.facts.record(*record).and_then(|it| it.path.as_deref());
                path.is_some_and(|path| path.rsplit("::").next() == Some(name))
            }
            Base::Unknown | Base::Builtin | Base::Of(_) => false,
        }
    }

    /// A function with its body: parameters and body are one scope.
    pub(super) fn function(&mut self, node: Node<'p>, here: Here) {
        self.note_body(node, here);
        let manner = Manner { has_body: true, ..self.manner(node) };
        let base = node.child_by_field_name("type").map_or_else(Typed::default, |it| self.typed(it, here));
        let declarator = node.child_by_field_name("declarator");
        let shape = declarator.and_then(Shape::of);
        let mut owner: Option<RefId> = None;
        let mut parameters = None;
        if let Some(shape) = &shape {
            let typed = Typed { base: base.base.clone(), depth: base.depth.saturating_add(shape.depth) };
            let virtual_ = self.letters(shape.function.unwrap_or(shape.name)).ends_with("override");
            let manner = Manner { is_virtual: manner.is_virtual || virtual_, ..manner };
            let before = self.facts.refs.len();
            self.declare_named(shape.name, here, &typed, true, manner, false);
            let path = self.facts.refs.get(before..).unwrap_or_default().iter().rposition(|it| !it.path.is_empty());
            if shape.name.kind() == "qualified_identifier" {
                owner = path.and_then(|at| u32::try_from(before + at).ok());
            }
            parameters = shape.function;
        }
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Function(owner));
        let inside = Here { function: Some(scope), call: None, ..here.inside(scope) };
        if let Some(shape) = &shape {
            let around = shape.wraps.iter().copied().filter(|wrap| Some(*wrap) != parameters).collect();
            self.walk_wraps(&Shape { wraps: around, name: shape.name, depth: 0, function: None }, here);
        }
        self.walk_function(node, parameters, inside);
        if let (None, Some(declarator)) = (&shape, declarator) {
            self.walk_all(declarator, inside);
        }
    }

    /// What stands in a function's scope: `parameters` with what follows them, and the body.
    fn walk_function(&mut self, node: Node<'p>, parameters: Option<Node<'p>>, inside: Here) {
        for (field, child) in parameters.map(children).unwrap_or_default() {
            match (field, child.kind()) {
                (Some("declarator"), _) => {}
                (_, "parameter_list") => self.walk_all(child, inside),
                _ => self.walk(child, inside),
            }
        }
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("type" | "declarator"), _) => {}
                (Some("body"), "compound_statement") => self.walk_all(child, inside),
                _ => self.walk(child, inside),
            }
        }
    }
}
