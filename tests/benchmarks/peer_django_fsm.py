"""django-fsm-2: Django's ORM on the same tables, an FSMField and decorated methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Integer, make_url

from engine.store.tables import metadata
from tests.benchmarks.habits import chained, may, person_of
from tests.benchmarks.recording import Course, Row, Written

TABLES = ("event", "event_text", "deadline", "request", "vote", "measure", "evidence", "notice", "holding")
PARTS = {"deadline": ("case_id", "kind", "subject", "version")}


@contextmanager
def opened(url: str, course: Course) -> Iterator[Callable[[Written], None]]:
    _configure(url)
    issue, models = _models()
    from django.db import transaction

    def step(written: Written) -> None:
        with transaction.atomic():
            case = issue.objects.select_for_update().get(pk=written.case)
            assert case.revision == written.was_revision
            case.written = written
            getattr(case, written.move)()
            for name, value in written.columns.items():
                if name != "state":
                    setattr(case, name, value)
            case.save(update_fields=list({*written.columns, "state"}))
            for name, rows in written.rows.items():
                _put(models[name], name, rows)

    yield step


def _put(model: Any, name: str, rows: list[Row]) -> None:
    if name == "event":
        model.objects.bulk_create([model(**chained(row)) for row in rows])
    elif name in ("event_text", "vote", "notice"):
        model.objects.bulk_create([model(**row) for row in rows])
    else:
        keys = PARTS.get(name, ("case_id", "number"))
        for row in rows:
            which = {key: row[key] for key in keys}
            rest = {column: value for column, value in row.items() if column not in which}
            if not model.objects.filter(**which).update(**rest):
                model.objects.bulk_create([model(**row)])


def _configure(url: str) -> None:
    import django
    from django.conf import settings

    found = make_url(url)
    if found.get_backend_name() == "sqlite":
        sync = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options: Row = {"transaction_mode": "IMMEDIATE", "init_command": sync}
        database: Row = {"ENGINE": "django.db.backends.sqlite3", "NAME": found.database, "OPTIONS": options}
    else:
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": found.database,
            "USER": found.username,
            "PASSWORD": found.password or "",
            "HOST": found.host,
            "PORT": found.port or 5432,
        }
    settings.configure(DATABASES={"default": database}, USE_TZ=True, INSTALLED_APPS=[], CONN_MAX_AGE=None)
    django.setup()


def _models() -> tuple[Any, dict[str, Any]]:
    """The same tables as Django models, and the issue with its moves."""
    from django_fsm import FSMField, transition

    made = {name: _model(name, {}) for name in TABLES}

    def allowed(case: Any) -> bool:
        held = made["holding"].objects.filter(organisation_id=case.organisation_id)
        holders = set(held.values_list("person_id", flat=True))
        return may(holders, person_of(case.written), made["measure"].objects.filter(case_id=case.pk).count())

    extra: Row = {"state": FSMField(protected=True, max_length=60)}
    moves = {
        "assign": ("assigned", None),
        "plan": ("assigned", None),
        "approve": ("assigned", "planned"),
        "start": ("planned", "in_progress"),
        "submit_evidence": ("in_progress", "evidence_submitted"),
    }
    field = extra["state"]
    for name, (source, target) in moves.items():

        def made_move(_case: Any) -> None:
            return None

        made_move.__name__ = name
        extra[name] = transition(field=field, source=source, target=target or source, conditions=[allowed])(
            made_move
        )
    return _model("case_file", extra), made


def _model(name: str, extra: Row) -> Any:
    from django.db import models

    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key]
    attributes: Row = {
        column.name: _field(column, is_key=keys == [column.name])
        for column in table.columns
        if column.name not in extra
    }
    if len(keys) > 1:
        attributes["pk"] = models.CompositePrimaryKey(*keys)
    meta = type("Meta", (), {"app_label": "bench", "db_table": name, "managed": False})
    return type(
        name.title().replace("_", ""),
        (models.Model,),
        {**attributes, **extra, "Meta": meta, "__module__": __name__},
    )


def _field(column: Any, *, is_key: bool) -> Any:
    from django.db import models

    if is_key:
        return models.AutoField(primary_key=True)
    kinds: list[tuple[Any, Any]] = [
        (Boolean, models.BooleanField),
        (Integer, models.IntegerField),
        (DateTime, models.DateTimeField),
        (Date, models.DateField),
    ]
    plain = getattr(column.type, "impl", column.type)
    kind = next((field for sql, field in kinds if isinstance(plain, sql)), models.TextField)
    return kind(null=column.nullable)
