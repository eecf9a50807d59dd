"""The verifier: `academichub brief-reward` checks rewritten sentences as in a literature brief.

The command is started once and answers line by line. Where it is not on the path, set BRIEF_REWARD
to the command.
"""

from __future__ import annotations

import atexit
import json
import os
import shlex
import subprocess
from functools import cache

from nextlat.posttrain.problems import Problem
from nextlat.posttrain.verifiers import Verdict


def verify(completion: str, problem: Problem) -> Verdict:
    """Judge a sentence: right where a brief would show it, rewarded the more the shorter it is.

    Raises:
        RuntimeError: the command is absent or has ended; which stops the run, as it must.
    """
    request = {
        "completion": completion,
        "extract": problem.extra["extract"],
        "evidence": problem.extra["evidence"],
    }
    process = checks()
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    except OSError as error:
        raise RuntimeError(
            "`academichub brief-reward` has ended; run it by hand to see why"
        ) from error
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError("`academichub brief-reward` said nothing; run it by hand to see why")
    judged = json.loads(answer)
    reward = judged["reward"]
    return Verdict(reward > 0, reward=reward, reason="; ".join(judged["reasons"]))


@cache
def checks() -> subprocess.Popen[str]:
    """Return the running command, started at the first call."""
    command = shlex.split(os.environ.get("BRIEF_REWARD", "academichub brief-reward"))
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
    except OSError as error:
        raise RuntimeError(
            f"{command[0]} cannot be started ({error}); "
            "install academichub, or set BRIEF_REWARD to the command"
        ) from error
    atexit.register(process.kill)
    return process
