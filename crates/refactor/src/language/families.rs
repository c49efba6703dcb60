//! Sets of definitions that grow together; each is known by its first.

/// Sets of definitions that are one.
pub(crate) struct Families {
    parents: Vec<usize>,
}

impl Families {
    /// So many definitions, each for itself.
    pub(crate) fn apart(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    /// The first of a family.
    pub(crate) fn root(&self, mut at: usize) -> usize {
        while let Some(parent) = self.parents.get(at).filter(|parent| **parent != at) {
            at = *parent;
        }
        at
    }

    pub(crate) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parents.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }

    pub(crate) fn join_all(&mut self, all: &[usize]) {
        for pair in all.windows(2) {
            if let [one, other] = pair {
                self.join(*one, *other);
            }
        }
    }
}
