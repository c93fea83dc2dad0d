from django.db import migrations


class Migration(migrations.Migration):
    """Bytes that are read whole are kept whole, and what is updated has room for it on its page."""

    dependencies = [("funnel", "0002_initial")]

    operations = [
        migrations.RunSQL("ALTER TABLE funnel_chunk ALTER COLUMN data SET STORAGE EXTERNAL", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE funnel_rollup ALTER COLUMN cells SET STORAGE MAIN", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE funnel_journey SET (fillfactor = 85)", migrations.RunSQL.noop),
        migrations.RunSQL("ALTER TABLE funnel_rollup SET (fillfactor = 70)", migrations.RunSQL.noop),
    ]
