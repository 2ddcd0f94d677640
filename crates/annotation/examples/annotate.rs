//! Annotates a VCF: `annotate REFERENCE_DIRECTORY INPUT OUTPUT [--exact-vep]`. The log goes to standard error.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use gas_annotation::{Compression, Options, Reference, annotate};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let (reference, input, output, exact_vep) = match &arguments[..] {
        [reference, input, output] => (reference, input, output, false),
        [reference, input, output, flag] if flag.as_os_str() == "--exact-vep" => {
            (reference, input, output, true)
        }
        _ => return Err("usage: annotate REFERENCE_DIRECTORY INPUT OUTPUT [--exact-vep]".into()),
    };
    let reference = Reference::open(reference)?;
    let packed = output.extension().is_some_and(|extension| extension == "gz");
    let options = Options {
        compression: if packed { Compression::Bgzf } else { Compression::Plain },
        command_line: format!("annotate {}", name(input)),
        exact_vep,
        ..Options::default()
    };
    let result = BufWriter::new(File::create(output)?);
    let summary = annotate(File::open(input)?, &name(input), result, &reference, &options, &|_| {})?;
    summary.write_log(&mut std::io::stderr())?;
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
