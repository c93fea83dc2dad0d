"""The worked example of docs/importing.md does what it says."""

import io
import re

import pytest
from django.core.management import call_command

from tests.leads.importing import MAPPINGS

pytestmark = pytest.mark.django_db


def test_the_worked_example_prints_what_the_page_shows(tmp_path, monkeypatch):
    page = (MAPPINGS.parent / "importing.md").read_text(encoding="utf-8")
    text = re.search(r"```csv\n(.*?)```", page, re.DOTALL)[1]
    mapping = re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1]
    shown = re.search(r"```\n\$ [^\n]*\n(.*?)```", page, re.DOTALL)[1]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deals.csv").write_text(text)
    (tmp_path / "deals.toml").write_text(mapping)
    out = io.StringIO()
    call_command("import_leads", "deals.csv", "--mapping", "deals.toml", stdout=out)
    assert out.getvalue() == shown
