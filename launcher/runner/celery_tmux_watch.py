"""Watch from inside over a worker that is ready: does it take tasks?

A thread of MainProcess looks once a second, tells the runner what changed, and
heals (F19).  celery_tmux.py begins it, and calls turn() before each turn of
Celery's loop.  An error in here ends the watch and nothing else.  What is
touched from the thread is only read, or is a socket and shut down; the rest is
an order, which the loop obeys in its own thread.

Judged is only who could take a task: with a process that is free and a
prefetch that is not full.  The broker is asked over a line of our own, and one
that does not answer makes nobody stuck.
"""
import heapq
import os
import posix
import socket
import sys
import threading
import time
import traceback
from errno import ECONNRESET
from weakref import WeakSet

# All of it here: nothing is imported by a thread while another one forks.
import celery_tmux_line as lines
from celery.bootsteps import CLOSE, TERMINATE
from celery.exceptions import Ignore, Reject, Retry
from celery.worker import request, state

try:
    import faulthandler
except ImportError:  # Python 2
    faulthandler = None

# Seconds: from one look to the next, from one question to the broker to the
# next, until counts that changed are told, until it is told that we live, and
# a sleep that means that all of us were stopped.
LOOK, ASK, TELL, BEAT, LATE = 1.0, 5.0, 2.0, 20.0, 4.0
# Until a worker is stuck that is free beside messages; whose connection does
# not answer; whose loop does not move; which does not come back to a broker
# that answers; and until a broker is said not to answer.
IDLE, MUTE, LOOP, AWAY, SILENT = 12.0, 12.0, 30.0, 90.0, 15.0
# Until the next step of the healing, until it begins anew, and that at most;
# how long an end may wait for the broker, and how long it may not move.
STEP, AGAIN, SELDOM, WAIT, STILL = 10.0, 120.0, 3600.0, 4.0, 25.0
# Tasks that are named, and letters of a name.
TASKS, NAME = 5, 100
# Errors of ours in a row after which we leave it.
ERRORS = 20

MODE = os.environ.pop("CELERY_TMUX_WATCHDOG", "off")
RECORD = os.environ.get("CELERY_TMUX_RECORD", "")

clock = getattr(time, "monotonic", time.time)
watch = None


def begin(consumer, notify):
    """The worker is ready; called in the thread of its loop."""
    global watch
    if MODE == "off" or watch is not None:
        return
    watch = Watch(consumer, notify)
    # Celery up to 5.2 ends in another way when it counts a second thread.
    thread = threading.Thread(target=watch.run, name="Dummy-celery-tmux")
    thread.daemon = True
    thread.start()


def turn():
    """The loop is about to take a turn; raises to break its connection."""
    if watch is not None:
        watch.turned = clock()
        if watch.orders:
            watch.obey()


def end():
    """The worker is to end; called by a signal handler."""
    if watch is not None and watch.ending is None:
        watch.ending = clock()


