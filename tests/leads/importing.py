"""Small files and mappings to import, and where the shared data is."""

import io
import json
import os
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.importing import run
from leads.importing.loading import read
from leads.models import StageChange
from tests.conftest import NOW

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
MAPPINGS = Path(__file__).resolve().parents[2] / "docs" / "mappings"

LEADS = {
    "name": "leads",
    "identity": {"external": {"system": "crm", "column": "id"}},
    "lead": {"name": "name", "source": "source"},
    "history": {"kind": "dates", "dates": {"mql": "mql", "sal": "sal", "won": "won"}},
}


def shared(path):
    """A file of the shared data; the test is skipped where it is absent."""
    if not (DATA / path).exists():
        pytest.skip(f"{DATA / path} is absent: set SHARED_DATA to the folder of shared data")
    return DATA / path


def mapping(**changed):
    """The small mapping above, with some of its tables replaced."""
    return read({**LEADS, **changed})


class Ran:
    """One import's results, by line."""

    def __init__(self, job, *, dry_run=False):
        self.results = []
        self.summary = run.run(job, tell=self.results.extend, dry_run=dry_run)
        self.by_line = {result.line: result for result in self.results}
        self.counts = {name: count for name, count in self.summary.counts.items() if count}

    def __getitem__(self, line):
        return self.by_line[line]


def importing(folder, text, using=None, *, dry_run=False, at=NOW):
    """Import CSV text by a mapping; returns what became of its rows."""
    path = Path(folder) / "file.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Ran(run.prepare(path, using or mapping(), at=at), dry_run=dry_run)


def command(*args):
    """What the command printed with --json."""
    out = io.StringIO()
    call_command("import_leads", *map(str, args), "--json", stdout=out)
    return json.loads(out.getvalue())


def log_of(lead):
    """The lines of a lead that count, as (cycle, stage, day, timing)."""
    lines = StageChange.objects.filter(lead=lead).valid().order_by("sequence")
    return [(line.cycle, line.to_stage, f"{line.occurred_at:%Y-%m-%d}", line.timing) for line in lines]
