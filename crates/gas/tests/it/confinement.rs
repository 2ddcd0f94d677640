//! What the process that reads a stranger's file cannot do, asked of the program itself.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

const INPUT: &str =
    "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t73\t.\tA\tG\t.\t.\t.\n";

/// Whether this system can be asked to confine; where it cannot, there is nothing to see.
fn can_confine() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let told = gas(folder.path(), &["check"]).output().unwrap();
    String::from_utf8_lossy(&told.stdout).contains("kept from other files (Landlock), the network")
}

fn gas(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
    command.args(words).current_dir(folder).env_clear().env("XDG_DATA_HOME", folder);
    command
}

/// A folder of references, a job's folder with its input, and another's.
fn jobs() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let installed = gas(folder.path(), &["check"]).output().unwrap();
    assert!(folder.path().join("gas/references/human-mt").is_dir(), "{installed:?}");
    for name in ["own", "other"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("input.vcf"), INPUT).unwrap();
    }
    folder
}

/// Annotates as the annotator has it done, with one word changed.
fn annotate(jobs: &TempDir, from: &str, to: &str) -> Output {
    let reference = jobs.path().join("gas/references/human-mt").display().to_string();
    let parent = std::process::id().to_string();
    let words = [
        "annotate",
        "./input.vcf",
        "--reference",
        &reference,
        "-o",
        "./out.vcf.gz",
        "-O",
        "vcf.gz",
        "--index",
        "none",
        "--threads",
        "2",
        "--log",
        "./log.txt",
        "--summary",
        "./summary.json",
        "--report",
        "--child-of",
        &parent,
        "--confined",
        "whole",
    ];
    let words = words.map(|word| if word == from { to } else { word });
    gas(&jobs.path().join("own"), &words).output().unwrap()
}

#[test]
fn a_confined_child_writes_only_its_own_folder() {
    if !can_confine() {
        return;
    }
    let jobs = jobs();
    let good = annotate(&jobs, "", "");
    assert!(good.status.success(), "{good:?}");
    for file in ["out.vcf.gz", "log.txt", "summary.json"] {
        assert!(jobs.path().join("own").join(file).is_file(), "{file}");
    }
    for file in ["./out.vcf.gz", "./log.txt", "./summary.json"] {
        let other = file.replace("./", "../other/");
        let refused = annotate(&jobs, file, &other);
        assert!(!refused.status.success(), "{other}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("ermission denied"), "{other}: {told}");
    }
    let left: Vec<_> = fs::read_dir(jobs.path().join("other")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_confined_conversion_opens_nothing() {
    if !can_confine() {
        return;
    }
    let jobs = jobs();
    let input = jobs.path().join("own/input.vcf").display().to_string();
    for format in ["tsv", "parquet", "bcf", "jsonl"] {
        let parent = std::process::id().to_string();
        let words = ["convert", &input, "-O", format, "--child-of", &parent, "--confined", "whole"];
        let refused = gas(Path::new("/"), &words).output().unwrap();
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains("ermission denied"), "{format}: {told}");
    }
}

/// Starts a shell that starts the annotator's child, which waits for its input for ever.
fn parent_of_a_child(folder: &Path) -> Child {
    let script = format!(
        "{} convert - -O vcf --child-of $$ --confined possible < pipe > out & echo $! > child; wait",
        env!("CARGO_BIN_EXE_gas")
    );
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(made.success());
    Command::new("sh").args(["-c", &script]).current_dir(folder).stdin(Stdio::null()).spawn().unwrap()
}

fn until(holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < end, "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_child_ends_with_its_parent() {
    let folder = tempfile::tempdir().unwrap();
    let mut parent = parent_of_a_child(folder.path());
    // Held open, or the child would see the end of its input.
    let _pipe = fs::File::options().read(true).write(true).open(folder.path().join("pipe")).unwrap();
    let child = folder.path().join("child");
    until(|| fs::read_to_string(&child).is_ok_and(|text| text.ends_with('\n')));
    let child: u32 = fs::read_to_string(&child).unwrap().trim().parse().unwrap();
    let state = || fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    until(|| state().contains("(gas) S"));
    parent.kill().unwrap();
    parent.wait().unwrap();
    until(|| state().is_empty() || state().contains(") Z "));
}

#[test]
fn check_tells_what_child_processes_are_kept_from() {
    let folder = tempfile::tempdir().unwrap();
    let told = gas(folder.path(), &["check"]).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("processes that read uploads are "), "{told}");
    let off = gas(folder.path(), &["check"]).env("GAS__ANNOTATOR__CONFINEMENT", "off").output().unwrap();
    assert!(
        String::from_utf8_lossy(&off.stdout).contains("are not confined, as `annotator.confinement` says")
    );
}
