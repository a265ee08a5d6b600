"""disk.py - what a disk may hold after the power has failed, by the calls that
programs made (strace -f -y -xx).

What was written is there for certain once the file was synced, and a name once
its directory was.  Until then a file may be empty, half there or as it was at
its last sync, and of the names any may be the new or the old ones.
"""

import hashlib
import itertools
import os
import re

CALLS = """open,openat,creat,write,writev,pwrite64,rename,renameat,renameat2,
unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,ftruncate,
truncate,fsync,fdatasync,sync,syncfs,copy_file_range,sendfile""".replace(
    "\n", "")


def decoded(text):
    """Of what -xx printed, the strings and the paths of descriptors."""
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda found: bytes.fromhex(
        found[0].replace("\\x", "")).decode("latin-1"), text)


def calls(path):
    """(name, words, result) of each call that succeeded, in its order."""
    unfinished = {}
    with open(path) as file:
        for line in file:
            pid, line = line.rstrip("\n").split(None, 1)
            if line.endswith("<unfinished ...>"):
                unfinished[pid] = line[:-len("<unfinished ...>")]
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>", line)
            if resumed:
                line = unfinished.pop(pid, "") + line[resumed.end():]
            found = re.match(r"(\w+)\((.*)\)\s+= (\d+.*)$", line)
            if found:
                yield found[1], words(found[2]), decoded(found[3])


def words(text):
    """Strings as bytes, the path of a descriptor in <>, the rest as it is."""
    found = []
    for word in text.split(", "):
        # A call that another has interrupted leaves a blank behind it.
        word = word.strip()
        string = re.match(r'(?:\[?\{iov_base=)?"([^"]*)"', word)
        if string:
            found.append(decoded(string[1]).encode("latin-1"))
        elif "<" in word:
            found.append(decoded(word[word.index("<") + 1:-1]))
        else:
            found.append(word)
    return found


def paths_of(words):
    """The strings of it, those of *at(2) below the directory before them."""
    found = []
    for before, one in zip([None] + words, words):
        if isinstance(one, bytes):
            path = one.decode("latin-1")
            if isinstance(before, str) and before.startswith("/"):
                path = os.path.join(before, path)
            found.append(path)
    return found


class File:
    """A file, or with a target a symbolic link."""

    def __init__(self, target=None):
        self.data, self.synced, self.position = b"", None, 0
        self.target = target


class Directory:
    pass


