//! From what rust-analyzer found to what these sources define: the place of the first definition, and what is to be known.

use ra_ap_hir::{
    Adt, AsAssocItem, AsExternAssocItem, AssocItem, AssocItemContainer, Crate, GenericParam, HasSource, Impl, Module,
    Semantics, Variant, Visibility,
};
use ra_ap_ide_db::{RootDatabase, defs::Definition};
use ra_ap_syntax::{
    AstNode, SyntaxNode,
    ast::{self, HasAttrs},
};

use super::{
    meaning::{Known, Sense, Spaces},
    world::own,
};
use crate::{
    language::{Entity, Refusal, SymbolKind},
    request::Hierarchy,
    sources::FileId,
};

/// Derives whose output does not show the names that they see, or whose text is only for people.
const HARMLESS: [&str; 10] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd", "derive"];

/// Finds out what definitions are.
pub(super) struct Entities<'w, 'd> {
    /// The program.
    pub(super) sema: &'w Semantics<'d, RootDatabase>,
    /// Which methods move together.
    pub(super) hierarchy: Hierarchy,
    /// Whether a file is the first of a program.
    pub(super) is_program: &'w dyn Fn(FileId) -> bool,
}

impl Entities<'_, '_> {
    /// What a definition that is written `letters` is, and what is to be known of it.
    pub(super) fn of(&self, definition: Definition, letters: &str) -> (Sense, Option<Known>) {
        let db = self.sema.db;
        if let Some(foreign) = self.foreign(definition) {
            return (Sense::Foreign(foreign), None);
        }
        let definition = match self.family(definition) {
            Ok(definition) => definition,
            Err(foreign) => return (Sense::Foreign(foreign), None),
        };
        if let Some(foreign) = self.foreign(definition) {
            return (Sense::Foreign(foreign), None);
        }
        let name = definition.name(db).map(|name| name.as_str().trim_start_matches('\'').to_owned());
        match name {
            Some(name) if name == letters => {}
            Some(_) => return (Sense::Via(definition), None),
            None => return (Sense::Foreign("a name that the language gives"), None),
        }
        match self.place(definition, letters) {
            Some(entity) => (Sense::Is(entity), Some(self.known(definition, letters))),
            None => (Sense::Foreign("a name that a macro makes"), None),
        }
    }

