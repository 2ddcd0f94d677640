"""A fleet of annotators in discrete events: jobs arrive, wait, run; figures are taken, machines come and go.

What is AWS's and not the template's is assumed, and named in `Surroundings`.
"""

import collections
import dataclasses
import heapq
import itertools
import math

# Target tracking adds on three figures above the target and removes on fifteen below nine tenths of it, as AWS does.
ABOVE_FIGURES = 3
BELOW_FIGURES = 15
BELOW_SHARE = 0.9
# Spot's notice before it takes a machine back.
NOTICE = 120


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What the policy cannot choose."""

    boot: float = 120.0
    """Seconds from an annotator's being wanted to its taking jobs."""
    figure_delay: float = 60.0
    """Seconds from a figure's being taken to its being acted upon."""
    interruptions: float = 0.0
    """Interruptions of one spot machine in an hour."""


@dataclasses.dataclass
class Outcome:
    """What became of a run."""

    waits: list
    """Seconds from each job's arrival to its end, sorted."""
    drained: float
    """When the last job ended."""
    most: int
    """Most annotators at once."""
    machine_seconds: float
    interrupted: int
    """How often a job began anew."""

    def wait(self, share):
        """The wait that this share of the jobs did not exceed."""
        return self.waits[max(0, math.ceil(share * len(self.waits)) - 1)]


class _Machine:
    def __init__(self, identity, now):
        self.identity = identity
        self.launched = now
        self.started = None
        self.jobs = {}
        self.busy_until = -math.inf
        self.leaving = False


class Fleet:
    """One run. `jobs` are pairs of arrival and length in seconds; `random` decides about interruptions."""

    def __init__(self, policy, surroundings, jobs, random):
        self.policy, self.around, self.random = policy, surroundings, random
        self.jobs = list(jobs)
        self.events, self.order = [], itertools.count()
        self.queue = collections.deque()
        self.machines, self.numbers = {}, itertools.count()
        self.wanted = 0
        self.above = self.below = self.idle = 0
        self.outcome = Outcome([], 0.0, 0, 0.0, 0)
        self.now = 0.0

    def run(self, until=None):
        """Runs until all jobs have ended and the fleet is as small as before, or to a time, if later."""
        for job, (arrival, _) in enumerate(self.jobs):
            self._at(arrival, self._arrive, job)
        self._want(self.policy.smallest)
        for machine in self.machines.values():
            # The smallest number stands there from before.
            machine.started = 0.0
        self._at(0.0, self._take_figures)
        while not self._rests() or self.now < (until or 0.0):
            self.now, _, act, arguments = heapq.heappop(self.events)
            act(*arguments)
        for machine in list(self.machines.values()):
            self._end(machine)
        self.outcome.waits.sort()
        return self.outcome

    def _rests(self):
        return len(self.outcome.waits) == len(self.jobs) and len(self.machines) == self.policy.smallest

    def _at(self, time, act, *arguments):
        heapq.heappush(self.events, (time, next(self.order), act, arguments))

    # -- Jobs

    def _arrive(self, job):
        self.queue.append(job)
        self._assign()

    def _assign(self):
        if not self.queue:
            return
        for machine in self.machines.values():
            while self.queue and self._takes(machine):
                job = self.queue.popleft()
                machine.jobs[job] = self.now
                self._at(self.now + self.jobs[job][1], self._finish, machine, job, self.now)

    def _takes(self, machine):
        started = machine.started is not None and not machine.leaving
        return started and len(machine.jobs) < self.policy.at_once

    def _finish(self, machine, job, began):
        if machine.jobs.get(job) != began:
            return
        del machine.jobs[job]
        machine.busy_until = self.now
        self.outcome.waits.append(self.now - self.jobs[job][0])
        self.outcome.drained = self.now
        self._assign()
        if len(self.machines) > self.wanted:
            self._at(self.now + self.policy.calm, self._let_go)

    # -- Figures and what they lead to

    def _take_figures(self):
        backlog = len(self.queue) + sum(len(machine.jobs) for machine in self.machines.values())
        self._at(self.now + self.around.figure_delay, self._act, backlog, self.wanted)
        self._at(self.now + self.policy.period, self._take_figures)

    def _act(self, backlog, wanted):
        policy = self.policy
        ideal = math.ceil(backlog / policy.backlog)
        lacking = ideal - wanted
        steps = [step.add for step in policy.steps if step.lacking <= lacking]
        if steps:
            warming = sum(self._warms(machine) for machine in self.machines.values())
            self._want(max(self.wanted, self.wanted - warming + steps[-1]))
        if wanted:
            figure = backlog / wanted
            self.above = self.above + 1 if figure > policy.backlog else 0
            self.below = self.below + 1 if figure < policy.backlog * BELOW_SHARE else 0
        if self.above >= ABOVE_FIGURES:
            self._want(max(self.wanted, ideal))
        elif self.below >= BELOW_FIGURES:
            self._want(min(self.wanted, ideal))
        self.idle = self.idle + 1 if backlog == 0 else 0
        if self.idle >= policy.idle_periods:
            self._want(0)

    def _warms(self, machine):
        return machine.started is None or self.now - machine.started < self.policy.warm_up

    # -- Machines

    def _want(self, number):
        self.wanted = min(max(number, self.policy.smallest), self.policy.largest)
        for _ in range(self.wanted - self._staying()):
            self._launch()
        self._let_go()

    def _staying(self):
        return sum(not machine.leaving for machine in self.machines.values())

    def _launch(self):
        machine = _Machine(next(self.numbers), self.now)
        self.machines[machine.identity] = machine
        self.outcome.most = max(self.outcome.most, len(self.machines))
        self._at(self.now + self.around.boot, self._start, machine)
        if self.around.interruptions:
            lifetime = self.random.expovariate(self.around.interruptions / 3600)
            self._at(self.now + lifetime, self._notice, machine)

    def _start(self, machine):
        if machine.started is None:
            machine.started = self.now
        self._assign()

    def _let_go(self):
        """Those that have been idle for a while go, as long as there are too many."""
        for machine in list(self.machines.values()):
            if self._staying() <= self.wanted:
                return
            calm = not machine.jobs and self.now - machine.busy_until >= self.policy.calm
            if calm and not machine.leaving:
                self._end(machine)

    def _notice(self, machine):
        if machine.identity not in self.machines:
            return
        machine.leaving = True
        self._at(self.now + min(self.policy.drain, NOTICE), self._hand_back, machine)
        self._want(self.wanted)

    def _hand_back(self, machine):
        self.outcome.interrupted += len(machine.jobs)
        self.queue.extendleft(machine.jobs)
        machine.jobs.clear()
        self._end(machine)
        self._assign()

    def _end(self, machine):
        self.outcome.machine_seconds += self.now - machine.launched
        del self.machines[machine.identity]
