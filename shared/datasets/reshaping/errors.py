"""Why rows cannot be put together in the way that was asked for."""

from shared.errors import InvalidInputError


class DatasetUnreadableError(InvalidInputError):
    """What is wrong is about the file as a whole, so that no row of it can be found."""

    code = "dataset_unreadable"


class FormatsDifferError(InvalidInputError):
    """Rows of two training formats would stand in one file."""

    code = "formats_differ"


class SplitImpossibleError(InvalidInputError):
    """The rows cannot be told apart into two sides of the wanted sizes."""

    code = "split_impossible"


class SampleImpossibleError(InvalidInputError):
    """More is wanted than there is, or labels are wanted where there are none."""

    code = "sample_impossible"
