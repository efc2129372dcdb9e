"""Where in the object store the things of a check lie."""

from shared.datasets.pipeline.tables import DatasetCheck

FOLDER = "checks"


def folder_of(check: DatasetCheck) -> str:
    """Made of our ids only. All that the check keeps is in it."""
    return f"{FOLDER}/{check.project_id}/{check.id}"


def findings_key(folder: str) -> str:
    """The complete list of findings; no object for a file without any."""
    return f"{folder}/findings.jsonl"
