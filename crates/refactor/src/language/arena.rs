//! Lists whose places are types: an [`Id`] is made by the list that it belongs to.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

/// A place in an [`Arena`].
pub(crate) struct Id<T> {
    index: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The first of a list.
    pub(crate) const FIRST: Self = Self { index: 0, of: PhantomData };
}

impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::FIRST
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index.cmp(&other.index)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{}", self.index)
    }
}

/// A list that only grows. Its ids stay good; one from elsewhere finds the empty element.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    items: Vec<T>,
    none: T,
}

impl<T: Default> Default for Arena<T> {
    fn default() -> Self {
        Self { items: Vec::new(), none: T::default() }
    }
}

impl<T: Default> Arena<T> {
    /// Appends. Files have far fewer than 2³² of anything.
    pub(crate) fn push(&mut self, item: T) -> Id<T> {
        let index = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(item);
        Id { index, of: PhantomData }
    }

    pub(crate) fn get(&self, id: Id<T>) -> &T {
        self.items.get(id.index as usize).unwrap_or(&self.none)
    }

    pub(crate) fn get_mut(&mut self, id: Id<T>) -> &mut T {
        self.items.get_mut(id.index as usize).unwrap_or(&mut self.none)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        (0u32..).zip(&self.items).map(|(index, item)| (Id { index, of: PhantomData }, item))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.items.iter_mut()
    }
}
