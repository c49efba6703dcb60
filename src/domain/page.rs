//! Pages of a list, newest first, by keyset: the cursor is the last row's place, not a number of rows.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::failure::Failure;
use crate::clock::Timestamp;

const MOST: u16 = 100;
const USUAL: u16 = 50;

/// The place of a row in a list that is sorted by time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When the row was made.
    pub at: Timestamp,
    /// Which of those made then.
    pub id: Uuid,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// 1 to 100.
    pub limit: u16,
    /// Only rows older than this one.
    pub before: Option<Place>,
}

/// Some rows, and where the next ones begin.
#[derive(Debug, Clone)]
pub struct Listed<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where to go on, if there is more.
    pub next: Option<Place>,
}

impl Page {
    /// The first page, as long as may be.
    pub fn first() -> Self {
        Self { limit: MOST, before: None }
    }

    /// Reads the query's `limit` and `cursor`.
    pub fn parse(limit: Option<u16>, cursor: Option<&str>) -> Result<Self, Failure> {
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Failure::invalid("limit", format!("must be 1 to {MOST}")));
        }
        let bad_cursor = || Failure::invalid("cursor", "is not one that this service gave; start without it");
        let before = cursor.map(|text| Place::parse(text).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { limit, before })
    }

    /// Makes a page of up to `limit + 1` rows: the extra one only says that there is more.
    pub fn cut<T>(self, mut rows: Vec<T>, place: impl Fn(&T) -> Place) -> Listed<T> {
        let more = rows.len() > usize::from(self.limit);
        rows.truncate(self.limit.into());
        let next = rows.last().filter(|_| more).map(place);
        Listed { items: rows, next }
    }

    /// How many rows to ask the database for.
    pub fn rows_to_read(self) -> u64 {
        u64::from(self.limit) + 1
    }
}

impl<T> Listed<T> {
    /// The same page of something made from each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(make).collect(), next: self.next }
    }
}

impl Place {
    /// The cursor that the client sends back.
    pub fn cursor(self) -> String {
        let mut bytes = self.at.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 24] = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (at, id) = bytes.split_first_chunk::<8>()?;
        Some(Self { at: Timestamp(i64::from_be_bytes(*at)), id: Uuid::from_slice(id).ok()? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_place(at: i64, id: u128) {
            let place = Place { at: Timestamp(at), id: Uuid::from_u128(id) };
            prop_assert_eq!(Page::parse(None, Some(&place.cursor())).unwrap().before, Some(place));
        }

        #[test]
        fn any_text_is_a_cursor_or_a_clear_refusal(text: String) {
            let _ = Page::parse(None, Some(&text));
        }
    }

    #[test]
    fn a_full_page_with_more_behind_it_names_its_last_row() {
        let place = |n: &u128| Place { at: Timestamp(0), id: Uuid::from_u128(*n) };
        let page = Page { limit: 2, before: None };
        assert_eq!(page.cut(vec![3, 2, 1], place).next, Some(place(&2)));
        assert_eq!(page.cut(vec![2, 1], place).next, None);
    }
}
