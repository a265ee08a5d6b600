"""The same app, but the loop of its workers stands still at the first task."""

import time

from celery.signals import task_received

from tasks import app  # noqa: F401


@task_received.connect
def stand_still(**_):
    time.sleep(100000)
