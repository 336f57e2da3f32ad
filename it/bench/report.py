"""Medians of runs as Markdown."""
import platform
import statistics

MARKS = {"compare": ("<!-- compare: begin -->", "<!-- compare: end -->"),
         "grow": ("<!-- grow: begin -->", "<!-- grow: end -->"),
         "micro": ("<!-- micro: begin -->", "<!-- micro: end -->")}


def seconds(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def millis(value):
    return f"{value * 1e3:.1f}" if value < 0.1 else f"{value * 1e3:,.0f}"


def size(value):
    return f"{value / 1e6:,.1f} MB" if value >= 1e5 else f"{value / 1e3:,.1f} kB"


def mebibytes(value):
    return f"{value / (1 << 20):,.0f}"


COST = [("seconds", "seconds", seconds), ("cpu", "CPU seconds", seconds), ("wire", "on the wire", size)]
LATENCY = [("p50", "ms, half of them (p50)", millis), ("p99", "ms, p99", millis),
           ("back_p50", "ms back, p50", millis), ("back_p99", "ms back, p99", millis),
           ("both_p50", "ms both ways at once, p50", millis), ("both_p99", "ms both ways at once, p99", millis),
           ("busy_p50", "ms beside a large file on its way, p50", millis),
           ("busy_p99", "ms beside a large file on its way, p99", millis),
           ("cpu_per_change", "CPU ms a change", millis), ("wire_per_change", "on the wire a change", size)]


def rows(scale):
    """Every row of the table: the workload, what it is, and the figures that it has."""
    def large(size_bytes):
        return f"{size_bytes >> 30} GiB" if size_bytes >= 1 << 30 else f"{size_bytes >> 20} MiB"

    return [
        ("W1", f"first copy of {scale.many:,} small files", COST),
        ("W2", f"first copy of one file of {large(scale.large_bytes)}", COST),
        ("W3a", f"{large(scale.edited_bytes)} file: 1 % overwritten, all over it", COST),
        ("W3b", f"{large(scale.edited_bytes)} file: bytes inserted near its start", COST),
        ("W3c", f"{large(scale.edited_bytes)} file: 1 % appended", COST),
        ("W4 meeting", f"first meeting of equal trees of {scale.compared:,} files", COST),
        ("W4", f"nothing to do in {scale.compared:,} files, all compared", COST),
        ("W5", f"one small change at a time among {scale.live:,} files", LATENCY),
        ("W6", f"rename of a directory of {scale.moved:,} files, {large(scale.moved_bytes)}", COST),
        ("W7", f"burst of {scale.burst:,} new small files, from the last write on", COST),
        ("W8", f"{scale.operations:,} operations on both sides, from the last on", COST),
        ("W10", f"{scale.idle_seconds} s of nothing, {scale.live:,} files",
         [("cpu", "CPU seconds", seconds), ("rss", "MiB in memory, both sides", mebibytes)]),
    ]


def table(runs, scale, peers, workloads):
    """The medians; a dash where a peer cannot do it or does not tell."""
    lines = ["| | | " + " | ".join(peers) + " |", "|---|---|" + "---:|" * len(peers)]
    for workload, title, measures in rows(scale):
        if family(workload) not in workloads:
            continue
        label = f"**{workload}** {title}"
        for key, unit, show in measures:
            cells = [cell(runs, workload, peer, key, show) for peer in peers]
            if all(one == "–" for one in cells):
                continue
            lines.append(f"| {label} | {unit} | " + " | ".join(cells) + " |")
            label = ""
    return "\n".join(lines)


def family(workload):
    """The workload that is asked for when one of its parts is meant: W3 for W3a."""
    return workload.split()[0].rstrip("abc")


def cell(runs, workload, peer, key, show):
    of_peer = [one for one in runs if one["peer"] == peer and one["workload"] == workload]
    if any("failed" in one for one in of_peer):
        return "failed"
    values = [one[key] for one in of_peer if key in one]
    return show(statistics.median(values)) if values else "–"


def growth_table(runs):
    columns = [("first", "first copy, s", seconds), ("first_cpu", "its CPU, s", seconds),
               ("restart", "restart, s", seconds), ("restart_cpu", "its CPU, s", seconds),
               ("change", "one change, ms (p50)", millis),
               ("rss", "memory at rest, MiB", mebibytes), ("peak", "at most, MiB", mebibytes)]
    lines = ["| files | " + " | ".join(label for _, label, _ in columns) + " |", "|---:|" + "---:|" * len(columns)]
    for files in sorted({one["files"] for one in runs}):
        of_size = [one for one in runs if one["files"] == files]
        cells = []
        for key, _, show in columns:
            values = [one[key] for one in of_size if key in one]
            failed = any("failed" in one for one in of_size)
            cells.append("failed" if failed else show(statistics.median(values)))
        lines.append(f"| {files:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def micro_table(results):
    """What JMH has measured, a line for each benchmark, other programs beside dirsync."""
    lines = ["| | dirsync | beside it |", "|---|---:|---|"]
    beside = {}
    for one in results:
        of_class, _, method = one["benchmark"].rpartition(".")
        parameters = ", ".join(f"{name} {value}" for name, value in one.get("params", {}).items())
        unit = one["primaryMetric"]["scoreUnit"].partition("/")[0]
        key = of_class.rpartition(".")[2].removesuffix("Benchmark"), parameters, unit
        beside.setdefault(key, {})[method] = one["primaryMetric"]["score"]
    for (name, parameters, unit), scores in beside.items():
        own = next(scores.pop(method) for method in ("dirsync", "commit") if method in scores)
        others = ", ".join(f"{method} {score:,.1f}" for method, score in scores.items())
        words = "".join(" " + letter.lower() if letter.isupper() else letter for letter in name).strip()
        lines.append(f"| {words}, {parameters}: {unit} | {own:,.1f} | {others or '–'} |")
    return "\n".join(lines)


def machine():
    """The machine, in a few words."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="utf-8") as file:
        total = int(file.readline().split()[1])
    processor = f"{len(models)} × {models[0]}" if models else platform.machine()
    return f"{processor}, {total / (1 << 20):.0f} GiB, Linux {platform.release()}"


def described(about, runs, scale):
    """What goes into a document: what was run, where, and what came of it."""
    text = (f"`{about['command']}`, {about['date']}: {', '.join(about['versions'])}. "
            f"{about['machine']}; trees on {about['ground']}.")
    others = [run["others"] for run in runs if "others" in run]
    if others:
        text += f" Other processes used {100 * statistics.mean(others):.0f} % of the processors meanwhile."
    body = growth_table(runs) if about["grow"] else table(runs, scale, about["peers"], about["workloads"])
    return f"{text}\n\n{body}"


def micro_described(results, date):
    """The same of what JMH has left."""
    return f"`mvn -Pbench verify`, {date}: JDK {results[0]['jdkVersion']}. {machine()}.\n\n{micro_table(results)}"


def split_at_marks(path):
    """A document in parts: what comes before and behind the text between the marks of each kind of table."""
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    parts = {}
    for part, (begin, end) in MARKS.items():
        if whole.count(begin) != 1 or whole.count(end) != 1 or whole.index(begin) > whole.index(end):
            raise ValueError(f"{path} has no lines {begin} and {end}, once each and in this order")
        parts[part] = whole[:whole.index(begin) + len(begin)], whole[whole.index(end):]
    return parts


def write_between(path, part, text):
    """Puts a text between the two marks of a part of a document."""
    head, tail = split_at_marks(path)[part]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}\n{text}\n{tail}")
