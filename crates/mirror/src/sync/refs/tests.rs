//! Plans, on refs that are made up.

use proptest::{collection::btree_map, prelude::*};

use super::*;

fn id(byte: u8) -> ObjectId {
    ObjectId::from_bytes_or_panic(&[byte; 20])
}

fn snapshot(upstream: &[(&str, u8)], staging: &[(&str, u8)]) -> Snapshot {
    let refs = |refs: &[(&str, u8)]| refs.iter().map(|(name, to)| (BString::from(*name), id(*to))).collect();
    Snapshot { upstream: refs(upstream), staging: refs(staging), ..Snapshot::default() }
}

fn held(upstream: &[(&str, u8)], staging: &[(&str, u8)]) -> bool {
    matches!(snapshot(upstream, staging).check_deletions(), Err(SyncError::Held { .. }))
}

#[test]
fn a_remote_that_lost_all_or_most_branches_is_held() {
    assert!(held(&[("heads/main", 1)], &[]));
    assert!(held(&[("heads/main", 1)], &[("tags/v1", 1)]));
    assert!(held(&[("heads/a", 1), ("heads/b", 2), ("heads/c", 3)], &[("heads/a", 1)]));
    assert!(held(&[("heads/a", 1), ("heads/b", 2)], &[("heads/c", 3)]));
}

#[test]
fn ordinary_work_is_not_held() {
    assert!(!held(&[], &[]));
    assert!(!held(&[("heads/main", 1)], &[("heads/trunk", 2)]));
    assert!(!held(&[("heads/a", 1), ("heads/b", 2)], &[("heads/a", 1)]));
    assert!(!held(&[("heads/a", 1), ("heads/b", 2)], &[("heads/x/a", 1), ("heads/x/b", 2)]));
    assert!(!held(&[("heads/a", 1), ("tags/1", 1), ("tags/2", 1), ("tags/3", 1)], &[("heads/a", 1)]));
}

#[test]
fn the_oldest_backups_make_room_for_a_new_one() {
    let mut snapshot = snapshot(&[("heads/a", 1)], &[("heads/a", 2)]);
    for generation in 1..=MAX_BACKUPS as u64 {
        snapshot.backups.insert(generation, vec![(format!("{generation}/heads/a").into(), id(9))]);
    }
    let plan = snapshot.plan(|_, _| true);
    let gone: Vec<String> = plan.deletions.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(gone, ["refs/hivesync/backup/1/heads/a"]);
    assert!(plan.updates.iter().any(|it| it.name == "refs/hivesync/backup/33/heads/a" && it.to == Some(id(1))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_plan_makes_upstream_what_staging_is_and_keeps_what_is_lost(
        upstream in btree_map("heads/[a-d]", 0_u8..4, 0..5),
        staging in btree_map("heads/[a-d]", 0_u8..4, 0..5),
    ) {
        let refs = |refs: &BTreeMap<String, u8>| -> Refs {
            refs.iter().map(|(name, to)| (BString::from(name.as_str()), id(*to))).collect()
        };
        let snapshot = Snapshot { upstream: refs(&upstream), staging: refs(&staging), ..Snapshot::default() };
        let plan = snapshot.plan(|_, _| true);

        let mut after: Refs = snapshot.upstream.iter().map(|(name, to)| (super::upstream(name), *to)).collect();
        for one in plan.deletions.iter().chain(&plan.updates) {
            prop_assert_eq!(after.get(&one.name).copied(), one.from);
            match one.to {
                Some(to) => after.insert(one.name.clone(), to),
                None => after.remove(&one.name),
            };
        }
        let (kept, published): (Refs, Refs) = after.into_iter().partition(|(name, _)| name.contains_str("/backup/"));
        let expected: Refs = snapshot.staging.iter().map(|(name, to)| (super::upstream(name), *to)).collect();
        prop_assert_eq!(published, expected);
        let changed = upstream.iter().filter(|(name, to)| staging.get(*name) != Some(*to)).count();
        prop_assert_eq!((kept.len(), plan.backed_up), (changed, changed));
    }
}
