"""What a run costs: time on the clock, processor time, bytes on the wire; and the disk that it runs on."""
import mmap
import os
import shutil
import signal
import subprocess
import threading
import time

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
STOP_SECONDS_MAX = 30


class Failed(Exception):
    """A peer did not do what was measured; the message says what."""


def fields(pid):
    """The fields of /proc/PID/stat behind the name, which may hold blanks; None if the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def descendants(pid):
    """A process and all that it has started and that still run."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := fields(name)):
            children.setdefault(int(stat[1]), []).append(int(name))
    found = [pid]
    for one in found:
        found.extend(children.get(one, []))
    return found


def tree_cpu(pid):
    """Processor seconds of a process tree, with those of children that have ended and were waited for."""
    ticks = 0
    for one in descendants(pid):
        if stat := fields(one):
            ticks += sum(int(value) for value in stat[11:15])
    return ticks / TICKS_A_SECOND


def memory_bytes(pid, line="VmRSS:"):
    """What a process holds now, or with VmHWM: has held at most."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for text in file:
            if text.startswith(line):
                return int(text.split()[1]) << 10
    raise Failed(f"process {pid} has no memory: it has ended")


def machine_busy():
    """Processor seconds that the whole machine has spent on anything."""
    with open("/proc/stat", encoding="utf-8") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND


class Processes:
    """The processes of one peer: daemons that go on, and commands that end."""

    def __init__(self, log_directory):
        self.log_directory = log_directory
        self.daemons = []
        self.ended_cpu = 0.0

    def start(self, name, command, environment=None):
        with open(os.path.join(self.log_directory, name + ".log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env={**os.environ, **(environment or {})}, start_new_session=True)
        self.daemons.append((name, process))
        return process

    def run(self, command, timeout_seconds, environment=None, counted=True, accepted=(0,)):
        """Runs a command to its end and returns what it printed; its processor time counts as the peer's."""
        path = os.path.join(self.log_directory, "command.out")
        with open(path, "wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                       env={**os.environ, **(environment or {})})
            timer = threading.Timer(timeout_seconds, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if counted:
            self.ended_cpu += usage.ru_utime + usage.ru_stime
        with open(path, encoding="utf-8", errors="replace") as file:
            printed = file.read()
        if process.returncode not in accepted:
            raise Failed(f"{' '.join(command)} ended with {process.returncode}: {printed[-600:]}")
        return printed

    def cpu(self):
        return self.ended_cpu + sum(tree_cpu(process.pid) for _, process in self.daemons)

    def memory(self, line="VmRSS:"):
        return sum(memory_bytes(pid, line) for _, process in self.daemons for pid in descendants(process.pid))

    def check(self):
        for name, process in self.daemons:
            if process.poll() is not None:
                raise Failed(f"{name} has ended with {process.returncode}: {self.log(name)[-600:]}")

    def log(self, name):
        with open(os.path.join(self.log_directory, name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Ends the daemons, each with the session that it leads."""
        for _, process in self.daemons:
            if process.poll() is None:
                process.terminate()
        for _, process in self.daemons:
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        self.daemons = []


class Window:
    """One measured stretch. The clock may begin later than the count of processor time and bytes does."""

    def __init__(self, peer):
        self.peer = peer
        self.wire = peer.wire()
        self.cpu = peer.processes.cpu()
        self.busy, self.own = machine_busy(), sum(os.times()[:2])
        self.opened = self.began = self.ended = time.monotonic()

    def begin(self):
        self.began = time.monotonic()

    def end(self, moment=None):
        self.ended = moment or time.monotonic()

    def figures(self, **more):
        """Call it when the peer has come to rest: what it does behind the scenes counts as its work."""
        cpu = self.peer.processes.cpu() - self.cpu
        elapsed = time.monotonic() - self.opened
        others = machine_busy() - self.busy - cpu - (sum(os.times()[:2]) - self.own)
        result = {"seconds": self.ended - self.began, "cpu": cpu,
                  "others": max(0.0, others) / elapsed / os.cpu_count()}
        wire = self.peer.wire()
        if wire is not None and self.wire is not None:
            result["wire"] = wire - self.wire
        return {**result, **more}


# -- the ground -----------------------------------------------------------------------------------


class Directory:
    """Trees lie in a directory that somebody has chosen."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        os.makedirs(self.path, exist_ok=True)
        self.place = os.path.join(self.path, "dirsync-compare")
        self.kind = "a directory of " + subprocess.run(
            ["stat", "-f", "-c", "%T", self.path], capture_output=True, text=True, check=True).stdout.strip()

    def fresh(self):
        self.close()
        os.mkdir(self.place)
        return self.place

    def close(self):
        shutil.rmtree(self.place, ignore_errors=True)


class Image:
    """A file system of our own in a file: what others write to the disk's journal is not waited for.

    It is made anew for each peer, since ext4 makes files more slowly for a while after many were deleted.
    """
    kind = "an ext4 of its own in a file"

    def __init__(self, directory, size_bytes):
        os.makedirs(directory, exist_ok=True)
        self.file = os.path.join(directory, "disk.img")
        self.place = os.path.join(directory, "disk")
        self.device = None
        free = shutil.disk_usage(directory).free
        if free < size_bytes:
            raise Failed(f"{directory} has {free >> 30} GiB free, {size_bytes >> 30} GiB are needed: "
                         "name another directory with --data, or take a smaller --scale")
        os.makedirs(self.place, exist_ok=True)
        with open(self.file, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size_bytes)

    def fresh(self):
        self._unmount()
        self._tool("mkfs.ext4", "-q", "-F", "-i", "8192", "-E",
                   "lazy_itable_init=0,lazy_journal_init=0,nodiscard", self.file)
        self.device = self._tool("losetup", "--find", "--show", "--direct-io=on", self.file)
        self._tool("mount", "-o", "noatime", self.device, self.place)
        tree = os.path.join(self.place, "trees")
        os.mkdir(tree)
        return tree

    def _unmount(self):
        if os.path.ismount(self.place):
            self._tool("umount", self.place)
        if self.device:
            self._tool("losetup", "--detach", self.device)
            self.device = None

    def close(self):
        self._unmount()
        if os.path.exists(self.file):
            os.remove(self.file)
        os.rmdir(self.place)

    @staticmethod
    def _tool(*command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise Failed(f"{command[0]} is missing: apt-get install e2fsprogs mount") from None
        if done.returncode:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}; "
                         "where nothing can be mounted, name a directory with --data")
        return done.stdout.strip()


def warm_memory(most_bytes):
    """Touches memory once: a virtual machine may get it from its host only then, at the first run's cost."""
    with open("/proc/meminfo", encoding="utf-8") as file:
        available = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    size = min(most_bytes, available * 3 // 4)
    if size:
        with mmap.mmap(-1, size) as memory:
            for offset in range(0, size, mmap.PAGESIZE):
                memory[offset] = 1
