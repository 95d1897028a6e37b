#!/usr/bin/env bash
# Makes this checkout ready to run and to test: system libraries, then .venv from the hash-pinned requirements,
# then the project itself, editable. Run again, it looks at its stamp and leaves within a second.
#
# Changes the system only as root, and only by the one apt-get line it prints. Without root it stops if the program
# cannot run, and goes on with a word if only tests would miss something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=requirements/dev.txt
stamp_file=.venv/setup.stamp

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# ---------------------------------------------------------------- what the system must have

# What Qt loads, by the names the loader looks for; PySide6 ships the rest. Then programs. Each with its Debian package.
libraries_to_run="
    libEGL.so.1:libegl1 libGL.so.1:libgl1 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3
    libglib-2.0.so.0:libglib2.0-0 libxkbcommon.so.0:libxkbcommon0 libxkbcommon-x11.so.0:libxkbcommon-x11-0
    libX11-xcb.so.1:libx11-xcb1 libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4
    libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-randr.so.0:libxcb-randr0
    libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1"
programs_to_run="dbus-daemon:dbus dbus-run-session:dbus gnome-keyring-daemon:gnome-keyring"
programs_to_test="
    softhsm2-util:softhsm2 cc:build-essential pdfsig:poppler-utils pdftotext:poppler-utils pdftoppm:poppler-utils pdfgrep:pdfgrep
    mutool:mupdf-tools openssl:openssl curl:curl"

# The first Python that is new enough; one that can make a virtual environment is preferred.
find_python() {
    local check
    for check in 'import ensurepip, venv' ''; do
        for candidate in python3.13 python3.12 python3.11 python3; do
            if "$candidate" -c "import sys; assert sys.version_info >= (3, 11); $check" >/dev/null 2>&1; then
                command -v "$candidate"
                return
            fi
        done
    done
    return 1
}

# Whether there is an environment that still runs, and was made to its end: pip comes last.
works() { .venv/bin/python -c 'import sys, pip; assert sys.version_info >= (3, 11)' 2>/dev/null; }

# Debian packages that are missing, one a line: those the program needs, or those only tests need.
missing_packages() {
    local pair known python
    case $1 in
    run)
        known=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p)
        for pair in $libraries_to_run; do
            case $known in *"${pair%:*} "*) ;; *) echo "${pair#*:}" ;; esac
        done
        for pair in $programs_to_run; do
            command -v "${pair%:*}" >/dev/null || echo "${pair#*:}"
        done
        if works; then
            :
        elif ! python=$(find_python); then
            echo python3
            echo python3-venv
        elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
        fi
        ;;
    test)
        for pair in $programs_to_test; do
            command -v "${pair%:*}" >/dev/null || echo "${pair#*:}"
        done
        tesseract --list-langs 2>/dev/null | grep -qx vie || echo tesseract-ocr-vie
        # Debian keeps the server's programs off the PATH.
        command -v initdb /usr/lib/postgresql/*/bin/initdb >/dev/null || echo postgresql
        ;;
    esac | sort -u
}

prepare_linux() {
    local to_run to_test line
    to_run=$(missing_packages run)
    to_test=$(missing_packages test)
    [ -n "$to_run$to_test" ] || return 0
    # shellcheck disable=SC2086 # one word for each package is meant
    line=$(echo apt-get install -y --no-install-recommends $to_run $to_test)
    if ! command -v apt-get >/dev/null; then
        say "missing here, by their Debian names:" $to_run $to_test
    elif [ "$(id -u)" = 0 ]; then
        say "$line"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq -o DPkg::Lock::Timeout=300 >&2 || say "apt-get update failed; trying with what is known"
        # shellcheck disable=SC2086
        $line -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 >&2
        hash -r
        to_run=$(missing_packages run)
        to_test=$(missing_packages test)
        [ -z "$to_run$to_test" ] || die "still missing after installing:" $to_run $to_test
    else
        say "run this, then come back:  sudo $line"
    fi
    [ -z "$to_run" ] || exit 1
    [ -z "$to_test" ] || say "going on without" $to_test "(the tests that use them will be skipped)"
}

# Qt comes whole on macOS and keys live in its own keychain, so only tools of the tests can be missing.
prepare_macos() {
    local pair missing=""
    for pair in softhsm2-util:softhsm pdfsig:poppler initdb:postgresql@17; do
        command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
    done
    tesseract --list-langs 2>/dev/null | grep -qx vie || missing="$missing tesseract-lang"
    [ -z "$missing" ] || say "tests will be skipped that need:  brew install$missing"
    find_python >/dev/null || die "Python 3.11 or newer is missing:  brew install python@3.13"
}

case $(uname -s) in
Linux) prepare_linux ;;
Darwin) prepare_macos ;;
*) die "this script knows Linux and macOS; README.md tells the way on Windows" ;;
esac

# ---------------------------------------------------------------- the environment

digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

stamp="$PWD $(cat "$requirements" pyproject.toml installer/setup.sh | digest)"
if works && [ -f "$stamp_file" ] && [ "$(cat "$stamp_file")" = "$stamp" ]; then
    exit 0
fi

# An environment is bound to its path: one that was moved with its folder is made anew.
if ! works || { [ -f "$stamp_file" ] && [[ $(cat "$stamp_file") != "$PWD "* ]]; }; then
    python=$(find_python)
    say "making .venv with $("$python" -V)"
    "$python" -m venv --clear .venv
fi
rm -f "$stamp_file"
say "installing $(grep -c '==' "$requirements") pinned packages: about a minute the first time"
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }
pip install --require-hashes -r "$requirements"
pip install --no-deps --no-build-isolation --editable .

QT_QPA_PLATFORM=offscreen .venv/bin/python -c 'from PySide6.QtWidgets import QApplication; QApplication([])' ||
    die "Qt does not start: see its message above"
printf '%s\n' "$stamp" >"$stamp_file"
say "ready"
