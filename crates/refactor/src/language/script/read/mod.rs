//! Reads the facts of a file off its syntax tree: one walk, in which every name becomes a token with its meaning.

mod calls;
mod modules;
mod nodes;
mod patterns;
mod shapes;
mod types;
mod values;
mod walk;

use std::collections::HashMap;

use oxc_ast::ast::{BindingIdentifier, Comment, IdentifierReference, Program, StringLiteral};
use oxc_ast_visit::Visit as _;
use oxc_semantic::{Reference, ScopeId, Scoping, SymbolFlags};
use oxc_span::Span as Range;

use super::facts::{
    Ambient, Declared, Facts, Form, Meaning, RequestId, ShapeId, Signature, SignatureId, Symbol, SymbolId, Token, Type,
    TypeId, Value, ValueId, index,
};
use crate::language::{Prose, Role, SymbolKind};

/// Reads the facts of a tree whose names were bound.
pub(super) fn read(program: &Program<'_>, scoping: &Scoping) -> Facts {
    let mut reader = Reader::new(scoping, program.source_type.is_typescript());
    reader.comments(&program.comments, program.source_text);
    reader.visit_program(program);
    reader.finish()
}

/// The walk, and where it is.
struct Reader<'s> {
    facts: Facts,
    scoping: &'s Scoping,
    /// Expressions, types and shapes that were read already, by where they stand.
    values: HashMap<Range, ValueId>,
    types: HashMap<Range, TypeId>,
    shapes: HashMap<Range, ShapeId>,
    signatures: HashMap<Range, SignatureId>,
    scopes: Vec<ScopeId>,
    /// What `this` is.
    this: Vec<Value>,
    /// What `this` will be in the function that comes next.
    next_this: Option<Value>,
    /// The functions around.
    functions: Vec<SignatureId>,
    /// The classes around, for private names.
    classes: Vec<ShapeId>,
    /// The blocks around whose declarations are not the module's.
    homes: Vec<Home>,
    /// The scopes of each namespace or enum, of which one that is declared several times has several.
    bodies: HashMap<SymbolId, Vec<ScopeId>>,
    labels: Vec<(Box<str>, u32)>,
    /// How many `with` statements are around.
    withs: usize,
    /// How many types are around that put names together.
    makers: usize,
    /// What the variable of a `for` loop is, by where its declaration begins.
    elements: HashMap<u32, ValueId>,
    /// What a function's parameter is given, by where it begins.
    given: HashMap<u32, ValueId>,
}

/// Whose a declaration is.
#[derive(Debug, Clone)]
enum Home {
    /// A namespace's; everything in it is exported if it is only described.
    Space { symbol: SymbolId, is_described: bool, scope: Option<ScopeId> },
    /// A module's that is only described, by its number.
    Ambient(usize),
    /// Everybody's.
    Global,
}

impl<'s> Reader<'s> {
    fn new(scoping: &'s Scoping, is_typed: bool) -> Self {
        let symbols = scoping.symbol_ids().map(|id| Symbol {
            name: scoping.symbol_name(id).into(),
            kind: kind(scoping.symbol_flags(id)),
            places: Vec::new(),
            declared: Vec::new(),
            written: false,
            escapes: None,
            is_top: scoping.symbol_scope_id(id) == scoping.root_scope_id(),
            eval: None,
            within: None,
        });
        Self {
            facts: Facts { symbols: symbols.collect(), is_typed, ..Facts::default() },
            scoping,
            values: HashMap::new(),
            types: HashMap::new(),
            shapes: HashMap::new(),
            signatures: HashMap::new(),
            scopes: vec![scoping.root_scope_id()],
            this: vec![Value::Unknown],
            next_this: None,
            functions: Vec::new(),
            classes: Vec::new(),
            homes: Vec::new(),
            bodies: HashMap::new(),
            labels: Vec::new(),
            withs: 0,
            makers: 0,
            elements: HashMap::new(),
            given: HashMap::new(),
        }
    }

    fn finish(mut self) -> Facts {
        self.facts.prose.sort_by_key(|(span, _)| span.start);
        for symbol in &mut self.facts.symbols {
            symbol.places.sort_by_key(|place| place.start);
            symbol.places.dedup();
        }
        if !self.facts.is_module && !self.facts.is_common {
            let top = self.facts.symbols.iter().zip(0..).filter(|(symbol, _)| symbol.is_top && symbol.within.is_none());
            let top: Vec<_> = top.map(|(_, id)| SymbolId(id)).collect();
            self.facts.globals.extend(top);
        }
        self.facts
    }

    fn comments(&mut self, comments: &[Comment], text: &str) {
        for comment in comments {
            let range = comment.span.start as usize..comment.span.end as usize;
            let is_documentation = text.get(range).is_some_and(|text| text.starts_with("/**"));
            let kind = if is_documentation { Prose::Documentation } else { Prose::Comment };
            self.facts.prose.push((comment.span.start..comment.span.end, kind));
        }
    }

    fn prose(&mut self, span: Range) {
        self.facts.prose.push((span.start..span.end, Prose::String));
    }

    fn token(&mut self, name: &str, span: Range, role: Role, form: Form, meaning: Meaning) {
        let token = Token { start: span.start, end: span.end, role, form, meaning };
        self.facts.tokens.entry(name.into()).or_default().push(token);
    }

    fn plain(&mut self, name: &str, span: Range, role: Role, meaning: Meaning) {
        self.token(name, span, role, Form::Plain, meaning);
    }

