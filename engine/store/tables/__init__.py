"""All tables. Each root row belongs to an organisation, which leads its unique keys (law 13)."""

# `naming` comes first: the names of constraints are made while the tables are declared.
from engine.store.tables.naming import metadata, table_of  # isort: split

from engine.store.tables.cases import (
    BundleRow,
    CaseFile,
    DeadlineRow,
    DeliverableRow,
    EvidenceRow,
    MeasureRow,
    RequestRow,
    RosterRow,
    VoteRow,
)
from engine.store.tables.duties import DutySeries, Occurrence
from engine.store.tables.history import EventRow, EventText
from engine.store.tables.home import BlobRow, DefinitionRow, HomeSetting, IdempotencyRow, PublicationRow
from engine.store.tables.organisations import (
    AccessRow,
    CredentialRow,
    HoldingRow,
    Inspection,
    Organisation,
    Person,
    PlannedHandover,
    PostRow,
    UnresolvedName,
)
from engine.store.tables.outbox import Attempt, Delivery, Notice
from engine.store.tables.outside import Outgoing, Subscription
from engine.store.tables.proof import SealLeaf, SealRow
from engine.store.tables.register import RegisterEvent, RegisterHead, RegisterText

__all__ = [
    "AccessRow",
    "Attempt",
    "BlobRow",
    "BundleRow",
    "CaseFile",
    "CredentialRow",
    "DeadlineRow",
    "DefinitionRow",
    "DeliverableRow",
    "Delivery",
    "DutySeries",
    "EventRow",
    "EventText",
    "EvidenceRow",
    "HoldingRow",
    "HomeSetting",
    "IdempotencyRow",
    "Inspection",
    "MeasureRow",
    "Notice",
    "Occurrence",
    "Organisation",
    "Outgoing",
    "Person",
    "PlannedHandover",
    "PostRow",
    "PublicationRow",
    "RegisterEvent",
    "RegisterHead",
    "RegisterText",
    "RequestRow",
    "RosterRow",
    "SealLeaf",
    "SealRow",
    "Subscription",
    "UnresolvedName",
    "VoteRow",
    "metadata",
    "table_of",
]
