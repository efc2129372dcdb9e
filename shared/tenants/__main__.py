"""`python -m shared.tenants`: makes the first tenant of a migrated database and prints its keys, this once, as JSON.

For installations without `tunery up`. Prints no key when there is a tenant already: keys are stored as hashes.
"""

import json
import sys

from shared.resources import open_resources
from shared.settings import load_settings
from shared.tenants.bootstrap import bootstrap

ALREADY_THERE = 1
"""Exit status when there was nothing to make, so that a script never takes empty output for keys."""


def main() -> int:
    settings = load_settings()
    # Refuses a secret key that could be guessed, under which the stored hashes would protect nothing.
    open_resources(settings).close()
    credentials = bootstrap(settings)
    if credentials is None:
        sys.stderr.write("There is a tenant already. Its keys were shown when they were made and are kept nowhere.\n")
        return ALREADY_THERE
    sys.stdout.write(json.dumps(credentials._asdict(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
