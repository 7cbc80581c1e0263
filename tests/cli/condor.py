"""Run by condor.sh: condor.py TOYFARM, in an empty folder."""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

try:
    import htcondor
except ImportError:
    htcondor = None

TOYFARM = sys.argv[1]
HERE = pathlib.Path.cwd()
SHARDS = 3
N_TOYS = 31


def run(*words, rc=0, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120, **options)
    if done.returncode != rc:
        sys.exit(f"FAILED: {words}: exit {done.returncode}, not {rc}\n{done.stdout}{done.stderr}")
    return done


def expect(truth, *words):
    if not truth:
        sys.exit("FAILED: " + " ".join(str(w) for w in words))


# --- a study whose data files have one name in odd folders
def write_columns(file, seed, n):
    rng = random.Random(seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as out:
        out.write("x\n")
        while n > 0:
            x = rng.gauss(5.0, 0.5) if rng.random() < 0.4 else rng.expovariate(0.3)
            if 0 < x < 10:
                out.write(f"{x!r}\n")
                n -= 1


def write_spec(file, paths):
    parameters = [{"name": "mu", "init": 1.0, "bounds": [0.0, 5.0]}, {"name": "m", "init": 5.0, "bounds": [4.0, 6.0]},
                  {"name": "s", "init": 0.5, "bounds": [0.1, 2.0]}, {"name": "lam", "init": -0.3, "bounds": [-2.0, 1.0]}]
    channels = [{"name": f"c{i}", "data": {"file": str(path)}, "observables": [{"name": "x", "bounds": [0.0, 10.0]}],
                 "processes": [
                     {"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]},
                      "yield": {"type": "scaled", "base_yield": 200.0 + 100 * i, "scale": "mu"}},
                     {"name": "bkg", "pdf": {"type": "exponential", "observable": "x", "params": ["lam"]},
                      "yield": {"type": "fixed", "value": 300.0 + 150 * i}}]} for i, path in enumerate(paths)]
    spec = {"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": "mu", "parameters": parameters}, "channels": channels}
    text = json.dumps(spec, indent=1)
    file.parent.mkdir(parents=True, exist_ok=True)
    # YAML of its own: no JSON parser takes a comment.
    file.write_text(("# a study\n" if file.suffix == ".yaml" else "") + text)


# --- submit descriptions
def parsed_strictly(file):
    """One job per line of what the parser gives: commands as text, macros of ours expanded. Takes nothing but the lines that render writes."""
    commands = {}
    count = 0
    for line in file.read_text().splitlines():
        expect(count == 0, "a line after queue:", line)
        if match := re.fullmatch(r"queue (\d+)", line):
            count = int(match[1])
        elif not line.startswith("# "):
            name, value = line.split(" = ", 1)
            expect(name not in commands and not value.endswith("\\"), line)
            commands[name] = value
    jobs = []
    for process in range(count):
        def expanded(name):
            text = commands.get(name, "").replace("$(Process)", str(process)).replace("$(Cluster)", "1")
            expect("$(" not in text.replace("$(DOLLAR)", ""), text)
            return text.replace("$(DOLLAR)", "$")
        jobs.append({"Cmd": expanded("executable"), "Iwd": expanded("initialdir"), "Arguments": expanded("arguments").strip('"'),
                     "In": expanded("transfer_input_files"), "Out": expanded("transfer_output_files"),
                     "Checkpoint": expanded("transfer_checkpoint_files"), "ToyfarmRun": expanded("+ToyfarmRun").strip('"'),
                     "Cpus": int(expanded("request_cpus"))})
    return jobs


def parsed_by_condor(file):
    keys = {"Cmd": "Cmd", "Iwd": "Iwd", "Arguments": "Arguments", "In": "TransferInput", "Out": "TransferOutput",
            "Checkpoint": "TransferCheckpoint", "ToyfarmRun": "ToyfarmRun", "Cpus": "RequestCpus"}
    return [{key: ad.get(name, "") for key, name in keys.items()} for ad in htcondor.Submit(file.read_text()).jobs(count=0)]


