"""Imports every table, so that the metadata is whole for migrations and for tests of rules."""

from shared.connections.tables import Connection
from shared.datasets.operations.tables import DatasetOperation
from shared.datasets.pipeline.tables import (
    DatasetCheck,
    DatasetEvaluationFile,
    DatasetGroups,
    DatasetModeration,
    DatasetPolicies,
    DatasetStretch,
)
from shared.datasets.tables import DatasetDerivation, DerivationParent
from shared.db.base import metadata
from shared.files.tables import File
from shared.idempotency.tables import RememberedAnswer
from shared.imports.tables import Import, ImportedObject, ImportStep, Retraining
from shared.jobs.tables import Checkpoint, Job, JobEvent, ResumePoint
from shared.models.tables import Model
from shared.outbox.tables import NamedLease, WorkItem
from shared.providers.tables import ProviderFile, ProviderJob
from shared.recordings.tables import RecordedAnswer, Recording, RecordingPrompt
from shared.tenants.tables import ApiKey, Organization, Project
from shared.uploads.tables import Upload, UploadPart
from shared.usage.tables import UsageRecord
from shared.webhooks.tables import Delivery, DeliveryAttempt, Event, WebhookEndpoint

__all__ = [
    "ApiKey",
    "Checkpoint",
    "Connection",
    "DatasetCheck",
    "DatasetDerivation",
    "DatasetEvaluationFile",
    "DatasetGroups",
    "DatasetModeration",
    "DatasetOperation",
    "DatasetPolicies",
    "DatasetStretch",
    "Delivery",
    "DeliveryAttempt",
    "DerivationParent",
    "Event",
    "File",
    "Import",
    "ImportStep",
    "ImportedObject",
    "Job",
    "JobEvent",
    "Model",
    "NamedLease",
    "Organization",
    "Project",
    "ProviderFile",
    "ProviderJob",
    "RecordedAnswer",
    "Recording",
    "RecordingPrompt",
    "RememberedAnswer",
    "ResumePoint",
    "Retraining",
    "Upload",
    "UploadPart",
    "UsageRecord",
    "WebhookEndpoint",
    "WorkItem",
    "metadata",
]