class Disk:
    """Below `root`, at each moment of a trace."""

    def __init__(self, root):
        self.root = root
        self.top = Directory()
        # What is so, and what would be so after a loss of power.
        self.names = {self.top: {}}
        self.sure = {self.top: {}}
        self.pending = []       # changes of names that are not certain
        self.files = []

    # ---- the trace

    def at(self, path):
        """What has this path, or None."""
        if path != self.root and not path.startswith(self.root + "/"):
            return None
        place = self.top
        for name in filter(None, path[len(self.root):].split("/")):
            place = self.names.get(place, {}).get(name)
        return place

    def change(self, *changes):
        """(directory, name, what has it from now on), as one step."""
        for directory, name, thing in changes:
            if thing is None:
                self.names[directory].pop(name, None)
            else:
                self.names[directory][name] = thing
        self.pending.append(changes)

    def place(self, path):
        above, _, name = path.rpartition("/")
        return self.at(above), name

    def sync(self, thing):
        if isinstance(thing, File):
            thing.synced = thing.data
        left = []
        for changes in self.pending:
            if any(directory is thing for directory, _, _ in changes):
                apply(changes, self.sure)
            else:
                left.append(changes)
        self.pending = left

    def open(self, flags, path):
        directory, name = self.place(path)
        if not isinstance(directory, Directory):
            return False
        file = self.at(path)
        if file is None and "O_CREAT" in flags:
            file = File()
            self.files.append(file)
            self.change((directory, name, file))
        elif not isinstance(file, File):
            return False
        elif "O_TRUNC" in flags:
            file.data = b""
        elif "O_RDONLY" in flags:
            return False
        file.position = len(file.data) if "O_APPEND" in flags else 0
        return True

    def write(self, file, data, at=None):
        if not isinstance(file, File):
            return False
        at = file.position if at is None else at
        file.data = file.data[:at].ljust(at, b"\0") + data \
            + file.data[at + len(data):]
        file.position = at + len(data)
        return True

    def replay(self, name, word, result):
        """One call; has it changed anything?"""
        paths = paths_of(word)
        if name in ("open", "openat", "creat"):
            return "<" in result and self.open(
                " ".join(map(str, word)), result[result.index("<") + 1:-1])
        if name in ("write", "writev"):
            data = b"".join(one for one in word if isinstance(one, bytes))
            return self.write(self.at(word[0]), data[:int(result)])
        if name == "pwrite64":
            return self.write(self.at(word[0]), word[1][:int(result)],
                              int(word[3]))
        if name in ("copy_file_range", "sendfile") and self.at(word[-4]):
            raise NotImplementedError(name)
        if name in ("ftruncate", "truncate"):
            file = self.at(word[0] if name[0] == "f" else paths[0])
            if not isinstance(file, File):
                return False
            file.data = file.data[:int(word[1])].ljust(int(word[1]), b"\0")
            return True
        if name in ("fsync", "fdatasync"):
            thing = self.at(word[0])
            if thing is not None:
                self.sync(thing)
            return thing is not None
        if name in ("mkdir", "mkdirat"):
            return self.make(paths[-1], Directory())
        if name in ("symlink", "symlinkat"):
            return self.make(paths[-1], File(paths[0]))
        if name in ("unlink", "unlinkat", "rmdir"):
            directory, last = self.place(paths[-1])
            if directory is None:
                return False
            self.change((directory, last, None))
            return True
        if name.startswith("rename") or name.startswith("link"):
            return self.rename(name, *paths)
        return False

    def make(self, path, thing):
        directory, name = self.place(path)
        if directory is None:
            return False
        if isinstance(thing, Directory):
            self.names[thing] = {}
            self.sure[thing] = {}
        self.change((directory, name, thing))
        return True

    def rename(self, name, source, target):
        thing = self.at(source)
        (before, old), (after, new) = self.place(source), self.place(target)
        if thing is None or after is None:
            return False
        changes = [(after, new, thing)]
        if name.startswith("rename"):
            changes.append((before, old, None))
        self.change(*changes)
        return True

    # ---- after a loss of power

    def choices_of_names(self):
        """Which of the uncertain changes have come to the disk."""
        count = len(self.pending)
        everything = tuple(range(count))
        yield everything
        if count <= 4:
            for size in range(count):
                yield from itertools.combinations(everything, size)
        for one in everything:
            yield everything[:one]
            yield everything[:one] + everything[one + 1:]
            yield (one,)

    def choices_of_data(self):
        """What stands in the files that were not synced."""
        dirty = [file for file in self.files if file.data != file.synced
                 and file.target is None]
        yield {}
        for file in dirty:
            for data in (b"", file.synced, file.data[:len(file.data) // 2]):
                yield {file: data or b""}
        yield {file: b"" for file in dirty}
        yield {file: file.synced or b"" for file in dirty}

    def tree(self, applied, data):
        """{path: bytes, or "LINK" behind ->, or None for a directory}."""
        names = {place: dict(entries) for place, entries in self.sure.items()}
        for one in applied:
            apply(self.pending[one], names)
        found = {}

        def walk(place, path):
            for name, thing in names[place].items():
                below = path + "/" + name if path else name
                if isinstance(thing, Directory):
                    found[below] = None
                    walk(thing, below)
                elif thing.target is not None:
                    found[below] = "->" + thing.target
                else:
                    found[below] = data.get(thing, thing.data)

        walk(self.top, "")
        return found

    def trees(self):
        """All that the disk may hold now."""
        data = list(self.choices_of_data())
        for number, applied in enumerate(self.choices_of_names()):
            # Names and data fail together only in the extremes.
            for one in data if number == 0 else (data[0], data[-2], data[-1]):
                yield self.tree(applied, one)


def apply(changes, names):
    for directory, name, thing in changes:
        if thing is None:
            names[directory].pop(name, None)
        else:
            names[directory][name] = thing


def name_of(tree):
    """The same for the same tree."""
    return hashlib.sha1(repr(sorted(tree.items())).encode()).hexdigest()


def class_of(tree):
    """The same for all that differ in what decides nothing only: a file that
    was on its way to its name, how an old run ended, the module's sources."""
    essence = []
    for path, data in tree.items():
        path = re.sub(r"\.\d+$", ".PID", path)
        if data is not None and (re.search(r"\.PID$|/end$", path)
                                 or "/python/" in path):
            data = "any"
        essence.append((path, str(data)))
    return hashlib.sha1(repr(sorted(essence)).encode()).hexdigest()
