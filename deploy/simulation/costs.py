"""What the service costs a month while nobody uses it, and what a thousand jobs add.

usage: costs.py        prints the tables as they stand in docs/aws.md
"""

import dataclasses

import prices
import scenarios

MONTH = prices.HOURS_A_MONTH
SECONDS_A_MONTH = MONTH * 3600
MILLION = 1_000_000


@dataclasses.dataclass(frozen=True)
class Job:
    """What a kind of job is assumed to be."""

    name: str
    seconds: float
    input_gib: float
    result_gib: float


SMALL = Job("a small file (1 MiB in, 3 MiB out)", scenarios.SMALL, 1 / 1024, 3 / 1024)
GENOME = Job("a whole genome (1 GiB in, 2 GiB out)", scenarios.GENOME, 1.0, 2.0)

# How often, for one job; generous. A change of the row is a transaction, of 2 KB in the table and its indexes.
ROW_CHANGES, UNITS_A_CHANGE = 8, 10
ROW_READS = 100
MESSAGES, CALLS_A_MESSAGE = 4, 5
MAILS = 2
PART_GIB = 16 / 1024


def idle():
    """Item, how it is reckoned, and dollars a month: smallest stack, no annotators, public subnets."""
    machine = prices.PUBLIC_ADDRESS * MONTH + 20 * prices.DISK_GIB
    return [
        ("load balancer, two addresses", "0.0225/h + 2 x 0.005/h", MONTH * (prices.LOAD_BALANCER + 2 * prices.PUBLIC_ADDRESS)),
        ("web server t3.medium, address, disk", "0.0416/h + 0.005/h + 20 GiB", MONTH * prices.INSTANCE["t3.medium"] + machine),
        ("workers t3.micro, address, disk", "0.0104/h + 0.005/h + 20 GiB", MONTH * prices.INSTANCE["t3.micro"] + machine),
        ("alarms and dashboard", "30 metrics watched x 0.10 + 3", 30 * prices.ALARM + prices.DASHBOARD),
        ("secret", "1 x 0.40", prices.SECRET),
        ("health checks", "an object written every 30 s by two nodes", 2 * SECONDS_A_MONTH / 30 / MILLION * prices.S3_WRITES),
        ("looking into empty queues", "3 workers every 10 s, the notifier's 5 pollers every 20 s",
         (3 * SECONDS_A_MONTH / 10 + 5 * SECONDS_A_MONTH / 20) / MILLION * prices.QUEUE_CALLS),
        ("the sweeper", "7 small queries every 10 s", 7 * SECONDS_A_MONTH / 10 / MILLION * prices.TABLE_READS),
    ]


def private_subnets():
    """What private subnets add to an idle month: nine endpoints in two zones, less two addresses."""
    return MONTH * (9 * 2 * prices.INTERFACE_ENDPOINT - 2 * prices.PUBLIC_ADDRESS)


def thousand(job, at_once):
    """Item and dollars for a thousand jobs of that kind, of free users, downloads apart."""
    parts = max(1, job.result_gib / PART_GIB)
    objects_written = 1 + 3 + (parts if parts > 1 else 0)
    machine_hours = 1000 * job.seconds / at_once / 3600
    return [
        ("annotators, spot", machine_hours * scenarios.HOUR_OF_ANNOTATOR),
        ("table", 1000 * (ROW_CHANGES * UNITS_A_CHANGE * prices.TABLE_WRITES + ROW_READS * prices.TABLE_READS) / MILLION),
        ("messages", 1000 * MESSAGES * (CALLS_A_MESSAGE * prices.QUEUE_CALLS + prices.TOPIC_CALLS) / MILLION),
        ("mail", 1000 * MAILS * (prices.MAILS + prices.FUNCTION_CALLS + 0.25 * prices.FUNCTION_GIB_SECONDS) / MILLION),
        ("writing and reading objects", 1000 * (objects_written * prices.S3_WRITES + 10 * prices.S3_READS) / MILLION),
        ("into the archive", 1000 * parts * prices.ARCHIVE_WRITES["GLACIER"] / MILLION),
        ("inputs for a day, results for a week", 1000 * (job.input_gib + 7 * job.result_gib) * prices.HOT_GIB / 30),
        ("results archived, a month", 1000 * job.result_gib * prices.COLD_GIB["GLACIER"]),
        ("each result downloaded once", 1000 * job.result_gib * prices.OUT_GIB),
    ]


def report(at_once=None):
    """Both tables."""
    at_once = at_once or scenarios.policies.of_template().at_once
    items = idle()
    total = sum(dollars for _, _, dollars in items)
    rows = [[name, how, f"{dollars:.2f}"] for name, how, dollars in items]
    rows.append(["**together, public subnets**", "", f"**{total:.2f}**"])
    rows.append(["**together, private subnets**", "+ 18 x 0.01/h - 2 x 0.005/h", f"**{total + private_subnets():.2f}**"])
    rows.append(["one more annotator kept on demand", "0.096/h + 0.005/h + 50 GiB",
                 f"{MONTH * (prices.INSTANCE['m6i.large'] + prices.PUBLIC_ADDRESS) + 50 * prices.DISK_GIB:.2f}"])
    small, genome = thousand(SMALL, at_once), thousand(GENOME, at_once)
    jobs = [[name, f"{cheap:.3f}", f"{dear:.2f}"] for (name, cheap), (_, dear) in zip(small, genome)]
    jobs.append(["**together**"] + [f"**{sum(dollars for _, dollars in items):.2f}**" for items in (small, genome)])
    return "\n\n".join(
        [
            "A month in which nobody comes, in USD:",
            scenarios.table(["", "reckoned as", "USD a month"], rows),
            "A thousand jobs, in USD:",
            scenarios.table(["", SMALL.name, GENOME.name], jobs),
        ]
    )


if __name__ == "__main__":
    print(report())
