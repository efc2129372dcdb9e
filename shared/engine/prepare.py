"""Converts a base model in a process of its own: `python -m shared.engine.prepare SOURCE MODELS_DIR`.

For whoever needs a base's tokenizer and must not load torch for it. Prints nothing; stderr ends with why it failed.
"""

import sys
from pathlib import Path

from shared.engine.convert import prepare_base
from shared.engine.errors import EngineError

EXIT_FAILED = 1


def main(source: str, models_dir: Path) -> int:
    """The exit status: 0 once the base is ready."""
    try:
        prepare_base(source, models_dir)
    except EngineError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
