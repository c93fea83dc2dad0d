"""Plant the stage policies, reasons and working hours every installation starts with."""

from django.db import migrations

from leads.seeds import plant


def forwards(apps, schema_editor):
    plant(*(apps.get_model("leads", name) for name in ("StagePolicy", "Reason", "WorkingHours")))


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
