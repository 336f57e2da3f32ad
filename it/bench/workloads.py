"""The workloads. Each brings a peer to a state, changes one tree, and waits until the other shows it."""
import concurrent.futures
import itertools
import os
import random
import statistics
import subprocess
import time
from typing import NamedTuple

import trees
from measure import Failed, Window
from peers import Place

CHANGE_SECONDS_MAX = 60
OPERATIONS_A_SECOND = 60
RUNS_FOR_LATENCY = 5

# Between two small changes, from and to; fewer while a large file is on its way, which is not for long.
PAUSE_SECONDS = 0.05, 0.15
BUSY_PAUSE_SECONDS = 0.02, 0.06


class Scale(NamedTuple):
    """How much of everything."""
    many: int
    large_bytes: int
    edited_bytes: int
    compared: int
    live: int
    changes: int
    moved: int
    moved_bytes: int
    burst: int
    operations: int
    idle_seconds: int
    disk_bytes: int
    warm_bytes: int
    timeout_seconds: int


MiB, GiB = 1 << 20, 1 << 30
SCALES = {
    "full": Scale(100_000, 2 * GiB, GiB, 300_000, 100_000, 200, 10_000, GiB, 10_000, 7_200, 60, 26 * GiB, 16 * GiB, 3_600),
    "small": Scale(5_000, 128 * MiB, 64 * MiB, 10_000, 5_000, 40, 500, 50 * MiB, 1_000, 1_200, 10, 4 * GiB, 2 * GiB, 300),
    "tiny": Scale(300, 4 * MiB, 4 * MiB, 500, 300, 6, 40, MiB, 100, 120, 2, GiB, 0, 60),
}


class Session:
    """One peer on fresh trees, from its configuration to its end; give() gets the figures of each workload."""

    def __init__(self, peer_class, directory, scale, give):
        self.scale, self.give = scale, give
        self.place = Place(directory)
        self.peer_class = peer_class
        self.peer = None

    def make(self, fill, equal):
        """Fills one tree, and the other with the same if they are to be equal already."""
        fill(self.place.a)
        trees.age(self.place.a)
        if equal:
            subprocess.run(["cp", "-a", self.place.a + "/.", self.place.b], check=True)
        os.sync()
        self.peer = self.peer_class(self.place, self.scale.timeout_seconds)

    def meet(self):
        """Starts the peer on equal trees and waits until it has found out that they are."""
        self.peer.start()
        if not self.peer.live:
            self.peer.sync()
        self.settle()

    def settle(self):
        if self.peer.live:
            self.peer.settle()

    def await_at(self, root, wanted):
        expected = trees.Expected(root, wanted, self.peer.mtime_unit_ns)
        return expected.await_all(self.scale.timeout_seconds, self.peer.processes.check)

    def judge(self):
        """Fails unless the two trees are equal."""
        found = trees.differences(self.place.a, self.place.b, self.peer.mtime_unit_ns, self.peer.private)
        if found:
            raise Failed(f"{len(found)} paths differ, as {found[0]}")

    def shown(self, root, below=""):
        """What stands below a directory of a tree, to be expected in the other one."""
        found = trees.entries(os.path.join(root, below), self.peer.mtime_unit_ns, private=self.peer.private)
        return {os.path.join(below, path): one for path, one in found.items()}

    def carry(self, change):
        """Measures from the end of a change to one tree until the other has it."""
        os.sync()
        window = Window(self.peer)
        wanted = change()
        window.begin()
        if self.peer.live:
            window.end(self.await_at(self.place.b, wanted() if callable(wanted) else wanted))
        else:
            self.peer.sync()
            window.end()
        self.settle()
        figures = window.figures()
        self.judge()
        return figures

    def close(self):
        if self.peer:
            self.peer.close()


# -- one session each -------------------------------------------------------------------------------


def first_copy(session, workload, fill):
    session.make(fill, equal=False)
    peer = session.peer
    wanted = session.shown(session.place.a)
    if not peer.live:
        peer.start()
    window = Window(peer)
    window.begin()
    if peer.live:
        peer.start()
        window.end(session.await_at(session.place.b, wanted))
    else:
        peer.sync()
        window.end()
    session.settle()
    figures = window.figures()
    session.judge()
    session.give(workload, figures)


def many_files(session, _):
    first_copy(session, "W1", lambda root: trees.make_site(root, session.scale.many))


def large_file(session, _):
    first_copy(session, "W2", lambda root: trees.make_large(os.path.join(root, "disk.img"), session.scale.large_bytes))


def edits(session, _):
    name = "database.ibd"
    path = os.path.join(session.place.a, name)
    session.make(lambda _: trees.make_large(path, session.scale.edited_bytes), equal=True)
    session.meet()

    def edited(change):
        change()
        return {name: trees.entry(path, session.peer.mtime_unit_ns)}

    scratch = os.path.join(session.place.state, "scratch")
    for workload, change in (("W3a", lambda: trees.overwrite_scattered(path)),
                             ("W3b", lambda: trees.insert_near_start(path, scratch)),
                             ("W3c", lambda: trees.append_hundredth(path))):
        session.give(workload, session.carry(lambda change=change: edited(change)))


