"""Trees: making them, changing them, and saying whether two are equal. Nothing else judges that."""
import fnmatch
import hashlib
import itertools
import os
import random
import stat
import time
from typing import NamedTuple

FILES_A_DIRECTORY = 50
CHUNK_BYTES = 1 << 20
PAGE_BYTES = 4096


class Entry(NamedTuple):
    """What stands at a path; times of directories are no peer's promise."""
    kind: str
    mode: int
    size: int
    mtime_ns: int
    content: bytes


def entry(path, mtime_unit_ns=1, contents=False):
    """The entry at a path, None if there is none; times are cut to what a peer keeps of them."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return Entry("link", 0, 0, 0, os.fsencode(os.readlink(path)))
        if stat.S_ISDIR(status.st_mode):
            return Entry("directory", stat.S_IMODE(status.st_mode), 0, 0, b"")
        return Entry("file", stat.S_IMODE(status.st_mode), status.st_size,
                     status.st_mtime_ns // mtime_unit_ns, digest(path) if contents else b"")
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest(path):
    found = hashlib.blake2b(digest_size=20)
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            found.update(chunk)
    return found.digest()


def entries(root, mtime_unit_ns=1, contents=False, private=()):
    """Everything below a root by its path, without what a peer keeps there for itself."""
    found, pending = {}, [""]
    while pending:
        directory = pending.pop()
        for name in os.listdir(os.path.join(root, directory)):
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in private):
                continue
            path = os.path.join(directory, name)
            one = entry(os.path.join(root, path), mtime_unit_ns, contents)
            if one is None:
                continue
            found[path] = one
            if one.kind == "directory":
                pending.append(path)
    return found


def differences(a, b, mtime_unit_ns, private):
    """A line for each path at which two trees differ in kind, mode, time, content or link target."""
    one = entries(a, mtime_unit_ns, True, private)
    other = entries(b, mtime_unit_ns, True, private)
    return [f"{path!r}: {one.get(path)} against {other.get(path)}"
            for path in sorted(one.keys() | other.keys()) if one.get(path) != other.get(path)]


class Expected:
    """Entries that are to appear below a root, to be looked for again and again at little cost."""
    WINDOW = 500
    PAUSE_SECONDS = 0.002

    def __init__(self, root, wanted, mtime_unit_ns):
        self.root, self.mtime_unit_ns = root, mtime_unit_ns
        self.waiting = list(wanted.items())

    def await_all(self, timeout_seconds, check):
        """Returns the monotonic time at which the last one was there; check() raises to end the wait."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            looked = self.waiting[:self.WINDOW]
            missing = [(path, one) for path, one in looked if not self._shown(path, one)]
            if len(missing) < len(looked):
                self.waiting[:self.WINDOW] = missing
            if not self.waiting:
                return time.monotonic()
            if len(missing) == len(looked):
                check()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{len(self.waiting)} entries are not there after {timeout_seconds} s, "
                                       f"as {self.waiting[0][0]!r}")
                time.sleep(self.PAUSE_SECONDS)

    def _shown(self, path, wanted):
        return entry(os.path.join(self.root, path), self.mtime_unit_ns) == wanted


# -- making ---------------------------------------------------------------------------------------


def make_site(root, files, seed=1):
    """Many small files, as of a web site: 1 to 8 KiB, fifty a directory, some names Japanese, some links.

    Four of five are pages of text, which compress; the fifth is a picture, which does not."""
    rng = random.Random(seed)
    prose = Prose(rng)
    for number in range(files):
        directory = os.path.join(root, f"section-{number // 2500:03d}", f"page-{number // FILES_A_DIRECTORY:05d}")
        if number % FILES_A_DIRECTORY == 0:
            os.makedirs(directory)
        if number % 500 == 499:
            os.symlink(f"item-{number - 1:06d}.html", os.path.join(directory, f"latest-{number:06d}"))
            continue
        name = f"写真-{number:06d}" if number % 97 == 0 else f"item-{number:06d}"
        size = rng.randint(1024, 8192)
        picture = number % 5 == 0
        name += ".jpg" if picture else ".html"
        write(os.path.join(directory, name), rng.randbytes(size) if picture else prose.page(number, size))
        if number % 40 == 0:
            os.chmod(os.path.join(directory, name), 0o640)


class Prose:
    """Words as often as in a language: the n-th most frequent one every n-th time. Pages are pieces of one long text, so
    that what has just been sent is now and then like what is next, as pages of one site are."""

    WORDS = 3_000
    LENGTH = 2_000_000

    def __init__(self, rng):
        self.rng = rng
        letters = b"etaoinshrdlucmfwypvbgkjqxz"
        words = [bytes(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(self.WORDS)]
        often = list(itertools.accumulate(1 / (rank + 1) for rank in range(self.WORDS)))
        self.text = b" ".join(rng.choices(words, cum_weights=often, k=self.LENGTH))

    def page(self, number, size):
        head = b"<!doctype html><html><head><meta charset=utf-8><title>%d</title></head><body><p>" % number
        start = self.rng.randrange(len(self.text) - size)
        return (head + self.text[start:start + size])[:size]


def make_album(root, files, total_bytes):
    """One directory of files of equal size."""
    os.makedirs(root)
    rng = random.Random(2)
    for number in range(files):
        write(os.path.join(root, f"{number:05d}.jpg"), rng.randbytes(total_bytes // files))


def make_large(path, size_bytes, seed=3):
    """One file that does not compress."""
    rng = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(size_bytes // CHUNK_BYTES):
            file.write(rng.randbytes(CHUNK_BYTES))


def age(root):
    """Makes files a day older: rsync does not see a change of the same size within the same second."""
    for directory, _, files in os.walk(root):
        for name in files:
            path = os.path.join(directory, name)
            before = os.lstat(path).st_mtime_ns - 86_400 * 1_000_000_000
            os.utime(path, ns=(before, before), follow_symlinks=False)


def write(path, content):
    with open(path, "wb", buffering=0) as file:
        file.write(content)


# -- changing a large file ------------------------------------------------------------------------


def overwrite_scattered(path):
    """Writes 1 % of a file anew, in pages all over it, as a database does."""
    rng = random.Random(4)
    pages = os.path.getsize(path) // PAGE_BYTES
    with open(path, "r+b", buffering=0) as file:
        for page in rng.sample(range(pages), pages // 100):
            file.seek(page * PAGE_BYTES)
            file.write(rng.randbytes(PAGE_BYTES))


def insert_near_start(path, scratch):
    """Shifts nearly all of a file by some bytes; the new one is renamed over the old, as editors do."""
    with open(path, "rb") as old, open(scratch, "wb") as new:
        new.write(old.read(10_000))
        new.write(random.Random(5).randbytes(1_001))
        while chunk := old.read(CHUNK_BYTES):
            new.write(chunk)
    os.chmod(scratch, stat.S_IMODE(os.stat(path).st_mode))
    os.rename(scratch, path)


def append_hundredth(path):
    """Adds 1 % at the end, as a log grows."""
    with open(path, "ab", buffering=0) as file:
        file.write(random.Random(6).randbytes(os.path.getsize(path) // 100))
