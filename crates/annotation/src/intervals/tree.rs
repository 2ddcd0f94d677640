//! Finding the intervals that overlap a place: a balanced tree that lies in the sorted array itself.
//!
//! The root of a stretch of the array is its middle; what lies before and after are its subtrees. Each interval knows how far
//! those of its subtree reach, so that whole subtrees are passed over however long some interval before them is.

use bytemuck::{Pod, Zeroable};

/// An interval, sorted by start, then end, within its source and contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Interval {
    /// First base, counted from 1.
    pub(crate) start: u32,
    /// Last base.
    pub(crate) end: u32,
    /// Largest end within its subtree.
    pub(crate) reach: u32,
    /// Number of its name and fields.
    pub(crate) value: u32,
}

/// Sorted intervals of one source on one contig.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tree<'i>(pub(crate) &'i [Interval]);

/// Sets how far each subtree of sorted intervals reaches; returns it of all.
pub(crate) fn set_reach(intervals: &mut [Interval]) -> u32 {
    let middle = intervals.len() / 2;
    let (before, rest) = intervals.split_at_mut(middle);
    let Some((root, after)) = rest.split_first_mut() else { return 0 };
    root.reach = root.end.max(set_reach(before)).max(set_reach(after));
    root.reach
}

impl<'i> Tree<'i> {
    fn cut(self) -> Option<(Self, &'i Interval, Self)> {
        let (before, rest) = self.0.split_at(self.0.len() / 2);
        let (root, after) = rest.split_first()?;
        Some((Self(before), root, Self(after)))
    }

