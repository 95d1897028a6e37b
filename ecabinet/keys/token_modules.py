"""Where the makers of tokens put their PKCS #11 modules."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

MODULES_VARIABLE = "ECABINET_PKCS11_MODULES"
"""Environment variable: paths of modules, separated as in PATH. They are looked at instead of the places known here."""

# What authorities in Viet Nam and makers of smart cards install: names with the version left open, in %SystemRoot%.
_WINDOWS = (
    "vnptca_p11_v*.dll",
    "vnpt-ca_csp11*.dll",
    "viettel-ca_v*.dll",
    "fptca_v*.dll",
    "nca_v*.dll",
    "BkavCA*.dll",
    "CA2*_csp11*.dll",
    "eps2003csp11*.dll",
    "eTPKCS11.dll",
    "SignatureP11.dll",
)
_WINDOWS_PROGRAMS = (
    "OpenSC Project/OpenSC/pkcs11/opensc-pkcs11.dll",
    "Yubico/Yubico PIV Tool/bin/libykcs11.dll",
    "SoftHSM2/lib/softhsm2-x64.dll",
)
_MACOS = (
    "/usr/local/lib/vnptca_p11_v*.dylib",
    "/usr/local/lib/viettel-ca_v*.dylib",
    "/usr/local/lib/libeps2003csp11*.dylib",
    "/usr/local/lib/libeTPkcs11.dylib",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
    "/usr/local/lib/libykcs11.dylib",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_LINUX = (
    "opensc-pkcs11.so",
    "libeTPkcs11.so",
    "libeToken.so",
    "libeps2003csp11*.so",
    "libcastle*.so*",
    "libykcs11.so*",
    "softhsm/libsofthsm2.so",
)
_LINUX_FOLDERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/lib/*-linux-gnu")


def known_modules() -> tuple[Path, ...]:
    """The modules on this machine: those that the setting names, there or not, else those found in known places."""
    if named := os.environ.get(MODULES_VARIABLE):
        return tuple(Path(each) for each in named.split(os.pathsep) if each)
    found: dict[Path, Path] = {}
    for path in _places():
        found.setdefault(path.resolve(), path)  # a library and the links to it are one
    return tuple(found.values())


def _places() -> Iterator[Path]:
    if sys.platform == "win32":
        system = Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32"
        # `…_s.dll` beside a module is the maker's provider for Windows itself, which speaks no PKCS #11.
        yield from (each for name in _WINDOWS for each in sorted(system.glob(name)) if not each.stem.endswith("_s"))
        programs = Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))
        yield from (programs / name for name in _WINDOWS_PROGRAMS if (programs / name).is_file())
    elif sys.platform == "darwin":
        root = Path("/")
        yield from (each for name in _MACOS for each in sorted(root.glob(name[1:])))
    else:
        root = Path("/")
        folders = [each for folder in _LINUX_FOLDERS for each in sorted(root.glob(folder[1:]))]
        yield from (each for name in _LINUX for folder in folders for each in sorted(folder.glob(name)))
