//! What a rename would break that a second binding does not show.

use std::rc::Rc;

use super::{
    facts::{Facts, Kind, Struct, Top},
    implied,
    world::{Package, Unit, World, is_exported, may_be_same},
};
use crate::{
    language::{
        Clash, Entity, Place, Symbol, SymbolKind,
        arena::Id,
        trees::{asked_by_data, folder_of},
    },
    limits::Stopped,
    sources::FileId,
    words::Words,
};

/// What the names of functions begin with that `go test` looks for.
const TESTS: [&str; 4] = ["Test", "Benchmark", "Fuzz", "Example"];

pub(super) fn of(world: &World<'_>, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
    let Entity::Name { file, at } = symbol.entity else { return Ok(Vec::new()) };
    let Some(facts) = world.files.facts(file) else { return Ok(Vec::new()) };
    let question = Question { world, symbol, new_name, file, at, facts: &facts };
    match symbol.kind {
        SymbolKind::Method => {
            let mut clashes = implied::of(world, symbol, new_name)?;
            clashes.extend(question.alone()?);
            clashes.extend(question.examples());
            clashes.extend(question.asked_for_by_data("MethodByName")?);
            Ok(clashes)
        }
        SymbolKind::Field => {
            let mut clashes = question.field()?;
            clashes.extend(question.asked_for_by_data("FieldByName")?);
            Ok(clashes)
        }
        _ => Ok(question.top()),
    }
}

struct Question<'q, 's> {
    world: &'q World<'s>,
    symbol: &'q Symbol,
    new_name: &'q str,
    file: FileId,
    at: usize,
    facts: &'q Facts,
}

impl Question<'_, '_> {
    fn here(&self) -> Place {
        Place { file: self.file, range: self.at..self.at + self.symbol.name.len() }
    }

    /// A name of the package.
    fn top(&self) -> Vec<Clash> {
        let Some(top) = self.facts.top_at(self.at) else { return Vec::new() };
        let Some(unit) = self.world.unit_of(self.file) else { return Vec::new() };
        let mut clashes = self.imports(&unit);
        clashes.extend(self.examples());
        if top.kind == Kind::Function {
            clashes.extend(self.entry(&unit));
            clashes.extend(self.test());
        }
        clashes.extend(self.assembly(&unit, top));
        clashes
    }

