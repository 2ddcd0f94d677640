"""What is simulated, and the tables of it.

usage: scenarios.py        prints the tables as they stand in docs/operating.md
"""

import dataclasses
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "aws" / "tests"))

import fleet
import policy as policies
import prices

SEED = 20_000
# Seconds: what AWS's calls take around a file whose annotation takes none, and a whole genome with its transfer.
SMALL, GENOME = 1.0, 40.0
HOUR_OF_ANNOTATOR = prices.INSTANCE["m6i.large"] * prices.SPOT_SHARE + prices.PUBLIC_ADDRESS
DAY = 24 * 3600
# Of one spot machine in an hour: AWS tells of "less than 5 %" a month for half of all types; this is far worse.
INTERRUPTIONS = 0.05
WAITS = "p50 · p95 · p99 · longest"


def lengths(chance, mean):
    """Lengths of jobs, spread around their mean as file sizes are."""
    sigma = 0.5
    while True:
        yield mean * chance.lognormvariate(-sigma * sigma / 2, sigma)


def spread(chance, number, seconds, mean, begin=0.0):
    """So many jobs, at any time within so many seconds."""
    length = lengths(chance, mean)
    return [(begin + arrival, next(length)) for arrival in sorted(chance.uniform(0, seconds) for _ in range(number))]


def steady(chance, an_hour, mean):
    """Jobs of a whole day that come independently of one another."""
    length, arrivals, now = lengths(chance, mean), [], 0.0
    while (now := now + chance.expovariate(an_hour / 3600)) < DAY:
        arrivals.append((now, next(length)))
    return arrivals


def run(policy, surroundings, make_jobs, *arguments, until=None):
    """The same seed for every setting: all get the same jobs."""
    chance = random.Random(SEED)
    jobs = make_jobs(chance, *arguments)
    return fleet.Fleet(policy, surroundings, jobs, chance).run(until)


def burst_table(policy, mean):
    """10,000 jobs within a minute."""
    rows = []
    for smallest in (0, 1, 5, 20):
        for largest in (10, 50, 100):
            if smallest > largest:
                continue
            setting = dataclasses.replace(policy, smallest=smallest, largest=largest)
            cells = [f"{smallest} to {largest}"]
            for boot in (60.0, 120.0):
                surroundings = fleet.Surroundings(boot=boot, interruptions=INTERRUPTIONS)
                outcome = run(setting, surroundings, spread, 10_000, 60.0, mean)
                cells.append(waits(outcome))
            cells += [duration(outcome.drained), str(outcome.most), str(outcome.interrupted), money(outcome)]
            rows.append(cells)
    head = ["annotators", f"boot 60 s: {WAITS}", f"boot 120 s: {WAITS}", "all done", "most machines", "begun anew", "cost"]
    return table(head, rows)


def daily_table(policy):
    """A class, and a steady load, over a day."""
    loads = [
        ("a class: 50 users, 3 small files each within 20 minutes", spread, 150, 1200.0, SMALL, 9 * 3600.0),
        ("one small file in the night", spread, 1, 60.0, SMALL, 9 * 3600.0),
        ("steady: 60 genomes an hour", steady, 60, GENOME),
        ("steady: 600 genomes an hour", steady, 600, GENOME),
    ]
    rows = []
    for name, make_jobs, *arguments in loads:
        for smallest in (0, 1):
            setting = dataclasses.replace(policy, smallest=smallest)
            surroundings = fleet.Surroundings(interruptions=INTERRUPTIONS)
            outcome = run(setting, surroundings, make_jobs, *arguments, until=DAY)
            figures = [str(outcome.most), str(outcome.interrupted), money(outcome)]
            rows.append([name, str(smallest), waits(outcome), *figures])
    return table(["load", "least", WAITS, "most machines", "begun anew", "cost a day"], rows)


def waits(outcome):
    """As `WAITS` names them."""
    return " · ".join(duration(outcome.wait(share)) for share in (0.5, 0.95, 0.99, 1.0))


def duration(seconds):
    """In words that fit a cell."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def money(outcome):
    """What its machines cost."""
    return f"{outcome.machine_seconds / 3600 * HOUR_OF_ANNOTATOR:.2f} USD"


def table(head, rows):
    """In Markdown."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])


def report():
    """All tables with their headings."""
    policy = policies.of_template()
    return "\n\n".join(
        [
            f"10,000 jobs of {SMALL:.0f} s within a minute:",
            burst_table(policy, SMALL),
            f"10,000 jobs of {GENOME:.0f} s within a minute:",
            burst_table(policy, GENOME),
            f"Days, with at most {policy.largest} annotators that boot in 120 s:",
            daily_table(policy),
        ]
    )


if __name__ == "__main__":
    print(report())
