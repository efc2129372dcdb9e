"""A second Tunery with a past: files, jobs that were really trained, and one that failed."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fixtures.second_tunery import SecondTunery

_COLOURS = ("red", "green", "blue", "black", "white", "pink", "grey", "gold", "plum", "teal", "rust", "sand")


@dataclass(frozen=True)
class OldOrganization:
    """Ids are the upstream's."""

    second: SecondTunery
    training_file: str
    validation_file: str
    good_job: str
    bad_job: str
    model: str

    @property
    def client(self) -> Any:
        return self.second.client


def chats(count: int, *, question: str = "What colour has number {}?") -> bytes:
    """Rows whose answers differ."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": question.format(number)},
                {"role": "assistant", "content": _COLOURS[number % len(_COLOURS)]},
            ]
        }
        for number in range(count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def build(second: SecondTunery) -> OldOrganization:
    """Train one job to its end, and let one fail for its data."""
    client = second.client
    training = client.files.create(file=("colours.jsonl", chats(12)), purpose="fine-tune")
    validation = client.files.create(
        file=("colours-check.jsonl", chats(6, question="Colour of {}?")), purpose="fine-tune"
    )
    broken = client.files.create(file=("broken.jsonl", b'{"messages": 1}\n'), purpose="fine-tune")
    good = client.fine_tuning.jobs.create(
        model="tiny",
        training_file=training.id,
        validation_file=validation.id,
        suffix="colours",
        metadata={"team": "paint"},
        hyperparameters={"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 2.0},
    )
    bad = client.fine_tuning.jobs.create(model="tiny", training_file=broken.id)
    second.work()
    trained = client.fine_tuning.jobs.retrieve(good.id)
    assert trained.status == "succeeded", trained.error
    return OldOrganization(second, training.id, validation.id, good.id, bad.id, str(trained.fine_tuned_model))
