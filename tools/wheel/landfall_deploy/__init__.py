"""Landfall as a Python package: the same files as on npm, and the command `landfall`."""

from __future__ import annotations
