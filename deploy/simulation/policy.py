"""What the template says about how annotators come and go. Nothing of it is said a second time here."""

import dataclasses
import re

import template as templates


@dataclasses.dataclass(frozen=True)
class Step:
    """So many more annotators when so many, or more, are lacking."""

    lacking: int
    add: int


@dataclasses.dataclass(frozen=True)
class Policy:
    """How annotators come and go."""

    backlog: int
    """Jobs, waiting or running, for which one annotator is wanted."""
    at_once: int
    """Jobs that one annotator works on."""
    smallest: int
    largest: int
    period: int
    """Seconds between two figures."""
    warm_up: int
    """Seconds after its start during which an annotator does not count for steps."""
    steps: tuple
    idle_periods: int
    """So many figures of nothing to do let all go but the smallest number."""
    calm: int
    """Seconds after its last job for which an annotator is protected from being chosen to go."""
    drain: int
    """Seconds for which jobs go on once their annotator was told to go."""


def of_template(template=None, machine=templates.PATH.parent / "machine"):
    """Reads the policy off the template, and the calm off the script that watches over it."""
    template = template or templates.read()
    resources = {name: resource.get("Properties", {}) for name, resource in template["Resources"].items()}
    given = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}
    lacking, idle = resources["AnnotatorsAreLacking"], resources["NothingToAnnotate"]
    _hold(lacking["EvaluationPeriods"] == 1, "annotators are started on the first figure")
    _hold(_expression(lacking) == "CEIL((waiting + running) / ${AnnotatorBacklog}) - FILL(wanted, REPEAT)", "what is lacking")
    _hold(_expression(idle) == "waiting + running", "what is idle")
    follow = resources["AnnotatorsFollow"]["TargetTrackingConfiguration"]
    _hold(follow["CustomizedMetricSpecification"]["Metrics"][-1]["Expression"] == "(waiting + running) / wanted", "what is followed")
    _hold(follow["TargetValue"] == {"Ref": "AnnotatorBacklog"}, "by what it is followed")
    _hold(resources["AnnotatorsGrow"]["AdjustmentType"] == "ChangeInCapacity", "steps add")
    settings = template["Resources"]["Configuration"]["Properties"]["Value"]["Fn::Sub"][0]
    return Policy(
        backlog=given["AnnotatorBacklog"],
        at_once=given["AnnotatorJobsAtOnce"],
        smallest=given["AnnotatorMin"],
        largest=given["AnnotatorMax"],
        period=lacking["Metrics"][0]["MetricStat"]["Period"],
        warm_up=resources["Annotators"]["DefaultInstanceWarmup"],
        steps=tuple(
            Step(lacking["Threshold"] + step["MetricIntervalLowerBound"], step["ScalingAdjustment"])
            for step in resources["AnnotatorsGrow"]["StepAdjustments"]
        ),
        idle_periods=idle["EvaluationPeriods"],
        calm=int(re.search(r"GAS_CALM:-(\d+)", (machine / "stay-while-busy").read_text())[1]),
        drain=int(re.search(r'drain = "(\d+)s"', settings)[1]),
    )


def _expression(alarm):
    expression = alarm["Metrics"][-1]["Expression"]
    return expression["Fn::Sub"] if isinstance(expression, dict) else expression


def _hold(holds, what):
    if not holds:
        raise ValueError(f"the template changed {what}; the simulation must learn it first")
