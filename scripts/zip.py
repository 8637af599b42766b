"""Writes a folder as a zip archive that has the same bytes whenever it is made: zip.py PARENT FOLDER OUTPUT SECONDS."""
import pathlib
import sys
import time
import zipfile

parent, folder, output, seconds = sys.argv[1:]
date = time.gmtime(max(int(seconds), 315532800))[:6]  # zip knows no date before 1980
with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for path in sorted(pathlib.Path(parent, folder).rglob("*")):
        if path.is_file():
            info = zipfile.ZipInfo(path.relative_to(parent).as_posix(), date)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, path.read_bytes())
