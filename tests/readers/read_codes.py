#!/usr/bin/env python3
"""Read the codes that the nansen program draws with two readers of other people.

usage: read_codes.py NANSEN_PROGRAM DEMO_FOLDER

Codes of versions 5 to 20 at 4 pixels a module, and request.png and response.png of the demo, are
read as drawn by zbarimg (Debian zbar-tools) and zxing-cpp (PyPI), and by zxing-cpp through each
view of a cheap phone's camera (NANSEN_CAMERA, by default ../shared/tools/camera.py next to the
project; needs opencv-python-headless and numpy). Every reader must return the text exactly.

Under CI a missing tool is a failure; elsewhere what needs it is skipped, and a line says so.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]

# Largest file that one code of the version carries at level L.
FILE_BYTES = {5: 100, 10: 260, 15: 502, 19: 764, 20: 830}

# How the texts of the demo's codes begin.
DEMO_PREFIXES = {"request.png": "N1Q:", "response.png": "N1R:"}

# zxing-cpp's usual threshold follows the local mean, which noise of sigma 30 over modules of
# 4 pixels pulls along: about half of such codes are read (8 of 15). Its fixed threshold reads
# all of them, and none of the dim view, which the usual one reads.
BINARIZERS = {"noise30": "FixedThreshold"}
USUAL_BINARIZER = "LocalAverage"

failures = []
skipped = set()


def skip(what):
    """Notes a missing tool: a failure under CI."""
    if what in skipped:
        return
    skipped.add(what)
    if "CI" in os.environ:
        failures.append(f"missing: {what}")
    else:
        print(f"skipped: {what} is missing")


def load_zxing():
    """The function that reads one picture with zxing-cpp, or None."""
    try:
        import cv2
        import zxingcpp
    except ImportError as error:
        skip(f"Python package {error.name}")
        return None

    def read(picture, view="clean"):
        binarizer = BINARIZERS.get(view, USUAL_BINARIZER)
        found = zxingcpp.read_barcodes(
            cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE),
            formats=zxingcpp.BarcodeFormat.QRCode,
            binarizer=getattr(zxingcpp.Binarizer, binarizer),
        )
        return [code.text for code in found]

    return read


def load_zbar():
    """The function that reads one picture with zbarimg, or None."""
    program = shutil.which("zbarimg")
    if program is None:
        skip("zbarimg (Debian package zbar-tools)")
        return None

    def read(picture):
        command = [program, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return found.stdout.splitlines()

    return read


def camera():
    """The program that makes views of a picture, or None."""
    default = PROJECT.parent / "shared/tools/camera.py"
    path = pathlib.Path(os.environ.get("NANSEN_CAMERA", default))
    if path.is_file():
        return path.resolve()
    skip(f"{path}: set NANSEN_CAMERA")
    return None


def draw(nansen, version, folder):
    """Draws a file as one code of `version` and returns the picture and the code's text."""
    file = folder / f"{version}.bin"
    # Every byte value, in an order that repeats only after 65,536 bytes.
    file.write_bytes(bytes((i * i * 7 + i // 3 + version) % 256 for i in range(FILE_BYTES[version])))
    picture, texts = file.with_suffix(".png"), file.with_suffix(".txt")
    for out in picture, texts:
        command = [nansen, "qr", "encode", str(file), "--scale", "4"]
        command += ["--version-max", str(version), "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = texts.read_text().splitlines()
    if len(lines) != 1:
        sys.exit(f"{FILE_BYTES[version]} bytes take {len(lines)} codes of version {version}")
    if 4 * (17 + 4 * version) > width(picture) or width(picture) >= 4 * (17 + 4 * version + 32):
        sys.exit(f"{picture} is not of version {version}: {width(picture)} pixels wide")
    return picture, lines[0]


def width(picture):
    """Width of a PNG: the first number of its first chunk."""
    return int.from_bytes(picture.read_bytes()[16:20], "big")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    # An absolute path, or one below here: no name is looked up in PATH.
    nansen, demo = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    zxing, zbar, views = load_zxing(), load_zbar(), camera()
    if not zxing and not zbar:
        end(0, {})
    read = 0

    def check(what, expected, found):
        nonlocal read
        read += 1
        if found != [expected]:
            failures.append(f"{what} read {len(found)} codes, not the one drawn")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        drawn = {f"version {version}": draw(nansen, version, folder) for version in FILE_BYTES}
        for name, prefix in DEMO_PREFIXES.items():
            picture = demo / name
            # What one reader says is what the other must say.
            texts = (zbar or zxing)(picture)
            if len(texts) != 1 or not texts[0].startswith(prefix):
                failures.append(f"{picture}: {len(texts)} codes, not one that starts {prefix}")
                continue
            drawn[name] = picture, texts[0]

        for what, (picture, text) in drawn.items():
            if zbar:
                check(f"{what}: zbarimg", text, zbar(picture))
            if zxing:
                check(f"{what}: zxing-cpp", text, zxing(picture))
            if zxing and views:
                seen = folder / "views" / picture.stem
                seen.mkdir(parents=True)
                command = [sys.executable, str(views), str(picture), str(seen)]
                subprocess.run(command, check=True)
                for view in sorted(seen.glob("*.png")):
                    label = f"{what}: zxing-cpp through {view.stem}"
                    check(label, text, zxing(view, view.stem))

    end(read, drawn)


def end(read, drawn):
    """Tells the outcome and ends the program."""
    print(f"{read} readings of {len(drawn)} codes, {len(failures)} failures")
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