    /// Gives each interval that begins at or before `last` and ends at or after `first` to `each`, in their order, until it
    /// answers false. Returns whether it never did.
    ///
    /// A place between two bases has `first` behind `last`; it overlaps what holds both.
    pub(crate) fn overlapping(
        self,
        first: u64,
        last: u64,
        each: &mut impl FnMut(&'i Interval) -> bool,
    ) -> bool {
        let Some((before, root, after)) = self.cut() else { return true };
        if u64::from(root.reach) < first {
            return true;
        }
        if !before.overlapping(first, last, each) {
            return false;
        }
        if u64::from(root.start) > last {
            return true;
        }
        (u64::from(root.end) < first || each(root)) && after.overlapping(first, last, each)
    }

    /// How many intervals begin at or before a base; `near` is a number that it may be close to.
    pub(crate) fn begun(self, base: u64, near: usize) -> usize {
        gallop(self.0, near, |interval| u64::from(interval.start) <= base)
    }

    /// Collects, the last one first, the `count` intervals that end at or after `first` among the first `begun`. False, with
    /// some of them, when they are not close together: then the tree is the shorter way.
    pub(crate) fn last_of(
        self,
        begun: usize,
        count: usize,
        first: u64,
        found: &mut Vec<&'i Interval>,
    ) -> bool {
        found.clear();
        let before = self.0.get(..begun).unwrap_or_default();
        for interval in before.iter().rev().take(2 * count + CLOSE) {
            if found.len() == count {
                break;
            }
            if u64::from(interval.end) >= first {
                found.push(interval);
            }
        }
        found.len() == count
    }

    /// Largest end among the first so many.
    pub(crate) fn reach_of_first(self, count: usize) -> Option<u32> {
        let (before, root, after) = self.cut().filter(|_| count > 0)?;
        let middle = before.0.len();
        if count <= middle {
            return before.reach_of_first(count);
        }
        let whole = before.0.get(middle / 2).map(|interval| interval.reach);
        let rest = after.reach_of_first(count - middle - 1);
        whole.into_iter().chain(rest).chain([root.end]).max()
    }
}

/// Intervals that are looked at besides those that are looked for, before the tree is asked.
const CLOSE: usize = 8;

/// How many items at the beginning are `inside`, which those behind them are not. Looks around `near` first, in steps that
/// double, so that a sweep costs a step or two.
pub(crate) fn gallop<T>(items: &[T], near: usize, inside: impl Fn(&T) -> bool) -> usize {
    let near = near.min(items.len());
    let is_inside = |index: usize| items.get(index).is_some_and(&inside);
    let mut step = 1;
    let (from, to) = if is_inside(near) {
        let mut from = near + 1;
        while is_inside(from + step - 1) {
            from += step;
            step *= 2;
        }
        (from, (from + step - 1).min(items.len()))
    } else {
        let mut to = near;
        while to > 0 && !is_inside(to.saturating_sub(step)) {
            to = to.saturating_sub(step);
            step *= 2;
        }
        (to.saturating_sub(step), to)
    };
    from + items.get(from..to).map_or(0, |items| items.partition_point(inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sorted intervals, some of them long, their values their numbers.
    fn sorted(places: &[(u32, u32)]) -> Vec<Interval> {
        let mut intervals: Vec<Interval> = places
            .iter()
            .map(|(start, length)| Interval { start: *start, end: start + length, reach: 0, value: 0 })
            .collect();
        intervals.sort_by_key(|interval| (interval.start, interval.end));
        for (number, interval) in (0..).zip(&mut intervals) {
            interval.value = number;
        }
        set_reach(&mut intervals);
        intervals
    }

    fn places() -> impl Strategy<Value = Vec<(u32, u32)>> {
        let length = prop_oneof![8 => 0_u32..6, 1 => 0_u32..200];
        prop::collection::vec((1_u32..100, length), 0..60)
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_looking_at_each_finds(places in places(), first in 1_u64..110, width in 0_u64..40) {
            let intervals = sorted(&places);
            // A width of 0 is the place before `first`.
            let last = first + width - 1;
            let expected: Vec<u32> = intervals
                .iter()
                .filter(|interval| u64::from(interval.start) <= last && u64::from(interval.end) >= first)
                .map(|interval| interval.value)
                .collect();
            let mut found = Vec::new();
            let whole = Tree(&intervals).overlapping(first, last, &mut |interval| {
                found.push(interval.value);
                true
            });
            prop_assert!(whole);
            prop_assert_eq!(&found, &expected);
            let mut some = 0;
            Tree(&intervals).overlapping(first, last, &mut |_| {
                some += 1;
                some < 2
            });
            prop_assert_eq!(some, expected.len().min(2));
        }

        #[test]
        fn galloping_finds_what_halving_finds(numbers in prop::collection::vec(0_u32..50, 0..60), near in 0_usize..70, below in 0_u32..55) {
            let mut numbers = numbers;
            numbers.sort_unstable();
            let expected = numbers.partition_point(|number| *number < below);
            prop_assert_eq!(gallop(&numbers, near, |number| *number < below), expected);
        }

        #[test]
        fn the_last_are_those_of_the_tree(places in places(), base in 1_u64..110) {
            let intervals = sorted(&places);
            let mut expected = Vec::new();
            Tree(&intervals).overlapping(base, base, &mut |interval| {
                expected.push(interval);
                true
            });
            expected.reverse();
            let begun = Tree(&intervals).begun(base, 0);
            let mut found = Vec::new();
            if Tree(&intervals).last_of(begun, expected.len(), base, &mut found) {
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn the_reach_of_the_first_is_their_largest_end(places in places(), count in 0_usize..70) {
            let intervals = sorted(&places);
            let count = count.min(intervals.len());
            let expected = intervals[..count].iter().map(|interval| interval.end).max();
            prop_assert_eq!(Tree(&intervals).reach_of_first(count), expected);
        }
    }

    /// Looking at each would take as many steps as there are pairs: minutes.
    #[test]
    fn a_long_interval_does_not_slow_the_search() {
        let mut places: Vec<(u32, u32)> = (1..100_000).map(|number| (number * 10, 3)).collect();
        places.push((1, 2_000_000));
        let intervals = sorted(&places);
        let begin = std::time::Instant::now();
        for position in (5..1_000_000).step_by(10) {
            let mut found = 0;
            Tree(&intervals).overlapping(position, position, &mut |_| {
                found += 1;
                true
            });
            assert_eq!(found, 1);
        }
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }
}
