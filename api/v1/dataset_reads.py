"""What routes under /datasets answer with, as models: the reference of their fields."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class UploadReportRead(BaseModel):
    """The check at upload: structure and exact duplicates, whatever the file is for."""

    file_id: str = Field(description="The file that was checked.")
    created_at: int = Field(description="Seconds since the epoch.")
    n_examples: int = Field(description="Rows a job can train on.")
    n_errors: int = Field(description="Findings that keep a job from starting.")
    n_warnings: int = Field(description="Findings worth a look.")
    summary: str = Field(description="One sentence for people; empty when nothing is wrong.")
    report: dict[str, Any] = Field(
        description="Counts for each code, and the first findings of each with line numbers."
    )


class VerdictRead(BaseModel):
    """Codes that were found, by what they mean for a job on this target under the project's policies."""

    blocking: list[str] = Field(description="Keep a job from starting.")
    warnings: list[str] = Field(description="Become events of the job.")
    infos: list[str] = Field(description="Are only in the report.")
    ignored: list[str] = Field(description="The project does not want to hear of them.")


class ReportRead(BaseModel):
    """All that is known of a file for one model and method."""

    file_id: str = Field(description="The file that was checked.")
    validation_file: str | None = Field(description="The file checked along with it.")
    evaluation_file: str | None = Field(description="The first of `evaluation_files`.")
    evaluation_files: list[str] = Field(
        description="Files that measure models; what was found of them is here, with the id of each as `other_file`."
    )
    groups: dict[str, list[str]] | None = Field(
        description="Words for groups of people that labels were compared by: those asked with, else the project's."
    )
    model: str = Field(description="The model that was asked for.")
    method: str = Field(description="`supervised`, `dpo` or `reinforcement`.")
    target: str = Field(description="Whose rules count.")
    moderation: str | None = Field(description="`conn_…` whose moderation judged the rows, where it was asked.")
    created_at: int = Field(description="When the check ended, in seconds since the epoch.")
    summary: str = Field(description="One sentence for people; empty when nothing is wrong.")
    n_lines: int = Field(description="Lines, blank ones included.")
    n_examples: int = Field(description="Rows a job can train on.")
    n_invalid_lines: int = Field(description="Lines with an error.")
    bytes_read: int = Field(description="Bytes that were read.")
    formats: dict[str, int] = Field(description="Rows of each training format.")
    n_errors: int = Field(description="Findings of severity error, before target and policies.")
    n_warnings: int = Field(description="The same for warnings.")
    codes: list[dict[str, Any]] = Field(description="Each code with its count and up to 100 samples, errors first.")
    verdict: VerdictRead = Field(description="Of both files together.")
    facts: dict[str, Any] = Field(description="What the file is like, beside what is wrong with it.")
    estimate: dict[str, Any] | None = Field(default=None, description="What a training on it will take.")
    findings: dict[str, Any] = Field(description="How long the list of all findings is, and which codes it cuts off.")
    validation: dict[str, Any] | None = Field(
        default=None, description="The same of the validation file, with what it has of the training file."
    )


class ProgressRead(BaseModel):
    bytes_total: int = Field(description="Size of the files together.")
    bytes_done: int = Field(description="Bytes that have been read.")
    rows_done: int = Field(description="Lines that have been read.")
    rows_judged: int = Field(description="Rows that a moderation has judged, or will not; 0 where none is asked.")


class CheckRead(BaseModel):
    """A check that has not ended."""

    check_id: str = Field(description="`dschk_…`")
    file_id: str = Field(description="The file that is checked.")
    state: Literal["queued", "running", "succeeded", "failed"] = Field(description="Where the check is.")
    progress: ProgressRead = Field(description="How far it is.")
