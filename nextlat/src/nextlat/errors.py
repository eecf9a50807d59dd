"""Errors of the engine: one root, and one subclass for each way a caller can react.

A message names the value, the rule it breaks and the remedy.
"""

from __future__ import annotations


class NextLatError(Exception):
    """Root of every error the engine raises on purpose; the command line ends with exit code 1."""


class UsageError(NextLatError):
    """A flag, a key of a recipe or an argument has a value that cannot be used; exit code 2."""


class ModelError(NextLatError):
    """A trunk or a saved model does not fit its intended use."""


class DataError(NextLatError):
    """A file or a row is malformed, or does not fit the model's vocabulary."""


class SequenceError(NextLatError):
    """A sequence is too short for the horizon, or too long for the trunk."""


class CheckpointError(NextLatError):
    """A checkpoint is absent, damaged, or of another format version or configuration."""


class NonFiniteLossError(NextLatError):
    """A loss became infinite or not a number; the last good checkpoint is untouched."""


class VerifierError(NextLatError):
    """A user's verifier or labeller raised or returned something else; the sample is on disk."""


class MissingPackageError(NextLatError):
    """A package of an optional extra is not installed; the message names the extra."""
