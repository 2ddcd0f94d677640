//! Which rows and fields the annotated file shows.

use gas_annotation::{Entries, Fields, Pick, Presentation, Reference, UnknownField};

#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct RowFlags {
    /// Show one row for each record: that of the transcript to look at first
    #[arg(long, group = "one_row")]
    pick: bool,
    /// Show one row for each allele
    #[arg(long, group = "one_row")]
    pick_allele: bool,
    /// Show one row for each gene
    #[arg(long, group = "one_row")]
    per_gene: bool,
    /// Show only the most severe consequence of each record
    #[arg(long, group = "one_row")]
    most_severe: bool,
    /// Show no rows of alleles that no transcript is near of
    #[arg(long)]
    no_intergenic: bool,
    /// Fields of CSQ, in this order; all when left out
    #[arg(long, value_name = "LIST")]
    fields: Option<String>,
    /// Add the field `ALLELE_NUM`: which alternative of ALT a row speaks of, from 1
    #[arg(long)]
    allele_number: bool,
    /// Add SnpEff's field ANN, or write `only` that
    #[arg(long, value_name = "only", num_args = 0..=1, require_equals = true, default_missing_value = "too")]
    ann: Option<Ann>,
}

/// Whether ANN comes beside CSQ or instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Ann {
    #[value(hide = true)]
    Too,
    Only,
}

impl RowFlags {
    pub(super) fn presentation(&self, reference: &Reference) -> Result<Presentation, UnknownField> {
        let fields = self.fields.as_deref().map(|list| Fields::choose(list, reference)).transpose()?;
        Ok(Presentation {
            pick: self.picked(),
            no_intergenic: self.no_intergenic,
            fields,
            allele_number: self.allele_number,
            entries: self.entries(),
        })
    }

    fn picked(&self) -> Pick {
        match (self.pick, self.pick_allele, self.per_gene, self.most_severe) {
            (true, ..) => Pick::Record,
            (_, true, ..) => Pick::Allele,
            (_, _, true, _) => Pick::Gene,
            (.., true) => Pick::MostSevere,
            _ => Pick::All,
        }
    }

    fn entries(&self) -> Entries {
        match self.ann {
            None => Entries::Csq,
            Some(Ann::Too) => Entries::CsqAndAnn,
            Some(Ann::Only) => Entries::Ann,
        }
    }

    /// The flags as they were given.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let flags = [
            ("--pick", self.pick),
            ("--pick-allele", self.pick_allele),
            ("--per-gene", self.per_gene),
            ("--most-severe", self.most_severe),
            ("--no-intergenic", self.no_intergenic),
            ("--allele-number", self.allele_number),
            ("--ann", self.ann == Some(Ann::Too)),
            ("--ann=only", self.ann == Some(Ann::Only)),
        ];
        let fields = self.fields.iter().map(|list| format!("--fields {list}"));
        flags.into_iter().filter(|(_, set)| *set).map(|(flag, _)| flag.to_owned()).chain(fields)
    }
}
