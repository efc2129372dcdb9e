"""Reading the container files as data: stages of the Dockerfile, services of the compose file. Judges nothing."""

from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]  # one call is not worth another dependency

from tests.meta.documents import read

Service = dict[str, Any]


class Stage(NamedTuple):
    """A stage of the Dockerfile: what it starts from, and its instructions in order."""

    base: str
    instructions: list[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """The arguments of every instruction of that name."""
        return [argument for instruction, argument in self.instructions if instruction == name]


def read_stages() -> dict[str, Stage]:
    """The stages of the Dockerfile by name, in order."""
    found: dict[str, Stage] = {}
    for line in read("Dockerfile").replace("\\\n", " ").splitlines():
        instruction, _, argument = line.partition(" ")
        if instruction == "FROM":
            base, _, name = argument.partition(" AS ")
            found[name] = current = Stage(base, [])
        elif found and instruction.isupper():
            current.instructions.append((instruction, argument))
    return found


def read_compose() -> dict[str, Any]:
    """The compose file, anchors and merges resolved, variables as they stand."""
    document: dict[str, Any] = yaml.safe_load(read("docker-compose.yml"))
    return document
