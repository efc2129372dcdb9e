"""The Celery application's configuration: Redis as a doorbell. Why: docs/decisions/0003-rows-are-the-truth.md.

Celery 5.6.3 with kombu 5.6.2 and redis-py 6.4: the main process of 5.7.0 dies when Redis is killed under load.
"""

import redis
from celery import Celery

from shared.settings import Settings

VISIBILITY_SECONDS = 900


def broker_url(redis_url: str) -> str:
    """Kombu's spelling of a Redis URL; sockets are `redis+socket://` to it and `unix://` to redis-py."""
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
    return redis_url


def redis_client(settings: Settings) -> redis.Redis:
    """A plain client for looking at queue lengths and for readiness; short timeouts, since Redis may be away."""
    return redis.Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=2)


def celery_app(settings: Settings) -> Celery:
    """A Celery application that can send hints; worker/app.py adds the tasks."""
    app = Celery("tunery", broker=broker_url(settings.redis_url), set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_soft_time_limit=90,
        task_time_limit=120,
        task_publish_retry=False,
        task_create_missing_queues=True,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=500,
        worker_max_memory_per_child=400_000,
        worker_enable_remote_control=False,
        worker_soft_shutdown_timeout=25,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "health_check_interval": 25,
            "global_keyprefix": settings.redis_key_prefix,
        },
    )
    return app
