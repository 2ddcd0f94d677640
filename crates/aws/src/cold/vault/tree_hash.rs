//! The checksum of Glacier: a tree of SHA-256 over leaves of 1 MiB.
//!
//! Neighbours are joined, two and two, until one is left; what has no neighbour rises as it is. See "Computing
//! Checksums" in the Amazon Glacier Developer Guide.

use gas_service::notation::hexadecimal;
use sha2::{Digest as _, Sha256};

/// The length of a leaf.
const LEAF_BYTES: usize = 1024 * 1024;

type Sum = [u8; 32];

/// The hash of bytes that come one after the other. Holds no more than one sum for each level of the tree.
#[derive(Clone, Default)]
pub(super) struct TreeHash {
    leaf: Sha256,
    leaf_bytes: usize,
    /// Whole subtrees from left to right, each with its level; levels fall.
    subtrees: Vec<(u32, Sum)>,
}

impl TreeHash {
    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            // A full leaf is closed only when more comes, so that the last one is always open.
            if self.leaf_bytes == LEAF_BYTES {
                self.close_leaf();
            }
            let (now, rest) = bytes.split_at(bytes.len().min(LEAF_BYTES - self.leaf_bytes));
            self.leaf.update(now);
            self.leaf_bytes += now.len();
            bytes = rest;
        }
    }

    /// The hash of all that came, in hexadecimal.
    pub(super) fn finish(mut self) -> String {
        let last: Sum = self.leaf.finalize_reset().into();
        let root = self.subtrees.into_iter().rev().fold(last, |right, (_, left)| joined(&left, &right));
        hexadecimal(&root)
    }

    fn close_leaf(&mut self) {
        let mut subtree: (u32, Sum) = (0, self.leaf.finalize_reset().into());
        self.leaf_bytes = 0;
        while let Some((level, left)) = self.subtrees.pop_if(|(level, _)| *level == subtree.0) {
            subtree = (level + 1, joined(&left, &subtree.1));
        }
        self.subtrees.push(subtree);
    }
}

fn joined(left: &Sum, right: &Sum) -> Sum {
    Sha256::new().chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn hash(bytes: &[u8], step: usize) -> String {
        let mut tree = TreeHash::default();
        for piece in bytes.chunks(step) {
            tree.update(piece);
        }
        tree.finish()
    }

    /// The rule as the guide states it, level by level.
    fn by_levels(bytes: &[u8]) -> String {
        let mut level: Vec<Sum> = bytes.chunks(LEAF_BYTES).map(|leaf| Sha256::digest(leaf).into()).collect();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => joined(left, right),
                    alone => alone[0],
                })
                .collect();
        }
        hexadecimal(&level[0])
    }

    /// As botocore's `calculate_tree_hash` gives them.
    #[rstest]
    #[case(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    #[case(1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")]
    #[case(LEAF_BYTES, "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360")]
    #[case(LEAF_BYTES + 1, "8dd49bbc6297567fac3852c2deddcdbc57358bc403c10d4f6dc64b143ad9b27b")]
    #[case(5 * LEAF_BYTES + 17, "aa315fc3563b1d03dd5dcd2526fd6eda45f5662d0523278b98d82fe2f868abfc")]
    fn answers_are_those_of_others(#[case] length: usize, #[case] expected: &str) {
        assert_eq!(hash(&vec![b'a'; length], 65_536), expected);
    }

    #[rstest]
    fn it_is_the_rule_of_the_guide(#[values(1, LEAF_BYTES)] last: usize) {
        for leaves in 0..9 {
            let length = leaves * LEAF_BYTES + last;
            let bytes: Vec<u8> = (0_u8..251).cycle().take(length).collect();
            for step in [70_001, 3 * LEAF_BYTES] {
                assert_eq!(hash(&bytes, step), by_levels(&bytes), "{length} bytes, {step} at once");
            }
        }
    }
}