    /// What says that a definition is not of these sources.
    fn foreign(&self, definition: Definition) -> Option<&'static str> {
        let db = self.sema.db;
        match definition {
            Definition::Crate(_) | Definition::ExternCrateDecl(_) => return Some("a crate"),
            Definition::Module(module) if module.is_crate_root(db) => return Some("a crate"),
            Definition::BuiltinType(_)
            | Definition::BuiltinLifetime(_)
            | Definition::BuiltinAttr(_)
            | Definition::ToolModule(_)
            | Definition::InlineAsmRegOrRegClass(()) => return Some("a name of the language"),
            Definition::TupleField(_) | Definition::SelfType(_) | Definition::DeriveHelper(_) => {
                return Some("a name that the language gives");
            }
            Definition::Macro(_)
            | Definition::Field(_)
            | Definition::Module(_)
            | Definition::Function(_)
            | Definition::Adt(_)
            | Definition::EnumVariant(_)
            | Definition::Const(_)
            | Definition::Static(_)
            | Definition::Trait(_)
            | Definition::TypeAlias(_)
            | Definition::GenericParam(_)
            | Definition::Local(_)
            | Definition::Label(_)
            | Definition::InlineAsmOperand(_) => {}
        }
        let is_own = definition.krate(db).is_some_and(|krate| krate.origin(db).is_local());
        (!is_own).then_some("a name of the standard library")
    }

    /// The definition that an item of an implementation answers to: that of the trait.
    fn family(&self, definition: Definition) -> Result<Definition, &'static str> {
        let db = self.sema.db;
        let Some(item) = definition.as_assoc_item(db) else { return Ok(definition) };
        let AssocItemContainer::Impl(implementation) = item.container(db) else { return Ok(definition) };
        let Some(of) = implementation.trait_(db) else {
            let foreign = "a member of a trait that is not of these sources";
            return if self.names_a_trait(implementation) { Err(foreign) } else { Ok(definition) };
        };
        let same = |other: &AssocItem| other.name(db) == item.name(db) && kind_of(*other) == kind_of(item);
        let declared = of.items(db).into_iter().find(same).map(Definition::from);
        let is_own = of.module(db).krate(db).origin(db).is_local();
        match declared {
            Some(declared) if self.hierarchy == Hierarchy::Family || !is_own => Ok(declared),
            Some(_) => Ok(definition),
            None if is_own => Err("a member that its trait does not have"),
            None => Err("a member of a trait that is not of these sources"),
        }
    }

    fn names_a_trait(&self, implementation: Impl) -> bool {
        self.sema.source(implementation).is_some_and(|source| source.value.trait_().is_some())
    }

    /// Where it is first defined, if that is a place where just its name is written.
    fn place(&self, definition: Definition, letters: &str) -> Option<Entity> {
        let db = self.sema.db;
        if let Definition::Module(module) = definition
            && let Some(file) = module.as_source_file_id(db)
        {
            return own(file.file_id(db)).map(Entity::File);
        }
        let place = definition.range_for_rename(self.sema)?;
        let file = own(place.file_id.file_id(db))?;
        let text = place.file_id.parse(db).tree().syntax().text();
        let written = text.slice(place.range).to_string();
        let is_plain = written.trim_start_matches("r#").trim_start_matches('\'') == letters;
        is_plain.then(|| Entity::Name { file, at: place.range.start().into() })
    }

    fn known(&self, definition: Definition, letters: &str) -> Known {
        let db = self.sema.db;
        let krate = definition.krate(db);
        let root = krate.map_or(0, |krate| krate.root_file(db).index());
        Known {
            kind: kind(definition, db),
            name: letters.to_owned(),
            way: self.way(definition, krate),
            root,
            spaces: spaces(definition, db),
            is_member: is_member(definition, db),
            is_public: definition.visibility(db).is_some_and(|it| it == Visibility::Public),
            names_a_file: matches!(definition, Definition::Module(it) if !it.is_inline(db) && !it.has_path(db)),
            fixed: self.fixed(definition, letters),
            seen_by: self.seen_by(definition),
        }
    }

    /// The way to a definition from the root of its crate; nothing for what is in a body.
    fn way(&self, definition: Definition, krate: Option<Crate>) -> Vec<String> {
        let db = self.sema.db;
        if matches!(
            definition,
            Definition::Local(_) | Definition::GenericParam(_) | Definition::Label(_) | Definition::InlineAsmOperand(_)
        ) {
            return Vec::new();
        }
        let mut way: Vec<String> = krate
            .and_then(|krate| krate.display_name(db))
            .map(|name| name.crate_name().to_string())
            .into_iter()
            .collect();
        let modules = definition.canonical_module_path(db).into_iter().flatten();
        way.extend(modules.filter_map(|module: Module| Some(module.name(db)?.as_str().to_owned())));
        way.extend(self.owner(definition));
        way
    }

    /// The type or trait that something belongs to.
    fn owner(&self, definition: Definition) -> Vec<String> {
        let db = self.sema.db;
        let text = |name: ra_ap_hir::Name| name.as_str().to_owned();
        match definition {
            Definition::Field(field) => match field.parent_def(db) {
                Variant::Struct(it) => vec![text(it.name(db))],
                Variant::Union(it) => vec![text(it.name(db))],
                Variant::EnumVariant(it) => vec![text(it.parent_enum(db).name(db)), text(it.name(db))],
            },
            Definition::EnumVariant(it) => vec![text(it.parent_enum(db).name(db))],
            Definition::Macro(_)
            | Definition::TupleField(_)
            | Definition::Module(_)
            | Definition::Crate(_)
            | Definition::Function(_)
            | Definition::Adt(_)
            | Definition::Const(_)
            | Definition::Static(_)
            | Definition::Trait(_)
            | Definition::TypeAlias(_)
            | Definition::SelfType(_)
            | Definition::GenericParam(_)
            | Definition::Local(_)
            | Definition::Label(_)
            | Definition::DeriveHelper(_)
            | Definition::BuiltinType(_)
            | Definition::BuiltinLifetime(_)
            | Definition::BuiltinAttr(_)
            | Definition::ToolModule(_)
            | Definition::ExternCrateDecl(_)
            | Definition::InlineAsmRegOrRegClass(())
            | Definition::InlineAsmOperand(_) => match definition.as_assoc_item(db).map(|item| item.container(db)) {
                Some(AssocItemContainer::Trait(it)) => vec![text(it.name(db))],
                Some(AssocItemContainer::Impl(it)) => {
                    let adt = it.self_ty(db).as_adt().map(|adt| text(adt.name(db)));
                    let of = it.trait_(db).map(|of| format!("<{}>", of.name(db).as_str()));
                    adt.or(Some("impl".to_owned())).into_iter().chain(of).collect()
                }
                None => Vec::new(),
            },
        }
    }

    fn fixed(&self, definition: Definition, letters: &str) -> Option<Refusal> {
        let db = self.sema.db;
        let Definition::Function(function) = definition else { return None };
        let module = function.module(db);
        let root = own(module.krate(db).root_file(db))?;
        let is_entry = letters == "main" && module.is_crate_root(db) && (self.is_program)(root);
        let is_free = function.as_assoc_item(db).is_none();
        (is_entry && is_free).then(|| Refusal {
            code: "entry_point",
            message: "`main` is where the program begins; its name cannot change".to_owned(),
        })
    }

    /// A derive or an attribute that gets to see the name of something.
    fn seen_by(&self, definition: Definition) -> Option<String> {
        if definition.as_extern_assoc_item(self.sema.db).is_some() {
            return Some("the linker".to_owned());
        }
        let own = self.syntax(definition)?;
        let holder = match definition {
            Definition::Field(_) | Definition::EnumVariant(_) => own.ancestors().skip(1).find_map(ast::Adt::cast),
            Definition::Adt(_) => ast::Adt::cast(own.clone()),
            _ => None,
        };
        let derived = holder.iter().flat_map(HasAttrs::attrs).flat_map(|attribute| derives(&attribute));
        let derive = derived.into_iter().find(|name| !HARMLESS.contains(&name.as_str()));
        let exported = ast::AnyHasAttrs::cast(own).into_iter().flat_map(|node| node.attrs()).find_map(|attribute| {
            let name = attribute.syntax().text().to_string();
            ["no_mangle", "export_name"].into_iter().find(|it| name.contains(it)).map(|_| "the linker".to_owned())
        });
        derive.map(|name| format!("the derive macro `{name}`")).or(exported)
    }

    fn syntax(&self, definition: Definition) -> Option<SyntaxNode> {
        fn node<D: HasSource>(sema: &Semantics<'_, RootDatabase>, definition: D) -> Option<SyntaxNode>
        where
            D::Ast: AstNode,
        {
            Some(sema.source(definition)?.value.syntax().clone())
        }
        match definition {
            Definition::Field(it) => match self.sema.source(it)?.value {
                ra_ap_hir::FieldSource::Named(field) => Some(field.syntax().clone()),
                ra_ap_hir::FieldSource::Pos(_) => None,
            },
            Definition::EnumVariant(it) => node(self.sema, it),
            Definition::Adt(Adt::Struct(it)) => node(self.sema, it),
            Definition::Adt(Adt::Enum(it)) => node(self.sema, it),
            Definition::Adt(Adt::Union(it)) => node(self.sema, it),
            Definition::Function(it) => node(self.sema, it),
            Definition::Static(it) => node(self.sema, it),
            _ => None,
        }
    }
}

