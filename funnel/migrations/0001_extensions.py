"""What the tables need of PostgreSQL: trigrams, so that a search finds parts of names quickly.

It stands in this app because the first migration of `leads` must be the one with the people, to whom others refer.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    run_before = [("leads", "0001_initial")]
    dependencies = []
    operations = [TrigramExtension()]
