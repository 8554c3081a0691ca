"""Prints what a client received, one JSON object per line; the event `done` ends the program."""

import json
import sys
from importlib.metadata import version


def print_version(package):
    _print({"version": version(package)})


def print_event(name, data, id):
    _print({"event": {"name": name, "data": data, "id": id}})
    if name == "done":
        sys.exit()


def _print(value):
    print(json.dumps(value), flush=True)
