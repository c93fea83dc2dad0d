"""Database triggers that hold what Python alone cannot: a stage never moves without its log line, and the log stays.

Erasure is the one exception: `SET LOCAL leads.erasure = 'on'`, which only `leads/erasure.py` does. Emptying whole
tables takes `leads.truncation = 'on'`, which only tests and benchmarks set, on databases of their own.
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
        ),
        pgtrigger.Trigger(
            name=f"{table}_not_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=f"""
                IF COALESCE(current_setting('leads.truncation', true), '') <> 'on' THEN
                    RAISE EXCEPTION '{table} is append-only: TRUNCATE refused' USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NULL;
            """,
        ),
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


_PAIRS = "FROM after now JOIN before was USING (id)"

_UNSAID = f"""
    ((now.stage, now.stage_since, now.cycle, now.version)
        IS DISTINCT FROM (was.stage, was.stage_since, was.cycle, was.version)
     AND (now.version <= was.version OR {_LINE_MISSING}))
"""

# What the statistics read of a lead besides its log. With a new line the ledger has already said that it waits.
_COUNTS_ANEW = """
    (now.version = was.version AND (now.amount, now.currency, now.merged_into_id)
        IS DISTINCT FROM (was.amount, was.currency, was.merged_into_id))
"""


def stage_only_with_line() -> list[pgtrigger.Trigger]:
    """Triggers on leads: a new lead, or a change of where a lead stands, needs the log line that says so.

    A change without a line that the statistics read all the same leaves a row for them to find. Where such a row is
    there already it is locked, not left alone: a worker that took it before this transaction commits would count the
    lead as it was, and nothing would be left to wake it again. A move finds nothing to do by one look.
    """
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
                IF EXISTS (SELECT {_PAIRS} WHERE {_UNSAID} OR {_COUNTS_ANEW}) THEN
                    IF EXISTS (SELECT {_PAIRS} WHERE {_UNSAID}) THEN
                        {_REFUSE_STAGE}
                    END IF;
                    INSERT INTO leads_unapplied (lead_id, sequence)
                    SELECT now.id, now.version {_PAIRS} WHERE {_COUNTS_ANEW} ORDER BY now.id
                    ON CONFLICT (lead_id, sequence) DO UPDATE SET sequence = EXCLUDED.sequence;
                END IF;
                RETURN NULL;
            """,
        ),
    ]


def number_stays() -> pgtrigger.Trigger:
    """Trigger on leads: the number of a lead is what its log hangs on, and never changes."""
    return pgtrigger.Trigger(
        name="lead_number_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("id"),
        condition=pgtrigger.Q(old__id__df=pgtrigger.F("new__id")),
        func="RAISE EXCEPTION 'a lead keeps its number: see leads.moves' USING ERRCODE = 'restrict_violation';",
    )


def line_only_with_stage() -> list[pgtrigger.Trigger]:
    """Trigger on the log: a line follows the one before it, and its lead stands where its newest line says.

    A line begins where the one before it ended; only an import that replaces a lead's first line begins anew ('').
    """
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
                           AND ((line.to_stage, line.cycle) IS DISTINCT FROM (lead.stage, lead.cycle)
                                OR (line.step <> 'undo' AND line.occurred_at <> lead.stage_since)))
                       OR (line.sequence > 1 AND NOT EXISTS (
                               SELECT FROM leads_stagechange previous
                               WHERE previous.lead_id = line.lead_id AND previous.sequence = line.sequence - 1
                                 AND line.from_stage IN ('', previous.to_stage)))
                       OR (line.voids IS NOT NULL AND NOT EXISTS (
                               SELECT FROM leads_stagechange voided
                               WHERE voided.lead_id = line.lead_id AND voided.sequence = line.voids
                                 AND voided.step <> 'undo'))
                ) THEN
                    RAISE EXCEPTION 'a log line is written only together with its lead''s stage, by leads.moves'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NULL;
            """,
        )
    ]
