"""JSON Schemas (2020-12) of definition files, made from the models that read them and from the vocabulary.

The models describe what they hold; people write shorter: a guard as a word or as `word: {parameters}`, a decider as a
post. Here these forms are put in place of the models' own, with the parameters that each guard and effect really takes.
Names that must agree with each other (a target with a state) are what `check` is for: no schema can say them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any

from pydantic import BaseModel

from engine.core.definition import GROUPS, STAY, WorkflowDefinition
from engine.core.duty import AUDIENCES, DutyFamily, LadderDefinition
from engine.core.inspection_file import InspectionDefinition
from engine.core.post_catalogue import POST_KEY, PostCatalogue
from engine.core.school_year import TermEdge
from engine.core.sound.sheet import Known
from engine.core.sound.words import NAME
from engine.core.vocabulary import is_open_bound, parameters_of
from engine.core.workdays import YearStatus

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_WORD: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_PLAIN: Mapping[str, Schema] = {
    "int": {"type": "integer"},
    "Count": {"type": "integer", "minimum": 1},
    "str": {"type": "string"},
    "bool": {"type": "boolean"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "list[int]": {"type": "array", "items": {"type": "integer"}},
}


def json_schema(kind: str, known: Known) -> Schema:
    """The schema of one kind of file. Raises KeyError for a kind that has none."""
    return {"$schema": DIALECT, **SCHEMAS[kind](known)}


def workflow_schema(known: Known) -> Schema:
    schema = _plain(WorkflowDefinition)
    parts = schema["$defs"]
    parts["GuardUse"] = _guard(known)
    parts["EffectUse"] = _uses(known.vocabulary.effects, known, may_be_empty=False)
    parts["Decider"] = _decider(parts["Decider"])
    for part, name in (("State", "waits_for"), ("Move", "by")):
        parts[part]["properties"][name]["items"] = _WORD
    tell = parts["Tell"]["properties"]
    tell["who"], tell["notice"] = _WORD, {"enum": sorted(known.notices)} if known.notices else _WORD
    parts["DeadlineRule"]["properties"]["ladder"] = _WORD
    past = {"properties": {"not_after_today": {"const": True}}, "required": ["not_after_today"]}
    parts["FieldRule"] |= {"if": past, "then": {"properties": {"type": {"const": "date"}}}}
    # A decision is made at once; an approval is asked for.
    both = {"decision": {"const": True}, "approval": {"type": "object"}}
    parts["Move"]["not"] = {"properties": both, "required": list(both)}
    top = schema["properties"]
    top["case"] = _WORD
    top["states"]["propertyNames"] = {**_WORD, "not": {"const": STAY}}
    top["moves"]["propertyNames"] = _WORD
    return schema


def duty_schema(_known: Known) -> Schema:
    schema = _plain(DutyFamily)
    parts = schema["$defs"]
    parts["Length"]["oneOf"] = [{"required": ["days"]}, {"required": ["workdays"]}]
    parts["DueDay"]["oneOf"] = [{"required": [name]} for name in ("edge", "day", "weekday")]
    for name in ("nth", "month"):
        parts["DueDay"]["properties"][name]["not"] = {"const": 0}
    at_nodes = {"properties": {"frequency": {"const": "node"}}}
    named = {"properties": {"nodes": {"minItems": 1}}, "required": ["nodes"]}
    parts["DutyDefinition"] |= {
        "if": at_nodes,
        "then": named,
        "else": {"properties": {"nodes": {"maxItems": 0}}},
    }
    return schema


def ladder_schema(_known: Known) -> Schema:
    schema = _plain(LadderDefinition)
    parts = schema["$defs"]
    parts["Length"]["oneOf"] = [{"required": ["days"]}, {"required": ["workdays"]}]
    parts["RungDefinition"]["properties"]["to"]["items"] = {"enum": sorted(AUDIENCES)}
    return schema


def calendar_schema(_known: Known) -> Schema:
    """Working days: read by hand, not by a model (`engine.core.calendar_files`)."""
    day = r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    days = {"type": "array", "items": {"type": "string", "pattern": rf"^{day}(\.\.{day})?$"}}
    status = {"enum": [row.value for row in YearStatus]}
    year = _record({"status": status, "source": _TEXT, "closed": days, "makeup": days})
    return _record({"calendar": _TEXT, "version": _TEXT, "years": _by_name(r"^[12][0-9]{3}$", year)})


def school_schema(_known: Known) -> Schema:
    """School years: read by hand, not by a model (`engine.core.calendar_files`)."""
    day = r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    one = {"type": "string", "pattern": f"^{day}$"}
    usual = {"type": "string", "pattern": rf"^{day} *\.\. *{day}$"}
    dated = {"type": "string", "pattern": rf"^[12][0-9]{{3}}-{day} *\.\. *[12][0-9]{{3}}-{day}$"}
    status = {"enum": [row.value for row in YearStatus]}
    year = _record({"status": status, "term1": dated, "term2": dated})
    node = {"anyOf": [{"enum": [edge.value for edge in TermEdge]}, one]}
    needed = {
        "school": _TEXT,
        "version": _TEXT,
        "year_starts": one,
        "usual_terms": _record({"term1": usual, "term2": usual}),
        "school_years": _by_name(r"^[12][0-9]{3}-[12][0-9]{3}$", year),
    }
    schema = _record(needed)
    schema["properties"]["nodes"] = _by_name(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", node)
    return schema


def posts_schema(_known: Known) -> Schema:
    schema = _plain(PostCatalogue)
    key = {"type": "string", "pattern": f"^{POST_KEY.pattern}$"}
    schema["properties"]["roles"]["propertyNames"] = key
    # Naming one post twice is no conflict; that all of them are posts of the file is what `check` tells.
    together = {"type": "array", "items": key, "minItems": 2}
    schema["properties"]["conflicts"]["items"] = together
    return schema


def inspection_schema(_known: Known) -> Schema:
    schema = _plain(InspectionDefinition)
    # What comes several times has a rhythm, what comes once has none.
    often = {"properties": {"times": {"minimum": 2}}, "required": ["times"]}
    rhythm = {"properties": {"every_months": {"minimum": 1}}, "required": ["every_months"]}
    schema["$defs"]["Milestone"] |= {
        "if": often,
        "then": rhythm,
        "else": {"properties": {"every_months": {"const": 0}}},
    }
    return schema


SCHEMAS: Mapping[str, Callable[[Known], Schema]] = {
    "workflow": workflow_schema,
    "duty": duty_schema,
    "ladder": ladder_schema,
    "calendar": calendar_schema,
    "school": school_schema,
    "posts": posts_schema,
    "inspection": inspection_schema,
}


def _plain(model: type[BaseModel]) -> Schema:
    """What the model itself says, without the titles that repeat the names, and closed where it has patterns."""
    schema: Schema = _closed(model.model_json_schema(by_alias=True))
    return schema


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _closed(item) for key, item in value.items() if key != "title" or not isinstance(item, str)}
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def _guard(known: Known) -> Schema:
    one = {"$ref": "#/$defs/GuardUse"}
    several = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    schema = _uses(known.vocabulary.guards, known, may_be_empty=True)
    schema["anyOf"][1]["properties"] |= dict.fromkeys(GROUPS, several)
    return schema


def _uses(functions: Mapping[str, Any], known: Known, *, may_be_empty: bool) -> Schema:
    """A word where nothing has to be said with it, or one word with its parameters."""
    alone, with_parameters = [], {}
    for name, function in sorted(functions.items()):
        parameters = parameters_of(function)
        needed = [key for key, row in parameters.items() if row.default is Parameter.empty]
        said = _record({key: _parameter(row, known) for key, row in parameters.items()}, needed)
        if is_open_bound(function):
            said["minProperties"] = 1
        elif not needed:
            alone.append(name)
            said = {"anyOf": [said, {"type": "null"}]} if may_be_empty else said
        said["description"] = (function.__doc__ or "").strip()
        with_parameters[name] = said
    return {
        "anyOf": [{"enum": alone}, {**_record(with_parameters, []), "minProperties": 1, "maxProperties": 1}]
    }


def _parameter(parameter: Parameter, known: Known) -> Schema:
    if parameter.annotation == "EvidenceKind" and known.evidence_kinds:
        return {"enum": sorted({*known.evidence_kinds, ""})}
    name = getattr(parameter.annotation, "__name__", str(parameter.annotation))
    return dict(_PLAIN.get(name, {}))


def _decider(said: Schema) -> Schema:
    """A post by itself, or a mapping that names a post or a person."""
    said["properties"]["post"] = _WORD
    if "person" in said["properties"]:
        said["oneOf"] = [{"required": ["post"]}, {"required": ["person"]}]
    if "minutes" in said["properties"]:
        said["properties"]["minutes"] = {"anyOf": [{"type": "boolean"}, said["properties"]["minutes"]]}
    return {"anyOf": [_WORD, said]}


def _record(properties: Schema, needed: list[str] | None = None) -> Schema:
    """A mapping with these names and no others."""
    required = list(properties) if needed is None else needed
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _by_name(pattern: str, value: Schema) -> Schema:
    return {"type": "object", "patternProperties": {pattern: value}, "additionalProperties": False}
