#!/usr/bin/env python3
"""Sweeps of a space that are killed, stopped, and shared by ranks write the same files: kill_test.py CLEAVE

Local processes and real signals: SIGKILL at random moments, then --resume; SIGTERM, which must save and exit with 75; ranks
that are killed while others go on; a disk that is full, or read-only; two sweeps in one folder.
"""
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CHUNK_S = 0.5
SPACE = ["zoo:resnet18", "-c", "edge4", "--vary", "cim.count=0:4", "--vary", "cim.adc_bits=4:8", "--vary", "cim.rows=64,128,256",
         "--batch", "1,2,4,8", "--full", "-q"]
# Ever more searches, until a sweep is of several chunks, so that there is something to lose.
LONGER = [[*SPACE, "--vary", f"npu.clock_hz=2.4e8:9.6e8:{step_hz}", "--vary", "cim.arrays=250:4000*2"]
          for step_hz in ("1.8e8", "9e7", "4.5e7", "1.5e7")]
# Three objectives.
TIMED = ["zoo:vgg8", "-c", "edge4", "--vary", "cim.count=0:3", "--vary", "cim.adc_bits=4:8", "--batch", "1,2,4", "--latency", "-q"]


def patiently(condition, what):
    """Waits for as long as a loaded machine may take."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.01)


def cpu_s(process):
    """Seconds that a process has computed: unlike those of the wall they do not depend on what else runs."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sweeps:
    """Of one space, in folders below `root`."""

    def __init__(self, cleave, root, space):
        self.cleave, self.root, self.space = cleave, pathlib.Path(root), space
        self.root.mkdir(exist_ok=True)

    def start(self, folder, *more, rank=None, ranks=None):
        # No launcher's variables but ours.
        environment = {name: value for name, value in os.environ.items() if not re.match("CLEAVE_|OMPI_|PMI_|SLURM_", name)}
        if ranks:
            environment |= {"CLEAVE_RANK": str(rank), "CLEAVE_RANKS": str(ranks)}
        return subprocess.Popen([self.cleave, "sweep", *self.space, "-o", self.root / folder, *more], env=environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, sweep, code=0):
        _, said = sweep.communicate(timeout=120)
        assert sweep.returncode == code, f"exit code {sweep.returncode}, not {code}: {said}"
        return said

    def run(self, folder, *more, code=0, rank=None, ranks=None):
        return self.finish(self.start(folder, *more, rank=rank, ranks=ranks), code)

    def at_work(self, folder, *more, rank=None, ranks=None):
        """A sweep that has written something, is not done, and is halted: what comes next does not depend on who is faster."""
        for _ in range(5):
            shutil.rmtree(self.root / folder, ignore_errors=True)
            sweep = self.start(folder, *more, rank=rank, ranks=ranks)
            patiently(lambda: self.groups(folder) or sweep.poll() is not None, "a chunk is written")
            sweep.send_signal(signal.SIGSTOP)
            if sweep.poll() is None:
                return sweep
            self.finish(sweep)
        raise AssertionError("the sweep is done as soon as it has written something")

    def digests(self, folder):
        return {name: hashlib.sha256((self.root / folder / name).read_bytes()).hexdigest()
                for name in ("pareto.csv", "points.csv", "sensitivity.csv") if (self.root / folder / name).exists()}

    def groups(self, folder):
        """Numbers of the groups that the ledger has whole."""
        found = set()
        for shard in (self.root / folder / "ledger").glob("*.jsonl"):
            for line in shard.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                # The first line says what the shard is of, and what is resumed also which groups are begun.
                if "sweep" not in entry and "event" not in entry:
                    found.add(entry["group"])
        return found


def long_sweeps(cleave, root):
    """Of a space that takes at least four chunks on one core, however fast this machine is; it is in the folder `whole`."""
    for at, space in enumerate(LONGER):
        sweeps = Sweeps(cleave, root / f"long{at}", space)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        sweeps.run("whole", "-j", "2")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if after.ru_utime - before.ru_utime >= 4 * CHUNK_S:
            return sweeps
    raise AssertionError("the longest sweep is too short to be killed")


def check_threads(sweeps, expected):
    for threads in ("1", "2"):
        sweeps.run(f"threads{threads}", "-j", threads)
        assert sweeps.digests(f"threads{threads}") == expected, f"{threads} threads"


def check_ranks(sweeps, expected):
    for ranks in (2, 4, 8):
        folder = f"ranks{ranks}"
        for sweep in [sweeps.start(folder, "-j", "1", rank=rank, ranks=ranks) for rank in range(ranks)]:
            sweeps.finish(sweep)
        assert sweeps.digests(folder) == expected, f"{ranks} ranks"


def check_kills(sweeps, expected, dice):
    """Three times; what was written stays, and it was written at most a chunk before the end."""
    kept, kills = set(), 0
    shard = sweeps.root / "killed" / "ledger" / "shard-0.jsonl"
    while kills < 3:
        sweep = sweeps.start("killed", "-j", "1", "--resume")
        written = [0.0, shard.stat().st_size if shard.exists() else 0]  # seconds of computing and bytes when it last wrote

        def has_written():
            if sweep.poll() is None and shard.exists() and shard.stat().st_size != written[1]:
                written[:] = cpu_s(sweep), shard.stat().st_size
            return written[0] > 0 or sweep.poll() is not None

        patiently(has_written, "something is written")
        # Some computing later, whatever else runs: by the wall a loaded machine would let it end, or do nothing.
        begin_s, more_s = written[0], dice.uniform(0, 1.5 * CHUNK_S)
        while sweep.poll() is None and cpu_s(sweep) < begin_s + more_s:
            has_written()
            time.sleep(0.005)
        sweep.send_signal(signal.SIGSTOP)
        has_written()
        computed = cpu_s(sweep) - written[0] if sweep.poll() is None else 0
        sweep.kill()
        if sweep.wait() != -signal.SIGKILL:
            break  # it was done
        kills += 1
        sweep.stderr.close()
        # The chunk, what a group takes, and what passed between two looks.
        assert computed < CHUNK_S + 0.3, f"more than a chunk is lost: {computed} s"
        now = sweeps.groups("killed")
        assert kept < now, "what was found before is still there, and more"
        kept = now
    assert kills > 0, "too fast to be killed"
    sweeps.run("killed", "-j", "1", "--resume")
    assert sweeps.digests("killed") == expected, "after kills"


