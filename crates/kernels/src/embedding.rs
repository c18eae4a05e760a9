//! Rows of a table by their numbers, and the gradients of those rows.

use crate::Real;
use crate::rows::{Blocks, Rows, RowsMut, count};

/// `scale` times row `ids[i]` of `table` `[vocabulary, width]` into row i of `out` `[ids, width]`.
///
/// # Panics
///
/// Where `out` is not one row of `width` for each id, or an id is not a row of the table.
pub fn gather<T: Real>(table: &[T], width: usize, ids: &[u32], scale: T, out: &mut [T]) {
    rows_of(table, width, ids, out, |table, ids, out| {
        gather_block(table, ids, scale, out);
    });
}

/// Adds `scale` times row `ids[i]` of `table` `[vocabulary, width]` to row i of `out` `[ids, width]`.
///
/// # Panics
///
/// Where `out` is not one row of `width` for each id, or an id is not a row of the table.
pub fn gather_add<T: Real>(table: &[T], width: usize, ids: &[u32], scale: T, out: &mut [T]) {
    rows_of(table, width, ids, out, |table, ids, out| {
        gather_add_block(table, ids, scale, out);
    });
}

fn rows_of<T: Real>(
    table: &[T],
    width: usize,
    ids: &[u32],
    out: &mut [T],
    body: impl Fn(Rows<'_, T>, Rows<'_, u32>, RowsMut<'_, T>) + Sync,
) {
    check(table.len(), width, ids, out.len());
    let piece = (
        Rows {
            values: ids,
            width: 1,
        },
        RowsMut { values: out, width },
    );
    Blocks::of(ids.len(), width).run(piece, &|(ids, out)| {
        body(Rows { values: table, width }, ids, out);
    });
}

#[track_caller]
fn check(table: usize, width: usize, ids: &[u32], rows: usize) {
    let vocabulary = count(table, width);
    assert_eq!(count(rows, width), ids.len(), "one row for each id");
    let largest = ids.iter().max().map_or(0, |&id| id as usize + 1);
    assert!(
        largest <= vocabulary,
        "id {} is not one of {vocabulary}",
        largest - 1
    );
}

vectorised! {
    fn gather_block<'a, T>(table: Rows<'a, T>, ids: Rows<'a, u32>, scale: T, out: RowsMut<'a, T>) {
        let width = table.width;
        for (out, &id) in out.values.chunks_exact_mut(width).zip(ids.values) {
            let row = &table.values[id as usize * width..][..width];
            for (out, &value) in out.iter_mut().zip(row) {
                *out = value * scale;
            }
        }
    }
}

vectorised! {
    fn gather_add_block<'a, T>(table: Rows<'a, T>, ids: Rows<'a, u32>, scale: T, out: RowsMut<'a, T>) {
        let width = table.width;
        for (out, &id) in out.values.chunks_exact_mut(width).zip(ids.values) {
            let row = &table.values[id as usize * width..][..width];
            for (out, &value) in out.iter_mut().zip(row) {
                *out = value.mul_add(scale, *out);
            }
        }
    }
}

/// Adds `scale` times row i of `d_out` `[ids, width]` to row `ids[i]` of `d_table` `[vocabulary, width]`: the backward
/// pass of [`gather`]. Rows that share an id are added in their order.
///
/// # Panics
///
/// Where `d_out` is not one row of `width` for each id, or an id is not a row of the table.
pub fn scatter_add<T: Real>(d_out: &[T], width: usize, ids: &[u32], scale: T, d_table: &mut [T]) {
    check(d_table.len(), width, ids, d_out.len());
    let mut order: Vec<(u32, u32)> = ids.iter().copied().zip(0..).collect();
    let mut cut = order.len();
    if Blocks::of(ids.len(), width).count() > 1 && rayon::current_num_threads() > 1 {
        // By id and then by place: the table can be cut between two ids, and each of its rows sees the same additions.
        order.sort_unstable();
        cut = Blocks::longest(width);
    }
    let rows = Rows { values: d_out, width };
    scatter(&order, cut, 0, width, d_table, &|order, first_id, d_table| {
        scatter_block(order, first_id, rows, scale, d_table);
    });
}

