"""An upstream's refusal as a job error that a person can act on: what happened, and what would help."""

from shared.jobs.failure import JobFailure
from shared.providers.trouble import UpstreamTroubleError

_HELP = {
    "training_not_available": "The provider takes no fine-tuning jobs from this account any more. Use another "
    "connection, or train an open base model here.",
    "model_not_available": "The provider does not fine-tune this model, or no longer does. Choose another base model.",
    "model_not_found": "The provider does not know this model. Choose another base model.",
    "insufficient_quota": "The provider's quota for this account is used up. Raise it or add credit there, then create "
    "the job again.",
    "exceeded_quota": "The provider's quota for this account is used up. Raise it or add credit there, then create the "
    "job again.",
    "quotaExceeded": "The provider's quota for this resource is used up. Delete jobs or files there or raise the "
    "quota, then create the job again.",
}
_OUR_PARAMS = frozenset({"training_file", "validation_file"})


KEY_REFUSED = JobFailure(
    "provider_key_refused",
    "The provider refused the key of the connection. Put a valid key into it, then create the job again.",
)
CONNECTION_GONE = JobFailure(
    "connection_deleted", "The connection that was to train the job has been deleted. Create the job with another one."
)


CONNECTION_DELETED = JobFailure(
    "connection_deleted",
    "The connection whose provider trained the job has been deleted. What becomes of the job there is not known here.",
)


def describe_refusal(trouble: UpstreamTroubleError) -> JobFailure:
    """The job error for a request that was refused for good."""
    code = trouble.code or "provider_refused"
    advice = _HELP.get(code, "Change what it complains about, then create the job again.")
    return JobFailure(code, f"The provider refused the job: {_sentence(trouble.message)} {advice}", _param(trouble))


def describe_end(code: str | None, message: str | None, param: str | None) -> JobFailure:
    """The job error for a job that failed at the provider. Texts are expected to be harmless already."""
    told = _sentence(message or "the provider gave no reason")
    advice = f" {_HELP[code]}" if code in _HELP else ""
    return JobFailure(code or "provider_error", f"{told}{advice}", param)


def never_settled(sends: int) -> JobFailure:
    """What is said when no request led to a job that could be found."""
    return JobFailure(
        "provider_unavailable",
        f"The provider gave no usable answer to {sends} requests to create the job, and lists no such job. "
        "Test the connection, look at the provider's own list of jobs, then create the job again.",
    )


def lost_track(job_id: str, work_id: str) -> JobFailure:
    """What is said when submitting broke by a fault of ours."""
    return JobFailure(
        "server_error",
        f"The job could not be submitted, by a fault of the service ({work_id}). The provider may hold a job whose "
        f"metadata names {job_id}: cancel that one, then create the job again.",
    )


def _param(trouble: UpstreamTroubleError) -> str | None:
    return trouble.param if trouble.param in _OUR_PARAMS or trouble.param in {"model", "suffix"} else None


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
