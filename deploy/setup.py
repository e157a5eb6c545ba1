"""Makes the two environments from their lock files; the standard library only, Python 3.8 or later.

``.venv-rasa`` (Python 3.10) holds Rasa, ``.venv`` (3.11 or later) everything else. The installer is
uv, itself pinned by hash in ``deploy/uv.lock``. A second run with the same lock files does nothing.
Set ``PYTHON_RASA`` or ``PYTHON_DESK`` to an interpreter to choose it by hand.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".tools")
UV = os.path.join(TOOLS, "bin", "uv")
ENVIRONMENTS = (
    # folder, lock file, variable that chooses the interpreter, versions in order of preference
    (".venv-rasa", "bot/requirements.lock", "PYTHON_RASA", ("3.10",)),
    (".venv", "requirements.lock", "PYTHON_DESK", ("3.12", "3.11", "3.13")),
)
LOCKS = (
    ("deploy/uv.in", "deploy/uv.lock", "3.8"),
    ("bot/requirements.in", "bot/requirements.lock", "3.10"),
    ("requirements.in", "requirements.lock", "3.11"),
)
# Both environments and uv's cache.
FREE_BYTES = 25 * 10**8
# A .pth line that starts with "import" runs at every start of the environment's interpreter.
STAND_IN = "import sys; sys.path.append(%r); import bot.absent; bot.absent.install()\n"


class Unable(Exception):
    """Something outside the project is missing; the message says what to do."""


def main():
    os.chdir(ROOT)
    try:
        if "--lock" in sys.argv:
            lock()
            return 0
        for environment in ENVIRONMENTS:
            make(*environment)
    except Unable as problem:
        print("make: %s" % problem, file=sys.stderr)
        return 1
    return 0


def make(folder, lock_file, variable, versions):
    """Create one environment unless it already is what its lock file says."""
    stamp = os.path.join(folder, "made-from")
    wanted = digest(lock_file) + " " + ROOT  # an environment does not survive being moved
    if os.path.isfile(stamp) and read(stamp) == wanted:
        return
    need_uv()
    need_disk()
    python = interpreter(variable, versions)
    started = time.time()
    print("Installing %s from %s …" % (folder, lock_file), flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    uv("venv", "--quiet", "--python", python, folder)
    inside = os.path.join(folder, "bin", "python")
    options = ("--quiet", "--require-hashes", "--compile-bytecode")
    uv("pip", "sync", "--python", inside, *options, lock_file)
    if folder == ".venv-rasa":
        stand_in(folder)
    with open(stamp, "w") as stream:
        stream.write(wanted)
    print("… %s is ready (%.0f s)." % (folder, time.time() - started), flush=True)


def stand_in(folder):
    """Let Rasa's imports of what ``bot/overrides.txt`` leaves out pass; see ``bot/absent.py``."""
    packages = glob.glob(os.path.join(folder, "lib", "python3*", "site-packages"))[0]
    with open(os.path.join(packages, "bot-absent.pth"), "w") as stream:
        stream.write(STAND_IN % ROOT)


def interpreter(variable, versions):
    """A path or version for uv: the chosen one, one of pyenv's, one on the PATH, or a download."""
    chosen = os.environ.get(variable)
    if chosen:
        if not shutil.which(chosen):
            raise Unable("%s=%s is no interpreter." % (variable, chosen))
        return chosen
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    for version in versions:
        found = sorted(glob.glob(os.path.join(pyenv, "versions", version + ".*", "bin", "python")))
        candidates = [*reversed(found), shutil.which("python" + version)]
        for candidate in candidates:
            if candidate and runs(candidate, version):
                return candidate
    for version in versions:
        if not subprocess.run([UV, "python", "find", version], **silent()).returncode:
            return version
    print("No Python %s here; trying to download one …" % " or ".join(versions), flush=True)
    if subprocess.run([UV, "python", "install", versions[0]], **silent()).returncode:
        raise Unable(
            "Python %s is missing and could not be downloaded. Install it (for example: pyenv"
            " install %s) or set %s to its path." % (" or ".join(versions), versions[0], variable)
        )
    return versions[0]


def runs(candidate, version):
    """Whether an interpreter starts and is of this version; pyenv's shims may do neither."""
    code = "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '" + version + "')"
    return not subprocess.run([candidate, "-c", code], **silent()).returncode


def need_uv():
    """uv in its own small environment, from the package index, checked by hash."""
    stamp = os.path.join(TOOLS, "made-from")
    wanted = digest("deploy/uv.lock")
    if os.path.isfile(stamp) and read(stamp) == wanted:
        return
    print("Installing uv …", flush=True)
    shutil.rmtree(TOOLS, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", TOOLS]).returncode:
        raise Unable("Python's venv module is missing (Debian: apt-get install python3-venv).")
    pip = [os.path.join(TOOLS, "bin", "python"), "-m", "pip", "--disable-pip-version-check"]
    if subprocess.run(
        [*pip, "install", "-q", "--require-hashes", "-r", "deploy/uv.lock"]
    ).returncode:
        raise Unable("uv could not be installed; is the Python package index reachable?")
    with open(stamp, "w") as stream:
        stream.write(wanted)


def need_disk():
    free = shutil.disk_usage(ROOT).free
    if free < FREE_BYTES:
        raise Unable(
            "too little disk space: %.1f GB free, %.0f GB needed. Make room and run again."
            % (free / 1e9, FREE_BYTES / 1e9)
        )


def lock():
    """Renew every lock file. No index address goes into them."""
    need_uv()
    for source, target, version in LOCKS:
        options = ["--quiet", "--generate-hashes", "--no-annotate", "--no-header"]
        if source == "bot/requirements.in":
            options += ["--override", "bot/overrides.txt"]
        else:
            options.append("--universal")  # Rasa's pins exist for one Python only
        uv("pip", "compile", source, "--python-version", version, *options, "-o", target)


def uv(*arguments):
    if subprocess.run([UV, *arguments]).returncode:
        raise Unable("`uv %s` failed; see above." % " ".join(arguments[:2]))


def digest(file):
    with open(file, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def read(file):
    with open(file) as stream:
        return stream.read()


def silent():
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


if __name__ == "__main__":
    sys.exit(main())
