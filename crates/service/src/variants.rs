//! Rows of an annotated VCF, for tables: read from the result itself, so that a table never says anything
//! that the file does not.
