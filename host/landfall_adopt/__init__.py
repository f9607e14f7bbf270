"""Reads how a service runs that a person has set up by hand. Read-only; sent over SSH, and never installed.

Runs as root where sudo allows it, else as the user that logs in. A value of a setting never leaves this host.
"""
