//! The values of one column in one block.
//!
//! Each value is a code of a fixed number of bits: 0 for a missing one, then the texts that the block spells out, then
//! for each form of numbers the numbers from the smallest to the largest of the block. So any value is read without the
//! others, and every value is the very text that was written.

use rustc_hash::FxHashMap;

use crate::known::store::bits::{MOST_BITS, Scan, pack, packed_bytes, put_number, unpack, width_of};
use crate::known::store::dictionary::{Dictionary, Shared};
use crate::known::store::number_form::{self, Form};

/// Fewer different numbers of one form are spelled out: a form costs more than they do.
const FEWEST_OF_A_FORM: usize = 3;

/// Appends a column; an empty value is a missing one.
pub(crate) fn write(values: &[&[u8]], dictionary: &mut Dictionary, out: &mut Vec<u8>) {
    let (distinct, indexes) = distinct_texts(values);
    let numbers = numbers_of(&distinct);
    let spelled = Plan::new(&distinct, &[]);
    let plan = Plan::new(&distinct, &numbers);
    let plan = if plan.width <= MOST_BITS && plan.bytes(values.len()) < spelled.bytes(values.len()) {
        plan
    } else {
        spelled
    };
    plan.write(&distinct, &indexes, dictionary, out);
}

/// The different texts in the order in which they come, and for each value which of them it is, counted from 1.
fn distinct_texts<'v>(values: &[&'v [u8]]) -> (Vec<&'v [u8]>, Vec<usize>) {
    let mut distinct = Vec::new();
    let mut known: FxHashMap<&[u8], usize> = FxHashMap::default();
    let indexes = values.iter().map(|value| {
        if value.is_empty() {
            return 0;
        }
        *known.entry(value).or_insert_with(|| {
            distinct.push(*value);
            distinct.len()
        })
    });
    let indexes = indexes.collect();
    (distinct, indexes)
}

/// Numbers of one form.
struct Group<'v> {
    form: Form<'v>,
    /// Which texts, and their numbers.
    members: Vec<(usize, u64)>,
    smallest: u64,
    largest: u64,
}

impl Group<'_> {
    fn span(&self) -> u64 {
        self.largest - self.smallest + 1
    }
}

fn numbers_of<'v>(distinct: &[&'v [u8]]) -> Vec<Group<'v>> {
    let mut groups: Vec<Group<'v>> = Vec::new();
    let mut by_form: FxHashMap<Form<'v>, usize> = FxHashMap::default();
    for (index, text) in distinct.iter().enumerate() {
        let Some((form, number)) = number_form::read(text) else { continue };
        let place = *by_form.entry(form).or_insert_with(|| {
            groups.push(Group { form, members: Vec::new(), smallest: number, largest: number });
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.members.push((index, number));
        group.smallest = group.smallest.min(number);
        group.largest = group.largest.max(number);
    }
    groups.retain(|group| group.members.len() >= FEWEST_OF_A_FORM);
    groups
}

/// Which texts are spelled out, and which are numbers.
struct Plan<'g, 'v> {
    groups: &'g [Group<'v>],
    is_number: Vec<bool>,
    spelled_bytes: usize,
    width: u32,
}

impl<'g, 'v> Plan<'g, 'v> {
    fn new(distinct: &[&[u8]], groups: &'g [Group<'v>]) -> Self {
        let mut is_number = vec![false; distinct.len()];
        for (index, _) in groups.iter().flat_map(|group| &group.members) {
            is_number[*index] = true;
        }
        let spelled = || distinct.iter().zip(&is_number).filter(|(_, is_number)| !**is_number);
        let codes =
            groups.iter().fold(spelled().count() as u64, |sum, group| sum.saturating_add(group.span()));
        let spelled_bytes = spelled().map(|(text, _)| text.len() + 1).sum();
        Self { groups, spelled_bytes, width: width_of(codes), is_number }
    }

    fn bytes(&self, values: usize) -> usize {
        const OF_A_FORM: usize = 7;
        self.spelled_bytes + OF_A_FORM * self.groups.len() + packed_bytes(values, self.width)
    }

    fn write(&self, distinct: &[&[u8]], indexes: &[usize], dictionary: &mut Dictionary, out: &mut Vec<u8>) {
        let mut codes = vec![0; distinct.len() + 1];
        // A form for which there is no room any more spells its numbers out.
        let forms: Vec<Option<u32>> = self.groups.iter().map(|group| dictionary.form(&group.form)).collect();
        let mut spelled = self.is_number.clone();
        for (group, _) in self.groups.iter().zip(&forms).filter(|(_, form)| form.is_none()) {
            group.members.iter().for_each(|(index, _)| spelled[*index] = false);
        }
        let mut next = 1;
        put_number(spelled.iter().filter(|is_number| !**is_number).count() as u64, out);
        for (index, text) in distinct.iter().enumerate().filter(|(index, _)| !spelled[*index]) {
            codes[index + 1] = next;
            next += 1;
            spell(text, dictionary, out);
        }
        put_number(forms.iter().flatten().count() as u64, out);
        for (group, form) in self.groups.iter().zip(forms) {
            let Some(form) = form else { continue };
            put_number(u64::from(form), out);
            put_number(group.smallest, out);
            put_number(group.span(), out);
            for (index, number) in &group.members {
                codes[index + 1] = next + (number - group.smallest);
            }
            next += group.span();
        }
        let width = width_of(next - 1);
        out.push(u8::try_from(width).unwrap_or_default());
        pack(indexes.iter().map(|index| codes[*index]), width, out);
    }
}

