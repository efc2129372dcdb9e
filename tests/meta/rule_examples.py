"""For each rule of rules.py, code that breaks it and code that does not: a rule that cannot bite protects nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.meta import rules
from tests.meta.rules import Finding
from tests.meta.source import PRODUCT, Source


@dataclass(frozen=True)
class Rule:
    """`broken_by` and `kept_by` are pairs of path and code."""

    check: Callable[[Source], Iterator[Finding]]
    broken_by: tuple[tuple[str, str], ...]
    kept_by: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = PRODUCT

    @property
    def name(self) -> str:
        return self.check.__name__


RULES = (
    Rule(
        rules.only_engine_imports_torch,
        broken_by=(
            ("worker/inference/server.py", "import torch.nn"),
            ("shared/jobs/service.py", "def f():\n    from transformers import AutoModel"),
            ("api/main.py", "import peft"),
        ),
        kept_by=(
            ("shared/engine/loop.py", "import torch"),
            ("worker/inference/server.py", "import shared.engine.model"),
        ),
    ),
    Rule(
        rules.domains_keep_their_repositories,
        broken_by=(
            ("shared/jobs/service.py", "from shared.files import repository"),
            ("shared/jobs/service.py", "from shared.files.repository import find_file"),
            ("worker/jobs.py", "import shared.jobs.repository"),
            ("api/openai/files.py", "from shared.files import repository as files"),
        ),
        kept_by=(("shared/jobs/service.py", "from shared.jobs import repository\nfrom shared.files import service"),),
    ),
    Rule(
        rules.sql_is_in_repositories,
        broken_by=(
            ("shared/jobs/service.py", "from sqlmodel import Session, select"),
            ("worker/jobs.py", "from sqlalchemy.dialects.postgresql import insert"),
            ("api/health.py", "from sqlalchemy import text"),
            ("shared/jobs/service.py", "def f(session):\n    session.exec(1)"),
            ("worker/unit.py", "def f(self):\n    return self.session.get(Job, 1)"),
        ),
        kept_by=(
            ("shared/jobs/repository.py", "from sqlmodel import select"),
            ("shared/outbox/relay.py", "from sqlalchemy import delete"),
            ("shared/jobs/service.py", "def f(session, store):\n    session.add(1)\n    store.get(2)"),
        ),
    ),
    Rule(
        rules.one_place_commits,
        broken_by=(
            ("api/openai/files.py", "def f(session):\n    session.commit()"),
            ("worker/unit.py", "def f(self):\n    self.database.connection.commit()"),
            ("shared/jobs/service.py", "def f(session):\n    session.rollback()"),
        ),
        kept_by=(
            ("shared/db/session.py", "def f(session):\n    session.commit()"),
            ("worker/training_record.py", "def f(writer):\n    writer.commit()"),
            ("api/openai/files.py", "def f(received):\n    received.writer.commit()"),
        ),
    ),
    Rule(
        rules.one_place_unpickles,
        broken_by=(
            ("worker/datasets/checks.py", "import pickle\nstretch = pickle.loads(data)"),
            ("shared/storage/local.py", "from pickle import loads"),
        ),
        kept_by=(
            ("shared/datasets/pipeline/results.py", "import pickle\nstretch = pickle.loads(data)"),
            ("worker/datasets/checks.py", "import pickle\ndata = pickle.dumps(stretch)"),
        ),
    ),
    Rule(
        rules.one_place_reads_the_environment,
        broken_by=(
            ("shared/log.py", "import os\nprint(os.environ['X'])"),
            ("api/main.py", "from os import environ"),
            ("cli/main.py", "import os\nos.getenv('X')"),
        ),
        kept_by=(("shared/settings.py", "import os\nos.environ"), ("cli/main.py", "import os\nos.getpid()")),
    ),
    Rule(
        rules.one_place_makes_engines,
        broken_by=(
            ("worker/app.py", "from sqlalchemy import create_engine"),
            ("shared/migrations/env.py", "import sqlmodel\nengine = sqlmodel.create_engine('')"),
        ),
        kept_by=(("shared/db/engine.py", "from sqlalchemy import create_engine"),),
    ),
    Rule(
        rules.one_place_sends_messages,
        broken_by=(
            ("api/openai/files.py", "def f(app):\n    app.send_task('x')"),
            ("worker/jobs.py", "def f(task):\n    task.apply_async(countdown=60)"),
            ("worker/jobs.py", "def f(self):\n    raise self.retry()"),
        ),
        kept_by=(("shared/tasks.py", "def f(app):\n    app.send_task('x')"),),
    ),
    Rule(
        rules.repositories_are_born_with_a_tenant,
        broken_by=(
            ("shared/jobs/repository.py", "def find_job(session, job_id):\n    return select(Job)"),
            (
                "shared/jobs/repository.py",
                "def find_job(session, project_id, job_id):\n    return select(Job).where(Job.id == job_id)",
            ),
        ),
        kept_by=(
            (
                "shared/jobs/repository.py",
                "def find_job(session, project_id):\n    return select(Job).where(Job.project_id == project_id)",
            ),
            ("shared/jobs/repository.py", "def list_system(session):\n    return select(Job)"),
            ("shared/jobs/repository.py", "def add(session, project_id):\n    return {'project_id': project_id}"),
            ("shared/jobs/service.py", "def find_job(session, job_id):\n    return None"),
        ),
    ),
    Rule(
        rules.requests_use_no_system_query,
        broken_by=(
            ("api/openai/files.py", "from shared.files.service import list_expired_system"),
            ("api/openai/files.py", "def f(service):\n    service.forget_old_system()"),
        ),
        kept_by=(("worker/upkeep.py", "from shared.files.service import list_expired_system"),),
    ),
    Rule(
        rules.foundations_know_no_domain,
        broken_by=(
            ("shared/errors.py", "from shared.db.session import Database"),
            ("shared/db/session.py", "from shared.jobs.tables import Job"),
            ("shared/outbox/claim.py", "from shared import jobs"),
            ("shared/storage/local.py", "import shared.files.service"),
        ),
        kept_by=(
            ("shared/db/tables.py", "from shared.jobs.tables import Job"),
            ("shared/outbox/add.py", "from shared.db.session import announce\nfrom shared import clock"),
            ("shared/jobs/service.py", "from shared.files import service"),
        ),
    ),
    Rule(
        rules.errors_have_our_shapes,
        broken_by=(
            ("api/auth.py", "body = {'detail': 'no'}"),
            ("api/auth.py", "def f():\n    raise HTTPException(404)"),
            ("api/auth.py", 'body = b\'{"detail": "no"}\''),
        ),
        kept_by=(("api/errors.py", "body = {'title': 'No', 'detail': 'no'}"),),
    ),
    Rule(
        rules.modules_say_what_they_are,
        broken_by=(("shared/jobs/__init__.py", ""), ("api/main.py", "# a comment\nx = 1")),
        kept_by=(("api/main.py", '"""What this is."""'),),
        packages=(*PRODUCT, "tests", "benchmarks"),
    ),
    Rule(
        rules.modules_are_short,
        broken_by=(("api/main.py", "x = 1\n" * 301),),
        kept_by=(("api/main.py", "x = 1\n" * 300), ("shared/migrations/versions/0001.py", "x = 1\n" * 400)),
        packages=(*PRODUCT, "tests", "benchmarks"),
    ),
    Rule(
        rules.functions_are_short,
        broken_by=(
            ("api/main.py", "def f():\n" + "    x = 1\n" * 60),
            ("api/main.py", "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
        ),
        kept_by=(
            ("api/main.py", "def f():\n" + "    x = 1\n" * 59),
            ("shared/engine/loop.py", "def train():\n" + "    x = 1\n" * 100),
        ),
        packages=(*PRODUCT, "tests", "benchmarks"),
    ),
)
