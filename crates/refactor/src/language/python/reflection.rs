//! Where code takes names for data, so that another name changes what it does.

use std::{collections::BTreeSet, ops::Range};

use super::{
    bind::own,
    clashes::{Question, place},
    facts::{Facts, How, Name, Token, What},
    world::{Asked, ClassRef, Listing, Meaning, Module, Modules, Type},
};
use crate::{
    language::{Binding, Clash, Place, Prose, SymbolKind},
    sources::FileId,
    words::{Words, ends_with_word},
};

impl Question<'_, '_> {
    /// All such places.
    pub(super) fn names_as_data(&self) -> Vec<Clash> {
        let mut found = Vec::new();
        found.extend(self.asked_for_its_name());
        if self.symbol.kind == SymbolKind::Class {
            found.extend(self.part_of_names());
        }
        if matches!(self.symbol.kind, SymbolKind::Method | SymbolKind::Attribute | SymbolKind::Property) {
            found.extend(self.in_made_up_code());
            found.extend(self.asked_for_by_data());
            found.extend(self.listed_with_its_class());
            found.extend(self.given_by_data());
            found.extend(self.subscribed());
            found.extend(self.told_to_its_value());
            if self.classes().iter().any(|class| self.world.shows_its_fields(*class)) {
                found.extend(self.given_in_made_up_code());
            }
        }
        if self.symbol.kind == SymbolKind::Parameter {
            found.extend(self.given_by_data());
            found.extend(self.given_in_made_up_code());
        }
        let facts = self.world.known(self.file);
        if self.variable(&facts).is_some_and(|variable| facts.variables.get(variable).scope == Facts::MODULE) {
            found.extend(self.in_made_up_programs());
            found.extend(self.listed_with_its_module());
            found.extend(self.asked_of_its_module());
        }
        found
    }

    /// `".name"` in a text: code that is put together, or a format.
    fn in_made_up_code(&self) -> Vec<Clash> {
        let asks = |before: &str, _: &str| before.ends_with('.');
        let message = format!("this text may be code, or a format, that asks for `.{}`", self.symbol.name);
        self.in_texts("made_up_code", &message, asks)
    }

    /// `"import m; m.name()"`, `"if m.name:"`, `"@name"`: a text that imports, asks the module or decorates is code.
    fn in_made_up_programs(&self) -> Vec<Clash> {
        let imports = |before: &str, _: &str| {
            let code = before.find(['"', '\'']).and_then(|quote| before.get(quote..)).unwrap_or_default();
            code.trim_start_matches(['"', '\'', '\\']).split(['\n', ';']).any(is_import)
        };
        let own_module = self.own_module();
        let is_asked =
            |before: &str| before.strip_suffix('.').is_some_and(|before| ends_with_word(before, &own_module));
        let message = format!("this text may be code that uses `{}`", self.symbol.name);
        let decorates =
            |before: &str| before.strip_suffix('@').is_some_and(|before| before.ends_with(['"', '\'', 'n', ' ']));
        self.in_texts("made_up_code", &message, |before, after| {
            imports(before, after) || is_asked(before) || decorates(before)
        })
    }

