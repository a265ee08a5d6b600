"""Tell celery-tmux-launch when this worker is up, ready and ending.

Celery imports this module because of --include.  It speaks sd_notify's
protocol to the address in NOTIFY_SOCKET and does nothing without one.
Written for every Python that Celery 4 and 5 run on.
"""
import os
import socket

from celery import signals
from celery.apps import worker

# Taken out of the environment: what a task starts shall not speak for us.
ADDRESS = os.environ.pop("NOTIFY_SOCKET", "")

# How Celery counts its threads, where it does.
COUNT = getattr(worker, "active_thread_count", None)


def notify(message):
    """Send one message; a worker never fails for lack of a listener."""
    if not ADDRESS:
        return
    address = "\0" + ADDRESS[1:] if ADDRESS[0] == "@" else ADDRESS
    speaker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        speaker.sendto(message.encode(), address)
    except (OSError, IOError):
        pass
    finally:
        speaker.close()


def ready(**_):
    """The worker consumes its queues."""
    notify("READY=1\nMAINPID=%d" % os.getpid())


def stopping(how="", **_):
    """A shutdown began, whoever asked for it.

    Celery 4 and 5.2 raise WorkerShutdown from the signal handler, wherever
    MainProcess is: in a task of the solo pool, or while a message is taken
    from the broker, and either is lost then (F1).  With more than one thread
    they set a flag instead, as later versions always do, and their loop looks
    at it between two messages, within two seconds.
    """
    if how == "Warm":
        worker.active_thread_count = lambda: 2
    elif how == "Cold":
        worker.active_thread_count = COUNT
    notify("STOPPING=1")


def say(message, *_):
    """Celery up to 5.2 prints from its signal handler.

    That raises RuntimeError when MainProcess is printing just then, and the
    signal, which comes once, would be lost.
    """
    try:
        os.write(2, ("\n%s\n" % message).encode())
    except (OSError, IOError):
        pass


if hasattr(worker, "safe_say"):
    worker.safe_say = say

# This module is imported by MainProcess before it connects to the broker.
notify("MAINPID=%d" % os.getpid())
signals.worker_ready.connect(ready, weak=False)
signals.worker_shutting_down.connect(stopping, weak=False)
