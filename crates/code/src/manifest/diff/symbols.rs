//! Symbols that came, went, changed; and those of the first two that are one symbol at another place.

use std::collections::HashMap;

use super::{DiffLimits, SymbolChanges, SymbolSide};
use crate::{hash::Digest, manifest::FileRecord, symbols::Symbol};

/// What is gathered of the symbols.
pub(super) struct Symbols {
    limit: usize,
    changes: SymbolChanges,
    cut: bool,
}

impl Symbols {
    pub(super) fn new(limits: DiffLimits) -> Self {
        Self { limit: limits.symbols, changes: SymbolChanges::default(), cut: false }
    }

    /// Compares the symbols of one file before and after, by their descriptors.
    pub(super) fn compare(&mut self, before: &FileRecord, after: &FileRecord) {
        if before.symbols == after.symbols {
            return;
        }
        let mut gone: HashMap<&str, &Symbol> =
            before.symbols.iter().map(|symbol| (symbol.descriptor.as_str(), symbol)).collect();
        for symbol in &after.symbols {
            match gone.remove(symbol.descriptor.as_str()) {
                None => self.add(after, symbol),
                Some(old) if old.body_sha256 != symbol.body_sha256 => {
                    self.changes.counts.changed += 1;
                    let pair = (side(before, old), side(after, symbol));
                    push(&mut self.changes.changed, pair, self.limit, &mut self.cut);
                }
                Some(_) => {}
            }
        }
        for symbol in before.symbols.iter().filter(|symbol| gone.contains_key(symbol.descriptor.as_str())) {
            self.remove(before, symbol);
        }
    }

    pub(super) fn add_all(&mut self, file: &FileRecord) {
        for symbol in &file.symbols {
            self.add(file, symbol);
        }
    }

    pub(super) fn remove_all(&mut self, file: &FileRecord) {
        for symbol in &file.symbols {
            self.remove(file, symbol);
        }
    }

    fn add(&mut self, file: &FileRecord, symbol: &Symbol) {
        self.changes.counts.added += 1;
        push(&mut self.changes.added, side(file, symbol), self.limit, &mut self.cut);
    }

    fn remove(&mut self, file: &FileRecord, symbol: &Symbol) {
        self.changes.counts.removed += 1;
        push(&mut self.changes.removed, side(file, symbol), self.limit, &mut self.cut);
    }

    /// Finds the moved ones. Says whether a list is cut.
    pub(super) fn finish(mut self) -> (SymbolChanges, bool) {
        let came = by_body(&self.changes.added);
        let mut moves = Vec::new();
        for (body, from) in by_body(&self.changes.removed) {
            if let (Some(from), Some(Some(to))) = (from, came.get(&body)) {
                moves.push((*to, from));
            }
        }
        moves.sort_unstable();
        for (to, from) in &moves {
            let pair = self.changes.removed.get(*from).zip(self.changes.added.get(*to));
            self.changes.moved.extend(pair.map(|(from, to)| (from.clone(), to.clone())));
        }
        let (mut to, mut from): (Vec<_>, Vec<_>) = moves.iter().copied().unzip();
        to.sort_unstable();
        from.sort_unstable();
        leave_out(&mut self.changes.added, &to);
        leave_out(&mut self.changes.removed, &from);
        let pairs = moves.len() as u64;
        self.changes.counts.moved = pairs;
        self.changes.counts.added -= pairs;
        self.changes.counts.removed -= pairs;
        for list in [&mut self.changes.added, &mut self.changes.removed] {
            list.sort_by(|a, b| (&a.path, a.start_line).cmp(&(&b.path, b.start_line)));
        }
        self.changes.changed.sort_by(|a, b| (&a.1.path, a.1.start_line).cmp(&(&b.1.path, b.1.start_line)));
        self.changes.moved.sort_by(|a, b| (&a.1.path, a.1.start_line).cmp(&(&b.1.path, b.1.start_line)));
        (self.changes, self.cut)
    }
}

/// Where the one symbol with each body is; none where there are several.
fn by_body(symbols: &[SymbolSide]) -> HashMap<Digest, Option<usize>> {
    let mut places = HashMap::with_capacity(symbols.len());
    for (at, symbol) in symbols.iter().enumerate() {
        places.entry(symbol.body_sha256).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

/// Removes the elements at `places`, which are in order.
fn leave_out(symbols: &mut Vec<SymbolSide>, places: &[usize]) {
    let (mut at, mut places) = (0, places.iter().peekable());
    symbols.retain(|_| {
        let is_there = places.next_if_eq(&&at).is_none();
        at += 1;
        is_there
    });
}

fn push<T>(list: &mut Vec<T>, one: T, limit: usize, cut: &mut bool) {
    if list.len() < limit {
        list.push(one);
    } else {
        *cut = true;
    }
}

fn side(file: &FileRecord, symbol: &Symbol) -> SymbolSide {
    SymbolSide {
        path: file.path.clone(),
        descriptor: symbol.descriptor.clone(),
        kind: symbol.kind,
        start_line: symbol.range.start_line,
        end_line: symbol.range.end_line,
        body_sha256: symbol.body_sha256,
    }
}