/// The names in a `derive(…)`.
fn derives(attribute: &ast::Attr) -> Vec<String> {
    let text = attribute.syntax().text().to_string();
    let Some((_, list)) = text.split_once("derive") else { return Vec::new() };
    let list = list.trim_matches(|it: char| it.is_whitespace() || "()[]".contains(it));
    let bare = |path: &str| path.rsplit("::").next().unwrap_or(path).trim().trim_end_matches([')', ']']).to_owned();
    list.split(',').map(bare).filter(|name| !name.is_empty()).collect()
}

fn kind_of(item: AssocItem) -> u8 {
    match item {
        AssocItem::Function(_) => 0,
        AssocItem::Const(_) => 1,
        AssocItem::TypeAlias(_) => 2,
    }
}

fn is_member(definition: Definition, db: &RootDatabase) -> bool {
    matches!(definition, Definition::Field(_)) || definition.as_assoc_item(db).is_some()
}

fn kind(definition: Definition, db: &RootDatabase) -> SymbolKind {
    match definition {
        Definition::Macro(_) => SymbolKind::Macro,
        Definition::Field(_) | Definition::TupleField(_) => SymbolKind::Field,
        Definition::Module(_) | Definition::ToolModule(_) => SymbolKind::Module,
        Definition::Crate(_) | Definition::ExternCrateDecl(_) => SymbolKind::Package,
        Definition::Function(it) if it.as_assoc_item(db).is_some() => SymbolKind::Method,
        Definition::Function(_) => SymbolKind::Function,
        Definition::Adt(Adt::Enum(_)) => SymbolKind::Enum,
        Definition::Adt(Adt::Struct(_) | Adt::Union(_)) => SymbolKind::Class,
        Definition::EnumVariant(_) => SymbolKind::Variant,
        Definition::Const(_) | Definition::GenericParam(GenericParam::ConstParam(_)) => SymbolKind::Constant,
        Definition::Trait(_) => SymbolKind::Interface,
        Definition::TypeAlias(_) | Definition::SelfType(_) | Definition::BuiltinType(_) => SymbolKind::Type,
        Definition::GenericParam(_) | Definition::BuiltinLifetime(_) => SymbolKind::TypeParameter,
        Definition::Local(it) if it.is_param(db) => SymbolKind::Parameter,
        Definition::Local(_)
        | Definition::Static(_)
        | Definition::InlineAsmOperand(_)
        | Definition::InlineAsmRegOrRegClass(()) => SymbolKind::Variable,
        Definition::Label(_) => SymbolKind::Label,
        Definition::DeriveHelper(_) | Definition::BuiltinAttr(_) => SymbolKind::Attribute,
    }
}

fn spaces(definition: Definition, db: &RootDatabase) -> Spaces {
    let both = Spaces { types: true, ..Spaces::VALUES };
    match definition {
        Definition::Macro(_) => Spaces::MACROS,
        Definition::Adt(Adt::Struct(it)) if it.kind(db) != ra_ap_hir::StructKind::Record => both,
        Definition::EnumVariant(_) => both,
        Definition::Module(_)
        | Definition::Adt(_)
        | Definition::Trait(_)
        | Definition::TypeAlias(_)
        | Definition::GenericParam(_) => Spaces::TYPES,
        Definition::Field(_) | Definition::Function(_) | Definition::Const(_) | Definition::Static(_) => Spaces::VALUES,
        Definition::TupleField(_)
        | Definition::Crate(_)
        | Definition::SelfType(_)
        | Definition::Local(_)
        | Definition::Label(_)
        | Definition::DeriveHelper(_)
        | Definition::BuiltinType(_)
        | Definition::BuiltinLifetime(_)
        | Definition::BuiltinAttr(_)
        | Definition::ToolModule(_)
        | Definition::ExternCrateDecl(_)
        | Definition::InlineAsmRegOrRegClass(())
        | Definition::InlineAsmOperand(_) => Spaces::NONE,
    }
}
