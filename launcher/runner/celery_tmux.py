"""Tell celery-tmux-launch when this worker is up, ready and ending, and see
to it that its end loses nothing.

Celery imports this module because of --include.  It speaks sd_notify's
protocol to the address in NOTIFY_SOCKET and says nothing without one.
Written for every Python that Celery 4 and 5 run on.
"""
import os
import posix
import socket
import sys
import threading
import time

from celery import signals
from celery.apps import worker
from celery.utils.log import get_logger
from celery.worker import control, state
# Loaded before this module changes `state`, so that Celery goes on looking at
# its flags by itself while it has no connection: nothing is on its way then.
import celery.worker.consumer  # noqa: F401

try:
    import celery_tmux_watch as watch
except Exception:  # a Celery that is made differently runs unwatched
    watch = None

# Celery has looked at it by now, and would end cold at TERM (F20).
if os.environ.get("REMAP_SIGTERM"):
    sys.exit("celery-tmux: REMAP_SIGTERM is set, with which stop and restart"
             " would cut running tasks off; have celery_cmd unset it")

# Taken out of the environment: what a task starts shall not speak for us.
ADDRESS = os.environ.pop("NOTIFY_SOCKET", "")

# How Celery counts its threads, where it does.
COUNT = getattr(worker, "active_thread_count", None)

# How many seconds an end waits for what is on its way, how much longer than
# redis has for a BRPOP, a second or what kombu 5.6 is told, and for how long
# the loop may sleep meanwhile.
LIMIT, LONGER = 3.0, 2.0
TURN = 0.05

# How many seconds a message may wait until the runner has room for it.
PATIENCE = 5.0

clock = getattr(time, "monotonic", time.time)

# Set once the worker consumes.
arrivals = None


def notify(message):
    """Send one message; a worker never fails for lack of a listener."""
    if not ADDRESS:
        return
    address = "\0" + ADDRESS[1:] if ADDRESS[0] == "@" else ADDRESS
    speaker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    # A runner that is stopped reads nothing, and its queue may be full.
    speaker.settimeout(PATIENCE)
    try:
        # Connected, since else the kernel does not tell when there is room.
        speaker.connect(address)
        speaker.send(message.encode())
    except (OSError, IOError):
        pass
    finally:
        speaker.close()


def ready(sender=None, **_):
    """The worker consumes its queues, or was sent a task of one.

    kombu waits for RabbitMQ's answer about the last queue, and what comes of
    the others meanwhile the solo pool runs on the spot: long before Celery
    says that it is ready there is a task that may not be cut off.
    """
    global arrivals
    if arrivals is not None:
        return
    arrivals = Arrivals(sender)
    try:
        # Or pool_restart may reload this module, which would forget its
        # address and what it has put in place of Celery's.
        sender.app.loader.task_modules.discard(__name__)
    except Exception:  # a Celery that is made differently
        get_logger(__name__).warning(
            "forgets its runner when pool_restart reloads it",
            exc_info=True)
    try:
        remember(sender.pool)
    except Exception:  # a Celery that is made differently
        get_logger(__name__).warning(
            "forgets what runs when its connection is lost", exc_info=True)
    notify("READY=1\nMAINPID=%d\nX_CELERY_SOFT_SHUTDOWN=%d"
           % (os.getpid(), soft_shutdown(sender.app.conf)))
    try:
        if ADDRESS:
            watch.begin(sender, notify)
    except Exception:
        get_logger(__name__).warning("is not watched over", exc_info=True)


def soft_shutdown(conf):
    """The seconds that QUIT gives to tasks that run, from Celery 5.5 on."""
    soft = getattr(conf, "worker_soft_shutdown_timeout", 0)
    try:
        return int(min(float(soft or 0), 86400) + 0.999)
    except (TypeError, ValueError):  # Celery takes whatever an app sets
        return 0


def remember(pool):
    """What runs when the connection is lost is running afterwards.

    Celery 5.3 to 5.6.2 forgets it: such a task counts as running for ever,
    and the process that did it takes half a minute longer to end (F22).
    """
    if not hasattr(getattr(pool, "_pool", None), "outbound_buffer"):
        return
    flush = pool.flush

    def remembering():
        jobs = pool._pool._cache
        running = [(number, job) for number, job in list(jobs.items())
                   if job._accepted]
        flush()
        for number, job in running:
            if not job.ready():
                jobs.setdefault(number, job)

    pool.flush = remembering


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
    if watch:
        watch.end()
    notify("STOPPING=1")


