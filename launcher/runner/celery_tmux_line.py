"""Lines to the broker: one of our own, to ask it, and those that Celery has,
to be shut down when they answer no more.

Used by celery_tmux_watch.py, from its thread.
"""
import socket

# Seconds that the broker has for an answer; queues that are asked for.
ANSWER, QUEUES = 3.0, 50


def copy(connection):
    """The same broker, not connected to yet; None where it is not asked."""
    options = dict(connection.transport_options or {})
    if connection.transport.driver_type == "redis":
        options.update(socket_timeout=ANSWER, socket_connect_timeout=ANSWER)
    elif connection.transport.driver_name == "py-amqp":
        options.update(read_timeout=ANSWER, write_timeout=ANSWER)
    else:
        return None
    other = connection.clone(heartbeat=0, connect_timeout=ANSWER,
                             transport_options=options)
    if connection.transport.driver_name == "py-amqp":
        other.transport.Connection = impatient(other.transport.Connection)
    return other


def impatient(connected):
    """This class of py-amqp's, whose sockets all have a time to answer.

    TLS and green sockets know nothing of its options of the same name.
    """
    class Connection(connected):
        def Transport(self, *args, **kwargs):
            transport = super(Connection, self).Transport(*args, **kwargs)
            plain = type(transport)

            class Transport(plain):
                __slots__ = ()

                def _setup_transport(self):
                    self.sock.settimeout(ANSWER)
                    plain._setup_transport(self)

            transport.__class__ = Transport
            return transport
    return Connection


def to_ask(consumer):
    """The queues from which this consumer would get what waits there."""
    found = []
    for queue in list(consumer.app.amqp.queues.consume_from.values()):
        arguments = getattr(queue, "queue_arguments", None) or {}
        # One of its consumers gets all of it, and that may be another.
        if not arguments.get("x-single-active-consumer"):
            found.append(queue)
    return found[:QUEUES]


def is_quorum(queue):
    arguments = getattr(queue, "queue_arguments", None) or {}
    return arguments.get("x-queue-type") == "quorum"


class Line(object):
    """Our own connection to the broker of `source`, a copy of Celery's."""

    def __init__(self, source):
        self.source = source
        self.connection = self.channel = None

    def ask(self, queues):
        """How many messages wait in them; None when there is no answer."""
        if not queues:
            # Only a new connection tells that the broker answers.
            self.close()
        for _ in range(2):
            fresh = self.connection is None
            try:
                if fresh:
                    # Without kombu's ways of trying again.
                    transport = self.source.transport
                    self.connection = transport.establish_connection()
                return sum(self.count(queue) for queue in queues)
            except Exception:
                self.close(broken=True)
                # The network may have forgotten one that lay idle.
                if fresh:
                    break
        return None

    def count(self, queue):
        try:
            if self.channel is None:
                self.channel = self.source.transport.create_channel(
                    self.connection)
                if hasattr(self.channel, "_async_pool"):
                    # One connection does.
                    self.channel._pool = self.channel.async_pool
            # Passive: nothing is made.
            return self.channel.queue_declare(queue.name, passive=True)[1]
        except self.source.channel_errors:
            # It is not there, which redis also says of an empty one.
            if not hasattr(self.channel, "_size"):
                self.channel = None
            return 0

    def close(self, broken=False):
        connection, self.connection = self.connection, None
        self.channel = None
        if connection is None:
            return
        if broken:
            shut(sockets(connection))
        try:
            self.source.transport.close_connection(connection)
        except Exception:
            pass


def echo(consumer):
    """Have RabbitMQ answer, and do not wait: tell it the prefetch again.

    It has sent all that the consumer may have, and a connection that died
    since then looks like one on which nothing happens.  For the loop's thread.
    """
    channel, qos = consumer.task_consumer.channel, consumer.qos
    channel.wait = nothing
    try:
        qos.callback(prefetch_count=qos.prev if qos.prev <= 65535 else 0)
    finally:
        del channel.wait


def nothing(*_, **__):
    """In place of waiting for an answer."""


# How one gets from a connection of kombu's to its sockets: by what lies in
# its objects, for a property might connect.
WAYS = ("_transport", "channels", "_avail_channels", "_pool", "_async_pool",
        "_in_use_connections", "_available_connections", "_sock", "sock")


def sockets(thing, depth=8):
    """Those of a connection that are connected."""
    if isinstance(thing, socket.socket):
        return [thing] if peer(thing) is not None else []
    if thing is None or depth == 0:
        return []
    if isinstance(thing, (list, tuple, set)):
        inside = list(thing)
    else:
        own = getattr(thing, "__dict__", {})
        inside = [own.get(way) for way in WAYS]
        inside += [getattr(own.get(client), "connection", None)
                   for client in ("client", "subclient")]
        if type(thing).__module__ == "amqp.transport":
            inside.append(getattr(thing, "sock", None))  # in a slot
    return [one for other in inside for one in sockets(other, depth - 1)]


def peer(one):
    """To whom it is connected, or None."""
    try:
        return one.getpeername() or None
    except (OSError, IOError):
        return None


# Whose objects have a socket, where they stand in a frame.
HOLDERS = ("redis", "amqp", "socket", "_socket", "ssl")


def in_hand(frame, peers):
    """Sockets to one of `peers` that a function which runs has in hand."""
    found = []
    while frame is not None:
        for value in list(frame.f_locals.values()):
            module = getattr(type(value), "__module__", None) or ""
            if module.split(".")[0] in HOLDERS:
                found += [one for one in sockets(value, 2)
                          if peer(one) in peers]
        frame = frame.f_back
    return found


def shut(found):
    """Whoever waits on one of them gets an error."""
    for one in set(found):
        try:
            # By another descriptor: what is wrapped around it stays as it is.
            other = socket.fromfd(one.fileno(), one.family,
                                  socket.SOCK_STREAM)
            try:
                other.shutdown(socket.SHUT_RDWR)
            finally:
                other.close()
        except (OSError, IOError, ValueError):
            pass
