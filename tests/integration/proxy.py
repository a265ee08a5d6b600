"""proxy.py DIRECTORY PORT: a proxy on loopback that can fall silent.

It listens on a free port, written into the file `port` of the directory, and
connects whoever comes to PORT of 127.0.0.1.  A name of a file there is an
order, and it is obeyed when the file is gone again:

    silence   the connections that there are now carry nothing any more, in
              neither direction, and stay open, as behind a NAT that forgot
              them
    mute      so does every one from now on, until `speak`: a broker that hangs
    speak     what comes from now on is carried again
    cut       the connections that there are now are closed

It needs Python alone, and ends when the directory is gone.
"""

import os
import select
import socket
import sys

DIRECTORY, PORT = sys.argv[1], int(sys.argv[2])

pairs, silent, mute = {}, set(), False


def forget(one):
    other = pairs.pop(one, None)
    for end in (one, other):
        if end is not None:
            pairs.pop(end, None)
            silent.discard(end)
            end.close()


def obey(order):
    global mute
    if order == "silence":
        silent.update(pairs)
    elif order == "mute":
        silent.update(pairs)
        mute = True
    elif order == "speak":
        mute = False
    elif order == "cut":
        for one in list(pairs):
            forget(one)


def connect(listener):
    near, _ = listener.accept()
    if mute:
        pairs[near] = None
        silent.add(near)
        return
    try:
        far = socket.create_connection(("127.0.0.1", PORT), 5)
    except OSError:
        near.close()
        return
    pairs[near], pairs[far] = far, near


def carry(one):
    try:
        data = one.recv(65536)
        if data:
            pairs[one].sendall(data)
            return
    except OSError:
        pass
    forget(one)


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    fresh = os.path.join(DIRECTORY, "port.new")
    with open(fresh, "w") as file:
        file.write("%d\n" % listener.getsockname()[1])
    os.rename(fresh, os.path.join(DIRECTORY, "port"))
    while os.path.isdir(DIRECTORY):
        for order in ("silence", "mute", "speak", "cut"):
            path = os.path.join(DIRECTORY, order)
            if os.path.exists(path):
                obey(order)
                os.unlink(path)
        ready, _, _ = select.select(
            [listener] + [one for one in pairs if one not in silent],
            [], [], 0.1)
        for one in ready:
            if one is listener:
                connect(listener)
            elif one in pairs and one not in silent:
                carry(one)


if __name__ == "__main__":
    main()