def shut_down(node_state, msg="Got shutdown from remote", **kwargs):
    """A person says so by Celery's remote control, which tells no signal.

    Celery raises WorkerShutdown amid a turn of its loop, so that nothing that
    is on its way would be waited for.  The flag of a signal is looked at
    before the next turn instead.
    """
    notify("X_CELERY_SHUTDOWN=1")
    if not arrivals:
        return remote_shutdown(node_state, msg, **kwargs)
    get_logger(control.__name__).warning(msg)
    if watch:
        watch.end()
    state.should_stop = 0


class Arrivals(object):
    """What is on its way to a worker that is told to end.

    Celery leaves its loop at once.  What redis answers to an open BRPOP is
    then read by nobody, or, since kombu 5.3.2, when the last task has ended;
    and a task that a process of the pool has begun, but which Celery does not
    know to be begun, is given back and done twice (F17).  So the loop goes on
    until both are read.  No message is asked for and no task begun meanwhile:
    Celery gives back what arrives, as it does with what it had prefetched.
    """

    def __init__(self, consumer):
        self.consumer = consumer
        self.channels = []
        self.pool = None
        self.end = None
        self.turns = 0

    def are_complete(self):
        """Looked at before each turn of the loop, in its thread."""
        if self.end is None:
            self.ask_no_more()
            self.end = clock() + max([LIMIT] + [
                (getattr(channel, "brpop_timeout", 0) or 0) + LONGER
                for channel in self.channels])
        # What was just read is acknowledged in the turn that follows.
        self.turns = 0 if self.are_awaited() else self.turns + 1
        return self.turns > 1 or clock() >= self.end

    def ask_no_more(self):
        consumer = self.consumer
        if consumer.hub:
            consumer.timer.call_repeatedly(TURN, nothing)
        for channel in getattr(consumer.connection.transport, "channels", ()):
            if hasattr(channel, "_brpop_start"):
                self.channels.append(channel)
                channel._brpop_start = nothing
                # Or an answer beyond the prefetch count would not be read.
                channel.qos.can_consume = always
        # Where prefork is driven by the loop.  Other pools either have nothing
        # to be read, or read it themselves and do all that they were given.
        pool = getattr(consumer.pool, "_pool", None)
        if hasattr(pool, "outbound_buffer"):
            self.pool = pool
            pool._quick_put = nothing
            pool.outbound_buffer.clear()

    def are_awaited(self):
        if any(channel._in_poll for channel in self.channels):
            return True
        jobs = list(self.pool._cache.values()) if self.pool else ()
        return any(job._write_to and not job._accepted for job in jobs)


def nothing(*_, **__):
    """In place of what asks for a message or begins a task."""


def always():
    """In place of a limit."""
    return True


def is_set(flag):
    """Whether Celery is to end: a flag is its exit status, which may be 0."""
    return flag is not None and flag is not False


def maybe_shutdown(leave=state.maybe_shutdown):
    """Called by Celery's loop before each turn; raises to leave it."""
    if watch:
        watch.turn()
    if (arrivals and is_set(state.should_stop)
            and not is_set(state.should_terminate)):
        try:
            if not arrivals.are_complete():
                return
        except Exception:  # a Celery that is made differently
            get_logger(__name__).warning(
                "ends without waiting for what is on its way", exc_info=True)
    leave()


def say(message, *_):
    """Celery up to 5.2 prints from its signal handler.

    That raises RuntimeError when MainProcess is printing just then, and the
    signal, which comes once, would be lost.  So does eventlet's os.write,
    which from 0.37 on waits for room first, and may not in its hub.
    """
    try:
        posix.write(2, ("\n%s\n" % message).encode())
    except Exception:  # nobody can be told
        pass


if hasattr(worker, "safe_say"):
    worker.safe_say = say

# Celery's loop looks it up there, from 4.4 on.
state.maybe_shutdown = maybe_shutdown

remote_shutdown = control.Panel.data.get("shutdown")
if remote_shutdown:
    control.Panel.data["shutdown"] = shut_down

# This module is imported by MainProcess before it connects to the broker.
notify("MAINPID=%d" % os.getpid())
signals.worker_ready.connect(ready, weak=False)
if hasattr(signals, "task_received"):  # from Celery 4.3 on
    signals.task_received.connect(ready, weak=False)
signals.worker_shutting_down.connect(stopping, weak=False)
# Celery holds this while it looks for us, in its signal handlers: a second
# TERM, or QUIT, in the midst of the first one would wait for it for ever.
signals.worker_shutting_down.lock = threading.RLock()
