"""What the checks of rows know beside the row: the method, the target's limits, schemas seen before."""

from dataclasses import dataclass, field

from shared.datasets.checks.schemas import SchemaCache
from shared.datasets.limits import Limits


@dataclass(frozen=True)
class Context:
    method: str | None = None
    item_fields: tuple[str, ...] = ()
    "Fields of reinforcement rows that the job's grader reads."
    is_validation: bool = False
    "Whether the file is for validation, not for training."
    limits: Limits = field(default_factory=Limits)
    schemas: SchemaCache = field(default_factory=SchemaCache)
