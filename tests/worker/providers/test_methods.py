"""Methods that only providers train by: requests go there as they came, data is checked for them."""

from typing import Any

import openai
import pytest
from openai.types.fine_tuning import FineTuningJob

from tests.api.datasets import jsonl
from tests.fixtures.provider import Provider, reply
from tests.fixtures.provider_jobs import ConnectionMaker, ProviderJobs
from tests.fixtures.settings import on_sqlite

pytestmark = on_sqlite

JOBS = "/v1/fine_tuning/jobs"
UPSTREAM = {"id": "ftjob-1", "status": "running", "created_at": 1764000000}
AUTO = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
GRADER = {
    "type": "string_check",
    "name": "same",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.colour}}",
}
RESPONSE_FORMAT = {"type": "json_schema", "json_schema": {"name": "c", "schema": {"type": "object", "default": None}}}
WANDB = {"type": "wandb", "wandb": {"project": "tuning", "tags": ["first"]}}


def preference_file() -> bytes:
    def said(text: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": text}]

    return jsonl(
        *(
            {
                "input": {"messages": [{"role": "user", "content": f"What is {number} and one?"}]},
                "preferred_output": said(f"It is {number + 1}, as one comes after {number}."),
                "non_preferred_output": said(f"Nobody knows what {number} and one may come to in the very end."),
            }
            for number in range(10)
        )
    )


def graded_file(topic: str, **item: Any) -> bytes:
    rows = ({"messages": [{"role": "user", "content": f"The colour of {topic} {n}?"}], **item} for n in range(10))
    return jsonl(*rows)


class Asking:
    """Jobs at a provider that takes any of them."""

    def __init__(self, provider: Provider, jobs: ProviderJobs, client: openai.OpenAI) -> None:
        self._provider = provider
        self._client = client
        self.jobs = jobs
        provider.replies["/v1/files"] = reply({"id": "file-up", "object": "file", "bytes": 1, "created_at": 1764000000})
        self.tell({})

    def tell(self, resolved: dict[str, Any]) -> None:
        """What the provider's one job says of itself from now on."""
        job = UPSTREAM | resolved
        self._provider.replies[JOBS] = reply(job | {"data": [job], "has_more": False})
        self._provider.replies[f"{JOBS}/ftjob-1"] = reply(job)

    def upload(self, data: bytes) -> str:
        return self._client.files.create(file=("rows.jsonl", data), purpose="fine-tune").id

    def create(self, data: bytes | None = None, **request: Any) -> FineTuningJob:
        training_file = self.jobs.upload() if data is None else self.upload(data)
        fields: dict[str, Any] = {"model": "gpt-4.1-mini-2025-04-14", "hyperparameters": openai.omit}
        return self.jobs.create(training_file=training_file, **(fields | request))

    def sent(self) -> dict[str, Any]:
        """The one request that made a job, less what is of ours in it."""
        (body,) = [each.body for each in self._provider.asked if (each.method, each.path) == ("POST", JOBS)]
        return {name: value for name, value in body.items() if name not in {"metadata", "seed", "model"}}


@pytest.fixture
def asking(provider: Provider, connect: ConnectionMaker, provider_jobs: ProviderJobs, client: openai.OpenAI) -> Asking:
    connect(provider.url)
    return Asking(provider, provider_jobs, client)


class TestPreferences:
    def test_sent_as_asked(self, asking: Asking) -> None:
        """The method of a preference job arrives at the provider as the client sent it, `auto` included."""
        method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": "auto", "batch_size": 4}}}
        job = asking.create(preference_file(), method=method)

        asking.jobs.submit(job.id)

        assert asking.sent() == {"training_file": "file-up", "method": method}

    def test_shown(self, asking: Asking, client: openai.OpenAI) -> None:
        """A preference job shows what was asked for, then what its provider resolved, in both places."""
        job = asking.create(preference_file(), method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2}}})
        asking.jobs.submit(job.id)
        resolved = {"beta": 0.2, "n_epochs": 2, "batch_size": 8, "learning_rate_multiplier": 1.5}
        asking.tell({"hyperparameters": None, "method": {"type": "dpo", "dpo": {"hyperparameters": resolved}}})

        asking.jobs.go_on_until(lambda: asking.jobs.get(job.id).status == "running", what="it runs")

        assert block_of(job) == AUTO | {"beta": 0.2}
        (listed,) = client.fine_tuning.jobs.list().data
        assert block_of(listed) == block_of(asking.jobs.get(job.id)) == resolved
        assert (listed.hyperparameters.n_epochs, listed.hyperparameters.batch_size) == (2, 8)

    def test_wrong_rows(self, asking: Asking) -> None:
        """A preference job on a row without its second output fails before anything is sent, naming the line."""
        data = preference_file() + jsonl({"input": {"messages": []}, "preferred_output": []})
        job = asking.create(data, method={"type": "dpo"})

        ended = asking.jobs.end(job.id)

        assert ended.error is not None
        assert (ended.error.code, ended.error.param) == ("invalid_training_file", "training_file")
        assert "line 11" in ended.error.message.lower()
        assert asking.jobs.row(job.id).sends == 0

    def test_wrong_file(self, asking: Asking) -> None:
        """A preference job on chat rows fails, saying which rows it needs."""
        job = asking.create(method={"type": "dpo"})

        ended = asking.jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "invalid_training_file"
        assert "preference rows" in ended.error.message


