//! Structs, unions, classes and enumerations.

use tree_sitter::Node;

use super::{Here, Reader};
use crate::language::{
    Role, SymbolKind,
    c::facts::{Base, Owner, Record, RecordId, ScopeKind, Space, Typed},
    trees::children,
};

impl<'p> Reader<'p> {
    /// A record, with its body or without. One without a name of its own is called by the type that is defined as it.
    pub(super) fn record(&mut self, node: Node<'p>, here: Here, alias: Option<&str>) -> Typed {
        if let Some(known) = self.records.get(&node.id()) {
            return Typed { base: Base::Record(*known), depth: 0 };
        }
        let name = node.child_by_field_name("name");
        let Some(body) = node.child_by_field_name("body") else { return self.mention(node, name, here, true) };
        let home = if self.facts.is_cpp { here.home } else { self.outside_of_records(here.home) };
        let owner = self.owner(home);
        let id = RecordId::try_from(self.facts.records.len()).unwrap_or(RecordId::MAX);
        let called = name.map(super::names::leaf).map(|leaf| self.letters(leaf)).or(alias);
        let path = called.and_then(|called| self.path(&owner, called));
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Record(id));
        self.facts.records.push(Record {
            path,
            bases: Vec::new(),
            is_part_of: None,
            is_flawed: super::first_flaw(self.text, body).is_some(),
        });
        self.records.insert(node.id(), id);
        if let Some(name) = name {
            self.define_tag(name, Here { home, ..here }, owner, SymbolKind::Class, Some(id));
        }
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("name" | "body"), _) => {}
                (_, "base_class_clause") => self.bases(child, here, id),
                _ => self.walk(child, here),
            }
        }
        self.walk_all(body, here.inside(scope));
        Typed { base: Base::Record(id), depth: 0 }
    }

    fn path(&self, owner: &Owner, name: &str) -> Option<Box<str>> {
        let around = match owner {
            Owner::Namespace(path) => path.to_string(),
            Owner::Record(record) => self.facts.record(*record)?.path.as_deref()?.to_owned(),
            Owner::Block | Owner::Path(_) => return None,
        };
        Some(if around.is_empty() { name.into() } else { format!("{around}::{name}").into() })
    }

    fn define_tag(&mut self, name: Node<'p>, here: Here, owner: Owner, kind: SymbolKind, record: Option<RecordId>) {
        if let Some(arguments) = name.child_by_field_name("arguments") {
            self.walk_all(arguments, here);
        }
        let (owner, leaf) = if name.kind() == "qualified_identifier" {
            let Some((asked, leaf)) = self.qualified(name, here, Role::Definition) else { return };
            (Owner::Path(asked), leaf)
        } else {
            (owner, super::names::leaf(name))
        };
        let space = if matches!(owner, Owner::Record(_) | Owner::Path(_)) { Space::Member } else { Space::Tag };
        let base = record.map_or(Base::Builtin, Base::Record);
        let id = self.declare(leaf, here, owner, space, kind, &Typed { base, depth: 0 });
        if let Some(decl) = self.facts.scopes.declaration_mut(id) {
            decl.data.record = record;
            decl.data.is_definition = true;
        }
    }

    /// `struct a` without a body: declares the tag where nothing else is said, asks for it elsewhere.
    fn mention(&mut self, node: Node<'p>, name: Option<Node<'p>>, here: Here, is_record: bool) -> Typed {
        let Some(name) = name else { return Typed::default() };
        let parent = node.parent().map_or("", |parent| parent.kind());
        let is_alone = matches!(parent, "translation_unit" | "declaration_list" | "compound_statement")
            || matches!(parent, "type_definition" | "template_declaration" | "linkage_specification")
            || parent == "field_declaration" && node.parent().is_some_and(|it| it.named_child_count() == 1);
        for (field, child) in children(node) {
            if field != Some("name") {
                self.walk(child, here);
            }
        }
        if name.kind() == "qualified_identifier" {
            let asked = self.qualified(name, here, Role::Reference);
            return asked.map_or_else(Typed::default, |(asked, _)| Typed { base: Base::Named(asked), depth: 0 });
        }
        let leaf = super::names::leaf(name);
        if is_alone && leaf == name {
            let home = if self.facts.is_cpp { here.home } else { self.outside_of_records(here.home) };
            let owner = self.owner(home);
            let kind = if is_record { SymbolKind::Class } else { SymbolKind::Enum };
            let space = if matches!(owner, Owner::Record(_)) { Space::Member } else { Space::Tag };
            let before = Here { home, ..here };
            self.declare(leaf, before, owner, space, kind, &Typed::default());
        } else if leaf != name {
            self.walk(name, here);
        }
        let asked = self.ask(leaf, here, true, Role::Reference);
        Typed { base: Base::Named(asked), depth: 0 }
    }

    /// A record without a name and without a field of its type: its members are those of the record around it.
    pub(super) fn make_part(&mut self, record: RecordId, here: Here) {
        if let (Owner::Record(outer), Some(it)) = (self.owner(here.home), self.facts.records.get_mut(record as usize))
            && it.path.is_none()
        {
            it.is_part_of = Some(outer);
        }
    }

    fn bases(&mut self, node: Node<'p>, here: Here, id: RecordId) {
        for (_, child) in children(node) {
            if matches!(child.kind(), "access_specifier" | "attribute_declaration" | "virtual") {
                continue;
            }
            let base = self.typed(child, here);
            // What a template's instance inherits may depend on its arguments.
            let base = if child.kind() == "template_type" && here.is_template { Typed::default() } else { base };
            if let Some(record) = self.facts.records.get_mut(id as usize) {
                record.bases.push(base);
            }
        }
    }

    pub(super) fn enumeration(&mut self, node: Node<'p>, here: Here) {
        let name = node.child_by_field_name("name");
        let Some(body) = node.child_by_field_name("body") else {
            self.mention(node, name, here, false);
            return;
        };
        let home = if self.facts.is_cpp { here.home } else { self.outside_of_records(here.home) };
        let owner = self.owner(home);
        let outer = Here { home, ..here };
        let inside = if self.is_scoped(node) { self.enter_scoped(name, outer, &owner) } else { None };
        if let Some(name) = name
            && inside.is_none()
        {
            self.define_tag(name, outer, owner.clone(), SymbolKind::Enum, None);
        }
        if let Some(base) = node.child_by_field_name("base") {
            self.walk(base, here);
        }
        let constants = inside.unwrap_or(outer);
        for (_, child) in children(body) {
            if child.kind() == "enumerator" {
                self.enumerator(child, constants);
            } else {
                self.walk(child, constants);
            }
        }
    }

    fn is_scoped(&self, node: Node<'p>) -> bool {
        let mut words = self.letters(node).split_whitespace().skip(1);
        self.facts.is_cpp && matches!(words.next(), Some("class" | "struct"))
    }

    /// `enum class`: its constants are members.
    fn enter_scoped(&mut self, name: Option<Node<'p>>, here: Here, owner: &Owner) -> Option<Here> {
        let name = name?;
        let id = RecordId::try_from(self.facts.records.len()).unwrap_or(RecordId::MAX);
        let path = self.path(owner, self.letters(name));
        let scope = self.facts.scopes.enter(here.scope, ScopeKind::Record(id));
        self.facts.records.push(Record { path, bases: Vec::new(), is_part_of: None, is_flawed: false });
        self.define_tag(name, here, owner.clone(), SymbolKind::Enum, Some(id));
        Some(here.inside(scope))
    }

    fn enumerator(&mut self, node: Node<'p>, here: Here) {
        for (field, child) in children(node) {
            if field == Some("name") {
                let owner = self.owner(here.home);
                let space = if matches!(owner, Owner::Record(_)) { Space::Member } else { Space::Ordinary };
                let builtin = Typed { base: Base::Builtin, depth: 0 };
                let id = self.declare(child, here, owner, space, SymbolKind::Variant, &builtin);
                if let Some(decl) = self.facts.scopes.declaration_mut(id) {
                    decl.data.is_definition = true;
                }
            } else {
                self.walk(child, here);
            }
        }
    }
}
