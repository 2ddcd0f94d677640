//! Fetching references from a server that breaks off, throttles, lies and refuses.

mod server;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use rstest::rstest;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use self::server::{Conduct, Server};

const GENES: &str = "##gff-version 3\nchr1\tx\tgene\t1\t90\t.\t+\t.\tID=gene:G\n\
    chr1\tx\tmRNA\t1\t90\t.\t+\t.\tID=transcript:T;Parent=gene:G\nchr1\tx\texon\t1\t90\t.\t+\t.\tParent=transcript:T\n";

/// A server, a recipe of two files, and a home to fetch into.
struct Stage {
    home: TempDir,
    server: Server,
    fasta: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let mut fasta = b">chr1\n".to_vec();
        for _ in 0..4000 {
            fasta.extend((0..60).map(|_| b"ACGT"[random.random_range(0..4)]));
            fasta.push(b'\n');
        }
        let stage = Self { home: tempfile::tempdir().unwrap(), server: Server::start(), fasta };
        stage.server.serve("/x.gff3", GENES.as_bytes(), Conduct::Fair);
        stage.server.serve("/x.fa", &stage.fasta, Conduct::Fair);
        stage.list(&stage.fasta);
        stage.recipe("");
        stage
    }

    /// What the publisher says of its files.
    fn list(&self, fasta: &[u8]) {
        let list = format!("{}  ./x.gff3\n{} *x.fa\n", sha256(GENES.as_bytes()), sha256(fasta));
        self.server.serve("/SHA256SUMS", list.as_bytes(), Conduct::Fair);
    }

    /// Writes the recipe; `more` is said of the FASTA.
    fn recipe(&self, more: &str) {
        let address = &self.server.address;
        let mut text = "name = \"x\"\nassembly = \"a\"\nabout = \"a test\"\n".to_owned();
        for (section, file, more) in [("sequence", "x.fa", more), ("genes", "x.gff3", "")] {
            let from = if more.contains("checksum_from") {
                String::new()
            } else {
                format!("checksum_from = \"{address}/SHA256SUMS\"\n")
            };
            write!(text, "[{section}]\nfile = \"{file}\"\n[{section}.download]\nurl = \"{address}/{file}\"\n{from}{more}\n").unwrap();
        }
        fs::write(self.home.path().join("recipe.toml"), text).unwrap();
    }

    fn command(&self, more: &[&str]) -> Command {
        let quick = ["--first-wait", "0.02", "--patience", "1", "--attempts", "4"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
        command.args(["reference", "fetch", "./recipe.toml"]).args(quick).args(more);
        command.current_dir(self.home.path()).env_clear().env("GAS_REFERENCES", self.references());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn fetch(&self, more: &[&str]) -> Output {
        self.command(more).output().unwrap()
    }

    fn references(&self) -> PathBuf {
        self.home.path().join("references")
    }

    fn downloads(&self) -> PathBuf {
        self.references().join(".downloads/x")
    }

    /// Fetches, and checks that the reference is there and nothing else but its lock file.
    fn succeed(&self) -> String {
        let output = self.fetch(&[]);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(Path::new(text(&output.stdout).trim()).join("reference.toml").is_file());
        assert!(!self.downloads().exists(), "downloads are removed when the reference is built");
        let lock = fs::read_to_string(self.references().join("x.lock.toml")).unwrap();
        assert!(lock.contains(&sha256(&self.fasta)) && lock.contains(&sha256(GENES.as_bytes())), "{lock}");
        said
    }

    /// Fetches, and checks that it fails and that there is no reference.
    fn fail(&self) -> String {
        let output = self.fetch(&[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(!self.references().join("x").exists());
        text(&output.stderr)
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn files_are_fetched_checked_and_built() {
    let stage = Stage::new();
    let said = stage.succeed();
    assert!(said.contains("x.fa: ") && said.contains("sha256:"), "{said}");
    assert!(said.contains("1 genes, 1 transcripts"), "{said}");
    let again = stage.fetch(&[]);
    assert!(text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
    assert!(stage.fetch(&["--update"]).status.success());
}

#[test]
fn a_broken_connection_is_resumed_where_it_broke() {
    let stage = Stage::new();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::BreaksOff { after: 70_000, times: 3 });
    stage.succeed();
    let expected = [None, Some("bytes=70000-"), Some("bytes=140000-"), Some("bytes=210000-")];
    assert_eq!(stage.server.ranges("/x.fa"), expected.map(|range| range.map(str::to_owned)));
}

#[test]
fn a_stopped_fetch_goes_on_where_it_was() {
    let stage = Stage::new();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::BreaksOff { after: 100, times: 4 });
    let said = stage.fail();
    assert!(said.contains("failed 4 times in a row") && said.contains("is kept"), "{said}");
    assert_eq!(stage.downloads().join("x.fa.part").metadata().unwrap().len(), 400);
    stage.succeed();
    assert_eq!(stage.server.ranges("/x.fa").last().unwrap().as_deref(), Some("bytes=400-"));
}

#[test]
fn a_killed_fetch_goes_on_where_it_was_and_two_do_not_meet() {
    let stage = Stage::new();
    let pause = Duration::from_millis(100);
    stage.server.serve("/x.fa", &stage.fasta, Conduct::Throttles { bytes: 20_000, pause });
    let mut killed = stage.command(&[]).spawn().unwrap();
    let part = stage.downloads().join("x.fa.part");
    while part.metadata().map_or(0, |metadata| metadata.len()) < 40_000 {
        std::thread::sleep(Duration::from_millis(5));
        assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
    }
    let other = stage.fetch(&[]);
    assert!(text(&other.stderr).contains("another process is fetching"), "{}", text(&other.stderr));
    killed.kill().unwrap();
    killed.wait().unwrap();
    let there = part.metadata().unwrap().len();
    stage.succeed();
    assert_eq!(stage.server.ranges("/x.fa"), [None, Some(format!("bytes={there}-"))]);
}

#[test]
fn a_file_that_changed_in_between_is_fetched_from_its_beginning() {
    let stage = Stage::new();
    stage.server.serve(
        "/x.fa",
        &stage.fasta[..stage.fasta.len() - 61],
        Conduct::BreaksOff { after: 100, times: 4 },
    );
    stage.fail();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::Fair);
    stage.succeed();
    // It asked for the rest of what it had, and was given the whole of what there is.
    assert_eq!(stage.server.ranges("/x.fa").last().unwrap().as_deref(), Some("bytes=400-"));
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_the_beginning() {
    let stage = Stage::new();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::IgnoresRange { after: 100_000 });
    stage.succeed();
    assert_eq!(stage.server.ranges("/x.fa"), [None, Some("bytes=100000-".to_owned())]);
}

#[test]
fn a_slow_server_is_waited_for_and_a_silent_one_asked_again() {
    let stage = Stage::new();
    stage.server.serve(
        "/x.fa",
        &stage.fasta,
        Conduct::Throttles { bytes: 25_000, pause: Duration::from_millis(150) },
    );
    stage.succeed();
    let stage = Stage::new();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::FallsSilent { after: 100_000, times: 1 });
    let begin = Instant::now();
    stage.succeed();
    assert!(begin.elapsed() < Duration::from_secs(5), "the server would have been silent for five seconds");
    assert_eq!(stage.server.ranges("/x.fa")[1].as_deref(), Some("bytes=100000-"));
}

#[rstest]
#[case::longer(Conduct::SaysLonger, "failed 4 times in a row")]
#[case::shorter(Conduct::SaysShorter, "does not have the checksum that its publisher gives")]
#[case::not_there(Conduct::Answers { status: 404, headers: String::new(), times: 9 }, "the server answers 404; the file may have moved")]
#[case::forbidden(Conduct::Answers { status: 403, headers: String::new(), times: 9 }, "the server answers 403")]
#[case::always_busy(Conduct::Answers { status: 503, headers: String::new(), times: 9 }, "because the server answers 503")]
#[case::for_hours(Conduct::Answers { status: 503, headers: "Retry-After: 7200\r\n".into(), times: 9 }, "to wait for 7200 seconds")]
#[case::elsewhere(Conduct::Redirects { to: "http://example.org/x.fa".into() }, "is no address that is fetched from")]
fn a_server_that_lies_or_refuses_is_told_of(#[case] conduct: Conduct, #[case] reason: &str) {
    let stage = Stage::new();
    stage.server.serve("/x.fa", &stage.fasta, conduct);
    let said = stage.fail();
    assert!(said.contains(reason), "{said}");
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let stage = Stage::new();
    let headers = "Retry-After: 1\r\n".to_owned();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::Answers { status: 503, headers, times: 2 });
    let begin = Instant::now();
    stage.succeed();
    assert!(begin.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_wrong_checksum_is_told_with_both_and_nothing_is_kept() {
    let stage = Stage::new();
    stage.list(b"something else");
    let said = stage.fail();
    assert!(said.contains(&sha256(b"something else")) && said.contains(&sha256(&stage.fasta)), "{said}");
    assert_eq!(stage.server.ranges("/x.fa"), [None, None], "it is fetched anew once");
    assert!(!stage.downloads().join("x.fa").exists() && !stage.downloads().join("x.fa.part").exists());
    stage.list(&stage.fasta);
    stage.succeed();
}

#[rstest]
#[case::size("size = 17\n", "has 244006 bytes where the recipe says 17")]
#[case::enormous("size = 9000000000000000\n", "there is not enough room")]
#[case::md5(
    "md5 = \"00000000000000000000000000000000\"\n",
    "md5:00000000000000000000000000000000 is expected"
)]
#[case::not_listed("checksum_from = \"ADDRESS/other\"\n", "has no checksum of `x.fa`")]
#[case::no_list("checksum_from = \"ADDRESS/nowhere\"\n", "nowhere cannot be had: the server answers 404")]
#[case::not_safe("checksum_from = \"http://example.org/x\"\n", "is no address that is fetched from")]
fn what_the_recipe_says_must_hold(#[case] more: &str, #[case] reason: &str) {
    let stage = Stage::new();
    stage.server.serve("/other", b"<html>\n<p>Welcome\n</html>\n", Conduct::Fair);
    stage.recipe(&more.replace("ADDRESS", &stage.server.address));
    let said = stage.fail();
    assert!(said.contains(reason), "{said}");
}

#[test]
fn checksums_come_in_the_forms_of_ensembl_and_google() {
    let stage = Stage::new();
    let (sum, blocks) = bsd_sum(&stage.fasta);
    stage.server.serve(
        "/CHECKSUMS",
        format!("1 1 other\n{sum:05} {blocks} x.fa\n").as_bytes(),
        Conduct::Fair,
    );
    stage.recipe(&format!("checksum_from = \"{}/CHECKSUMS\"\n", stage.server.address));
    let said = stage.succeed();
    assert!(said.contains(&format!("sum:{sum:05} of {blocks} blocks")), "{said}");
    let stage = Stage::new();
    stage.server.serve_with("/x.fa", &stage.fasta, Conduct::Fair, "x-goog-hash: crc32c=AAAAAA==\r\n");
    stage.recipe("checksum_from = \"x-goog-hash\"\n");
    let said = stage.fail();
    assert!(said.contains("crc32c:00000000 is expected"), "{said}");
}

/// As `sum` of GNU coreutils has it.
fn bsd_sum(bytes: &[u8]) -> (u16, usize) {
    let sum = bytes.iter().fold(0_u16, |sum, byte| sum.rotate_right(1).wrapping_add(u16::from(*byte)));
    (sum, bytes.len().div_ceil(1024))
}

#[test]
fn a_fixed_release_that_is_another_later_is_refused_until_it_is_accepted() {
    let stage = Stage::new();
    stage.succeed();
    fs::remove_dir_all(stage.references().join("x")).unwrap();
    let other = [&stage.fasta[..], b">chr2\nACGT\n"].concat();
    stage.server.serve("/x.fa", &other, Conduct::Fair);
    stage.list(&other);
    let said = stage.fail();
    assert!(said.contains("is not the file that was fetched first") && said.contains("--update"), "{said}");
    assert!(stage.fetch(&["--update"]).status.success());
    fs::remove_dir_all(stage.references().join("x")).unwrap();
    stage.server.serve("/x.fa", &stage.fasta, Conduct::Fair);
    stage.list(&stage.fasta);
    stage.recipe("changes = true\n");
    stage.succeed();
}

#[test]
fn no_more_files_are_fetched_at_once_than_asked_for() {
    let stage = Stage::new();
    let slow = Conduct::Throttles { bytes: 100_000, pause: Duration::from_millis(200) };
    stage.server.serve("/x.fa", &stage.fasta, slow.clone());
    stage.server.serve("/x.gff3", GENES.as_bytes(), slow);
    assert!(stage.fetch(&["--parallel", "1"]).status.success());
    assert!(stage.server.most_at_once() <= 2, "two requests for sizes at once, and one file");
}

#[test]
fn a_recipe_that_there_is_not_is_told_with_those_that_there_are() {
    let stage = Stage::new();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gas"));
        command.args(arguments).current_dir(stage.home.path()).env_clear();
        command.env("GAS_REFERENCES", stage.references()).output().unwrap()
    };
    let said = text(&run(&["reference", "fetch", "GRCh39"]).stderr);
    assert!(said.contains("there is no recipe `GRCh39`; there are GRCh37, "), "{said}");
    let listed = run(&["reference", "list"]);
    assert_eq!(text(&listed.stdout), "human-mt  rCRS\n");
    let said = text(&listed.stderr);
    assert!(said.contains("yeast  R64-1-1  ") && said.contains("`gas reference fetch yeast`"), "{said}");
}
