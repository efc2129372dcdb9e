"""POST /v1/fine_tuning/jobs with values that are out of range, of another type, unknown, or not there."""

from typing import Any

import httpx2
import pytest

from shared.resources import Resources
from tests.api.answers import assert_refused
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite

pytestmark = pytest.mark.usefixtures("unchanged")

JOBS = "/v1/fine_tuning/jobs"


@pytest.fixture(scope="module")
def training_file(resources: Resources, tenant: Tenant) -> str:
    """A file that jobs may name."""
    with resources.database.transaction() as session:
        return add_file(session, tenant.project_id).id


@pytest.fixture(scope="module")
def file_for_batches(resources: Resources, tenant: Tenant) -> str:
    """A file that jobs may not name."""
    with resources.database.transaction() as session:
        return add_file(session, tenant.project_id, purpose="batch").id


def case(name: str, param: str, code: str = "invalid_value", **fields: Any) -> Any:
    return pytest.param(fields, param, code, id=name)


def hyper(name: str, field: str, value: Any) -> Any:
    return case(name, f"hyperparameters.{field}", hyperparameters={field: value})


GRADER = {"type": "string_check", "name": "same", "operation": "eq", "input": "a", "reference": "b"}


def method(name: str, hyperparameters: dict[str, Any], **block: Any) -> dict[str, Any]:
    return {"type": name, name: {"hyperparameters": hyperparameters, **block}}


def supervised(hyperparameters: dict[str, Any]) -> dict[str, Any]:
    return method("supervised", hyperparameters)


HYPERPARAMETERS = [
    hyper("n_epochs 0", "n_epochs", 0),
    hyper("n_epochs negative", "n_epochs", -1),
    hyper("n_epochs 51", "n_epochs", 51),
    hyper("n_epochs a billion", "n_epochs", 10**9),
    hyper("n_epochs true", "n_epochs", True),
    hyper("n_epochs 1.0", "n_epochs", 1.0),
    hyper("n_epochs in quotes", "n_epochs", "3"),
    hyper("n_epochs AUTO", "n_epochs", "AUTO"),
    hyper("n_epochs null", "n_epochs", None),
    hyper("batch_size 0", "batch_size", 0),
    hyper("batch_size 257", "batch_size", 257),
    hyper("learning_rate_multiplier 0", "learning_rate_multiplier", 0),
    hyper("learning_rate_multiplier negative", "learning_rate_multiplier", -0.1),
    hyper("learning_rate_multiplier 1e308", "learning_rate_multiplier", 1e308),
    hyper("learning_rate_multiplier true", "learning_rate_multiplier", True),
    hyper("learning_rate_multiplier in quotes", "learning_rate_multiplier", "0.1"),
    case("in the method block", "method.supervised.hyperparameters.n_epochs", method=supervised({"n_epochs": 0})),
    case("a list of them", "hyperparameters", hyperparameters=[]),
    case("beta 0", "method.dpo.hyperparameters.beta", method=method("dpo", {"beta": 0})),
    case("beta 2.1", "method.dpo.hyperparameters.beta", method=method("dpo", {"beta": 2.1})),
    case(
        "reasoning_effort most",
        "method.reinforcement.hyperparameters.reasoning_effort",
        method=method("reinforcement", {"reasoning_effort": "most"}, grader=GRADER),
    ),
    case(
        "compute_multiplier 11",
        "method.reinforcement.hyperparameters.compute_multiplier",
        method=method("reinforcement", {"compute_multiplier": 11}, grader=GRADER),
    ),
    case(
        "eval_interval 0",
        "method.reinforcement.hyperparameters.eval_interval",
        method=method("reinforcement", {"eval_interval": 0}, grader=GRADER),
    ),
    case("33 that no wire has", "hyperparameters", hyperparameters={f"x{number}": 1 for number in range(33)}),
    hyper("one that is an object", "lora", {"r": 8}),
    hyper("one that is null", "lora", None),
    hyper("one with a name of 65 characters", "x" * 65, 1),
    case(
        "older form of another method",
        "hyperparameters",
        method=method("dpo", {}),
        hyperparameters={"n_epochs": 3},
    ),
]

UNKNOWN = [
    case("field", "foo", "unknown_parameter", foo=1),
    case("hyperparameter", "hyperparameters.beta", "unknown_parameter", hyperparameters={"beta": 0.1}),
    case(
        "hyperparameter of a method",
        "method.supervised.hyperparameters.beta",
        "unknown_parameter",
        method=supervised({"beta": 0.1}),
    ),
    case("method", "method.type", method={"type": "distillation"}),
    case("model", "model", "model_not_available", model="gpt-4o-mini"),
    case("model with a tuned name", "model", "model_not_available", model="ft:tiny:acme::00000000"),
    case("model of control characters", "model", "model_not_available", model="\x01"),
    case("training file", "training_file", "file_not_found", training_file="file-0000000000000000000000"),
    case("validation file", "validation_file", "file_not_found", validation_file="file-0000000000000000000000"),
    case("training file, no id at all", "training_file", "file_not_found", training_file="../../etc/passwd"),
]

WANDB = {"type": "wandb", "wandb": {"project": "tuning"}}
NOT_SERVED = [
    case("dpo", "method.type", "unsupported_method", method={"type": "dpo", "dpo": {}}),
    case("reinforcement", "method.type", "unsupported_method", method=method("reinforcement", {}, grader=GRADER)),
    case("an integration", "integrations", "unsupported_integration", integrations=[WANDB]),
]

