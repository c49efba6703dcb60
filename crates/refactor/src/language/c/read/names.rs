//! Names that are asked for: plain, qualified, brought in by `using`, in attributes and assembly.

use tree_sitter::Node;

use super::{Here, Reader};
use crate::language::{
    Role,
    c::facts::{Ref, RefId, What, Word},
    trees::children,
};

impl<'p> Reader<'p> {
    /// Reads a node that is a name, or has to do with names in no way of its own.
    pub(super) fn walk_name(&mut self, node: Node<'p>, here: Here) {
        match node.kind() {
            "identifier" | "type_identifier" | "primitive_type" | "namespace_identifier" | "statement_identifier" => {
                self.ask(node, here, false, Role::Reference);
            }
            "field_identifier" => self.note(node, What::Word(Word::LeftOut), Role::Member, None),
            "qualified_identifier" => {
                self.qualified(node, here, Role::Reference);
            }
            "template_function" | "template_type" | "template_method" => {
                if let Some(name) = node.child_by_field_name("name") {
                    self.walk(name, here);
                }
                if let Some(arguments) = node.child_by_field_name("arguments") {
                    self.walk_all(arguments, here);
                }
            }
            "using_declaration" => self.using(node, here),
            "namespace_alias_definition" => self.namespace_alias(node, here),
            "friend_declaration" => self.friend(node, here),
            "field_initializer" => self.field_initializer(node, here),
            "assignment_expression" | "update_expression" => self.assignment(node, here),
            "attribute_declaration" | "attribute_specifier" | "ms_declspec_modifier" => self.leave_out(node),
            "gnu_asm_input_operand" | "gnu_asm_output_operand" => self.operand(node, here),
            _ => self.walk_all(node, here),
        }
    }

    /// A plain name that is asked for.
    pub(super) fn ask(&mut self, node: Node<'p>, here: Here, is_tag: bool, role: Role) -> RefId {
        let asked = self.asked(node, here, Vec::new(), is_tag, false);
        self.note(node, What::Asks(asked), role, here.call);
        asked
    }

    /// A name that is asked for in something that is written elsewhere.
    pub(super) fn ask_in(&mut self, node: Node<'p>, here: Here, path: Vec<Box<str>>) {
        let asked = self.asked(node, here, path, false, false);
        self.note(node, What::Asks(asked), Role::Reference, here.call);
    }

    fn asked(&mut self, node: Node<'p>, here: Here, path: Vec<Box<str>>, is_tag: bool, is_dependent: bool) -> RefId {
        let id = u32::try_from(self.facts.refs.len()).unwrap_or(u32::MAX);
        let at = u32::try_from(node.start_byte()).unwrap_or(u32::MAX);
        let name = self.letters(node).into();
        self.facts.refs.push(Ref { scope: here.scope, at, name, path, is_tag, is_dependent });
        id
    }

    /// `a::b::c`: asks for each part. Gives the last, or nothing if that is no plain name.
    pub(super) fn qualified(&mut self, node: Node<'p>, here: Here, role: Role) -> Option<(RefId, Node<'p>)> {
        let mut path: Vec<Box<str>> = Vec::new();
        let mut is_dependent = false;
        let mut node = node;
        loop {
            match node.child_by_field_name("scope") {
                None => path.push("".into()),
                Some(scope) => {
                    let name = scope.child_by_field_name("name").unwrap_or(scope);
                    let is_plain = matches!(name.kind(), "namespace_identifier" | "type_identifier" | "identifier");
                    if is_plain {
                        let asked = self.asked(name, here, path.clone(), false, is_dependent);
                        self.note(name, What::Asks(asked), Role::Reference, here.call);
                    }
                    is_dependent |= !is_plain || here.is_template && scope.kind() == "template_type";
                    if let Some(arguments) = scope.child_by_field_name("arguments") {
                        self.walk_all(arguments, here);
                    }
                    path.push(self.letters(name).into());
                }
            }
            let name = node.child_by_field_name("name")?;
            if name.kind() == "qualified_identifier" {
                node = name;
                continue;
            }
            return self.last_part(name, here, path, is_dependent, role);
        }
    }

