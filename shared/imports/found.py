"""What the pages of an upstream's lists say is there. Pure reading: asks nobody and knows no table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.imports.foreign import clean, epoch_of, name_of, names_in, text_of
from shared.imports.tables import ObjectKind, ObjectState

_ENDED = {"succeeded", "failed", "cancelled", "canceled"}
_TUNED_PREFIX = "ft:"


@dataclass(frozen=True)
class Found:
    """Something upstream, told by a page or by what refers to it."""

    kind: ObjectKind
    upstream_id: str
    document: dict[str, Any]
    created_at: int | None = None
    parent: str | None = None
    state: ObjectState = ObjectState.FOUND
    is_hearsay: bool = False
    "Known only because something else names it, so what its own list says of it counts for more."


@dataclass(frozen=True)
class Page:
    """One page of a list: its objects, and where the next one begins (None after the last)."""

    objects: list[dict[str, Any]]
    next_after: str | None

    @property
    def first_id(self) -> str | None:
        return name_of(self.objects[0], "id") if self.objects else None


def read_page(answer: Any) -> Page:
    """A list as the wire gives it; upstreams that give no `has_more` are asked until a page is empty."""
    body = answer if isinstance(answer, dict) else {}
    entries = body.get("data")
    objects = [clean(entry) for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    last = name_of(objects[-1], "id") if objects else None
    return Page(objects, None if body.get("has_more") is False else last)


def files_on(page: Page) -> list[Found]:
    return [
        Found(ObjectKind.FILE, file_id, document, epoch_of(document, "created_at"))
        for document in page.objects
        if (file_id := name_of(document, "id")) is not None
    ]


def jobs_on(page: Page) -> list[Found]:
    """The jobs of a page, each with the files and the tuned model that it names."""
    return [found for document in page.objects for found in _job_and_kin(document)]


def checkpoints_on(page: Page, *, job_id: str) -> list[Found]:
    """The checkpoints of a job, each also as the model that answers by its name."""
    found = []
    for document in page.objects:
        checkpoint_id = name_of(document, "id")
        if checkpoint_id is None:
            continue
        made_at = epoch_of(document, "created_at")
        found.append(Found(ObjectKind.CHECKPOINT, checkpoint_id, document, made_at, job_id))
        if (model := name_of(document, "fine_tuned_model_checkpoint")) is not None:
            told = {"id": model, "step_number": document.get("step_number")}
            found.append(Found(ObjectKind.MODEL, model, told, made_at, job_id, is_hearsay=True))
    return found


def models_on(page: Page) -> list[Found]:
    """The tuned models of the list of models; base models stay where they are."""
    found = []
    for document in page.objects:
        name = name_of(document, "id")
        if name is not None and (name.startswith(_TUNED_PREFIX) or ".ft-" in name):
            found.append(Found(ObjectKind.MODEL, name, document, epoch_of(document, "created"), is_hearsay=True))
    return found


def last_days_on(page: Page) -> dict[str, str | None]:
    """Model name to the day it is shut down, for every model of the list."""
    names = {name: text_of(document, "shutdown_date") for document in page.objects if (name := name_of(document, "id"))}
    return {name: day[:10] if day else None for name, day in names.items()}


def _job_and_kin(document: dict[str, Any]) -> Iterator[Found]:
    job_id = name_of(document, "id")
    if job_id is None:
        return
    made_at = epoch_of(document, "created_at")
    has_ended = document.get("status") in _ENDED
    state = ObjectState.FOUND if has_ended else ObjectState.WAITING
    yield Found(ObjectKind.JOB, job_id, document, made_at, state=state)
    for file_id in files_of_job(document):
        # A deleted file is in no list, and that the job names it is how its loss comes to light.
        yield Found(ObjectKind.FILE, file_id, {"id": file_id}, made_at, is_hearsay=True)
    if (model := name_of(document, "fine_tuned_model")) is not None:
        told = {"id": model, "base": document.get("model"), "is_final": True}
        yield Found(ObjectKind.MODEL, model, told, epoch_of(document, "finished_at") or made_at, job_id)


def files_of_job(document: dict[str, Any]) -> list[str]:
    """Ids of the training, validation and result files of a job, each once."""
    named = [name_of(document, "training_file"), name_of(document, "validation_file")]
    present = [file_id for file_id in named if file_id is not None]
    return list(dict.fromkeys([*present, *names_in(document, "result_files")]))
