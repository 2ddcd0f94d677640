"""The root of a container: a program starts in it, and there is nothing else to start."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parent.parent.parent / "container-root"


class TheRoot(unittest.TestCase):
    """Made around a program that only ends well."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.root.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.root)
        subprocess.run([SCRIPT, shutil.which("true"), self.root], check=True)

    def test_it_holds_the_program_its_libraries_and_no_shell(self):
        programs = [path for path in self.root.rglob("*") if path.parent.name in ("bin", "sbin")]
        self.assertEqual(programs, [self.root / "usr/local/bin/gas"])
        self.assertTrue((self.root / "etc/ssl/certs/ca-certificates.crt").stat().st_size)
        self.assertEqual((self.root / "data").stat().st_mode & 0o777, 0o750)

    @unittest.skipUnless(os.geteuid() == 0, "another root is for root only")
    def test_the_program_starts_in_it_as_nobody_special(self):
        command = ["chroot", "--userspec=65532:65532", self.root, "/usr/local/bin/gas"]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
