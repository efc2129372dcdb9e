"""What can go wrong in training, with a code for programs and a sentence for people. Refuses to know about HTTP."""


class EngineError(Exception):
    """Base of every expected failure. The message says which thing, where, and what would help."""

    code = "engine_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EngineNotInstalledError(EngineError):
    code = "engine_not_installed"


class InvalidConfigurationError(EngineError):
    code = "invalid_configuration"


class BaseModelUnavailableError(EngineError):
    """The base model cannot be found, read or converted."""

    code = "base_model_unavailable"


class InvalidTrainingFileError(EngineError):
    code = "invalid_training_file"


class InvalidValidationFileError(EngineError):
    code = "invalid_validation_file"


class ChatTemplateError(EngineError):
    """The model's own chat template cannot express this conversation."""

    code = "unsupported_conversation"


class InvalidCheckpointError(EngineError):
    code = "invalid_checkpoint"


class ContextLengthExceededError(EngineError):
    code = "context_length_exceeded"

    def __init__(self, *, n_tokens: int, context_tokens: int) -> None:
        super().__init__(
            f"The messages take {n_tokens} tokens and leave no room for an answer in this model's context of "
            f"{context_tokens}; shorten them."
        )


class OutOfMemoryError(EngineError):
    code = "out_of_memory"


class TrainingDivergedError(EngineError):
    """The loss of a step is not a finite number; going on would only spoil the weights."""

    code = "training_diverged"

    def __init__(self, *, step: int, lines: list[int]) -> None:
        listed = ", ".join(str(line) for line in lines)
        super().__init__(
            f"The loss of step {step} is not a finite number (training file, line {listed}). "
            "A lower learning_rate_multiplier usually helps; look at those lines too."
        )
        self.step = step
        self.lines = lines
