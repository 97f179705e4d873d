"""Names the platform of the wheel, which holds a native library and no extension module.

On Linux it is the oldest manylinux (PEP 600) whose glibc has every symbol that the library asks
for, so that pip takes the wheel wherever it runs and nowhere else.
"""

import pathlib
import re
import sys
import sysconfig

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class NativeLibrary(BuildHookInterface):
    """Tells hatchling that the wheel is for one platform and any Python 3."""

    def initialize(self, version, build_data):
        """Sets the wheel's tag; refuses to make a wheel without the library."""
        package = pathlib.Path(self.root, "src", "nansen")
        libraries = [path for path in package.iterdir() if path.suffix in (".so", ".dylib", ".dll")]
        if version != "editable" and len(libraries) != 1:
            raise RuntimeError(f"{package} holds {len(libraries)} libraries: run cargo xtask python")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform(libraries)}"


def platform(libraries):
    """The platform's tag, by the library where that decides."""
    own = re.sub(r"[-.]", "_", sysconfig.get_platform())
    if not (sys.platform == "linux" and libraries):
        return own
    asked = re.findall(rb"GLIBC_2\.(\d+)", libraries[0].read_bytes())
    if not asked:
        return own
    return own.replace("linux_", f"manylinux_2_{max(map(int, asked))}_", 1)
