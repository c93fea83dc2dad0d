"""Reads `table.txt`; the rules of writing it stand there."""

from fnmatch import fnmatchcase
from pathlib import Path

PRINCIPALS = ("anon", "sam", "mia", "alex", "max", "ada", "eve")
METHODS = ("GET", "POST", "PUT", "DELETE")
ANY = "ANY"
NOBODY = ("405",) * len(PRINCIPALS)
FILE = Path(__file__).with_name("table.txt")


def read():
    """What each route answers: {route: {method: an answer per principal}}."""
    rows = {}
    for number, line in enumerate(FILE.read_text().splitlines(), 1):
        route, *words = line.partition("#")[0].split() or [""]
        if not route:
            continue
        method, *answers = words
        assert method in (*METHODS, ANY) and 0 < len(answers) <= len(PRINCIPALS), f"table.txt, line {number}: {line}"
        for one in METHODS if method == ANY else (method,):
            assert one not in rows.setdefault(route, {}), f"table.txt, line {number}: {route} {one} stands there twice"
            rows[route][one] = (*answers, *answers[-1:] * (len(PRINCIPALS) - len(answers)))
    return rows


def row_of(route, rows):
    """The name of the route's own lines, else of the first pattern that fits it; None when there are none."""
    return route if route in rows else next((row for row in rows if fnmatchcase(route, row)), None)


def lines(route, answers):
    """The lines that say these answers, given by method."""
    if len(set(answers.values())) == 1:
        return [_line(route, ANY, answers["GET"])]
    return [_line(route, method, row) for method, row in answers.items() if row != NOBODY]


def _line(route, method, row):
    while len(row) > 1 and row[-1] == row[-2]:
        row = row[:-1]
    return f"{route:<32} {method:<6} " + " ".join(f"{answer:<5}" for answer in row).rstrip()
