"""Compiles the modules that each request passes through, by mypyc, into the wheel: hatchling asks this file.

Which modules, stands in pyproject.toml. They lie in the wheel as Python too: that is the truth, and what a traceback shows.
It happens where a C compiler and the headers of Python are, and for wheels only: an editable installation runs what one edits,
so nothing compiled ever lies beside it. `IZIN_COMPILE=0` leaves it, `IZIN_COMPILE=1` fails where it cannot be done.
"""

import os
import shlex
import shutil
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WISH = "IZIN_COMPILE"
#: The shared library with all of them, which lies beside the package; what takes a module's place only points to it.
LIBRARY = "izin"


class Compiled(BuildHookInterface[Any]):
    """See above."""

    #: Where the compiled modules are until they are in the wheel.
    _made: TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """What else must be installed to make the wheel."""
        return [] if missing() else list(self.config["needs"])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before a wheel is put together. Where one has asked for it by name, an error is one."""
        if version == "editable":
            return
        why = missing()
        if why is None:
            self._made = TemporaryDirectory(prefix="izin-compiled-")
            try:
                compile_into(Path(self._made.name), self.config["modules"])
            except (Exception, SystemExit) as error:
                if wish() == "1":
                    raise
                why = f"compiling failed: {error}"
        elif wish() == "1":
            raise SystemExit(f"{WISH}=1, but {why}")
        if why is not None or self._made is None:
            self.app.display_warning(f"The wheel is pure Python: {why}.")
            return
        made = Path(self._made.name)
        build_data["force_include"] |= {str(path): str(path.relative_to(made)) for path in made.rglob("*.so")}
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written."""
        if self._made is not None:
            self._made.cleanup()


def wish() -> str:
    """What was asked for: ``1`` by all means, ``0`` not at all, else if it can be done."""
    return os.environ.get(WISH, "")


def missing() -> str | None:
    """Why nothing is compiled, None if it is."""
    if wish() == "0":
        return f"{WISH}=0"
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler})"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "the headers of Python are missing (Debian: python3-dev)"
    return None


def compile_into(folder: Path, modules: list[str]) -> None:
    """Compile modules, named by their paths, into a folder laid out as they are."""
    import setuptools
    from mypyc.build import mypycify

    with TemporaryDirectory(prefix="izin-c-") as scratch:
        extensions = mypycify(
            ["--config-file=pyproject.toml", f"--cache-dir={scratch}/types", *modules],
            opt_level="2",
            debug_level="0",
            multi_file=True,  # several compilers at once, each with less to hold
            target_dir=f"{scratch}/c",
            group_name=LIBRARY,
        )
        made = setuptools.Distribution({"name": LIBRARY, "ext_modules": extensions})
        build = made.get_command_obj("build_ext")
        build.build_lib, build.build_temp, build.parallel = str(folder), f"{scratch}/o", os.cpu_count()
        build.ensure_finalized()
        build.run()
