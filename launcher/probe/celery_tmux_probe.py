"""Examine a worker from within, and end before it connects.

For `celery-tmux-launch check`, which runs a worker's own command line with
this module in place of celery_tmux: when Celery imports it, the command line
was understood and the app is loaded, and nothing has been done yet.  What is
found goes into the file `findings` above this module's directory, a line
"KEY TEXT" each; the last one is "end".  Written for every Python that Celery
4 and 5 run on.
"""
import logging
import os
import sys
import threading

# Seconds that a broker has to answer.
PATIENCE = 5

# What clients raise, and redis says, when the broker knows neither the user
# nor the password, or does not let them in.
DENIALS = ("AuthenticationError", "AuthenticationWrongNumberOfArgsError",
           "NoPermissionError", "AccessRefused", "NotAllowed")
DENIED = ("WRONGPASS", "NOAUTH", "NOPERM", "AUTH <password> called without")

FILE = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "findings")


def find(key, text=""):
    """One line, written at once: what comes next may hang."""
    line = ("%s %s" % (key, text)).replace("\n", " ").replace("\r", " ")
    with open(FILE, "ab") as findings:
        findings.write(line.encode("utf-8", "replace") + b"\n")


def describe(error):
    text = "%s: %s" % (type(error).__name__, error)
    return text.rstrip(". \n")


def importer():
    """The worker that is importing us, and what else it is to include."""
    from celery.worker import WorkController

    worker, frame = None, sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("self")
        if isinstance(found, WorkController):
            worker = found
            # A comprehension around the import has a frame of its own.
            if "includes" in frame.f_locals:
                return worker, frame.f_locals["includes"] or ()
        frame = frame.f_back
    return worker, ()


def import_others():
    """Celery 5.0 makes a set of --include: some would come after us."""
    worker, includes = importer()
    for name in includes:
        if name != __name__:
            worker.app.loader.import_task_module(name)


def on_terminal(handler):
    """Does it print where a pane would show it?"""
    stream = getattr(handler, "stream", None)
    try:
        return stream.fileno() in (1, 2)
    except (AttributeError, ValueError, OSError):
        return False


def examine_logging(app):
    """Celery says nothing in the pane when the app logs for itself."""
    from celery import signals

    if signals.setup_logging.receivers:
        find("logging", "setup_logging")
    elif not app.conf.worker_hijack_root_logger:
        handlers = logging.getLogger().handlers
        if handlers and not any(map(on_terminal, handlers)):
            find("logging", "worker_hijack_root_logger")


def is_denied(error):
    """No retry mends that; a broker that is down comes back."""
    while error is not None:
        if (type(error).__name__ in DENIALS
                or str(error).startswith(DENIED)):
            return True
        error = getattr(error, "__cause__", None)
    return False


def examine_broker(app):
    """Connect as the worker would, in a thread that may hang."""
    try:
        connection = app.connection_for_read()
        connection.get_transport_cls()
    except Exception as error:
        find("broker-unusable", describe(error))
        raise
    outcome = []
    denied = []

    def connect():
        try:
            connection.ensure_connection(
                max_retries=len(connection.alt or "1"), interval_start=0,
                interval_step=0)
            outcome.append("")
        except BaseException as error:
            if is_denied(error):
                denied.append(describe(error))
            outcome.append(describe(error))

    find("broker", connection.as_uri())
    thread = threading.Thread(target=connect)
    thread.daemon = True
    thread.start()
    thread.join(PATIENCE)
    if not outcome:
        find("broker-silent", PATIENCE)
    elif outcome[0]:
        if denied:
            find("broker-denied", denied[0])
        find("broker-refused", outcome[0])
    else:
        find("broker-answers")


def examine():
    import celery

    worker = importer()[0]
    app = worker.app if worker is not None else celery.current_app
    find("version", celery.__version__)
    find("app", app.main or "")
    for name in sorted(os.environ):
        find("variable", name)
    for key in ("logfile", "pidfile"):
        path = getattr(worker, key, None) or app.conf.get("worker_" + key)
        if path:
            find(key, path)
    examine_logging(app)
    examine_broker(app)
    find("end")


import_others()
try:
    examine()
except BaseException as problem:
    find("failed", describe(problem))
finally:
    # Without what the app wants to do at exit: it never ran.
    os._exit(0)