    /// A declaration of a name.
    fn binding(&mut self, ident: &BindingIdentifier<'_>, form: Form) -> Option<SymbolId> {
        let id = SymbolId(index(ident.symbol_id.get()?.index()));
        self.token(&ident.name, ident.span, Role::Definition, form, Meaning::Symbol(id));
        self.symbol(id)?.places.push(ident.span.start..ident.span.end);
        Some(id)
    }

    fn symbol(&mut self, id: SymbolId) -> Option<&mut Symbol> {
        self.facts.symbols.get_mut(id.0 as usize)
    }

    fn declare(&mut self, id: SymbolId, declared: Declared) {
        if let Some(symbol) = self.symbol(id) {
            symbol.declared.push(declared);
        }
    }

    fn set_kind(&mut self, id: SymbolId, kind: SymbolKind) {
        if let Some(symbol) = self.symbol(id) {
            symbol.kind = kind;
        }
    }

    /// A use of a name. `escapes` says whether its value is handed on whole.
    fn reference(&mut self, ident: &IdentifierReference<'_>, form: Form, escapes: bool) {
        let found = self.resolve(ident);
        let reference = self.reference_of(ident);
        let is_write = reference.is_some_and(Reference::is_write);
        let is_value = reference.is_some_and(Reference::is_read);
        if let Some(symbol) = found.and_then(|id| self.symbol(id)) {
            symbol.written |= is_write;
            if escapes && is_value && symbol.escapes.is_none() {
                symbol.escapes = Some(ident.span.start);
            }
        }
        let role = if is_write { Role::Write } else { Role::Reference };
        let meaning = match found {
            _ if self.withs > 0 => Meaning::Dynamic(found),
            Some(id) => Meaning::Symbol(id),
            None => Meaning::Global,
        };
        self.token(&ident.name, ident.span, role, form, meaning);
    }

    fn reference_of(&self, ident: &IdentifierReference<'_>) -> Option<&'s Reference> {
        ident.reference_id.get().map(|id| self.scoping.get_reference(id))
    }

    /// What a name means: what the scopes around declare, those parts of a namespace that stand elsewhere included.
    fn resolve(&self, ident: &IdentifierReference<'_>) -> Option<SymbolId> {
        let found = self.reference_of(ident).and_then(Reference::symbol_id);
        let own = found.map(|id| SymbolId(index(id.index())));
        let home = found.map(|id| self.scoping.symbol_scope_id(id));
        for at in self.homes.iter().rev() {
            let Home::Space { symbol, scope: Some(scope), .. } = at else { continue };
            if home.is_some_and(|home| self.scoping.scope_is_descendant_of(home, *scope)) {
                return own;
            }
            if let Some(elsewhere) = self.in_other_body(*symbol, *scope, ident) {
                return Some(elsewhere);
            }
        }
        own
    }

    /// The name in another body of the same namespace, of those that come before. One body need not know the other's
    /// names; those of a body that comes later are missed, and then the name is nobody's here.
    fn in_other_body(&self, space: SymbolId, body: ScopeId, ident: &IdentifierReference<'_>) -> Option<SymbolId> {
        let others = self.bodies.get(&space)?.iter().filter(|other| **other != body);
        let exported = |id: &SymbolId| self.facts.symbol(*id).is_some_and(|symbol| symbol.within == Some(space));
        let found = others.filter_map(|other| self.scoping.get_binding(*other, ident.name));
        found.map(|id| SymbolId(index(id.index()))).find(exported)
    }

    fn value(&mut self, value: Value) -> ValueId {
        self.facts.values.push(value);
        ValueId(index(self.facts.values.len() - 1))
    }

    fn push_type(&mut self, kind: Type) -> TypeId {
        self.facts.types.push(kind);
        TypeId(index(self.facts.types.len() - 1))
    }

    fn push_signature(&mut self, signature: Signature) -> SignatureId {
        self.facts.signatures.push(signature);
        SignatureId(index(self.facts.signatures.len() - 1))
    }

    fn request(&mut self, source: &StringLiteral<'_>) -> RequestId {
        let place = inside(source.span);
        let known = self.facts.requests.iter().position(|known| known.place == (place.start..place.end));
        RequestId(index(known.unwrap_or_else(|| {
            let request =
                super::facts::Request { specifier: source.value.as_str().into(), place: place.start..place.end };
            self.facts.requests.push(request);
            self.facts.requests.len() - 1
        })))
    }

    fn ambient(&mut self, request: RequestId) -> usize {
        self.facts.ambients.push(Ambient { request, symbols: Vec::new() });
        self.facts.ambients.len() - 1
    }
}

/// The letters between two quotes.
fn inside(span: Range) -> Range {
    if span.end - span.start < 2 { span } else { Range::new(span.start + 1, span.end - 1) }
}

fn kind(flags: SymbolFlags) -> SymbolKind {
    let kinds = [
        (SymbolFlags::Class, SymbolKind::Class),
        (SymbolFlags::Enum, SymbolKind::Enum),
        (SymbolFlags::EnumMember, SymbolKind::Variant),
        (SymbolFlags::Function, SymbolKind::Function),
        (SymbolFlags::ConstVariable, SymbolKind::Constant),
        (SymbolFlags::Variable, SymbolKind::Variable),
        (SymbolFlags::Interface, SymbolKind::Interface),
        (SymbolFlags::TypeAlias, SymbolKind::Type),
        (SymbolFlags::TypeParameter, SymbolKind::TypeParameter),
        (SymbolFlags::ValueModule, SymbolKind::Module),
        (SymbolFlags::NamespaceModule, SymbolKind::Module),
    ];
    kinds.into_iter().find(|(flag, _)| flags.intersects(*flag)).map_or(SymbolKind::Variable, |(_, kind)| kind)
}
