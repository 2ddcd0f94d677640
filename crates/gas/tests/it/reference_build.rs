//! Builds that do not come to their end: nothing that opens may be left of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reference/human-mt");
const GAS: &str = env!("CARGO_BIN_EXE_gas");

/// The arguments of a build of the human mitochondrion with these known alleles.
fn arguments(alleles: &Path) -> Vec<String> {
    let words = ["reference", "build", "--name", "mt", "--assembly", "rCRS", "--output", "built"];
    let files = [
        ("--fasta", format!("{SHIPPED}/human-mt.fa")),
        ("--genes", format!("{SHIPPED}/human-mt.gff3")),
        ("--alleles", format!("M={}:AF", alleles.display())),
    ];
    let files = files.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
    words.into_iter().map(str::to_owned).chain(files).collect()
}

fn polymorphisms() -> PathBuf {
    Path::new(SHIPPED).join("mitomap_polymorphisms.vcf.gz")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn run(folder: &Path) -> Output {
    Command::new(GAS).args(arguments(&polymorphisms())).current_dir(folder).output().unwrap()
}

#[test]
fn a_disk_that_fills_up_ends_the_build_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // A limit on the size of files fails as a full disk does: in the middle of writing. The sequence and the genes fit.
    let script = r#"trap "" XFSZ; ulimit -f 48; exec "$0" "$@""#;
    let full = Command::new("sh")
        .args(["-c", script, GAS])
        .args(arguments(&polymorphisms()))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(full.stderr).unwrap();
    assert!(!full.status.success() && told.contains("writing the reference in"), "{told}");
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(run(folder.path()).status.success());
    assert_eq!(names(folder.path()), ["built"]);
}

#[test]
fn a_build_that_was_killed_leaves_nothing_that_opens_and_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("alleles.vcf");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Nobody writes to the pipe: the build waits there, with its parts half made.
    let mut build = Command::new(GAS)
        .args(arguments(&pipe))
        .current_dir(folder.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while names(folder.path()).len() < 2 {
        assert!(begun.elapsed() < Duration::from_mins(1), "the build never began");
        std::thread::sleep(Duration::from_millis(10));
    }
    build.kill().unwrap();
    build.wait().unwrap();
    assert!(!folder.path().join("built").exists());
    let listed =
        Command::new(GAS).args(["reference", "list", "--references"]).arg(folder.path()).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(!listed.contains("building"), "{listed}");
    assert!(run(folder.path()).status.success());
    assert!(folder.path().join("built/reference.toml").is_file());
}

#[test]
fn what_known_alleles_came_to_is_told_by_the_build_and_by_inspect() {
    let folder = tempfile::tempdir().unwrap();
    let told = String::from_utf8(run(folder.path()).stderr).unwrap();
    assert!(
        told.contains(
            "M: 19235 alleles of 12541 records of mitomap_polymorphisms.vcf.gz, 0 could not be used"
        ),
        "{told}"
    );
    let inspect = Command::new(GAS)
        .args(["reference", "inspect", "./built", "--verify"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(inspect.stdout).unwrap();
    let last = shown.lines().rev().nth(1).unwrap();
    assert!(
        last.starts_with("# M: 12541 records gave 19202 distinct alleles and 33 that are there already; "),
        "{last}"
    );
    assert!(
        shown.contains("known_types = [\"Float\"]") && shown.contains("\n[[known]]\nid = \"M\"\n"),
        "{shown}"
    );
    let input = "MT\t3243\t.\tA\tC\t.\t.\tDP=7\n";
    fs::write(folder.path().join("x.vcf"), input).unwrap();
    let annotate = ["annotate", "x.vcf", "--reference", "./built", "--known-only"];
    let annotated = Command::new(GAS).args(annotate).current_dir(folder.path()).output().unwrap();
    let annotated = String::from_utf8(annotated.stdout).unwrap();
    assert!(annotated.ends_with("\tDP=7;Existing_variation=M:m.3243A>C;M_AF=0.0000\n"), "{annotated}");
}

#[test]
fn a_source_can_be_a_pipe_since_it_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("alleles.vcf");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut writer = Command::new("sh")
        .args(["-c", r#"cat "$0" > "$1""#])
        .arg(polymorphisms())
        .arg(&pipe)
        .spawn()
        .unwrap();
    let build = Command::new(GAS).args(arguments(&pipe)).current_dir(folder.path()).output().unwrap();
    writer.wait().unwrap();
    let told = String::from_utf8(build.stderr).unwrap();
    assert!(told.contains("M: 19235 alleles of 12541 records of alleles.vcf"), "{told}");
    let manifest = fs::read_to_string(folder.path().join("built/reference.toml")).unwrap();
    let readme = fs::read_to_string(format!("{SHIPPED}/README.md")).unwrap();
    let line = readme.lines().find(|line| line.ends_with("mitomap_polymorphisms.vcf.gz")).unwrap();
    let (sha256, _) = line.split_once("  ").unwrap();
    assert!(manifest.contains(sha256), "{manifest}");
}
