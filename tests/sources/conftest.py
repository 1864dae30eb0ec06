"""Builders of archives and of folders with submissions."""

import io
import tarfile
import zipfile

import pytest


@pytest.fixture
def make_zip(tmp_path):
    """Return a function: {name: text or bytes} -> path of a zip archive."""

    def make(entries, name="class.zip", **options):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", compression=options.pop("compression", zipfile.ZIP_DEFLATED)) as archive:
            for entry, content in entries.items() if isinstance(entries, dict) else entries:
                archive.writestr(entry, content)
        return path

    return make


@pytest.fixture
def make_tar(tmp_path):
    """Return a function: [(TarInfo or name, bytes)] -> path of a tar archive."""

    def make(entries, name="class.tar.gz"):
        path = tmp_path / name
        with tarfile.open(path, "w:gz" if name.endswith("gz") else "w") as archive:
            for entry, content in entries.items() if isinstance(entries, dict) else entries:
                info = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo(entry)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return path

    return make


@pytest.fixture
def make_tree(tmp_path):
    """Return a function: {place: text} -> folder with these files."""

    def make(files, name="in"):
        for place, text in files.items():
            path = tmp_path / name / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / name

    return make