def jobs_of(file):
    jobs = parsed_strictly(file)
    for job in jobs:
        job["In"] = re.split(", *", job["In"])
    if htcondor:
        theirs = parsed_by_condor(file)
        for job in theirs:
            job["In"] = re.split(", *", job["In"])
        expect(jobs == theirs, file, jobs, theirs)
    return jobs


def remains(code, by_signal=False):
    """Whether HTCondor's own evaluation of the policy has a job with this end run again."""
    ad = next(iter(htcondor.Submit((HERE / "base/runs/r/condor_job.sub").read_text()).jobs(count=0)))
    ad["NumJobCompletions"] = 1
    ad["ExitBySignal"] = by_signal
    if not by_signal:
        ad["ExitCode"] = code
    return not ad.eval("OnExitRemove")


# --- sandboxes
def copied(source, folder):
    (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / source.name)


def started(job, sandbox):
    sandbox.mkdir()
    for name in job["In"]:
        expect(re.fullmatch(r"[\w.-]+", name), "no flat name:", name)
        copied(pathlib.Path(job["Iwd"]) / name, sandbox)
    return resumed(job, sandbox)


def resumed(job, sandbox):
    shutil.copy2(job["Cmd"], sandbox / "condor_exec.exe")  # HTCondor's name for it
    return subprocess.Popen(["./condor_exec.exe", job["Arguments"]], cwd=sandbox, env={"PATH": "/usr/bin:/bin"}, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def sent_home(job, sandbox, home):
    expect(job["Out"].endswith("/"), job["Out"])  # the contents of a folder
    shutil.copytree(sandbox / job["Out"], home, dirs_exist_ok=True)


def check_merge(folder, run_dir, *study):
    manifest = run_dir / "manifest.json"
    run(TOYFARM, "collect", "--manifest", manifest)
    run(TOYFARM, "merge", "--manifest", manifest, "--out", run_dir / "merged.out.json")
    run(TOYFARM, "toys", *study, "--out-dir", folder / "plain", "--run-id", "p", "--threads", "1", cwd=folder)
    expect((run_dir / "toys.h5").read_bytes() == (folder / "plain/p/toys.h5").read_bytes(), run_dir, "is not the plain run")


def rendered(folder, config, out_dir, n_toys=N_TOYS):
    study = ("--config", config, "--n-toys", n_toys, "--seed", "7", "--gen", "mle")
    run(TOYFARM, "render", "--scheduler", "htcondor", *study, "--shards", SHARDS, "--out-dir", out_dir, "--run-id", "r", cwd=folder)
    return study, (folder / out_dir / "r").resolve()


def whole_run(folder, config, out_dir, paths):
    """Renders, takes everything away that a sandbox must not need, runs each job, and compares."""
    study, run_dir = rendered(folder, config, out_dir)
    uuid = json.loads((run_dir / "manifest.json").read_text())["uuid"]
    jobs = jobs_of(run_dir / "condor_job_transfer.sub")
    shared = jobs_of(run_dir / "condor_job.sub")
    expect(len(jobs) == len(shared) == SHARDS)
    for i, (job, other) in enumerate(zip(jobs, shared)):
        expect(job["Arguments"] == other["Arguments"] == str(i) and job["ToyfarmRun"] == other["ToyfarmRun"] == uuid, job)
        expect(job["Iwd"] == other["Iwd"] == str(run_dir) and other["Cmd"] == str(run_dir / "condor_run_one_shard.sh"), other)
        sandbox = folder / f"sandbox{i}"
        for path in paths:
            path.rename(f"{path}.away")
        process = started(job, sandbox)
        said = process.communicate(timeout=120)[0]
        for path in paths:
            pathlib.Path(f"{path}.away").rename(path)
        expect(process.returncode == 0, said, *(f.read_text() for f in sandbox.glob("results/*.stderr")))
        sent_home(job, sandbox, run_dir)
    check_merge(folder, run_dir, *study)


def evicted_run(folder, config):
    """One shard is evicted, comes home to the spool, goes on elsewhere; a checkpoint is its other way to go on."""
    study, run_dir = rendered(folder, config, "runs_evicted", 15000)
    n_stopped = 0
    for i, job in enumerate(jobs_of(run_dir / "condor_job_transfer.sub")):
        sandbox = folder / f"evicted{i}"
        process = started(job, sandbox)
        while i < 2 and process.poll() is None and not list(sandbox.glob("shard_*.run/journal.toyfarm")):
            time.sleep(0.001)
        if i < 2:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
        if process.returncode not in (0, 85, -signal.SIGTERM):
            sys.exit(f"FAILED: an evicted job ends with {process.returncode}")
        if process.returncode == 85:
            n_stopped += 1
            spool = folder / f"spool{i}"
            if i == 0:
                sent_home(job, sandbox, spool)  # an eviction
            else:
                shutil.copytree(sandbox / job["Checkpoint"], spool / job["Checkpoint"])
            shutil.rmtree(sandbox)
            sandbox.mkdir()
            for name in job["In"]:
                copied(run_dir / name, sandbox)
            shutil.copytree(spool, sandbox, dirs_exist_ok=True)
        if process.returncode != 0:
            process = resumed(job, sandbox)
            said = process.communicate(timeout=120)[0]
            expect(process.returncode == 0, said)
        sent_home(job, sandbox, run_dir)
    expect(n_stopped == 2, n_stopped, "jobs stopped, not 2: too few toys for this machine")
    check_merge(folder, run_dir, *study)


def failing_run(folder, config):
    """A job that cannot run: what there is comes home, none of it looks like a result, and the exit code says why."""
    _, run_dir = rendered(folder, config, "runs_failing")
    (run_dir / "study.toyfarm").write_bytes(b"no study")
    job = jobs_of(run_dir / "condor_job_transfer.sub")[0]
    sandbox = folder / "failing"
    process = started(job, sandbox)
    process.communicate(timeout=120)
    expect(process.returncode in (65, 66), "a broken study ends with", process.returncode)
    sent_home(job, sandbox, run_dir)
    names = {f.name for f in run_dir.glob("shard_0.*")}
    expect({"shard_0.rc", "shard_0.stderr", "shard_0.host"} <= names, names)
    expect("shard_0.out.json" not in names and "shard_0.toys.h5" not in names, names)


def program_with_mpi(folder, config):
    """R3: a program that is linked with MPI goes along under its own name, and that it does is said."""
    _, usual = rendered(folder, config, "runs_usual")
    manifest = json.loads((usual / "manifest.json").read_text())
    expect(manifest["staged_program"]["name"] == "toyfarm-local" and manifest["staged_program"]["links_mpi"] is False, manifest["staged_program"])
    alone = folder / "alone"
    alone.mkdir()
    shutil.copy2(TOYFARM, alone / "toyfarm")
    said = run(TOYFARM, "render", "--scheduler", "htcondor", "--config", config, "--n-toys", "5", "--shards", "1", "--out-dir", "runs_mpi", "--run-id", "r",
               "--toyfarm-bin", alone / "toyfarm", cwd=folder).stderr
    expect("no toyfarm-local beside" in said and "linked with MPI" in said and "--toyfarm-bin" in said, "not said:", said)
    run_dir = folder / "runs_mpi/r"
    manifest = json.loads((run_dir / "manifest.json").read_text())
    expect(manifest["staged_program"] == {"name": "toyfarm", "source": str(alone / "toyfarm"), "links_mpi": True}, manifest["staged_program"])
    expect((run_dir / "toyfarm").exists() and not (run_dir / "toyfarm-local").exists(), list(run_dir.iterdir()))
    job = jobs_of(run_dir / "condor_job_transfer.sub")[0]
    process = started(job, folder / "with_mpi")
    said = process.communicate(timeout=120)[0]
    expect(process.returncode == 0, said)
    sent_home(job, folder / "with_mpi", run_dir)
    run(TOYFARM, "collect", "--manifest", run_dir / "manifest.json", "--in-place")
    again = json.loads((run_dir / "manifest.json").read_text())
    expect(again["staged_program"] == manifest["staged_program"], "collect forgets the program that went along")


PIECES = ["'", '"', "`", "\\", "$", "#", " ", ",", ";", "&", "(", ")", "{", "%j", "$(id)", "${HOME}", "$$(x)", "$(DOLLAR)", "$ENV(HOME)", "$F(x)",
          "é", "漢字", "-", "@=end", "queue 3", "=", ":", "a", "run_1", "..", "'' ", '""', "if false", "include : x"]


def hostile_directories(folder, config):
    """Directories of any name: HTCondor's parser gets back what was meant, or render refuses."""
    rng = random.Random(3)
    _, model = rendered(folder, config, "runs_hostile")
    text = (model / "condor_job_transfer.sub").read_text()
    n_taken = 0
    for i in range(40):
        word = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))
        words = [TOYFARM, "render", "--scheduler", "htcondor", "--config", config, "--n-toys", "5", "--seed", "1", "--shards", "2", "--out-dir",
                 f"./h{i}{word}e", "--run-id", "r", "--condor-requirements", f'(Machine != "{word.replace(chr(92), "").replace(chr(34), "")}")']
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
        run_dir = folder / f"h{i}{word}e" / "r"
        expect(done.returncode in (0, 64), word, done.stderr)
        if done.returncode == 0:
            n_taken += 1
            for name in ("condor_job.sub", "condor_job_transfer.sub"):
                ads = list(htcondor.Submit((run_dir / name).read_text()).jobs(count=0))
                expect(len(ads) == 2 and ads[1]["Iwd"] == os.path.normpath(run_dir), word, ads[0]["Iwd"])
                expect(os.path.samefile(os.path.dirname(ads[0]["Cmd"]), run_dir), word, ads[0]["Cmd"])
    expect(n_taken >= 10, "only", n_taken, "directories taken")
    # Faster than render: the same rules, applied to one rendered file.
    for i in range(1000):
        word = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))
        if "$$" in word or "$(DOLLAR)" in word or '"' in word or "\\" in word:
            continue
        escaped = word.replace("$", "$(DOLLAR)")
        ad = next(iter(htcondor.Submit(re.sub(r"(?m)^\+ToyfarmRun = .*$", lambda _: f'+ToyfarmRun = "{escaped}"', text)).jobs(count=0)))
        expect(ad["ToyfarmRun"] == word, word, ad["ToyfarmRun"])


