"""The simulation against what can be reckoned by hand, and the documents against the simulation."""

import dataclasses
import pathlib
import random
import unittest

import costs
import fleet
import policy as policies
import scenarios

DOCS = pathlib.Path(__file__).parent.parent.parent / "docs"
POLICY = policies.of_template()


def fleet_of(machines, at_once=1):
    """A policy that keeps so many annotators, whatever comes."""
    return dataclasses.replace(POLICY, smallest=machines, largest=machines, at_once=at_once)


def run(policy, jobs, until=None, **surroundings):
    return fleet.Fleet(policy, fleet.Surroundings(**surroundings), jobs, random.Random(1)).run(until)


class ThePolicy(unittest.TestCase):
    """What is read off the template."""

    def test_every_number_is_the_templates(self):
        template = policies.templates.read()
        template["Parameters"]["AnnotatorBacklog"]["Default"] = 7
        template["Resources"]["AnnotatorsGrow"]["Properties"]["StepAdjustments"] = [
            {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 3}
        ]
        policy = policies.of_template(template)
        self.assertEqual(policy.backlog, 7)
        self.assertEqual(policy.steps, (policies.Step(1, 3),))
        self.assertEqual((policy.period, policy.warm_up, policy.calm, policy.drain), (60, 120, 60, 90))

    def test_another_rule_is_not_simulated_by_the_old_one(self):
        template = policies.templates.read()
        template["Resources"]["NothingToAnnotate"]["Properties"]["Metrics"][-1]["Expression"] = "waiting"
        with self.assertRaises(ValueError):
            policies.of_template(template)


class TheFleet(unittest.TestCase):
    """Runs that can be reckoned by hand."""

    def test_one_annotator_takes_one_after_the_other(self):
        outcome = run(fleet_of(1), [(0.0, 10.0)] * 4)
        self.assertEqual(outcome.waits, [10.0, 20.0, 30.0, 40.0])

    def test_two_at_once_take_half_the_time(self):
        self.assertEqual(run(fleet_of(1, at_once=2), [(0.0, 10.0)] * 4).waits, [10.0, 10.0, 20.0, 20.0])
        self.assertEqual(run(fleet_of(2), [(0.0, 10.0)] * 4).drained, 20.0)

    def test_the_first_job_of_the_night_waits_for_figure_delay_and_boot(self):
        policy = dataclasses.replace(POLICY, smallest=0)
        [wait] = run(policy, [(30.0, 5.0)], figure_delay=45.0, boot=90.0).waits
        self.assertEqual(wait, 60.0 + 45.0 + 90.0 + 5.0 - 30.0)

    def test_a_step_is_taken_once_for_one_lack(self):
        jobs = [(1.0, 600.0)] * (POLICY.backlog * 4)
        policy = dataclasses.replace(POLICY, smallest=0, largest=50)
        self.assertEqual(run(policy, jobs, boot=120.0, figure_delay=120.0).most, 4)

    def test_the_fleet_never_exceeds_its_maximum(self):
        policy = dataclasses.replace(POLICY, largest=7)
        self.assertEqual(run(policy, [(1.0, 60.0)] * 1000).most, 7)

    def test_idle_annotators_go_and_the_smallest_number_stays(self):
        policy = dataclasses.replace(POLICY, smallest=1, largest=5)
        outcome = run(policy, [(1.0, 30.0)] * 100, until=4 * 3600.0)
        alone = 4 * 3600.0
        self.assertEqual(outcome.most, 5)
        self.assertLess(outcome.machine_seconds, alone + 4 * 3600.0)
        self.assertGreater(outcome.machine_seconds, alone)

    def test_a_busy_annotator_is_never_chosen_to_go(self):
        policy = dataclasses.replace(POLICY, smallest=0, at_once=1)
        jobs = [(1.0, 3 * 3600.0)] + [(1.0, 1.0)] * 200
        outcome = run(policy, jobs)
        self.assertEqual(outcome.interrupted, 0)
        self.assertLess(outcome.waits[-1], 3 * 3600.0 + 600.0)

    def test_interrupted_jobs_begin_anew_and_all_end(self):
        jobs = [(0.0, 200.0)] * 300
        calm, stormy = run(fleet_of(10), jobs), run(fleet_of(10), jobs, interruptions=3.0)
        self.assertGreater(stormy.interrupted, 0)
        self.assertEqual(len(stormy.waits), len(jobs))
        self.assertGreater(stormy.drained, calm.drained)

    def test_what_ends_within_the_notice_is_not_begun_anew(self):
        outcome = run(fleet_of(10), [(0.0, POLICY.drain / 2)] * 300, interruptions=3.0)
        self.assertEqual(outcome.interrupted, 0)

    def test_the_same_seed_gives_the_same_run(self):
        first, second = (scenarios.run(POLICY, fleet.Surroundings(interruptions=1.0), scenarios.steady, 60, 40.0) for _ in "ab")
        self.assertEqual(first, second)


class TheCosts(unittest.TestCase):
    """Dollars that can be reckoned by hand."""

    def test_private_subnets_cost_their_endpoints(self):
        self.assertAlmostEqual(costs.private_subnets(), 730 * (18 * 0.01 - 2 * 0.005))

    def test_annotators_cost_their_time(self):
        items = dict(costs.thousand(costs.Job("an hour", 3600.0, 0.0, 0.0), at_once=2))
        self.assertAlmostEqual(items["annotators, spot"], 500 * scenarios.HOUR_OF_ANNOTATOR)


class TheDocuments(unittest.TestCase):
    """Tables are copied into the documents; these tell when one is out of date."""

    def test_operating_shows_the_simulation(self):
        self.assertEqual(self._between("operating.md", "deploy/simulation/scenarios.py"), scenarios.report())

    def test_aws_shows_the_costs(self):
        self.assertEqual(self._between("aws.md", "deploy/simulation/costs.py"), costs.report())

    def _between(self, document, program):
        text = (DOCS / document).read_text()
        return text.split(f"<!-- printed by {program} -->\n")[1].split("\n<!-- end -->")[0]


if __name__ == "__main__":
    unittest.main()