def check_terminated(sweeps, expected):
    sweep = sweeps.at_work("stopped", "-j", "1")
    sweep.terminate()
    sweep.send_signal(signal.SIGCONT)
    sweeps.finish(sweep, 75)
    assert sweeps.groups("stopped"), "what was found is saved"
    sweeps.run("stopped", "-j", "1", "--resume")
    assert sweeps.digests("stopped") == expected, "after SIGTERM"


def check_killed_rank(sweeps, expected):
    """The first takes over what the other one leaves, and does not wait for ever."""
    other = sweeps.at_work("lost", "-j", "1", rank=1, ranks=2)
    other.kill()
    other.wait()
    other.stderr.close()
    sweeps.finish(sweeps.start("lost", "-j", "1", rank=0, ranks=2))
    assert sweeps.digests("lost") == expected, "a rank was killed"


def check_shards_of_another_sweep(sweeps, expected):
    """A rank that never starts leaves the shard of the sweep before in the folder, which is not its work."""
    for rank in (2, 1, 0):
        sweeps.run("before", "-j", "1", "--vary", "npu.clock_hz=1e8,2e8,4e8", rank=rank, ranks=3)
    sweeps.run("before", "-j", "1", rank=0, ranks=3)
    assert sweeps.digests("before") == expected, "another sweep's shards are there"


def check_read_only(sweeps):
    """Root may write to folders whatever their permissions: a file system that is read-only, or one that has no folders of ours."""
    folder = sweeps.root / "frozen"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", folder], capture_output=True).returncode:
        print("no mount here: the read-only file system is left out")
    else:
        try:
            said = sweeps.run("frozen", "-j", "1", code=3)
            assert "frozen/ledger" in said and "Read-only file system" in said and said.count("\n") == 1, said
        finally:
            subprocess.run(["umount", folder], check=True)
    (sweeps.root / "file").touch()
    for place in ("file/below", "/proc/cleave"):
        said = sweeps.run(place, "-j", "1", code=3)
        assert place in said and said.count("\n") == 1, said
    assert (sweeps.root / "file").stat().st_size == 0


def check_two_in_one_folder(sweeps):
    first = sweeps.at_work("shared", "-j", "1")
    said = sweeps.run("shared", "-j", "1", code=2)
    assert "another sweep is working in" in said, said
    first.send_signal(signal.SIGCONT)
    sweeps.finish(first)


def check_full_disk(sweeps, expected):
    folder = sweeps.root / "full"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", folder], capture_output=True).returncode:
        print("no mount here: the full disk is left out")
        return
    try:
        said = sweeps.run("full", "-j", "1", code=3)
        assert "cannot be written" in said and "No space left" in said and "Traceback" not in said, said
        subprocess.run(["mount", "-o", "remount,size=64m", folder], check=True)
        sweeps.run("full", "-j", "1", "--resume")
        assert sweeps.digests("full") == expected, "after a full disk"
    finally:
        subprocess.run(["umount", folder], check=True)


def check_latency(sweeps):
    """With three objectives, and with the frontier alone: what is known when is chance, and must not matter."""
    for mode in ([], ["--frontier-only"]):
        name = "frontier" if mode else "points"
        sweeps.run(name, "-j", "1", *mode)
        expected = sweeps.digests(name)
        sweeps.run(name + "_threads", "-j", "2", *mode)
        assert sweeps.digests(name + "_threads") == expected, f"{name}: 2 threads"
        for sweep in [sweeps.start(name + "_ranks", "-j", "1", *mode, rank=rank, ranks=3) for rank in range(3)]:
            sweeps.finish(sweep)
        assert sweeps.digests(name + "_ranks") == expected, f"{name}: 3 ranks"
        said = sweeps.run(name, "--latency=false", "--resume", *mode, code=2)
        assert "latency as an objective was yes, now it is no" in said, said


def main():
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as root:
        sweeps = Sweeps(sys.argv[1], pathlib.Path(root) / "short", SPACE)
        sweeps.run("whole", "-j", "1")
        expected = sweeps.digests("whole")
        check_threads(sweeps, expected)
        check_ranks(sweeps, expected)
        check_shards_of_another_sweep(sweeps, expected)
        check_read_only(sweeps)
        check_full_disk(sweeps, expected)
        sweeps = long_sweeps(sys.argv[1], pathlib.Path(root))
        expected = sweeps.digests("whole")
        check_kills(sweeps, expected, dice)
        check_terminated(sweeps, expected)
        check_killed_rank(sweeps, expected)
        check_two_in_one_folder(sweeps)
        check_latency(Sweeps(sys.argv[1], pathlib.Path(root) / "timed", TIMED))
    return 0


if __name__ == "__main__":
    sys.exit(main())