/// Appends a text, or the number of one that other blocks have too.
fn spell(text: &[u8], dictionary: &mut Dictionary, out: &mut Vec<u8>) {
    if let Some(number) = dictionary.text(text) {
        put_number(u64::from(number) << 1 | 1, out);
    } else {
        put_number((text.len() as u64) << 1, out);
        out.extend_from_slice(text);
    }
}

/// A text that a block spells out.
#[derive(Clone, Copy, Debug)]
enum Spelled {
    Here { start: usize, length: usize },
    Shared(usize),
}

/// Numbers of one form in a block.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    form: usize,
    smallest: u64,
    span: u64,
}

/// Where the values of a column are in the block at hand; keeps its memory from block to block.
#[derive(Debug, Default)]
pub(crate) struct Column {
    spelled: Vec<Spelled>,
    numbers: Vec<Numbers>,
    width: u32,
    /// Where the codes begin within the block.
    codes: usize,
}

impl Column {
    /// Reads the beginning of a column, and moves on behind its last value.
    pub(crate) fn read(&mut self, scan: &mut Scan<'_>, values: usize) {
        self.spelled.clear();
        for _ in 0..scan.things() {
            let word = scan.count();
            let (start, length) = (scan.position, word >> 1);
            if word & 1 == 1 {
                self.spelled.push(Spelled::Shared(length));
            } else {
                self.spelled.push(Spelled::Here { start, length });
                scan.skip(length);
            }
        }
        self.numbers.clear();
        for _ in 0..scan.things() {
            let form = scan.count();
            self.numbers.push(Numbers { form, smallest: scan.number(), span: scan.number() });
        }
        self.width = u32::from(scan.byte()).min(MOST_BITS);
        self.codes = scan.position;
        scan.skip(packed_bytes(values, self.width));
    }

    /// Appends the value of an index; nothing when it is missing.
    pub(crate) fn append(&self, block: &[u8], index: usize, shared: Shared<'_>, out: &mut Vec<u8>) {
        let code = unpack(block.get(self.codes..).unwrap_or_default(), index, self.width);
        let Some(code) = code.checked_sub(1) else { return };
        let of_spelled = usize::try_from(code).ok().and_then(|code| self.spelled.get(code));
        match of_spelled {
            Some(Spelled::Here { start, length }) => {
                out.extend_from_slice(block.get(*start..start.saturating_add(*length)).unwrap_or_default());
            }
            Some(Spelled::Shared(number)) => out.extend_from_slice(shared.text(*number)),
            None => self.append_number(code - self.spelled.len() as u64, shared, out),
        }
    }

    fn append_number(&self, mut code: u64, shared: Shared<'_>, out: &mut Vec<u8>) {
        for numbers in &self.numbers {
            if code < numbers.span {
                shared.form(numbers.form).write(numbers.smallest.saturating_add(code), out);
                return;
            }
            code -= numbers.span;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(blocks: &[Vec<String>]) -> (Vec<Vec<String>>, usize) {
        let mut dictionary = Dictionary::default();
        let mut bytes = Vec::new();
        for values in blocks {
            let values: Vec<&[u8]> = values.iter().map(String::as_bytes).collect();
            write(&values, &mut dictionary, &mut bytes);
        }
        let mut scan = Scan::new(&bytes, 0);
        let mut column = Column::default();
        let read = blocks.iter().map(|values| {
            column.read(&mut scan, values.len());
            let value = |index| {
                let mut text = Vec::new();
                column.append(&bytes, index, dictionary.shared(), &mut text);
                String::from_utf8(text).unwrap()
            };
            (0..values.len()).map(value).collect()
        });
        let read = read.collect();
        (read, bytes.len())
    }

    proptest! {
        #[test]
        fn every_value_comes_back_as_it_was_written(
            blocks in prop::collection::vec(prop::collection::vec(
                prop_oneof!["", "rs[0-9]{1,10}", "0\\.[0-9]{1,6}", "[0-9]\\.[0-9]{2}e-0[0-9]", "[ACGT&]{1,6}", "-?[0-9]{1,18}"],
                1..40), 1..5),
        ) {
            prop_assert_eq!(there_and_back(&blocks).0, blocks);
        }
    }

    #[test]
    fn columns_take_the_bits_that_their_values_need() {
        let bytes_each =
            |value: &dyn Fn(u64) -> String| there_and_back(&[(0..256).map(value).collect()]).1 * 10 / 256;
        assert_eq!(bytes_each(&|_| String::new()), 0);
        assert_eq!(bytes_each(&|_| "Benign".into()), 1, "one text and a bit for each");
        assert_eq!(
            bytes_each(&|index| format!("rs{}", 1_000_000_000 + index * 7919)),
            26,
            "20 bits and a beginning"
        );
        assert_eq!(
            bytes_each(&|index| format!("{}.{:05}e-0{}", 1 + index % 9, index * 391, 4 + index % 3)),
            27
        );
    }
}
