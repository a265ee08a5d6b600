"""Peers that keep a process of their own to look after workers."""

import os
import shutil
import signal

import ways


class Supervisord(ways.Way):
    """As Celery's sample for it has it, but for the ten startsecs."""

    word, label = "supervisord", "supervisord"
    looked_after = True
    settings = """
autostart=false
autorestart=true
stopwaitsecs=600
killasgroup=true
"""

    def programs(self):
        return [(self.queue, self.celery)]

    def begin(self):
        text = """[supervisord]
nodaemon=true
logfile={h}/supervisord.log
pidfile={h}/supervisord.pid
[unix_http_server]
file={h}/socket
[supervisorctl]
serverurl=unix://{h}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = \
supervisor.rpcinterface:make_main_rpcinterface
""".format(h=self.home)
        for name, command in self.programs():
            text += """[program:%s]
command=%s
directory=%s
redirect_stderr=true
stdout_logfile=%s/%s.log%s""" % (
                name, command.replace("%", "%%"), self.app, self.home, name,
                self.settings)
        self.write("supervisord.conf", text)
        self.daemon(["supervisord", "-c", self.path("supervisord.conf")])
        ctl = ["supervisorctl", "-c", self.path("supervisord.conf")]
        for command in ("start", "stop", "restart"):
            setattr(self, command, ctl + [command, self.queue])
        self.status = ctl + ["status"]
        ways.wait_until(lambda: os.path.exists(self.path("socket")))


class Runit(ways.Way):
    """A run script with exec, and time enough to end."""

    word, label = "runit", "runit"
    looked_after = True
    down = True

    def services(self):
        return [(self.queue, self.celery)]

    def begin(self):
        directories = []
        for name, command in self.services():
            self.write("service/%s/run" % name, """#!/bin/sh
cd %s
exec %s >>%s/%s.log 2>&1
""" % (self.app, command, self.home, name), 0o700)
            if self.down:
                self.write("service/%s/down" % name, "")
            directories.append(self.path("service/" + name))
        self.daemon(["runsvdir", self.path("service")])
        self.start = ["sv", "start", directories[0]]
        self.stop = ["sv", "-w", "600", "stop", directories[0]]
        self.restart = ["sv", "-w", "600", "restart", directories[0]]
        self.status = ["sv", "status"] + directories
        ways.wait_until(lambda: all(os.path.exists(one + "/supervise/ok")
                               for one in directories))

    def end(self):
        for one in self.daemons:
            one.send_signal(signal.SIGHUP)      # and so does each runsv
        super().end()


class Systemd(ways.Way):
    """User units of a template.  Celery's sample has `celery multi` in a
    service that forks; here the worker is the service, with what ends it
    without loss: the signal for MainProcess alone, and time.
    """

    word, label = "systemd", "systemd"
    looked_after = True
    manager = "/lib/systemd/systemd"

    def begin(self):
        """An instance, in a cgroup where it may make others."""
        group = os.path.join(os.environ["CGROUPS"], self.queue)
        os.makedirs(group, exist_ok=True)
        self.write("run/for", "")
        self.env.update(XDG_RUNTIME_DIR=self.path("run"),
                        XDG_CONFIG_HOME=self.path(".config"))
        command = self.command or self.celery.replace(
            "celery", shutil.which("celery"), 1)
        self.write(".config/systemd/user/celery@.service", """[Unit]
Description=Celery worker %%i
[Service]
WorkingDirectory=%s
ExecStart=%s
StandardOutput=append:%s/%%i.log
StandardError=inherit
KillMode=mixed
TimeoutStopSec=600
Restart=always
""" % (self.app, command.replace("%", "%%"), self.home))
        self.daemon(ways.shell(
            "echo 0 >%s/cgroup.procs; exec %s --user --unit=basic.target" % (
                group, self.manager)))
        ctl = ["systemctl", "--user"]
        for command in ("start", "stop", "restart", "status"):
            setattr(self, command, ctl + [command, "celery@" + self.queue])
        ways.wait_until(lambda: self.quietly(ctl + ["is-active",
                                                    "basic.target"]) == 0)

    @classmethod
    def absent(cls, scratch):
        if not os.path.exists(cls.manager):
            return "it is not installed"
        if "CGROUPS" not in os.environ:
            return ("there is no cgroup to write in; `systemd-run --user"
                    " --scope -p Delegate=yes` gives one")
        try:
            cls(scratch, "-try").end()
        except TimeoutError:
            return "no instance of it comes up here"
        return None


class Overmind(ways.Way):
    """A Procfile, and half a minute to end.  Its calls do not wait, and `quit`
    amid a restart is lost: so it is waited until another pid is there.  Its
    ^C goes to all of the worker's processes; where Celery hangs in that, a
    second `restart` kills, as overmind's manual has it.
    """

    word, label = "overmind", "overmind"
    looked_after = True

    def programs(self):
        return [("worker", self.celery)]

    def begin(self):
        overmind, socket = os.environ["OVERMIND"], self.path("socket")
        self.env["TMPDIR"] = self.home
        self.write("Procfile", "".join("%s: exec %s\n" % program
                                       for program in self.programs()))
        self.start = [overmind, "start", "-D", "-r", "all", "-t", "30", "-s",
                      socket, "-d", self.app, "-f", self.path("Procfile")]
        self.stop = ways.shell(
            "{o} quit -s {s}; for try in $(seq 600); do [ -e {s} ] || break;"
            " sleep 0.1; done".format(o=overmind, s=socket))
        self.restart = ways.shell(
            "before=$({o} status -s {s}); {o} restart -s {s} worker;"
            " for try in $(seq 300); do"
            " [ \"$({o} status -s {s})\" = \"$before\" ] || exit 0;"
            " sleep 0.1; done; {o} restart -s {s} worker".format(
                o=overmind, s=socket))
        self.status = [overmind, "status", "-s", socket]

    @classmethod
    def absent(cls, scratch):
        return None if os.environ.get("OVERMIND") else "it is not in PATH"