def comparison(session, _):
    session.make(lambda root: trees.make_site(root, session.scale.compared), equal=True)
    peer = session.peer
    if not peer.live:
        peer.start()
    window = Window(peer)
    window.begin()
    session.meet() if peer.live else peer.sync()
    window.end()
    figures = window.figures()
    session.judge()
    session.give("W4 meeting", figures)
    window = Window(peer)
    window.begin()
    try:
        peer.look_through()
    except NotImplementedError:
        return
    window.end()
    session.settle()
    figures = window.figures()
    session.judge()
    session.give("W4", figures)


# -- on a tree that lives on -------------------------------------------------------------------------


def life(session, workloads):
    album = os.path.join(session.place.a, "media", "album")

    def fill(root):
        trees.make_site(root, session.scale.live)
        trees.make_album(album, session.scale.moved, session.scale.moved_bytes)

    session.make(fill, equal=True)
    session.meet()
    for workload, measure in LIFE.items():
        if workload in workloads:
            measure(session)


def idle(session):
    if not session.peer.live:
        return
    window = Window(session.peer)
    window.begin()
    time.sleep(session.scale.idle_seconds)
    window.end()
    session.give("W10", window.figures(rss=session.peer.processes.memory()))


def pages(root):
    """The directories of small files, in order; not those of which a peer keeps copies in its own directory."""
    found = []
    for directory, below, files in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        if os.path.basename(directory).startswith("page-") and files:
            found.append(os.path.relpath(directory, root))
    return sorted(found)


def single_changes(session):
    place, peer = session.place, session.peer
    directions = [("", place.a, place.b)] + ([("back_", place.b, place.a)] if peer.two_way else [])
    number_of_changes = session.scale.changes if peer.live else RUNS_FOR_LATENCY
    window = Window(peer)
    window.begin()
    figures, count = {}, 0
    for prefix, source, target in directions:
        seen = some_changes(session, source, target, pages(source), "change " + prefix, range(number_of_changes))
        figures.update(percentiles(prefix, seen))
        count += len(seen)
    if peer.live and peer.two_way:
        # Of two sets of directories, so that nobody writes a file that the other side writes too.
        directories = pages(place.a)
        with concurrent.futures.ThreadPoolExecutor() as threads:
            sides = [threads.submit(some_changes, session, source, target, directories[side::2], f"both {side}",
                                    range(number_of_changes))
                     for side, (_, source, target) in enumerate(directions)]
            seen = [seconds for side in sides for seconds in side.result()]
        figures.update(percentiles("both_", seen))
        count += len(seen)
    window.end()
    session.settle()
    result = window.figures(**figures)
    result["cpu_per_change"] = result["cpu"] / count
    if "wire" in result:
        result["wire_per_change"] = result["wire"] / count
    if peer.live:
        result.update(percentiles("busy_", changes_beside_a_large_file(session)))
    session.judge()
    session.give("W5", result)


def changes_beside_a_large_file(session):
    """Small changes one at a time, from when a large file is whole on one side until it is on the other."""
    place, name = session.place, "backup.img"
    scratch = os.path.join(place.state, "scratch")
    trees.make_large(scratch, session.scale.large_bytes)
    os.sync()
    os.rename(scratch, os.path.join(place.a, name))
    until_there = itertools.takewhile(lambda number: number == 0 or not os.path.exists(os.path.join(place.b, name)),
                                      itertools.count())
    seen = some_changes(session, place.a, place.b, pages(place.a), "busy", until_there, BUSY_PAUSE_SECONDS)
    session.settle()
    # What follows is to find the tree as it was.
    os.remove(os.path.join(place.a, name))
    session.settle()
    return seen


def some_changes(session, source, target, directories, seed, numbers, pause_seconds=PAUSE_SECONDS):
    """Makes small changes to one side, each when the one before has come to the other; seconds of each."""
    rng, seen = random.Random(seed), []
    for number in numbers:
        seen.append(one_change(session, source, target, rng.choice(directories), number, rng))
        time.sleep(rng.uniform(*pause_seconds))
    return seen


