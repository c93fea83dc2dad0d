"""Reads `table.txt`; the rules of writing it stand there."""

from fnmatch import fnmatchcase
from pathlib import Path

PRINCIPALS = ("anon", "sam", "mia", "alex", "max", "ada", "eve")
METHODS = ("GET", "POST", "PUT", "DELETE")
ANY = "ANY"
REFUSED = {"login", "403", "404", "405"}  # what a method without a line answers
FILE = Path(__file__).with_name("table.txt")


def read():
    """What each route answers: {route: {method: an answer per principal}}."""
    rows = {}
    for number, line in enumerate(FILE.read_text().splitlines(), 1):
        route, *words = line.partition("#")[0].split() or [""]
        if not route:
            continue
        method, *answers = words
        assert method in (*METHODS, ANY), f"table.txt, line {number}: {line}"
        assert 0 < len(answers) <= len(PRINCIPALS), f"table.txt, line {number}: {line}"
        for one in METHODS if method == ANY else (method,):
            assert one not in rows.setdefault(route, {}), f"table.txt, line {number}: {route} {one} stands there twice"
            rows[route][one] = (*answers, *answers[-1:] * (len(PRINCIPALS) - len(answers)))
    return rows


def row_of(route, rows):
    """The name of the route's own lines, else of the first pattern that fits it; None when there are none."""
    return route if route in rows else next((row for row in rows if fnmatchcase(route, row)), None)


def wrong(answers, said):
    """What is not as the table says: pairs of method and principal."""
    return [
        (method, principal)
        for method, row in answers.items()
        for principal, got, should in zip(PRINCIPALS, row, said.get(method, [None] * len(PRINCIPALS)), strict=True)
        if got != should and not (should is None and got in REFUSED)
    ]


def lines(route, answers):
    """The lines that say these answers, given by method; one at least."""
    if len(set(answers.values())) == 1:
        return [_line(route, ANY, answers["GET"])]
    said = {method: row for method, row in answers.items() if not set(row) <= REFUSED}
    return [_line(route, method, row) for method, row in (said or {"GET": answers["GET"]}).items()]


def _line(route, method, row):
    while len(row) > 1 and row[-1] == row[-2]:
        row = row[:-1]
    return f"{route:<32} {method:<6} " + " ".join(f"{answer:<5}" for answer in row).rstrip()