class Watch(object):
    def __init__(self, consumer, notify):
        now = clock()
        pool = type(consumer.pool).__module__.rsplit(".", 1)[-1]
        self.consumer, self.notify = consumer, notify
        self.heals = MODE in ("heal", "restart")
        self.forks = pool == "prefork"
        self.green = pool in ("gevent", "eventlet")
        # Where tasks run in the thread of the loop, it does not move then.
        self.sole = pool not in ("prefork", "thread", "gevent", "eventlet")
        self.thread = threading.current_thread().ident
        # The loop: its turns, when it was entered, what arrived in it.
        self.turned = self.entered = self.received = now
        self.orders, self.ending = set(), None
        self.last = self.failed = 0
        # The broker, as seen over a line of our own; since when it is silent,
        # or answers; since when there were messages whenever it was asked.
        self.line, self.asked, self.waiting = None, 0.0, None
        self.silent = self.answers = self.beside = None
        # The connections of Celery, and since when it has none.
        self.known, self.peers, self.left = [], set(), None
        self.bytes, self.heard, self.echoed = None, now, None
        # What is wrong, since when (of the clock on the wall), and what was
        # done about it.
        self.trouble, self.since, self.began, self.mark = "", 0, now, 0
        self.step, self.next, self.pause = 0, 0.0, AGAIN
        self.healed, self.healing, self.helpless = 0, 0.0, False
        # An end: where it stands, and since when; since when it waits.
        self.place, self.stood, self.held = None, now, None
        self.freed = False
        self.said, self.urgent, self.told = None, None, 0.0
        self.attach()

    # ---- in the thread of the loop

    def attach(self):
        """Hear when the loop is entered, what arrives, and what fails."""
        consumer, create = self.consumer, self.consumer.create_task_handler
        fail = request.Request.on_failure

        def create_task_handler(*args, **kwargs):
            self.enter()
            return self.heed(create(*args, **kwargs))

        def on_failure(self_, exc_info, *args, **kwargs):
            quiet = Ignore, Reject, Retry
            exc = getattr(exc_info, "exception", None)
            # billiard 4 has wrapped it; before, a Retry has its own cause.
            if not isinstance(exc, quiet) and not isinstance(
                    getattr(exc, "exc", None), quiet):
                self.failed += 1
            return fail(self_, exc_info, *args, **kwargs)

        consumer.create_task_handler = create_task_handler
        request.Request.on_failure = on_failure
        self.enter()
        tasks = consumer.task_consumer
        if tasks is not None and tasks.on_message is not None:
            tasks.on_message = self.heed(tasks.on_message)

    def heed(self, handler):
        def on_message(message):
            self.received, self.last = clock(), time.time()
            try:
                self.messages.add(message)
            except TypeError:  # a message that is made differently
                pass
            return handler(message)
        return on_message

    def enter(self):
        self.turned = self.entered = clock()
        self.entry, self.echoed = self.consumer.restart_count, None
        # What this connection has brought and somebody still has.
        self.messages = WeakSet()
        try:
            self.source = lines.copy(self.consumer.connection)
        except Exception:
            self.source = None

    def obey(self):
        orders, self.orders = self.orders, set()
        if self.ending is not None:
            return
        if "echo" in orders:
            try:
                lines.echo(self.consumer)
                self.echoed = clock()
            except Exception:  # Celery will see for itself
                pass
        if "break" in orders:
            raise socket.error(ECONNRESET, "celery-tmux: no tasks were taken,"
                               " so the worker connects anew")

    # ---- in our own thread

    def run(self):
        errors = 0
        while errors < ERRORS:
            try:
                before = clock()
                time.sleep(LOOK)
                if clock() - before > LATE:
                    self.rest(clock())
                if self.ending is None and self.is_closing():
                    end()
                if self.ending is None:
                    self.look(clock())
                else:
                    self.look_at_end(clock())
                self.tell(clock())
                errors = 0
            except Exception:
                errors += 1
        try:
            self.notify("X_CELERY_TROUBLE=0 blind")
        except Exception:
            pass

    def rest(self, now):
        """All of us were stopped: no time has passed for anybody."""
        self.turned = self.heard = self.stood = now
        self.silent = self.answers = self.beside = None
        self.left = self.echoed = self.held = None

    def is_closing(self):
        """Does Celery end of itself, by remote control or at an error?

        No signal of Celery's tells that.  Its loop is over then, and what its
        tasks have to say to the broker goes over connections that are well.
        """
        return self.consumer.blueprint.state in (CLOSE, TERMINATE)

    def look(self, now):
        inside = self.consumer.restart_count == self.entry
        busy = len(state.active_requests)
        if not self.consumer.hub and busy >= self.size():
            # Where Celery's loop is a blocking one, a pool that is full may
            # hold it until a task has ended.
            self.turned = now
        still = now - self.turned if inside and not (
            self.sole and busy) else 0
        queues = lines.to_ask(self.consumer)
        idle = (inside and queues and now - self.received > ASK
                and self.is_free(busy, queues)
                and (still < IDLE or self.in_hand()))
        self.left = None if inside else self.left or now
        if inside:
            self.know(now)
        if not idle:
            self.beside = None
        elif self.bytes is not None and now - self.heard > ASK and (
                self.echoed is None or self.echoed < self.heard):
            self.orders.add("echo")
        if not idle and inside and still <= ASK:
            self.silent = self.answers = self.waiting = None
        elif now - self.asked >= ASK:
            self.ask(queues)
            now = self.asked = clock()
        self.judge(now, self.find(now, idle, still))

    def know(self, now):
        """Which connections there are, and whether anything arrives."""
        consumer = self.consumer
        known = [consumer.connection,
                 getattr(consumer.event_dispatcher, "connection", None)]
        self.known = [one for one in known if one is not None]
        if now - self.turned < ASK:
            self.peers.update(lines.peer(one) for one in self.sockets())
            self.peers.discard(None)
        inner = getattr(consumer.connection, "_connection", None)
        arrived = getattr(inner, "bytes_recv", None)
        if arrived != self.bytes:
            self.bytes, self.heard = arrived, now

    def is_free(self, busy, queues):
        """Could it take one more task?"""
        consumer, qos = self.consumer, self.consumer.qos
        if busy >= self.size() or qos is None:
            return False
        # Celery 5.6: so many tasks with an ETA are taken, and none above it.
        top = getattr(consumer.app.conf, "worker_eta_task_limit", None)
        if top and qos.value >= top:
            return False
        held = len(state.reserved_requests)
        for bucket in list(consumer.task_buckets.values()):
            held += len(bucket.contents) if bucket else 0
        # Tasks with an ETA are held besides, and add to the second.  That
        # means nothing to a quorum queue, whose prefetch stays what it was.
        limits = [count for count in (consumer.initial_prefetch_count,
                                      qos.value) if count]
        limit = qos.value
        if len(limits) == 2 and any(lines.is_quorum(one) for one in queues):
            held += max(0, limit - consumer.initial_prefetch_count)
            limit = min(limits)
        if limits and held >= min(limits) or self.is_used_up(limit):
            return False
        qos = getattr(consumer.task_consumer.channel, "qos", None)
        return not hasattr(qos, "can_consume") or bool(qos.can_consume())

    def is_used_up(self, limit):
        """Does the broker wait for answers, whoever here has the messages?

        A class of tasks may have a way of its own to keep them, as that of
        celery-batches does, and after rate_limit some lie in a bucket of
        which Celery knows no more.
        """
        try:
            return limit and len(self.messages) >= limit and limit <= sum(
                not one.acknowledged for one in self.messages)
        except RuntimeError:  # another has come just now
            return True

    def ask(self, queues):
        """How many messages wait in them, and does the broker answer?"""
        if self.source is None:
            return
        if self.line is None or self.line.source is not self.source:
            if self.line is not None:
                self.line.close()
            self.line = lines.Line(self.source)
        self.waiting = self.line.ask(queues)
        now = clock()
        if self.waiting is None:
            self.answers, self.silent = None, self.silent or now
        else:
            self.answers, self.silent = self.answers or now, None
        self.beside = (self.beside or now) if self.waiting else None

    def find(self, now, idle, still):
        """What is wrong, in a word; "" when nothing is."""
        if self.silent is not None:
            return "broker" if now - self.silent >= SILENT else ""
        if self.source is None:
            return "loop" if still >= 4 * LOOP else ""
        if self.answers is None:
            return ""
        answers = now - self.answers
        if min(still, answers) >= LOOP:
            return "loop"
        if self.left is not None and min(now - self.left, answers) >= AWAY:
            return "away"
        since = max(self.beside or now, self.entered)
        if idle and now - since >= IDLE and (
                # It could have got them, or cannot look.
                self.turned - since >= IDLE / 2 or self.in_hand()):
            return "idle"
        if idle and self.echoed is not None and (
                self.heard < self.echoed and now - self.echoed >= MUTE) and (
                    # It has looked for an answer since.
                    self.turned - self.echoed >= MUTE / 2):
            return "mute"
        return ""

    def judge(self, now, found):
        if found != self.trouble and (self.trouble in ("", "broker")
                                      or found == "broker"
                                      or self.is_well(now, found)):
            began = {"idle": self.beside, "loop": self.turned,
                     "away": self.left, "mute": self.heard,
                     "broker": self.silent}.get(found)
            # What a heal has had sent once more does not prove that it helped.
            if done() > self.mark or not (
                    self.healing < self.received <= self.healing + STEP):
                self.step, self.pause = 0, AGAIN
            self.trouble, self.began, self.mark = found, now, done()
            self.since = int(time.time() - (now - (began or now)))
            self.helpless = False
        if self.trouble in ("", "broker"):
            return
        if self.heals and now >= self.next and (
                found or self.waiting or self.left is not None):
            self.heal(now)
        elif self.step:
            # On its way back it may get hold of another one that is dead.
            if self.let_go(now, self.in_hand(), "connects anew"):
                self.healed += 1

    def is_well(self, now, found):
        """Is there proof that what was wrong is no more?"""
        if self.received > self.began or done() > self.mark:
            return True
        return (not found and not self.waiting and self.left is None
                and (self.answers is not None or self.source is None)
                and now - self.turned < LOOP / 2
                and (self.echoed is None or self.heard > self.echoed))

    def heal(self, now):
        self.step += 1
        self.next = now + STEP
        # Celery ends at an error of its connection, if told so.
        stays = getattr(self.consumer.app.conf, "broker_connection_retry", 1)
        if self.step < 3 and stays:
            waits, self.healing = self.in_hand(), now
            if self.step > 1 and now - self.turned <= STEP:
                self.healed += 1
                say("the worker still takes no tasks (%s), so it connects anew"
                    % self.trouble)
                self.orders.add("break")
            # A loop that is at something else goes on with what it has.
            elif waits or self.green or self.trouble != "loop":
                self.healed += 1
                say("the worker takes no tasks (%s), so its connections to the"
                    " broker are closed" % self.trouble)
                lines.shut(self.sockets() + waits)
            return
        if not self.helpless:
            stacks()
        self.step, self.helpless = 0, True
        self.next, self.pause = now + self.pause, min(2 * self.pause, SELDOM)

    def let_go(self, now, waits, because, patience=WAIT):
        """Who waits for the broker here waits for nothing."""
        self.held = (self.held or now) if waits else None
        if self.heals and waits and now - self.held >= patience:
            say("the worker %s and waits for its broker, so its connections to"
                " that are closed" % because)
            lines.shut(self.sockets() + waits)
            self.held = None
            return True
        return False

    def look_at_end(self, now):
        if self.line is not None:
            self.line.close()
            self.line = None
        busy = len(state.active_requests) or self.jobs()
        place = self.where()
        # Who was freed moves, to wait for a broker that is silent once more;
        # a loop that still turns waits for what redis has yet to answer.
        if busy or self.green or now - self.turned < LATE or (
                place != self.place and not self.freed):
            self.place, self.stood = place, now
        waits = [] if self.sole and busy else self.in_hand()
        if self.green and not busy and now - self.ending > STEP:
            waits = self.sockets()
        # A task that runs is acknowledged over the same connection, and takes
        # its time anyway: the broker may be slow.
        if self.let_go(now, waits, "is to end", SILENT if busy else WAIT):
            self.freed = not busy
        stands = now - max(self.stood, self.ending) >= STILL
        if stands and self.trouble != "end":
            self.since = int(time.time() - (now - self.stood))
            stacks()
        self.trouble = "end" if stands else ""

    def jobs(self):
        """What prefork runs, of tasks too that Celery does not count."""
        pool = getattr(self.consumer.pool, "_pool", None)
        jobs = list((getattr(pool, "_cache", None) or {}).values())
        return len([job for job in jobs if job._accepted and not job.ready()])

    def size(self):
        pool = self.consumer.pool
        if self.green:
            # gevent's number is how many run, its limit what it began with.
            return getattr(pool._pool, "size", None) or pool.limit or 0
        return pool.num_processes or 0

    def sockets(self):
        """Those of the consumer, and what lies in the pool of the app."""
        pool = getattr(self.consumer.app, "_pool", None)
        idle = getattr(getattr(pool, "_resource", None), "queue", ())
        return [one for connection in self.known + list(idle)
                for one in lines.sockets(
                    getattr(connection, "_connection", None))]

    def frame(self):
        """What the thread of the loop is at."""
        return (None if self.green
                else sys._current_frames().get(self.thread))

    def in_hand(self):
        return lines.in_hand(self.frame(), self.peers)

    def where(self):
        """To see whether it moves."""
        place, frame = [], self.frame()
        while frame is not None:
            place.append((id(frame.f_code), frame.f_lasti))
            frame = frame.f_back
        return place

    def tell(self, now):
        """The runner hears what changed, and now and then that we live."""
        busy = len(state.active_requests)
        said = ["DONE=%d" % max(0, done() - busy - self.failed),
                "FAILED=%d" % self.failed, "LAST=%d" % self.last]
        if self.waiting is not None:
            said.append("WAITING=%d" % self.waiting)
        urgent = ["BUSY=%d" % busy, "POOL=%d" % self.size(),
                  "HEALED=%d" % self.healed]
        if self.trouble:
            urgent.append("TROUBLE=%d %s" % (self.since, self.trouble))
        if self.helpless:
            urgent.append("HELPLESS=1")
        # An end waits for them; else they are news like the counts.
        named = urgent if self.ending is not None else said
        named += ["TASK=" + task for task in tasks()]
        if urgent != self.urgent or now - self.told >= (
                BEAT if said == self.said else TELL):
            self.said, self.urgent, self.told = said, urgent, now
            # A process of its own that is silent is stopped, or worse.
            self.notify("\n".join((["WATCHDOG=1"] if self.forks else [])
                                  + ["X_CELERY_" + one
                                     for one in urgent + said]))


def done():
    """Tasks that were begun."""
    return state.all_total_count[0]


def tasks():
    """Those that run, the oldest first: when they began, and a name."""
    try:
        running = list(state.active_requests)
    except RuntimeError:  # one more, just now
        return []
    rows = sorted((began(one), str(one.name)) for one in heapq.nsmallest(
        TASKS, running, key=began))
    return ["%d %s" % (when, "".join(
        letter if " " < letter <= "~" else "?" for letter in name[:NAME]))
        for when, name in rows]


def began(task):
    return int(getattr(task, "time_start", None) or 0)


def stacks():
    """What every thread is at, into the record."""
    if not RECORD:
        return
    try:
        with os.fdopen(os.open(os.path.join(RECORD, "stacks"), os.O_WRONLY
                               | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            if faulthandler is not None:
                faulthandler.dump_traceback(file, all_threads=True)
                return
            for frame in sys._current_frames().values():
                traceback.print_stack(frame, file=file)
    except Exception:
        pass


def say(message):
    """On the worker's screen.  Logging has locks, which a fork inherits."""
    try:
        # As in celery_tmux.say().
        posix.write(2, ("celery-tmux: %s\n" % message).encode())
    except Exception:  # nobody can be told
        pass
