//! Whether a path leads out of these sources: to a crate that a manifest names, or to the standard library.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use ra_ap_hir::Semantics;
use ra_ap_ide_db::{RootDatabase, defs::Definition};
use ra_ap_syntax::{
    AstNode, SyntaxNode,
    ast::{self, HasName},
};

use super::plan::Plan;
use crate::sources::FileId;

/// How often one import may lead to another.
const MOST_STEPS: usize = 4;

/// The imports of each file, each looked at once.
pub(super) struct Imports<'r, 'd> {
    pub(super) sema: &'r Semantics<'d, RootDatabase>,
    pub(super) plan: &'r Plan,
    pub(super) seen: RefCell<HashMap<FileId, Rc<[Import]>>>,
}

/// A name that an import brings into a file.
pub(super) struct Import {
    name: String,
    path: ast::Path,
}

impl Imports<'_, '_> {
    /// Whether a path that could not be resolved begins outside of these sources.
    pub(super) fn leads_out(&self, file: FileId, path: &ast::Path) -> bool {
        self.leads_out_in(file, path, MOST_STEPS)
    }

    fn leads_out_in(&self, file: FileId, path: &ast::Path, steps: usize) -> bool {
        let Some((head, path)) = head(path) else { return false };
        if matches!(head.as_str(), "crate" | "self" | "super" | "Self") {
            return false;
        }
        if let Some(definition) = self.sema.resolve_path(&path).map(Definition::from) {
            let krate = match definition {
                Definition::Crate(krate) => Some(krate),
                definition => definition.krate(self.sema.db),
            };
            return krate.is_some_and(|krate| !krate.origin(self.sema.db).is_local());
        }
        if self.plan.is_foreign(&head) {
            return true;
        }
        let Some(left) = steps.checked_sub(1) else { return false };
        let root = path.syntax().ancestors().last().unwrap_or_else(|| path.syntax().clone());
        let imports = self.of(file, &root);
        let mut of_that_name = imports.iter().filter(|import| import.name == head && import.path != path).peekable();
        of_that_name.peek().is_some() && of_that_name.all(|import| self.leads_out_in(file, &import.path, left))
    }

    fn of(&self, file: FileId, root: &SyntaxNode) -> Rc<[Import]> {
        if let Some(known) = self.seen.borrow().get(&file) {
            return Rc::clone(known);
        }
        let trees = root.descendants().filter_map(ast::UseTree::cast);
        let imports: Rc<[Import]> = trees.filter_map(|tree| import(&tree)).collect();
        self.seen.borrow_mut().insert(file, Rc::clone(&imports));
        imports
    }
}

fn import(tree: &ast::UseTree) -> Option<Import> {
    let path = tree.path()?;
    if tree.use_tree_list().is_some() || tree.star_token().is_some() {
        return None;
    }
    let name = match tree.rename() {
        Some(rename) => rename.name()?.text().to_string(),
        None => path.segment()?.name_ref()?.text().to_string(),
    };
    Some(Import { name, path })
}

/// The first part of a path, and the path of that part; in a group of imports, the group's.
fn head(path: &ast::Path) -> Option<(String, ast::Path)> {
    let mut outermost = path.clone();
    let groups = path.syntax().ancestors().filter_map(ast::UseTree::cast).filter_map(|tree| tree.path());
    if let Some(group) = groups.last() {
        outermost = group;
    }
    let mut first = outermost;
    while let Some(qualifier) = first.qualifier() {
        first = qualifier;
    }
    let name = first.segment()?.name_ref()?.text().to_string();
    Some((name.trim_start_matches("r#").to_owned(), first))
}