def percentiles(prefix, seen):
    return {prefix + "p50": statistics.median(seen),
            prefix + "p99": sorted(seen)[min(len(seen) - 1, len(seen) * 99 // 100)]}


def one_change(session, source, target, directory, number, rng):
    """Seconds from the close of a file that was written until its bytes are read on the other side."""
    name = f"news-{number:05d}.html"
    if number % 2:
        name = rng.choice(sorted(one for one in os.listdir(os.path.join(source, directory))
                                 if not os.path.islink(os.path.join(source, directory, one))))
    content = rng.randbytes(rng.randint(1_000, 4_000))
    trees.write(os.path.join(source, directory, name), content)
    written = time.monotonic()
    if not session.peer.live:
        session.peer.sync()
    there = os.path.join(target, directory, name)
    while True:
        try:
            with open(there, "rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size == len(content) and file.read() == content:
                    return time.monotonic() - written
        except FileNotFoundError:
            pass
        if time.monotonic() - written > CHANGE_SECONDS_MAX:
            raise Failed(f"a change did not arrive within {CHANGE_SECONDS_MAX} s: {directory}/{name}")
        time.sleep(0.0005)


def rename(session):
    place, old, new = session.place, "media/album", "media/アルバム"

    def change():
        os.rename(os.path.join(place.a, old), os.path.join(place.a, new))
        return lambda: {**session.shown(place.a, new), old: None}

    session.give("W6", session.carry(change))


def burst(session):
    def change():
        rng = random.Random(7)
        for number in range(session.scale.burst):
            directory = os.path.join(session.place.a, "release", f"{number // 100:03d}")
            if number % 100 == 0:
                os.makedirs(directory)
            trees.write(os.path.join(directory, f"module-{number:05d}.js"), rng.randbytes(rng.randint(1_000, 8_000)))
        return lambda: session.shown(session.place.a, "release")

    session.give("W7", session.carry(change))


class Churn:
    """Creates, edits, renames and deletes in directories that are one side's own."""

    def __init__(self, root, directories, seed):
        self.root, self.directories, self.rng = root, directories, random.Random(seed)
        self.touched = set()
        self.files = [os.path.join(directory, name) for directory in directories
                      for name in sorted(os.listdir(os.path.join(root, directory)))
                      if not os.path.islink(os.path.join(root, directory, name))]

    def step(self, number):
        what = self.rng.random()
        if what < 0.4 or len(self.files) < 10:
            path = os.path.join(self.rng.choice(self.directories), f"new-{number:06d}.html")
            self._write(path)
            self.files.append(path)
            return
        index = self.rng.randrange(len(self.files))
        path = self.files[index]
        self.touched.add(path)
        if what < 0.7:
            self._write(path)
        elif what < 0.85:
            moved = os.path.join(self.rng.choice(self.directories), f"moved-{number:06d}.html")
            os.rename(os.path.join(self.root, path), os.path.join(self.root, moved))
            self.files[index] = moved
            self.touched.add(moved)
        else:
            os.remove(os.path.join(self.root, path))
            self.files[index] = self.files[-1]
            self.files.pop()

    def _write(self, path):
        self.touched.add(path)
        trees.write(os.path.join(self.root, path), self.rng.randbytes(self.rng.randint(500, 6_000)))

    def outcome(self, mtime_unit_ns):
        return {path: trees.entry(os.path.join(self.root, path), mtime_unit_ns) for path in self.touched}


def churn(session):
    if not session.peer.two_way:
        return
    place = session.place
    directories = pages(place.a)
    sides = [Churn(place.a, directories[0::2], 8), Churn(place.b, directories[1::2], 9)]
    os.sync()
    window = Window(session.peer)
    began = time.monotonic()
    for number in range(session.scale.operations):
        behind = began + number / (OPERATIONS_A_SECOND * len(sides)) - time.monotonic()
        if behind > 0:
            time.sleep(behind)
        sides[number % len(sides)].step(number)
    window.begin()
    outcomes = [side.outcome(session.peer.mtime_unit_ns) for side in sides]
    if session.peer.live:
        window.end(max(session.await_at(place.b, outcomes[0]), session.await_at(place.a, outcomes[1])))
    else:
        session.peer.sync()
        window.end()
    session.settle()
    figures = window.figures()
    session.judge()
    session.give("W8", figures)


LIFE = {"W10": idle, "W5": single_changes, "W6": rename, "W7": burst, "W8": churn}
SESSIONS = {"W1": many_files, "W2": large_file, "W3": edits, "W4": comparison, **dict.fromkeys(LIFE, life)}


# -- as the tree grows --------------------------------------------------------------------------------


def growth(peer_class, directory, files, scale):
    """First copy, restart and one change of a tree of so many files, and what two daemons hold in memory."""
    figures = {}

    def give(_, found):
        figures.update(first=found["seconds"], first_cpu=found["cpu"], others=found["others"])

    session = Session(peer_class, directory, scale, give)
    try:
        first_copy(session, "first copy", lambda root: trees.make_site(root, files))
        peer, place = session.peer, session.place
        figures["peak"] = peer.processes.memory("VmHWM:")
        peer.stop()
        window = Window(peer)
        window.begin()
        peer.start()
        peer.settle()
        window.end()
        restarted = window.figures()
        figures.update(restart=restarted["seconds"], restart_cpu=restarted["cpu"])
        rng, directories = random.Random(10), pages(place.a)
        seen = []
        for number in range(scale.changes):
            seen.append(one_change(session, place.a, place.b, rng.choice(directories), number, rng))
            time.sleep(rng.uniform(0.05, 0.15))
        figures["change"] = statistics.median(seen)
        peer.settle()
        figures["rss"] = peer.processes.memory()
        session.judge()
        return figures
    finally:
        session.close()
