"""Plant the stage policies and reasons every installation starts with."""

from django.db import migrations

from leads.seeds import plant


def forwards(apps, schema_editor):
    plant(apps.get_model("leads", "StagePolicy"), apps.get_model("leads", "Reason"))


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
