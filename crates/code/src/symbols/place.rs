//! Bytes to lines and columns, for many places in one pass.

use super::model::Range;

/// Turns byte ranges into lines and columns, each counted from 1, columns in code points. One pass over the
/// content, however many ranges there are and however long its lines.
pub(super) fn ranges(content: &[u8], bytes: &[(usize, usize)]) -> Vec<Range> {
    let mut order: Vec<usize> = bytes.iter().flat_map(|(start, end)| [*start, *end]).collect();
    order.sort_unstable();
    order.dedup();
    let mut places = Vec::with_capacity(order.len());
    let (mut at, mut line, mut column) = (0, 1_u32, 1_u32);
    for place in order.iter().copied() {
        let between = content.get(at..place).unwrap_or_default();
        match memchr::memrchr(b'\n', between) {
            Some(last) => {
                line = line.saturating_add(saturated(memchr::memchr_iter(b'\n', between).count()));
                column = saturated(code_points(between.get(last + 1..).unwrap_or_default())).saturating_add(1);
            }
            None => column = column.saturating_add(saturated(code_points(between))),
        }
        at = place;
        places.push((line, column));
    }
    let find =
        |byte: usize| order.binary_search(&byte).ok().and_then(|index| places.get(index)).copied().unwrap_or((1, 1));
    bytes
        .iter()
        .map(|(start, end)| {
            let ((start_line, start_column), (end_line, end_column)) = (find(*start), find(*end));
            Range { end_column, end_line, start_column, start_line }
        })
        .collect()
}

/// Code points in bytes that may not be UTF-8: every byte counts that does not continue another.
pub(crate) fn code_points(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000).count()
}

fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that cannot go on should stop")]
    use super::ranges;

    #[test]
    fn columns_count_code_points_and_lines_count_from_one() {
        let text = "é = 1\nläß();".as_bytes();
        let found = ranges(text, &[(0, 2), (7, 14)]);
        assert_eq!((found[0].start_line, found[0].start_column, found[0].end_column), (1, 1, 2));
        assert_eq!((found[1].start_line, found[1].start_column, found[1].end_column), (2, 1, 6));
    }
}