    fn last_part(
        &mut self,
        name: Node<'p>,
        here: Here,
        path: Vec<Box<str>>,
        is_dependent: bool,
        role: Role,
    ) -> Option<(RefId, Node<'p>)> {
        let leaf = leaf(name);
        if let Some(arguments) = name.child_by_field_name("arguments") {
            self.walk_all(arguments, here);
        }
        if !leaf.kind().ends_with("identifier") {
            self.walk_all(leaf, here);
            return None;
        }
        let asked = self.asked(leaf, here, path, false, is_dependent);
        if role != Role::Definition {
            self.note(leaf, What::Asks(asked), role, here.call);
        }
        Some((asked, leaf))
    }

    /// `using namespace a;` and `using a::b;`: what they bring in is told apart by its name alone.
    fn using(&mut self, node: Node<'p>, here: Here) {
        for (_, child) in children(node) {
            let last = if child.kind() == "qualified_identifier" {
                self.qualified(child, here, Role::Import).map(|(_, leaf)| leaf)
            } else {
                self.ask(child, here, false, Role::Import);
                Some(child)
            };
            if let Some(last) = last {
                let name = self.letters(last).into();
                self.facts.used.push(name);
            }
        }
    }

    /// `namespace a = b;` is not followed: the alias may lead anywhere.
    fn namespace_alias(&mut self, node: Node<'p>, here: Here) {
        for (field, child) in children(node) {
            if field == Some("name") || child.kind() == "nested_namespace_specifier" {
                self.leave_out(child);
            } else {
                self.walk(child, here);
            }
        }
    }

    fn friend(&mut self, node: Node<'p>, here: Here) {
        for (_, child) in children(node) {
            match child.kind() {
                // What a friend declares is a member of the namespace around the class.
                "declaration" | "function_definition" => {
                    let home = self.outside_of_records(here.home);
                    self.walk(child, Here { home, ..here });
                }
                "type_identifier" => {
                    self.ask(child, here, true, Role::Reference);
                }
                _ => self.walk(child, here),
            }
        }
    }

    fn field_initializer(&mut self, node: Node<'p>, here: Here) {
        for (_, child) in children(node) {
            match child.kind() {
                "field_identifier" => self.note(child, What::Initialises(here.scope), Role::Write, None),
                "template_method" => {
                    if let Some(name) = child.child_by_field_name("name") {
                        self.note(name, What::Initialises(here.scope), Role::Reference, None);
                    }
                    if let Some(arguments) = child.child_by_field_name("arguments") {
                        self.walk_all(arguments, here);
                    }
                }
                _ => self.walk(child, here),
            }
        }
    }

    fn assignment(&mut self, node: Node<'p>, here: Here) {
        for (field, child) in children(node) {
            match (field, child.kind()) {
                (Some("left" | "argument"), "identifier") => {
                    self.ask(child, here, false, Role::Write);
                }
                _ => self.walk(child, here),
            }
        }
    }

    /// The symbol of an operand is a name of the assembly only.
    fn operand(&mut self, node: Node<'p>, here: Here) {
        for (field, child) in children(node) {
            if field == Some("symbol") {
                self.note(child, What::Word(Word::Outside), Role::Reference, None);
            } else {
                self.walk(child, here);
            }
        }
    }
}

/// The name of a template's instance, a destructor, or a plain name.
pub(super) fn leaf(node: Node<'_>) -> Node<'_> {
    let mut leaf = node;
    loop {
        let inner = match leaf.kind() {
            "template_function" | "template_type" | "template_method" => leaf.child_by_field_name("name"),
            "dependent_name" | "destructor_name" | "dependent_type" | "variadic_declarator" => leaf.named_child(0),
            _ => None,
        };
        match inner {
            Some(inner) => leaf = inner,
            None => return leaf,
        }
    }
}
