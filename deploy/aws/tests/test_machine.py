"""What runs on the machines beside the program, with `curl` and `aws` that only pretend."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

MACHINE = pathlib.Path(__file__).parent.parent / "machine"

# Instance metadata: a file a path, a missing one is 404.
CURL = """#!/bin/bash
for word; do path=$word; done
case $path in
*/api/token) echo token ;;
*) cat "$PRETEND/metadata/${path#*/meta-data/}" 2>/dev/null || exit 22 ;;
esac
"""
AWS = """#!/bin/bash
echo "$*" >>"$PRETEND/calls"
"""


class TheMachine(unittest.TestCase):
    """An annotator in its group."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        for name, text in {"curl": CURL, "aws": AWS}.items():
            program = self.folder / "bin" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(text)
            program.chmod(0o755)
        self.metadata("instance-id", "i-1")
        self.metadata("placement/region", "eu-central-1")
        self.metadata("tags/instance/aws:autoscaling:groupName", "annotators")
        self.metadata("autoscaling/target-lifecycle-state", "InService")
        self.work = self.folder / "work"

    def metadata(self, path, text):
        file = self.folder / "metadata" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def environment(self, **more):
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return os.environ | {"PATH": path, "PRETEND": str(self.folder), "GAS_WORK": str(self.work)} | more

    def run_script(self, name, **more):
        return subprocess.run([MACHINE / name], env=self.environment(**more), timeout=20, check=False).returncode

    def calls(self):
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def wait_for_calls(self, number):
        for _ in range(200):
            if len(self.calls()) >= number:
                return self.calls()
            time.sleep(0.05)
        self.fail(f"{number} calls were expected, there are {self.calls()}")

    def test_an_annotator_stays_until_it_is_told_to_go(self):
        self.assertEqual(self.run_script("may-stay"), 0)
        self.metadata("autoscaling/target-lifecycle-state", "Terminated")
        self.assertNotEqual(self.run_script("may-stay"), 0)

    def test_a_spot_notice_ends_the_stay(self):
        self.metadata("spot/instance-action", '{"action": "terminate"}')
        self.assertNotEqual(self.run_script("may-stay"), 0)

    def test_the_group_is_told_of_a_drained_machine_only_when_it_waits(self):
        self.assertEqual(self.run_script("tell-drained"), 0)
        self.assertEqual(self.calls(), [])
        self.metadata("autoscaling/target-lifecycle-state", "Terminated")
        self.assertEqual(self.run_script("tell-drained"), 0)
        [call] = self.calls()
        self.assertIn("complete-lifecycle-action --region eu-central-1 --auto-scaling-group-name annotators", call)
        self.assertIn("--instance-id i-1", call)

    def test_a_busy_machine_is_protected_and_a_calm_one_no_longer(self):
        watcher = subprocess.Popen(
            [MACHINE / "stay-while-busy"], env=self.environment(GAS_PACE="0.1", GAS_CALM="2"), start_new_session=True
        )
        try:
            time.sleep(0.5)
            self.assertEqual(self.calls(), [])
            (self.work / "job-1").mkdir(parents=True)
            self.assertIn(" --protected-from-scale-in", self.wait_for_calls(1)[0])
            shutil.rmtree(self.work / "job-1")
            self.assertIn(" --no-protected-from-scale-in", self.wait_for_calls(2)[1])
        finally:
            os.killpg(watcher.pid, signal.SIGTERM)
            watcher.wait()

    def test_looking_at_the_queue_is_all_that_keeps_figures_coming(self):
        self.assertEqual(self.run_script("keep-figures-coming", REQUESTS_QUEUE="https://sqs.example/requests"), 0)
        [call] = self.calls()
        self.assertTrue(call.startswith("sqs get-queue-attributes --region eu-central-1 --queue-url https://sqs.example/requests"))

    def test_no_unit_is_given_up_on(self):
        # Five starts within ten seconds are systemd's limit, which some seconds without tables would use up.
        for unit in [*MACHINE.glob("*.service"), MACHINE.parent.parent / "gas.service"]:
            text = unit.read_text()
            if "Restart=always" in text:
                self.assertIn("StartLimitIntervalSec=0", text.split("[Service]")[0], unit.name)


if __name__ == "__main__":
    unittest.main()