    /// The last part of the name of the symbol's own module.
    fn own_module(&self) -> String {
        let module = self.world.modules.dotted(self.world.sources, &Modules::module_of(self.world.sources, self.file));
        module.rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// `"name="` in a text: code or a template that gives the argument, or an object as it is printed.
    fn given_in_made_up_code(&self) -> Vec<Clash> {
        let gives = |_: &str, after: &str| {
            let rest = after.trim_start().strip_prefix('=');
            rest.is_some_and(|rest| !rest.starts_with('='))
        };
        let message =
            format!("this text may be code, or a template, that gives `{}=`, or an object in print", self.symbol.name);
        self.in_texts("made_up_code", &message, gives)
    }

    /// `"name"` as a text of its own, where `getattr` and its like are asked for names that are data.
    fn asked_for_by_data(&self) -> Vec<Clash> {
        if self.world.reflected().asked.is_empty() {
            return Vec::new();
        }
        let message = format!(
            "this text is the name `{}`, and attributes are asked for by names that are data",
            self.symbol.name
        );
        self.in_texts("asked_for_by_data", &message, is_whole)
    }

    /// Where the name stands in texts that no code takes for a name, between what comes before and after.
    fn in_texts(&self, code: &'static str, message: &str, is_asked_for: impl Fn(&str, &str) -> bool) -> Vec<Clash> {
        self.in_texts_but(code, message, is_asked_for, |_| false)
    }

    /// Texts that are the name and nothing else, keys among them.
    pub(super) fn in_whole_texts(&self, code: &'static str, message: &str) -> Vec<Clash> {
        self.in_texts_but(code, message, is_whole, |token| matches!(token.what, What::Key { .. }))
    }

    fn in_texts_but(
        &self,
        code: &'static str,
        message: &str,
        is_asked_for: impl Fn(&str, &str) -> bool,
        is_no_name: impl Fn(&Token) -> bool,
    ) -> Vec<Clash> {
        let words = Words::new(&self.symbol.name);
        let mut found = Vec::new();
        for file in self.world.holders(&self.symbol.name).iter() {
            let Ok(text) = self.world.sources.text(*file) else { continue };
            let facts = self.world.known(*file);
            let is_ours = |range: &Range<usize>| {
                let Some((whole, Prose::String)) = facts.prose_around(range.start) else { return false };
                let around = (text.get(whole.start..range.start), text.get(range.end..whole.end));
                matches!(around, (Some(before), Some(after)) if is_asked_for(before, after))
                    && facts.token_at(range.start).all(&is_no_name)
            };
            found.extend(words.of(&text).filter(is_ours).map(|range| Clash {
                code,
                message: message.to_owned(),
                place: Some(Place { file: *file, range }),
            }));
        }
        found
    }

    /// `vars(module)`, `dir(module)`, `module.__dict__`
    fn listed_with_its_module(&self) -> Vec<Clash> {
        let own_module = self.own_module();
        let is_ours = |listing: &Listing, one: &Type| match one {
            Type::Module(module) => self.is_in(module),
            Type::Unknown => listing.name.as_ref().is_some_and(|name| *name == own_module),
            _ => false,
        };
        self.listed("listed_with_its_module", "module", is_ours)
    }

    /// `vars(Class)`, `dir(self)`, `self.__dict__`
    fn listed_with_its_class(&self) -> Vec<Clash> {
        let classes = self.classes();
        let lineages: Vec<Vec<ClassRef>> = classes.iter().map(|class| self.world.own_lineage(*class)).collect();
        let is_kin = |other: &ClassRef| {
            lineages.iter().any(|lineage| lineage.contains(other))
                || self.world.own_lineage(*other).iter().any(|above| classes.contains(above))
        };
        let is_kept_in_objects = self.symbol.kind == SymbolKind::Attribute || self.is_cached();
        let is_ours = |listing: &Listing, one: &Type| match one {
            Type::Class(class) => is_kin(class),
            Type::Instance(class) => (listing.is_whole || is_kept_in_objects) && is_kin(class),
            _ => false,
        };
        self.listed("listed_with_its_class", "class", is_ours)
    }

    /// `field = Descriptor()`, whose `__set_name__` is told what it is called (data model, 3.3.3.6).
    fn told_to_its_value(&self) -> Option<Clash> {
        let facts = self.world.known(self.file);
        let variable = self.variable(&facts)?;
        let is_told =
            |of: &Type| matches!(of, Type::Instance(class) if self.world.is_found_in_own(*class, "__set_name__"));
        let bound = facts.variables.get(variable).bindings.iter().find(|bound| match bound.how {
            How::Value(value) => self.world.infer(self.file, value).iter().any(is_told),
            _ => false,
        })?;
        Some(Clash {
            code: "reads_its_name",
            message: format!("the value is told by `__set_name__` that it is called `{}`", self.symbol.name),
            place: Some(place(self.file, bound.span.start as usize, self.symbol.name.len())),
        })
    }

    /// Whether it is a property whose value objects keep under its name (`functools.cached_property`).
    fn is_cached(&self) -> bool {
        let facts = self.world.known(self.file);
        let how = self.variable(&facts).and_then(|it| facts.variables.get(it).definition().map(|bound| bound.how));
        matches!(how, Some(How::Function(it)) if facts.has_decorator(&facts.functions.get(it).decorators, "cached_property"))
    }

    /// Where the names of something that is ours are listed.
    fn listed(&self, code: &'static str, what: &str, is_ours: impl Fn(&Listing, &Type) -> bool) -> Vec<Clash> {
        let reflected = self.world.reflected();
        let ours = reflected.listings.iter().filter(|it| it.kinds.iter().any(|one| is_ours(it, one)));
        let clash = |listing: &Listing| Clash {
            code,
            message: format!("the names of the {what} are listed here, `{}` with them", self.symbol.name),
            place: Some(place(listing.file, listing.at as usize, 1)),
        };
        ours.map(clash).collect()
    }

    /// `getattr(module, name)`
    fn asked_of_its_module(&self) -> Vec<Clash> {
        let reflected = self.world.reflected();
        let may_be = |asked: &&Asked| asked.name.is_open() || asked.name.of_attribute(&self.symbol.name).is_some();
        let is_own = |kind: &Type| matches!(kind, Type::Module(module) if self.is_in(module));
        let ours = reflected.asked.iter().filter(|asked| asked.kinds.iter().any(is_own)).filter(may_be);
        let clash = |asked: &Asked| Clash {
            code: "asked_for_by_data",
            message: format!("the module is asked for names that are data here, `{}` may be one", self.symbol.name),
            place: Some(place(asked.file, asked.at as usize, 1)),
        };
        ours.map(clash).collect()
    }

    /// Whether a module knows the symbol by its name.
    pub(super) fn is_in(&self, module: &Module) -> bool {
        let target = self.world.name_in(module, &Name::new(self.symbol.name.as_str()));
        match self.world.meaning_of(target) {
            Meaning::Own(file, variable) => {
                own(self.world, file, variable) == Binding::Bound(self.symbol.entity.clone())
            }
            Meaning::Module(_) | Meaning::Library(_) | Meaning::Missing | Meaning::Several(_) => false,
        }
    }

    /// Files that hold a word, and one of some others.
    pub(super) fn holding_both(&self, word: &str, others: &[&str]) -> Vec<FileId> {
        let others: BTreeSet<FileId> = others.iter().flat_map(|other| self.world.holders(other).to_vec()).collect();
        self.world.holders(word).iter().copied().filter(|file| others.contains(file)).collect()
    }
}

/// Whether nothing else is in a text, by what comes before and after.
fn is_whole(before: &str, after: &str) -> bool {
    before.ends_with(['"', '\'']) && after.starts_with(['"', '\'']) && before.chars().last() == after.chars().next()
}

/// Whether a line reads like an import.
fn is_import(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("import ") || line.starts_with("from ") && line.contains(" import ")
}
