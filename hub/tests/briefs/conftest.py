"""Fixtures: a hub whose library holds the invented day."""

from invented_hub import brief, hub

__all__ = ["brief", "hub"]
