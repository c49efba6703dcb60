//! Scopes one in the other, each with what it declares and from where on that is seen.

use std::collections::HashMap;

/// A scope of a [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::language) struct ScopeId(u32);

/// A declaration of a [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::language) struct DeclarationId(u32);

/// One declared name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::language) struct Declaration<D> {
    /// Where it is declared.
    pub(in crate::language) scope: ScopeId,
    /// The first byte of its name.
    pub(in crate::language) at: usize,
    /// The byte from which on it is seen; 0 if in all of its scope.
    pub(in crate::language) from: usize,
    /// What the language keeps of it.
    pub(in crate::language) data: D,
}

#[derive(Debug)]
struct Scope<K> {
    parent: Option<ScopeId>,
    kind: K,
    /// By name, in the order in which they were declared.
    names: HashMap<Box<str>, Vec<DeclarationId>>,
}

/// The scopes of a file. `K` is what the language keeps of a scope, `D` of a declaration. A scope is made after the one
/// around it, so that going outward ends.
#[derive(Debug)]
pub(in crate::language) struct Scopes<K, D> {
    scopes: Vec<Scope<K>>,
    declarations: Vec<Declaration<D>>,
}

impl<K, D> Scopes<K, D> {
    /// The outermost scope alone.
    pub(in crate::language) fn new(kind: K) -> (Self, ScopeId) {
        let mut scopes = Self { scopes: Vec::new(), declarations: Vec::new() };
        let outermost = scopes.open(None, kind);
        (scopes, outermost)
    }

    /// A scope within another.
    pub(in crate::language) fn enter(&mut self, parent: ScopeId, kind: K) -> ScopeId {
        self.open(Some(parent), kind)
    }

    fn open(&mut self, parent: Option<ScopeId>, kind: K) -> ScopeId {
        let id = ScopeId(number(self.scopes.len()));
        self.scopes.push(Scope { parent, kind, names: HashMap::new() });
        id
    }

    /// Declares a name.
    pub(in crate::language) fn declare(&mut self, name: &str, declaration: Declaration<D>) -> DeclarationId {
        let id = DeclarationId(number(self.declarations.len()));
        if let Some(scope) = self.scopes.get_mut(declaration.scope.0 as usize) {
            scope.names.entry(name.into()).or_default().push(id);
        }
        self.declarations.push(declaration);
        id
    }

    /// What a name means at a byte of a scope: the last declaration that is seen from there, of the innermost scope that
    /// has one.
    pub(in crate::language) fn find(&self, scope: ScopeId, name: &str, at: usize) -> Option<DeclarationId> {
        self.outward(scope).find_map(|scope| self.find_in(scope, name, at))
    }

    /// The same in one scope only.
    pub(in crate::language) fn find_in(&self, scope: ScopeId, name: &str, at: usize) -> Option<DeclarationId> {
        let seen = |id: &&DeclarationId| self.declaration(**id).is_some_and(|it| it.from <= at);
        self.declared(scope, name).iter().rev().find(seen).copied()
    }

    /// All declarations of a name in one scope, in order.
    pub(in crate::language) fn declared(&self, scope: ScopeId, name: &str) -> &[DeclarationId] {
        self.scopes.get(scope.0 as usize).and_then(|scope| scope.names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// A scope and those around it, from the inside.
    pub(in crate::language) fn outward(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(scope), |scope| self.parent(*scope))
    }

    /// The scope around one.
    pub(in crate::language) fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes.get(scope.0 as usize)?.parent
    }

    /// What the language keeps of a scope.
    pub(in crate::language) fn kind(&self, scope: ScopeId) -> Option<&K> {
        self.scopes.get(scope.0 as usize).map(|scope| &scope.kind)
    }

    /// A declaration.
    pub(in crate::language) fn declaration(&self, id: DeclarationId) -> Option<&Declaration<D>> {
        self.declarations.get(id.0 as usize)
    }

    /// A declaration, to say more of it.
    pub(in crate::language) fn declaration_mut(&mut self, id: DeclarationId) -> Option<&mut Declaration<D>> {
        self.declarations.get_mut(id.0 as usize)
    }

    /// All declarations, in the order in which they were made.
    pub(in crate::language) fn declarations(&self) -> impl Iterator<Item = (DeclarationId, &Declaration<D>)> {
        (0..).map(DeclarationId).zip(&self.declarations)
    }
}

/// A number for the next of a list. No file that is read holds as many as 32 bits count.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
