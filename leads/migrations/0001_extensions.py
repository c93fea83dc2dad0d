"""What the tables need of PostgreSQL: trigrams, so that a search finds parts of names quickly."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []
    operations = [TrigramExtension()]