/// Gives `body` pieces of at most `cut` places and the part of the table, from row `first_id` on, that their ids are in.
/// What has one id stays whole.
fn scatter<T: Real>(
    order: &[(u32, u32)],
    cut: usize,
    first_id: usize,
    width: usize,
    d_table: &mut [T],
    body: &(impl Fn(&[(u32, u32)], usize, &mut [T]) + Sync),
) {
    let middle = order.get(order.len() / 2).map_or(0, |&(id, _)| id);
    let before = order.partition_point(|&(id, _)| id < middle);
    let split = if before > 0 {
        before
    } else {
        order.partition_point(|&(id, _)| id <= middle)
    };
    let Some(&(id, _)) = order.get(split).filter(|_| order.len() > cut) else {
        return body(order, first_id, d_table);
    };
    let id = id as usize;
    let (left, right) = order.split_at(split);
    let (left_rows, right_rows) = d_table.split_at_mut((id - first_id) * width);
    rayon::join(
        || scatter(left, cut, first_id, width, left_rows, body),
        || scatter(right, cut, id, width, right_rows, body),
    );
}

vectorised! {
    fn scatter_block<'a, T>(
        order: &'a [(u32, u32)],
        first_id: usize,
        d_out: Rows<'a, T>,
        scale: T,
        d_table: &'a mut [T],
    ) {
        let width = d_out.width;
        for &(id, place) in order {
            let sum = &mut d_table[(id as usize - first_id) * width..][..width];
            let row = &d_out.values[place as usize * width..][..width];
            for (sum, &value) in sum.iter_mut().zip(row) {
                *sum = value.mul_add(scale, *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_same_with_any_threads, numbers, with_threads};
    use proptest::prelude::*;

    /// Ids below `vocabulary`, most of them small, so that many rows share one.
    fn ids(rows: usize, vocabulary: usize, seed: u64) -> Vec<u32> {
        let numbers: Vec<f64> = numbers(rows, seed);
        let of = |number: &f64| (number / 2.0).powi(4) * vocabulary as f64;
        numbers
            .iter()
            .map(|number| (of(number) as u32).min(vocabulary as u32 - 1))
            .collect()
    }

    proptest! {
        #[test]
        fn rows_are_gathered_and_their_gradients_scattered(
            rows in 0_usize..20, width in 1_usize..70, vocabulary in 1_usize..9, seed: u64,
        ) {
            let table: Vec<f64> = numbers(vocabulary * width, seed);
            let ids = ids(rows, vocabulary, seed);
            let before: Vec<f64> = numbers(rows * width, !seed);
            let (mut gathered, mut added) = (vec![f64::NAN; rows * width], before.clone());
            gather(&table, width, &ids, 2.0, &mut gathered);
            gather_add(&table, width, &ids, 2.0, &mut added);
            let mut d_table = table.clone();
            scatter_add(&before, width, &ids, 2.0, &mut d_table);
            let mut expected = table.clone();
            for (row, &id) in ids.iter().enumerate() {
                for column in 0..width {
                    let (at, of) = (row * width + column, id as usize * width + column);
                    prop_assert_eq!(gathered[at], 2.0 * table[of]);
                    prop_assert_eq!(added[at], before[at] + 2.0 * table[of]);
                    expected[of] += 2.0 * before[at];
                }
            }
            prop_assert_eq!(d_table, expected);
        }
    }

    #[test]
    fn large_tables_are_cut_between_ids_and_every_gradient_arrives() {
        let (rows, width, vocabulary) = (3000, 100, 500);
        // Multiples of 1/8 are added without rounding, so that only a lost or doubled row can show.
        let d_out: Vec<f32> = numbers::<f32>(rows * width, 1)
            .iter()
            .map(|d| (d * 8.0).round() / 8.0)
            .collect();
        for ids in [
            ids(rows, vocabulary, 3),
            vec![7; rows],
            (0..rows as u32).map(|row| row % 2 * 499).collect(),
        ] {
            let mut expected = vec![0.0; vocabulary * width];
            for (row, &id) in ids.iter().enumerate() {
                for column in 0..width {
                    expected[id as usize * width + column] += d_out[row * width + column];
                }
            }
            for threads in 1..=3 {
                let mut d_table = vec![0.0; vocabulary * width];
                with_threads(threads, || scatter_add(&d_out, width, &ids, 1.0, &mut d_table));
                assert!(d_table == expected, "with {threads} threads");
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (rows, width, vocabulary) = (3000, 100, 500);
        let table: Vec<f32> = numbers(vocabulary * width, 1);
        let ids = ids(rows, vocabulary, 3);
        assert_same_with_any_threads(|| {
            let mut out = vec![0.0; rows * width];
            gather(&table, width, &ids, 3.0, &mut out);
            gather_add(&table, width, &ids, 1.0, &mut out);
            let mut d_table = table.clone();
            scatter_add(&out, width, &ids, 0.3, &mut d_table);
            [out, d_table].concat()
        });
    }

    #[test]
    #[should_panic(expected = "id 2 is not one of 2")]
    fn an_id_outside_the_table_is_refused() {
        gather(&[0.0_f32; 6], 3, &[0, 2], 1.0, &mut [0.0; 6]);
    }
}