class TestReinforcement:
    def test_sent_as_asked(self, asking: Asking) -> None:
        """Grader and response format arrive whole at the provider, and the job shows them."""
        validation = asking.upload(graded_file("bricks", colour="red"))
        hyperparameters = {"reasoning_effort": "low", "eval_interval": 5, "compute_multiplier": "auto"}
        block = {"grader": GRADER, "response_format": RESPONSE_FORMAT, "hyperparameters": hyperparameters}
        method = {"type": "reinforcement", "reinforcement": block}
        job = asking.create(graded_file("skies", colour="blue"), validation_file=validation, method=method)

        asking.jobs.submit(job.id)

        assert asking.sent() == {"training_file": "file-up", "validation_file": "file-up", "method": method}
        shown = asking.jobs.get(job.id).to_dict()["method"]["reinforcement"]  # type: ignore[index]  # of a dict
        assert (shown["grader"], shown["response_format"]) == (GRADER, RESPONSE_FORMAT)
        assert shown["hyperparameters"] == AUTO | {"eval_samples": "auto"} | hyperparameters

    def test_without_validation_file(self, asking: Asking) -> None:
        """A reinforcement job without validation file fails and says that it needs one."""
        method = {"type": "reinforcement", "reinforcement": {"grader": GRADER}}
        job = asking.create(graded_file("skies", colour="blue"), method=method)

        ended = asking.jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "invalid_training_file"
        assert "validation file" in ended.error.message

    def test_fields_of_rows(self, asking: Asking) -> None:
        """A field that the grader reads and rows do not have fails the job, naming field and line."""
        validation = asking.upload(graded_file("bricks", colour="red"))
        method = {"type": "reinforcement", "reinforcement": {"grader": GRADER}}
        job = asking.create(graded_file("skies", shade="blue"), validation_file=validation, method=method)

        ended = asking.jobs.end(job.id)

        assert ended.error is not None
        assert ended.error.code == "invalid_training_file"
        assert "colour" in ended.error.message
        assert "line 1" in ended.error.message.lower()

    def test_grader_with_a_fault(self, asking: Asking) -> None:
        """A grader whose template cannot be filled fails the job, and the error is about the grader."""
        validation = asking.upload(graded_file("bricks", colour="red"))
        method = {"type": "reinforcement", "reinforcement": {"grader": {**GRADER, "reference": "{{row.colour}}"}}}
        job = asking.create(graded_file("skies", colour="blue"), validation_file=validation, method=method)

        ended = asking.jobs.end(job.id)

        assert ended.error is not None
        assert "In the grader" in ended.error.message
        assert "row.colour" in ended.error.message


class TestBeyondTheWire:
    def test_hyperparameters(self, asking: Asking) -> None:
        """Hyperparameters that only the provider knows go there and are shown."""
        given = {"n_epochs": 3, "lora_r": 16, "learning_rate": 1e-5, "packing": True, "scheduler": "cosine"}
        job = asking.create(hyperparameters=given)

        asking.jobs.submit(job.id)

        assert asking.sent() == {"training_file": "file-up", "hyperparameters": given}
        assert asking.jobs.get(job.id).hyperparameters.to_dict() == AUTO | given

    def test_integrations(self, asking: Asking) -> None:
        """An integration goes to the provider and is shown."""
        job = asking.create(integrations=[WANDB])

        asking.jobs.submit(job.id)

        assert asking.sent() == {"training_file": "file-up", "integrations": [WANDB]}
        (shown,) = asking.jobs.get(job.id).integrations or []
        assert shown.to_dict() == WANDB

    def test_engine(self, client: openai.OpenAI, provider_jobs: ProviderJobs) -> None:
        """The engine refuses by name a hyperparameter and a method that it has not, and says who may have it."""
        training_file = provider_jobs.upload()
        create: Any = client.fine_tuning.jobs.create
        beyond = {"lora_r": 8}

        with pytest.raises(openai.BadRequestError, match=r"hyperparameters\.lora_r.*connection"):
            create(model="tiny", training_file=training_file, hyperparameters=beyond)
        with pytest.raises(openai.BadRequestError, match=r"supervised.*`dpo`.*connection"):
            create(model="tiny", training_file=training_file, method={"type": "dpo"})


def block_of(job: FineTuningJob) -> dict[str, Any]:
    assert job.method is not None
    assert job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    return job.method.dpo.hyperparameters.to_dict()