def main():
    base = HERE / "base"
    one, two = base / "a, b/data.csv", base / "c d/data.csv"
    write_columns(one, 1, 500)
    write_columns(two, 2, 700)
    write_spec(base / "spec.json", ["a, b/data.csv", two])  # relative and absolute
    write_spec(base / "specs here/spec.yaml", ["../a, b/data.csv", "../c d/data.csv"])
    whole_run(base, "spec.json", "runs", [one, two])
    for sandbox in base.glob("sandbox*"):
        shutil.rmtree(sandbox)
    shutil.rmtree(base / "plain")
    whole_run(base, "specs here/spec.yaml", "runs, of $x 'y'", [one, two])
    shutil.rmtree(base / "plain")
    evicted_run(base, "spec.json")
    failing_run(base, "spec.json")
    program_with_mpi(base, "spec.json")
    if not htcondor:
        print("SKIPPED in part: no Python htcondor below 25; bash cmake/install-deps.sh --all puts it into build/venv")
        return
    for code in (0, 1, 64, 65, 66, 70, 73, 76):
        expect(not remains(code), "exit code", code, "is tried again")
    for code in (74, 75, 126, 127, 137, 139):
        expect(remains(code), "exit code", code, "is not tried again")
    expect(remains(0, by_signal=True), "a signal is not tried again")
    hostile_directories(base, "spec.json")


main()
