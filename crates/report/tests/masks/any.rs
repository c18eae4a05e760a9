//! Masks of any shape.

use super::*;

/// A grid of up to three kinds, and masks of it.
fn any_masks() -> impl Strategy<Value = (HeadGrid, Vec<Wish>)> {
    (1usize..4, 1usize..6, 1usize..4).prop_flat_map(|(layers, heads, kinds)| {
        let all = translator(layers, heads);
        let grid = HeadGrid::new(all.rows()[..layers * kinds].to_vec()).unwrap();
        let n = grid.total();
        let masks = (
            prop::collection::vec(any::<u8>(), n),
            0..=n,
            1u64..5,
            any::<bool>(),
        );
        (Just(grid), prop::collection::vec(masks, 1..12))
    })
}

fn rows_of(grid: &HeadGrid, masks: &[Wish]) -> Vec<HeadsRow> {
    let mut rows = Vec::new();
    for (i, (wish, k, seed, drawn)) in masks.iter().enumerate() {
        let at = |row: HeadRow, head: usize| {
            let place = grid.rows().iter().position(|other| *other == row).unwrap();
            f64::from(wish[grid.range(place).start + head])
        };
        let (method, variant) = if *drawn {
            ("random", format!("draw-{i}"))
        } else {
            ("fisher", String::new())
        };
        let mut of_mask = mask(grid, (method, &variant), *k, *seed, at);
        // Each is a run of its own, also where two keep as many heads for one seed.
        for row in &mut of_mask {
            row.run_id = format!("{i}");
        }
        rows.extend(of_mask);
    }
    rows
}

proptest! {
    #[test]
    fn means_lie_between_fewest_and_most_and_make_up_the_mask((grid, masks) in any_masks()) {
        let modules = kept_by_module(&rows_of(&grid, &masks)).unwrap();
        prop_assert_eq!(modules.len() % grid.rows().len(), 0);
        for column in modules.chunks(grid.rows().len()) {
            for (module, row) in column.iter().zip(grid.rows()) {
                prop_assert_eq!((module.kind, module.layer as usize), (row.kind, row.layer));
                prop_assert!(f64::from(module.min_kept) <= module.mean_kept + 1e-9);
                prop_assert!(module.mean_kept <= f64::from(module.max_kept) + 1e-9);
                prop_assert!(module.max_kept <= module.heads);
            }
            let all: f64 = column.iter().map(|module| module.mean_kept).sum();
            prop_assert!((all - column[0].k).abs() < 1e-9);
        }
    }

    #[test]
    fn overlaps_are_shares_and_equal_masks_agree((grid, masks) in any_masks()) {
        let rows = rows_of(&grid, &masks);
        for overlap in stability(&rows).unwrap() {
            prop_assert_eq!(overlap.n_pairs, overlap.n_seeds * (overlap.n_seeds - 1) / 2);
            let chances = [overlap.chance_overlap, overlap.chance_in_modules];
            let all = [overlap.min_overlap, overlap.mean_overlap, overlap.max_overlap];
            if overlap.n_pairs == 0 {
                prop_assert_eq!((all, chances), ([None; 3], [None; 2]));
                continue;
            }
            let [least, mean, most] = all.map(Option::unwrap);
            prop_assert!(0.0 <= least && least <= mean + 1e-9 && mean <= most + 1e-9 && most <= 1.0);
            prop_assert!(chances.iter().flatten().all(|chance| (0.0..=1.0 + 1e-9).contains(chance)));
        }
        // The first mask for every seed.
        let (wish, k, _, _) = &masks[0];
        let same: Vec<_> = (1..=3).map(|seed| (wish.clone(), *k, seed, false)).collect();
        let [overlap] = <[_; 1]>::try_from(stability(&rows_of(&grid, &same)).unwrap()).unwrap();
        prop_assert_eq!((overlap.n_pairs, overlap.mean_overlap), (3, Some(1.0)));
    }

    #[test]
    fn the_order_of_rows_is_irrelevant((grid, masks) in any_masks(), turn in any::<prop::sample::Index>()) {
        let rows = rows_of(&grid, &masks);
        let mut other = rows.clone();
        other.reverse();
        other.rotate_left(turn.index(rows.len()));
        prop_assert_eq!(kept_by_module(&rows).unwrap(), kept_by_module(&other).unwrap());
        prop_assert_eq!(stability(&rows).unwrap(), stability(&other).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        write_heads(&a, &rows).unwrap();
        write_heads(&b, &other).unwrap();
        prop_assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());
        let mut read = read_heads(&a).unwrap();
        let key = |row: &HeadsRow| (row.run_id.clone(), row.kind, row.layer);
        read.sort_by_key(key);
        other.sort_by_key(key);
        prop_assert_eq!(read, other);
    }
}

#[test]
fn a_sweep_has_a_line_for_each_module_of_each_method_and_setting() {
    let grid = translator(2, 4);
    let modules = kept_by_module(&sweep(&grid, &SIX, &[1, 3, 6])).unwrap();
    assert_eq!(modules.len(), SIX.len() * 3 * grid.rows().len());
}
