//! Lines that wait for what is still to come, in the order of the input.

use std::collections::VecDeque;

use crate::phased::entry::KEY;
use crate::phased::genotype::Carrier;
use crate::vcf::insert_info::{has_entry, insert_info};
use crate::vcf::line::{Line, cut_ending};

/// A line on its way.
#[derive(Debug, Default)]
pub(crate) struct HeldLine {
    text: Vec<u8>,
    pub(crate) carriers: Vec<Carrier>,
    /// How many transcripts may still add to it.
    pub(crate) waiting: usize,
    /// Entries to add, joined with `,`.
    pub(crate) entries: Vec<u8>,
}

impl HeldLine {
    /// The line without its ending.
    pub(crate) fn line(&self) -> Option<Line<'_>> {
        Line::split(cut_ending(&self.text).0).ok()
    }

    pub(crate) fn carriers(&self) -> &[Carrier] {
        &self.carriers
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&self.carriers[..])
    }
}

/// All lines on their way; each has a number.
#[derive(Debug, Default)]
pub(crate) struct Held {
    lines: VecDeque<HeldLine>,
    /// Number of the first.
    first: u64,
    bytes: usize,
}

impl Held {
    /// Memory of the lines, but for the entries.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The number that the next line gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    /// Takes in a line that `waiting` transcripts may add to. One that nothing is before and nobody waits for goes to
    /// `out` at once.
    pub(crate) fn push(&mut self, text: &[u8], carriers: &[Carrier], waiting: usize, out: &mut Vec<u8>) {
        if waiting == 0 && self.lines.is_empty() {
            write(text, &[], out);
            self.first += 1;
            return;
        }
        let carriers = if waiting == 0 { Vec::new() } else { carriers.to_vec() };
        let line = HeldLine { text: text.to_vec(), carriers, waiting, entries: Vec::new() };
        self.bytes += line.bytes();
        self.lines.push_back(line);
    }

    pub(crate) fn get(&self, number: u64) -> Option<&HeldLine> {
        self.lines.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut HeldLine> {
        self.lines.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Adds an entry to a line; a second time the same one is not added.
    pub(crate) fn add(&mut self, number: u64, entry: &[u8]) {
        let Some(line) = self.get_mut(number) else { return };
        if line.entries.split(|byte| *byte == b',').any(|there| there == entry) {
            return;
        }
        if !line.entries.is_empty() {
            line.entries.push(b',');
        }
        line.entries.extend_from_slice(entry);
    }

    /// Lets lines go that nobody waits for. Returns how many of them have entries.
    pub(crate) fn release(&mut self, out: &mut Vec<u8>) -> u64 {
        let mut with_entries = 0;
        while let Some(line) = self.lines.pop_front_if(|line| line.waiting == 0) {
            self.first += 1;
            self.bytes -= line.bytes();
            with_entries += u64::from(!line.entries.is_empty());
            write(&line.text, &line.entries, out);
        }
        with_entries
    }
}

/// Appends a line with its entries; those of an earlier run go.
fn write(text: &[u8], entries: &[u8], out: &mut Vec<u8>) {
    let (content, ending) = cut_ending(text);
    match Line::split(content) {
        Ok(line) if !entries.is_empty() => insert_info(&line, KEY.as_bytes(), entries, out),
        Ok(line) if has_entry(line.info(), KEY.as_bytes()) => append_without(&line, out),
        _ => out.extend_from_slice(content),
    }
    out.extend_from_slice(ending);
}

fn append_without(line: &Line<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(line.before_info());
    let is_ours = |entry: &&[u8]| {
        entry.strip_prefix(KEY.as_bytes()).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"="))
    };
    let begin = out.len();
    for (index, entry) in line.info().split(|byte| *byte == b';').filter(|entry| !is_ours(entry)).enumerate()
    {
        if index > 0 {
            out.push(b';');
        }
        out.extend_from_slice(entry);
    }
    if out.len() == begin {
        out.push(b'.');
    }
    out.extend_from_slice(line.after_info());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: u32, info: &str) -> Vec<u8> {
        format!("1\t{number}\t.\tA\tG\t.\t.\t{info}\tGT\t0|1\r\n").into_bytes()
    }

    #[test]
    fn lines_leave_in_their_order_when_nobody_waits_for_those_before() {
        let (mut held, mut out) = (Held::default(), Vec::new());
        held.push(&text(1, "."), &[], 0, &mut out);
        assert_eq!(out, text(1, "."));
        let first = held.next_number();
        held.push(&text(2, "CSQ=x"), &[], 2, &mut out);
        held.push(&text(3, "."), &[], 0, &mut out);
        let last = held.next_number();
        held.push(&text(4, "HAPCSQ=old"), &[], 1, &mut out);
        assert!(held.bytes() > 0);
        for _ in 0..2 {
            assert_eq!(held.release(&mut out), 0);
            assert_eq!(out.len(), text(1, ".").len());
            held.get_mut(first).unwrap().waiting -= 1;
        }
        held.add(first, b"a|b");
        held.add(first, b"@9");
        held.add(first, b"@9");
        assert_eq!(held.release(&mut out), 1);
        held.get_mut(last).unwrap().waiting -= 1;
        assert_eq!(held.release(&mut out), 0);
        let expected = [text(1, "."), text(2, "CSQ=x;HAPCSQ=a|b,@9"), text(3, "."), text(4, ".")].concat();
        assert_eq!(String::from_utf8(out).unwrap(), String::from_utf8(expected).unwrap());
        assert_eq!((held.bytes(), held.get(last).is_none()), (0, true));
    }
}