MISSHAPEN = [
    case("suffix of 65 characters", "suffix", suffix="x" * 65),
    case("suffix of nothing", "suffix", suffix=""),
    case("suffix over two lines", "suffix", suffix="a\nb"),
    case("suffix that turns the text round", "suffix", suffix="a\u202eb"),
    case("suffix a number", "suffix", suffix=7),
    case("seed negative", "seed", seed=-1),
    case("seed 2 to the 31st", "seed", seed=2**31),
    case("seed true", "seed", seed=True),
    case("seed 1.0", "seed", seed=1.0),
    case("seed in quotes", "seed", seed="12"),
    case("metadata of 17 pairs", "metadata", metadata={f"key{number}": "x" for number in range(17)}),
    case("metadata key of 65 characters", "metadata." + "k" * 65, metadata={"k" * 65: "x"}),
    case("metadata key of nothing", "metadata.", metadata={"": "x"}),
    case("metadata key over two lines", "metadata.ab", metadata={"a\nb": "x"}),
    case("metadata value of 513 characters", "metadata.a", metadata={"a": "x" * 513}),
    case("metadata value a number", "metadata.a", metadata={"a": 1}),
    case("metadata value null", "metadata.a", metadata={"a": None}),
    case("metadata a list", "metadata", metadata=["a"]),
    case("model of nothing", "model", model=""),
    case("model of 201 characters", "model", model="m" * 201),
    case("model null", "model", model=None),
    case("training file null", "training_file", training_file=None),
    case("training file a list", "training_file", training_file=["file-1"]),
    case("method a word", "method", method="supervised"),
    case("method without type", "method.type", "missing_required_parameter", method={}),
    case("method of a list", "method.type", method={"type": ["dpo"]}),
    case("no grader", "method.reinforcement.grader", "missing_required_parameter", method=method("reinforcement", {})),
    case(
        "no reinforcement block",
        "method.reinforcement.grader",
        "missing_required_parameter",
        method={"type": "reinforcement"},
    ),
    case(
        "grader null",
        "method.reinforcement.grader",
        method={"type": "reinforcement", "reinforcement": {"grader": None}},
    ),
    case("integrations a word", "integrations", integrations="wandb"),
    case(
        "integration with a key",
        "integrations.0.wandb.api_key",
        "unknown_parameter",
        integrations=[{"type": "wandb", "wandb": {"project": "tuning", "api_key": "x"}}],
    ),
]


@on_sqlite
class TestValues:
    @pytest.mark.parametrize(("fields", "param", "code"), HYPERPARAMETERS + NOT_SERVED + MISSHAPEN)
    def test_a_wrong_value_is_refused_by_name(
        self, http: httpx2.Client, training_file: str, fields: dict[str, Any], param: str, code: str
    ) -> None:
        """A value that does not fit is a 400 that names the parameter, and no job comes into being."""
        request = {"model": "tiny", "training_file": training_file} | fields

        response = http.post(JOBS, json=request)

        assert_refused(response, 400, code=code, param=param)

    @pytest.mark.parametrize("missing", ["model", "training_file"])
    def test_what_is_required_is_named(self, http: httpx2.Client, training_file: str, missing: str) -> None:
        """A field that has to be there and is not is a 400 with its name."""
        request = {"model": "tiny", "training_file": training_file}
        del request[missing]

        response = http.post(JOBS, json=request)

        assert_refused(response, 400, code="missing_required_parameter", param=missing)

    def test_every_mistake_is_counted(self, http: httpx2.Client, training_file: str) -> None:
        """The message tells the first mistake and how many others there are."""
        request = {"model": "tiny", "training_file": training_file, "seed": -1, "foo": 1, "suffix": ""}

        response = http.post(JOBS, json=request)

        assert_refused(response, 400)
        assert "2 more" in response.json()["error"]["message"]

    def test_both_branches_of_a_value_are_told(self, http: httpx2.Client, training_file: str) -> None:
        """A hyperparameter may be `auto` or a number, and the refusal says both in words of the wire."""
        request = {"model": "tiny", "training_file": training_file, "hyperparameters": {"n_epochs": "many"}}

        message = http.post(JOBS, json=request).json()["error"]["message"]

        assert "'auto'" in message
        assert "integer" in message
        assert "constrained" not in message


class TestNames:
    @pytest.mark.parametrize(("fields", "param", "code"), UNKNOWN)
    def test_an_unknown_name_is_refused(
        self, http: httpx2.Client, training_file: str, fields: dict[str, Any], param: str, code: str
    ) -> None:
        """What a request names and is not there is a 400 that names the parameter, on either database."""
        request = {"model": "tiny", "training_file": training_file} | fields

        response = http.post(JOBS, json=request)

        assert_refused(response, 400, code=code, param=param)

    def test_a_file_for_another_purpose_is_no_training_data(
        self, http: httpx2.Client, file_for_batches: str, training_file: str
    ) -> None:
        """A job refuses a file that was uploaded for something else, and says which purpose it needs."""
        request = {"model": "tiny", "training_file": training_file, "validation_file": file_for_batches}

        response = http.post(JOBS, json=request)

        assert_refused(response, 400, code="invalid_file", param="validation_file")
        assert "fine-tune" in response.json()["error"]["message"]