    /// No file may import something under the name of something of its package.
    fn imports(&self, unit: &Rc<Unit>) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for file in &unit.files {
            let Some(facts) = self.world.files.facts(*file) else { continue };
            if let Some(import) = self.world.import_called(*file, &facts, self.new_name) {
                let at = facts.imports.get(import).map_or(0, |import| import.at);
                let message = format!("this file imports a package as `{}`", self.new_name);
                clashes.push(Clash {
                    code: "import_exists",
                    message,
                    place: Some(Place { file: *file, range: at..at }),
                });
            }
            let dot = facts.imports.iter().find(|import| {
                let is_dot = import.alias.as_deref() == Some(".");
                is_dot && matches!(self.world.package(*file, &import.path), Package::Foreign(_))
            });
            if let Some(import) = dot.filter(|_| is_exported(self.new_name)) {
                let message = format!("`{}` is imported whole here, and may have a `{}`", import.path, self.new_name);
                let place = Some(Place { file: *file, range: import.at..import.at });
                clashes.push(Clash { code: "may_be_imported", message, place });
            }
        }
        clashes
    }

    fn entry(&self, unit: &Unit) -> Option<Clash> {
        (self.new_name == "main" && &*unit.key.name == "main").then(|| Clash {
            code: "special_name",
            message: "the program would begin with it".to_owned(),
            place: Some(self.here()),
        })
    }

    /// Functions of tests are found by how their names begin.
    fn test(&self) -> Option<Clash> {
        let is_test = self.world.files.path(self.file).ends_with("_test.go");
        let prefix = |name: &str| TESTS.into_iter().find(|prefix| is_called_as(name, prefix));
        (is_test && prefix(&self.symbol.name) != prefix(self.new_name)).then(|| Clash {
            code: "test_name",
            message: format!("`go test` would not take `{}` for what it is now", self.new_name),
            place: Some(self.here()),
        })
    }

    /// `ExampleT_Method` shows the method of `T`, and `go vet` looks whether there is one.
    fn examples(&self) -> Vec<Clash> {
        let shows = |function: &str| {
            let shown = function.strip_prefix("Example").unwrap_or_default();
            shown.split('_').any(|part| part == self.symbol.name)
        };
        let folder = folder_of(self.world.files.path(self.file));
        let tests =
            self.world.files.folder(folder).iter().filter(|file| self.world.files.path(**file).ends_with("_test.go"));
        let mut clashes = Vec::new();
        for file in tests {
            let Some(facts) = self.world.files.facts(*file) else { continue };
            let found = facts.tops.iter().filter(|top| top.kind == Kind::Function && shows(&top.name));
            clashes.extend(found.map(|top| Clash {
                code: "example_name",
                message: format!("`{}` is an example of it by its name, which would have to change as well", top.name),
                place: Some(Place { file: *file, range: top.at..top.at + top.name.len() }),
            }));
        }
        clashes
    }

    /// A function without a body is written in assembly, where a middle dot stands before its name.
    fn assembly(&self, unit: &Unit, top: &Top) -> Vec<Clash> {
        let message = || format!("assembly uses `{}` by its name", self.symbol.name);
        let clash = |place| Clash { code: "assembly", message: message(), place: Some(place) };
        let bodiless = self.facts.functions.iter().any(|(_, it)| it.at == top.at && !it.has_body);
        let mut clashes: Vec<_> = bodiless.then(|| clash(self.here())).into_iter().collect();
        let dotted = format!("·{}", self.symbol.name);
        let words = Words::new(&dotted);
        let sources = self.world.files.sources;
        for file in sources.ids() {
            let path = self.world.files.path(file);
            if path.rsplit_once('.').is_some_and(|(_, end)| end == "s") && folder_of(path) == &*unit.key.folder {
                let Ok(text) = sources.text(file) else { continue };
                clashes.extend(words.of(&text).map(|range| clash(Place { file, range })));
            }
        }
        clashes
    }

    /// A rename of one method alone takes it out of the interfaces that ask for it.
    fn alone(&self) -> Result<Option<Clash>, Stopped> {
        if !self.world.is_alone() {
            return Ok(None);
        }
        let others = self.world.members(&self.symbol.name)?.families().any(|(family, _)| *family != self.symbol.entity);
        Ok(others.then(|| Clash {
            code: "breaks_family",
            message: "other methods of this name may have to be called the same, and stay as they are".to_owned(),
            place: Some(self.here()),
        }))
    }

    fn field(&self) -> Result<Vec<Clash>, Stopped> {
        let found = self.facts.structs.iter().find(|(_, it)| it.fields.iter().any(|field| field.at == self.at));
        let Some((id, of)) = found else { return Ok(Vec::new()) };
        let mut clashes: Vec<_> = self.reflected(of).into_iter().collect();
        clashes.extend(self.twins(id, of)?);
        Ok(clashes)
    }

    /// `reflect.ValueOf(t).MethodByName(found)`, in the package or where the type's name stands.
    fn asked_for_by_data(&self, asker: &str) -> Result<Vec<Clash>, Stopped> {
        if !is_exported(&self.symbol.name) {
            return Ok(Vec::new());
        }
        let owner = self.symbol.qualified_name.rsplit('.').nth(1).unwrap_or_default();
        let folder = folder_of(self.world.files.path(self.file));
        let mut clashes = Vec::new();
        for file in self.world.files.holders(asker)? {
            let (Ok(text), Some(facts)) = (self.world.files.sources.text(file), self.world.files.facts(file)) else {
                continue;
            };
            let is_near =
                folder_of(self.world.files.path(file)) == folder || Words::new(owner).of(&text).next().is_some();
            let askers = [asker];
            let places: Vec<_> = asked_by_data(&text, &facts.lexemes, &askers).filter(|_| is_near).collect();
            let message =
                format!("members are asked for by names that are data here, `{}` may be one", self.symbol.name);
            clashes.extend(places.into_iter().map(|range| Clash {
                code: "asked_for_by_data",
                message: message.clone(),
                place: Some(Place { file, range }),
            }));
        }
        Ok(clashes)
    }

    /// Where other fields say how they are written out, one that does not is written out by its name.
    fn reflected(&self, of: &Struct) -> Option<Clash> {
        let field = of.fields.iter().find(|field| field.at == self.at)?;
        let is_written = is_exported(&field.name) && !field.is_tagged && of.fields.iter().any(|it| it.is_tagged);
        is_written.then(|| Clash {
            code: "reflected",
            message: format!("other fields have tags: `{}` may be read and written by its name", field.name),
            place: Some(self.here()),
        })
    }

    /// Structs that may be converted into each other must have fields of the same names.
    fn twins(&self, id: Id<Struct>, of: &Struct) -> Result<Vec<Clash>, Stopped> {
        let mut clashes = Vec::new();
        for file in self.world.files.holders(&self.symbol.name)? {
            let Some(facts) = self.world.files.facts(file) else { continue };
            for (other, it) in facts.structs.iter() {
                if (file, other) != (self.file, id)
                    && self.are_alike((self.file, of), (file, it))
                    && self.may_meet((self.facts, self.file, of), (&facts, file, it))?
                {
                    let at = it.fields.first().map_or(0, |field| field.at);
                    clashes.push(Clash {
                        code: "same_fields",
                        message: "this struct has the same fields, and may be converted into the renamed one's"
                            .to_owned(),
                        place: Some(Place { file, range: at..at }),
                    });
                }
            }
        }
        Ok(clashes)
    }

    fn are_alike(&self, (file, one): (FileId, &Struct), (other_file, other): (FileId, &Struct)) -> bool {
        one.fields.len() == other.fields.len()
            && one.fields.iter().zip(&other.fields).all(|(own, its)| {
                own.name == its.name
                    && own.is_embedded == its.is_embedded
                    && self.world.sees(file, other_file, &own.name)
                    && may_be_same(&self.world.type_at(file, own.of), &self.world.type_at(other_file, its.of))
            })
    }

    /// Two variants of one type are one already. Of two types that are declared, a conversion names one; of two that are
    /// not, one has to be where the other can be seen.
    fn may_meet(
        &self,
        (facts, file, one): (&Facts, FileId, &Struct),
        (other_facts, other_file, other): (&Facts, FileId, &Struct),
    ) -> Result<bool, Stopped> {
        match (one.owner, other.owner) {
            (Some(own), Some(its)) => {
                if self.world.canonical(file, own) == self.world.canonical(other_file, its) {
                    return Ok(false);
                }
                let (own, its) = (&facts.specs.get(own).name, &other_facts.specs.get(its).name);
                Ok(self.is_converted(own)? || self.is_converted(its)?)
            }
            (None, None) => {
                Ok(one.home.is_none() || other.home.is_none() || (file == other_file && one.home == other.home))
            }
            (Some(_), None) | (None, Some(_)) => Ok(true),
        }
    }

    /// Whether a type is written somewhere as if it were called, as conversions are.
    fn is_converted(&self, name: &str) -> Result<bool, Stopped> {
        for file in self.world.files.holders(name)? {
            let Ok(text) = self.world.files.sources.text(file) else { continue };
            let is_call = |range: std::ops::Range<usize>| {
                let after = text.get(range.end..).unwrap_or_default();
                after.starts_with('(') || after.starts_with(")(")
            };
            if Words::new(name).of(&text).any(is_call) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `TestX` is a test, `Testing` is none.
fn is_called_as(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| !rest.chars().next().is_some_and(char::is_lowercase))
}
