"""Runs the cases of a client, and prints what each saw, one JSON object per line."""

import json
import time
import urllib.request

KEY = "sk-of-the-tests-0001"
CASES = []


def case(function):
    CASES.append(function)
    return function


def run():
    for function in CASES:
        print(json.dumps({"case": function.__name__, "saw": function()}), flush=True)


def raised(call):
    """Calls a function that has to raise, and returns what a program sees of the exception."""
    try:
        return {"returned": repr(call())}
    except Exception as error:
        seen = {"raised": type(error).__name__}
        for name in ["status_code", "code", "param"]:
            if getattr(error, name, None) is not None:
                seen[name] = getattr(error, name)
        return seen


def read_until_it_raises(stream, word):
    """Reads a stream: the words until it ended, and how it ended."""
    words = []

    def read():
        for item in stream:
            words.append(word(item))
        return "a clean end"

    end = raised(read)
    return {"words": [each for each in words if each], **end}


def generators(url):
    """The number of generators that the server runs."""
    with urllib.request.urlopen(f"{url}/generators") as answer:
        return int(answer.read())


def stops(url):
    """Whether all generators stop, while this program still runs."""
    end = time.monotonic() + 20
    while generators(url) > 0:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
