"""Database triggers that hold what Python alone cannot: a stage never moves without its log line, and the log stays.

Erasure is the one exception: `SET LOCAL leads.erasure = 'on'`, which only `leads/erasure.py` does.
"""

import pgtrigger

ERASING = "COALESCE(current_setting('leads.erasure', true), '') = 'on'"


def append_only(table: str) -> list[pgtrigger.Trigger]:
    """Triggers that refuse to change or delete rows of a log, unless an erasure is under way."""
    return [
        pgtrigger.Trigger(
            name=f"{table}_append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=f"""
                IF {ERASING} THEN
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                END IF;
                RAISE EXCEPTION '{table} is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
            """,
        )
    ]


_LINE_MISSING = """
    NOT EXISTS (
        SELECT FROM leads_stagechange line
        WHERE line.lead_id = now.id AND line.sequence = now.version
          AND line.to_stage = now.stage AND line.cycle = now.cycle
    )
"""

_REFUSE_STAGE = """
    RAISE EXCEPTION 'a stage is written only together with its log line, by leads.moves'
        USING ERRCODE = 'restrict_violation';
"""


def stage_only_with_line() -> list[pgtrigger.Trigger]:
    """Triggers on leads: a new lead, or a change of where a lead stands, needs the log line that says so."""
    return [
        pgtrigger.Trigger(
            name="lead_opened_with_line",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="opened"),
            func=f"""
                IF EXISTS (SELECT FROM opened now WHERE {_LINE_MISSING}) THEN
                    {_REFUSE_STAGE}
                END IF;
                RETURN NULL;
            """,
        ),
        pgtrigger.Trigger(
            name="lead_moved_with_line",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=pgtrigger.Referencing(old="before", new="after"),
            func=f"""
                IF EXISTS (
                    SELECT FROM after now JOIN before was USING (id)
                    WHERE (now.stage, now.stage_since, now.cycle, now.version)
                        IS DISTINCT FROM (was.stage, was.stage_since, was.cycle, was.version)
                      AND (now.version <= was.version OR {_LINE_MISSING})
                ) THEN
                    {_REFUSE_STAGE}
                END IF;
                RETURN NULL;
            """,
        ),
    ]


def line_only_with_stage() -> list[pgtrigger.Trigger]:
    """Trigger on the log: a line follows the one before it, and its lead stands where its newest line says."""
    return [
        pgtrigger.Trigger(
            name="line_written_with_stage",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="written"),
            func="""
                IF EXISTS (
                    SELECT FROM written line JOIN leads_lead lead ON lead.id = line.lead_id
                    WHERE line.sequence > lead.version
                       OR (line.sequence = lead.version
                           AND (line.to_stage, line.cycle) IS DISTINCT FROM (lead.stage, lead.cycle))
                       OR (line.sequence > 1 AND NOT EXISTS (
                               SELECT FROM leads_stagechange previous
                               WHERE previous.lead_id = line.lead_id AND previous.sequence = line.sequence - 1))
                ) THEN
                    RAISE EXCEPTION 'a log line is written only together with its lead''s stage, by leads.moves'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NULL;
            """,
        )
    ]
