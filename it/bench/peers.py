"""The programs that are compared: how each is set up, started, and seen to have nothing left to do."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

from measure import Failed, Processes, descendants

START_SECONDS_MAX = 60
POLL_SECONDS = 0.2


class Place:
    """Two trees, and a directory for what a peer keeps elsewhere."""

    def __init__(self, directory):
        self.a, self.b, self.state = (os.path.join(directory, name) for name in ("a", "b", "state"))
        for path in (self.a, self.b, self.state):
            os.mkdir(path)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def await_that(what, condition, timeout_seconds, check):
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        check()
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not after {timeout_seconds} s")
        time.sleep(POLL_SECONDS)


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Peer:
    """What the workloads ask of a peer. One that is not live does nothing until sync() is called."""
    name = ""
    programs = ()
    package = ""
    live = False
    two_way = False
    mtime_unit_ns = 1
    private = ()

    def __init__(self, place, timeout_seconds):
        self.place, self.timeout_seconds = place, timeout_seconds
        self.logs = os.path.join(place.state, "logs")
        os.mkdir(self.logs)
        self.processes = Processes(self.logs)
        self.prepare()

    @classmethod
    def missing(cls):
        """The programs that are not installed."""
        return [program for program in cls.programs if not shutil.which(program)]

    def prepare(self):
        """Writes the configuration; nothing runs yet."""

    def start(self):
        """Starts the daemons."""

    def sync(self):
        """Runs a peer that is not live, once."""

    def settle(self):
        """Returns when a live peer has nothing left to do."""

    def look_through(self):
        """Compares both trees as a whole."""
        self.sync()

    def wire(self):
        """Bytes sent either way so far; None where the peer does not tell."""
        return None

    def close(self):
        self.processes.stop()


class Dirsync(Peer):
    """Two daemons on loopback, each with a key, a database and TLS as on two machines."""
    name = "dirsync"
    live = two_way = True
    private = (".dirsync",)
    command = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "run")

    @classmethod
    def missing(cls):
        return [] if os.access(cls.command, os.X_OK) else [cls.command]

    def prepare(self):
        self.homes = {"a": os.path.join(self.place.state, "a"), "b": os.path.join(self.place.state, "b")}
        roots, ports, ids = {"a": self.place.a, "b": self.place.b}, {}, {}
        for node, home in self.homes.items():
            os.mkdir(home)
            ports[node] = free_port()
            told = self._ask(node, "init", "--name", node, "--data-dir", os.path.join(home, "data"),
                             "--listen", f"127.0.0.1:{ports[node]}")
            ids[node] = told.split()[-1]
        for node, other in (("a", "b"), ("b", "a")):
            with open(self._config(node), "a", encoding="utf-8") as file:
                # Workloads delete more than the brake lets pass without being asked.
                file.write(f'\n[[peer]]\nname = "{other}"\nid = "{ids[other]}"\naddress = ["127.0.0.1:{ports[other]}"]\n'
                           f'\n[[folder]]\nid = "tree"\npath = "{roots[node]}"\npeers = ["{other}"]\n'
                           'max_delete = "100%"\n')
        self.running = False

    def _config(self, node):
        return os.path.join(self.homes[node], "dirsync.toml")

    def _ask(self, node, *arguments, accepted=(0,)):
        return self.processes.run([self.command, *arguments, "--config", self._config(node)],
                                  self.timeout_seconds, counted=False, accepted=accepted)

    def start(self):
        for node in self.homes:
            self.processes.start("daemon-" + node, [self.command, "daemon", "--config", self._config(node)])
        self.running = True

    def stop(self):
        self.processes.stop()
        self.running = False

    def settle(self):
        # A daemon that has just been told by the other has something to tell in turn: hence the third.
        for node in "aba":
            self._flush(node)

    def _flush(self, node):
        not_running, not_connected = 3, 6
        deadline = time.monotonic() + self.timeout_seconds
        while True:
            self.processes.check()
            told = self._ask(node, "flush", "--timeout", f"{self.timeout_seconds}s",
                             accepted=(0, not_running, not_connected))
            if "every peer has everything" in told:
                return
            if time.monotonic() > deadline:
                raise Failed(f"{node} has not told its peer everything: {told}")
            time.sleep(POLL_SECONDS)

    def look_through(self):
        self._ask("a", "scan", "tree")

    def status(self, node):
        return json.loads(self._ask(node, "status", "--json"))["folders"][0]

    def wire(self):
        if not self.running:
            return 0
        peer = self.status("a")["peers"][0]
        return peer["sentBytes"] + peer["receivedBytes"]


class Rsync(Peer):
    """A run for each change, to an rsync daemon on loopback."""
    name = "rsync"
    programs = ("rsync",)
    package = "rsync"
    options = ()

    def prepare(self):
        self.port, self.sent = free_port(), 0
        self.config = os.path.join(self.place.state, "rsyncd.conf")
        account = "uid = root\ngid = root\n" if os.geteuid() == 0 else ""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"use chroot = no\n{account}munge symlinks = no\nlog file = {self.logs}/rsyncd.log\n"
                       f"[tree]\npath = {self.place.b}\nread only = no\n")

    def start(self):
        self.processes.start("rsyncd", ["rsync", "--daemon", "--no-detach", f"--config={self.config}",
                                        "--address=127.0.0.1", f"--port={self.port}"])
        await_that("rsync listens", lambda: listens(self.port), START_SECONDS_MAX, self.processes.check)

    def url(self):
        return f"rsync://127.0.0.1:{self.port}/tree/"

    def sync(self):
        told = self.processes.run(["rsync", "-a", "--delete", "--stats", *self.options, self.place.a + "/", self.url()],
                                  self.timeout_seconds, {"LC_ALL": "C"})
        for line in re.findall(r"Total bytes (?:sent|received): ([\d,]+)", told):
            self.sent += int(line.replace(",", ""))

    def wire(self):
        return self.sent


class RsyncFsync(Rsync):
    """What is written is on the disk when it ends, as with dirsync."""
    name = "rsync --fsync"
    options = ("--fsync",)


class Lsyncd(Rsync):
    """Watches one tree and runs rsync after each change, at once."""
    name = "lsyncd"
    programs = ("lsyncd", "rsync")
    package = "lsyncd rsync"
    live = True
    CALM_LOOKS = 4

    def start(self):
        super().start()
        self.status_file = os.path.join(self.place.state, "lsyncd.status")
        config = os.path.join(self.place.state, "lsyncd.lua")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'settings {{ nodaemon = true, insist = true, logfile = "{self.logs}/lsyncd-own.log",\n'
                       f'  statusFile = "{self.status_file}", statusInterval = 1 }}\n'
                       f'sync {{ default.rsync, source = "{self.place.a}", target = "{self.url()}",\n'
                       '  delay = 0, delete = true, rsync = { archive = true, compress = false } }\n')
        self.processes.start("lsyncd", ["lsyncd", "-nodaemon", config])

    def settle(self):
        calm = 0

        def is_calm():
            nonlocal calm
            told = ""
            if os.path.exists(self.status_file):
                with open(self.status_file, encoding="utf-8", errors="replace") as file:
                    told = file.read()
            calm = calm + 1 if "There are 0 delays" in told and not self._transferring() else 0
            return calm >= self.CALM_LOOKS

        await_that("lsyncd has nothing left to do", is_calm, self.timeout_seconds, self.processes.check)

    def _transferring(self):
        return any(len(descendants(process.pid)) > 1 for _, process in self.processes.daemons)

    def look_through(self):
        raise NotImplementedError("it looks through the tree only when it starts")

    def wire(self):
        return None


class Unison(Peer):
    """A run for each change, to a server on loopback."""
    name = "unison"
    programs = ("unison",)
    package = "unison"
    two_way = True
    mtime_unit_ns = 1_000_000_000
    private = (".unison*",)

    def prepare(self):
        self.port = free_port()
        self.homes = {node: os.path.join(self.place.state, "unison-" + node) for node in "ab"}
        for home in self.homes.values():
            os.mkdir(home)

    def _environment(self, node):
        # Archives are kept by host name: the two sides would share theirs on one machine.
        return {"UNISON": self.homes[node], "HOME": self.homes[node], "UNISONLOCALHOSTNAME": "host-" + node,
                "LC_ALL": "C.UTF-8"}

    def start(self):
        self.processes.start("unison-server", ["unison", "-socket", str(self.port), "-listen", "127.0.0.1"],
                             self._environment("b"))
        await_that("unison listens", lambda: listens(self.port), START_SECONDS_MAX, self.processes.check)

    def sync(self):
        self.processes.run(["unison", self.place.a, f"socket://127.0.0.1:{self.port}/{self.place.b}", "-ui", "text",
                            "-batch", "-auto", "-times", "-perms", "0o7777", "-confirmbigdel=false", "-silent",
                            "-logfile", os.path.join(self.logs, "unison.log")],
                           self.timeout_seconds, self._environment("a"))


class Syncthing(Peer):
    """Two instances on loopback that know no other; told of changes by the kernel after a second, its least."""
    name = "syncthing"
    programs = ("syncthing",)
    package = "syncthing"
    live = two_way = True
    private = (".stfolder", ".stversions", ".syncthing.*", "~syncthing~*")
    CALM_LOOKS = 3

    class _Socket(http.client.HTTPConnection):
        def __init__(self, path):
            super().__init__("localhost", timeout=300)
            self.path = path

        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self.path)

    def prepare(self):
        self.homes = {node: os.path.join(self.place.state, "syncthing-" + node) for node in "ab"}
        self.sockets = {node: os.path.join("/tmp", f"compare-{os.getpid()}-{node}.sock") for node in "ab"}
        self.ports = {node: free_port() for node in "ab"}
        self.ids, self.keys = {}, {}
        for node, home in self.homes.items():
            told = self.processes.run(["syncthing", "generate", f"--home={home}", "--no-default-folder",
                                       "--skip-port-probing"], self.timeout_seconds, {"HOME": home}, counted=False)
            self.ids[node] = re.search(r"[A-Z2-7]{7}(-[A-Z2-7]{7}){7}", told).group()
        for node, root in (("a", self.place.a), ("b", self.place.b)):
            os.mkdir(os.path.join(root, ".stfolder"))
            self._configure(node, root)
        self.running = False

    def _configure(self, node, root):
        path = os.path.join(self.homes[node], "config.xml")
        tree = xml.parse(path)
        config = tree.getroot()
        for one in config.findall("folder") + config.findall("device"):
            config.remove(one)
        folder = xml.SubElement(config, "folder", id="tree", path=root, type="sendreceive", rescanIntervalS="86400",
                                fsWatcherEnabled="true", fsWatcherDelayS="1")
        for other in "ab":
            device = xml.SubElement(config, "device", id=self.ids[other], name=other)
            xml.SubElement(device, "address").text = f"tcp://127.0.0.1:{self.ports[other]}"
            xml.SubElement(folder, "device", id=self.ids[other])
        xml.SubElement(folder, "minDiskFree", unit="%").text = "0"
        options = config.find("options")
        for key, value in {"listenAddress": f"tcp://127.0.0.1:{self.ports[node]}", "globalAnnounceEnabled": "false",
                           "localAnnounceEnabled": "false", "relaysEnabled": "false", "natEnabled": "false",
                           "urAccepted": "-1", "crashReportingEnabled": "false", "startBrowser": "false",
                           "autoUpgradeIntervalH": "0", "reconnectionIntervalS": "1", "setLowPriority": "false",
                           "minHomeDiskFree": "0"}.items():
            for one in options.findall(key):
                options.remove(one)
            xml.SubElement(options, key).text = value
        self.keys[node] = config.find("gui/apikey").text
        tree.write(path)

    def start(self):
        for node, home in self.homes.items():
            self.processes.start("syncthing-" + node, [
                "syncthing", "serve", f"--home={home}", "--no-browser", "--no-upgrade",
                f"--gui-address=unix://{self.sockets[node]}"], {"HOME": home, "STNOUPGRADE": "1"})
        self.running = True

    def _request(self, node, method, path):
        connection = self._Socket(self.sockets[node])
        try:
            connection.request(method, path, headers={"X-API-Key": self.keys[node]})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise OSError(f"{path}: {answer.status}")
            return json.loads(body) if body.strip() else {}
        finally:
            connection.close()

    def settle(self):
        calm = 0

        def is_calm():
            nonlocal calm
            try:
                states = [self._request(node, "GET", "/rest/db/status?folder=tree") for node in "ab"]
                link = self._request("a", "GET", "/rest/system/connections")["connections"][self.ids["b"]]["connected"]
            except (OSError, KeyError):
                return False
            at_rest = link and all(one["state"] == "idle" and one["needTotalItems"] == 0 for one in states) \
                and states[0]["globalFiles"] == states[1]["globalFiles"] == states[0]["localFiles"]
            calm = calm + 1 if at_rest else 0
            return calm >= self.CALM_LOOKS

        await_that("syncthing has nothing left to do", is_calm, self.timeout_seconds, self.processes.check)

    def look_through(self):
        for node in "ab":
            self._request(node, "POST", "/rest/db/scan?folder=tree")

    def wire(self):
        if not self.running:
            return 0
        try:
            total = self._request("a", "GET", "/rest/system/connections")["total"]
        except OSError:
            return 0
        return total["inBytesTotal"] + total["outBytesTotal"]

    def close(self):
        super().close()
        for path in self.sockets.values():
            if os.path.exists(path):
                os.remove(path)


PEERS = {peer.name.replace(" --", "-"): peer for peer in (Dirsync, Rsync, RsyncFsync, Lsyncd, Unison, Syncthing)}


def version(peer):
    """What a peer calls itself, in a few words."""
    commands = {"dirsync": [Dirsync.command, "version"], "lsyncd": ["lsyncd", "--version"],
                "unison": ["unison", "-version"], "syncthing": ["syncthing", "--version"]}
    command = commands.get(peer.name, ["rsync", "--version"])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+[\w.-]*", done.stdout + done.stderr)
    return f"{peer.name} {found.group()}" if found else peer.name


def require(peers):
    """Ends the program, saying what to install, if a peer is not there."""
    lacking = [peer for peer in peers if peer.missing()]
    if lacking:
        programs = ", ".join(program for peer in lacking for program in peer.missing())
        packages = sorted({name for peer in lacking for name in peer.package.split()})
        advice = f"apt-get install {' '.join(packages)}, or leave them out with --peers" if packages \
            else "name the program with --dirsync"
        sys.exit(f"error: not installed: {programs}\n  do:   {advice}")
