"""Archives, honest and hostile: what is taken, that the rest is a fault and never an exception, and that nothing is extracted."""

import gzip
import io
import os
import random
import stat
import tarfile
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.sources import archive_limits, collect, tar_entries, zip_entries
from autograder.sources.found import MAX_BYTES

FORMATS = ["class.zip", "class.tar", "class.tar.gz", "class.tgz", "CLASS.ZIP"]


@pytest.fixture
def make_archive(make_zip, make_tar):
    def make(entries, name="class.zip"):
        return make_zip(entries, name) if name.lower().endswith(".zip") else make_tar(entries, name)

    return make


def faults(path):
    return [(item.fault.id, dict(item.fault.params)) for item in collect([path]) if item.fault]


def contents(path):
    return {item.name: item.content for item in collect([path]) if item.fault is None}


@pytest.mark.parametrize("name", FORMATS)
def test_notebooks_are_read_from_each_format_and_nothing_is_written(make_archive, name, tmp_path):
    path = make_archive({"b.ipynb": b"B", "x/a.ipynb": b"A", "notes.txt": b"", ".h/c.ipynb": b"", "__MACOSX/._a.ipynb": b""}, name)
    assert [(item.student, item.name, item.content) for item in collect([path])] == [("b", "b.ipynb", b"B"), ("a", "x/a.ipynb", b"A")]
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", FORMATS)
def test_an_nbgrader_tree_in_an_archive_gives_its_students(make_archive, name):
    path = make_archive({"c/submitted/anna/ps1/x.ipynb": b"A", "c/source/ps1/x.ipynb": b"S", "submitted/bert/ps1/x.ipynb": b"B"}, name)
    assert [(item.student, item.content) for item in collect([path])] == [("anna", b"A"), ("bert", b"B")]


@pytest.mark.parametrize("name", FORMATS)
def test_an_archive_without_notebooks_is_told_so(make_archive, name):
    path = make_archive({"a.txt": b""}, name)
    assert faults(path) == [("source.no_notebook", {"name": name})]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "hostile", ["../x.ipynb", "a/../../x.ipynb", "/etc/x.ipynb", "C:/x.ipynb", "C:\\x.ipynb", "..\\x.ipynb", "a\n/x.ipynb"]
)
def test_a_name_that_leads_out_is_a_fault_and_the_others_are_untouched(make_archive, name, hostile):
    path = make_archive({hostile: b"H", "anna.ipynb": b"A"}, name)
    assert contents(path) == {"anna.ipynb": b"A"}
    [(message_id, params)] = faults(path)
    assert message_id == "source.unreadable"
    assert params["reason"] == "its name leads out of the archive"


@pytest.mark.parametrize("name", FORMATS)
def test_dots_and_backslashes_inside_are_honest(make_archive, name):
    assert contents(make_archive({"./x/./a.ipynb": b"A", "y\\b.ipynb": b"B"}, name)) == {"x/a.ipynb": b"A", "y/b.ipynb": b"B"}


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", FORMATS)
def test_a_name_twice_is_a_fault_not_a_choice(make_archive, name):
    path = make_archive([("a.ipynb", b"1"), ("./a.ipynb", b"2"), ("b.ipynb", b"B")], name)
    assert contents(path) == {"b.ipynb": b"B"}
    assert faults(path) == [("source.unreadable", {"name": "a.ipynb", "reason": "the archive holds several files of this name"})]


@pytest.mark.parametrize("name", FORMATS)
def test_names_that_differ_by_case_or_form_only_are_faults_each(make_archive, name):
    path = make_archive(
        [("A.ipynb", b"1"), ("a.ipynb", b"2"), ("x/\u00e9.ipynb", b"3"), ("x/e\u0301.ipynb", b"4"), ("b.ipynb", b"B")], name
    )
    assert contents(path) == {"b.ipynb": b"B"}
    found = faults(path)
    assert [params["name"] for _, params in found] == ["A.ipynb", "a.ipynb", "x/e\u0301.ipynb", "x/\u00e9.ipynb"]
    assert {params["reason"] for _, params in found} == {"the archive holds a name that differs by case only"}


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_faults(make_zip, kind):
    info = zipfile.ZipInfo("bert.ipynb")
    info.external_attr = (kind | 0o777) << 16
    path = make_zip([(info, "/etc/passwd"), ("anna.ipynb", "A")])
    assert contents(path) == {"anna.ipynb": b"A"}
    assert faults(path) == [("source.not_regular", {"name": "bert.ipynb"})]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, b"Z"]
)
def test_links_and_devices_in_a_tar_are_faults(make_tar, kind):
    info = tarfile.TarInfo("bert.ipynb")
    info.type, info.linkname = kind, "anna.ipynb"
    path = make_tar([("anna.ipynb", b"A"), (info, b""), ("carl.ipynb", b"C")])
    assert contents(path) == {"anna.ipynb": b"A", "carl.ipynb": b"C"}
    assert faults(path) == [("source.not_regular", {"name": "bert.ipynb"})]


def test_other_entries_of_any_kind_are_passed_over(make_tar):
    info = tarfile.TarInfo("data")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    assert faults(make_tar([(info, b""), ("anna.ipynb", b"A")])) == []


@pytest.mark.parametrize("name", FORMATS)
def test_an_entry_over_the_cap_is_refused_by_its_declared_size(make_archive, name):
    path = make_archive({"big.ipynb": bytes(MAX_BYTES + 1), "anna.ipynb": b"A"}, name)
    if name == "class.tar":  # not packed, so no bomb
        assert contents(path) == {"anna.ipynb": b"A"}
        assert faults(path) == [("notebook.too_large", {"got_bytes": MAX_BYTES + 1, "limit_bytes": MAX_BYTES})]
    else:
        assert any(message_id in ("notebook.too_large", "source.bad_archive") for message_id, _ in faults(path))


def test_a_bomb_in_a_zip_is_found_while_it_is_read(make_zip):
    path = make_zip({"bomb.ipynb": bytes(20 << 20), "anna.ipynb": b"A"})
    assert contents(path) == {"anna.ipynb": b"A"}
    assert faults(path) == [("source.unreadable", {"name": "bomb.ipynb", "reason": "it unpacks to hundreds of times its size"})]


def test_a_bomb_in_a_tar_ends_the_archive_but_keeps_what_came_before(make_tar):
    path = make_tar([("anna.ipynb", b"A"), ("bomb.bin", bytes(20 << 20)), ("bert.ipynb", b"B")])
    assert contents(path) == {"anna.ipynb": b"A"}
    assert faults(path) == [("source.bad_archive", {"name": "class.tar.gz", "reason": "it unpacks to hundreds of times its size"})]


def test_an_empty_page_of_blanks_is_no_bomb(make_zip):
    assert contents(make_zip({"anna.ipynb": " " * 1_000_000})) == {"anna.ipynb": b" " * 1_000_000}


def test_many_small_bombs_are_one_bomb(make_zip):
    found = faults(make_zip({f"{number}.ipynb": b" " * (1 << 20) for number in range(8)}))
    assert found[0] == ("source.unreadable", {"name": "1.ipynb", "reason": "it unpacks to hundreds of times its size"})
    assert len(found) == 7


def test_entries_that_share_packed_data_are_refused_and_no_others(make_zip):
    path = make_zip({f"{name}.ipynb": name * 2000 for name in "abcd"}, compression=zipfile.ZIP_STORED)
    with zipfile.ZipFile(path) as archive:
        offsets = [entry.header_offset for entry in archive.infolist()]
    content = bytearray(path.read_bytes())
    place = content.index(b"c.ipynb", content.index(b"PK\1\2")) - 4  # of its offset in the list of entries
    content[place : place + 4] = (offsets[1] + 100).to_bytes(4, "little")
    path.write_bytes(content)
    reason = "it shares its packed data with another"
    assert faults(path) == [("source.unreadable", {"name": f"{name}.ipynb", "reason": reason}) for name in "bc"]
    assert set(contents(path)) == {"a.ipynb", "d.ipynb"}


def test_a_declared_size_that_lies_is_not_believed(make_zip):
    path = make_zip({"anna.ipynb": "A" * 5000, "bert.ipynb": "B"})
    packed = bytearray(path.read_bytes())
    at = packed.rfind(b"PK\1\2", 0, packed.rfind(b"PK\1\2"))
    packed[at + 24 : at + 28] = (3).to_bytes(4, "little")
    path.write_bytes(packed)
    assert contents(path) == {"bert.ipynb": b"B"}
    assert faults(path) == [("source.unreadable", {"name": "anna.ipynb", "reason": "it is damaged"})]


@pytest.mark.parametrize("name", ["class.zip", "class.tar"])
def test_the_sum_of_all_entries_is_capped(make_archive, name, monkeypatch):
    monkeypatch.setattr(archive_limits, "MAX_TOTAL_BYTES", 30_000)
    path = make_archive({f"{i}.ipynb": random.Random(i).randbytes(9000) for i in range(5)}, name)
    assert 1 <= len(contents(path)) <= 3
    assert faults(path) == [("source.bad_archive", {"name": name, "reason": "it unpacks to more than 30000 bytes"})]


def test_too_many_entries_are_refused(make_zip, make_tar, monkeypatch):
    monkeypatch.setattr(zip_entries, "MAX_ENTRIES", 3)
    monkeypatch.setattr(tar_entries, "MAX_ENTRIES", 3)
    entries = {f"{i}.ipynb": b"x" for i in range(4)}
    assert faults(make_zip(entries)) == [("source.bad_archive", {"name": "class.zip", "reason": "it holds 4 entries; at most 3 are taken"})]
    found = faults(make_tar(entries))
    assert found == [("source.bad_archive", {"name": "class.tar.gz", "reason": "it holds more than 3 entries"})]


def test_a_directory_that_would_fill_the_memory_is_refused_unread(make_zip, monkeypatch):
    monkeypatch.setattr(zip_entries, "MAX_DIRECTORY_BYTES", 100)
    path = make_zip({f"{i}.ipynb": b"x" for i in range(4)})
    assert faults(path) == [
        ("source.bad_archive", {"name": "class.zip", "reason": "its list of entries has 212 bytes; at most 100 are taken"})
    ]


def test_the_zip64_form_is_refused(make_zip):
    path = make_zip({"a.ipynb": "A"})
    packed = path.read_bytes()
    at = packed.rfind(b"PK\5\6")
    path.write_bytes(packed[:at] + b"PK\6\7" + bytes(16) + packed[at:])
    reason = "it is in the ZIP64 form, which is for archives larger than are taken"
    assert faults(path) == [("source.bad_archive", {"name": "class.zip", "reason": reason})]


def test_an_archive_over_the_cap_is_refused_unread(tmp_path):
    path = tmp_path / "class.zip"
    path.touch()
    os.truncate(path, (256 << 20) + 1)
    reason = "it has 268435457 bytes; at most 268435456 are taken"
    assert faults(path) == [("source.bad_archive", {"name": "class.zip", "reason": reason})]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(make_zip, method):
    path = make_zip({"anna.ipynb": "A"}, compression=method)
    assert faults(path) == [("source.unreadable", {"name": "anna.ipynb", "reason": "it is packed by another method than deflate"})]


def test_an_encrypted_entry_is_told_so(make_zip):
    path = make_zip({"anna.ipynb": "A"})
    packed = bytearray(path.read_bytes())
    packed[packed.rfind(b"PK\1\2") + 8] |= 1
    path.write_bytes(packed)
    assert faults(path) == [("source.unreadable", {"name": "anna.ipynb", "reason": "it is encrypted"})]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [b"", b"{}", b"PK\3\4", b"\x1f\x8b", b"x" * 2048])
def test_what_is_no_archive_is_told_so(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    [(message_id, params)] = faults(tmp_path / name)
    assert message_id == "source.bad_archive"
    assert params["name"] == name
    assert params["reason"]


def test_an_archive_that_is_a_link_or_can_not_be_opened_is_a_fault(make_zip, tmp_path, monkeypatch):
    path = make_zip({"a.ipynb": "A"})
    (tmp_path / "link.zip").symlink_to(path)
    assert faults(tmp_path / "link.zip") == [("source.not_regular", {"name": "link.zip"})]

    def deny(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("autograder.sources.files.os.open", deny)
    assert faults(path) == [("source.withheld", {"name": "class.zip", "reason": "Permission denied"})]


def test_a_tar_that_is_damaged_in_the_middle_does_not_lose_the_rest_in_silence(make_tar):
    path = make_tar({"a.ipynb": b"A", "b.ipynb": b"B", "c.ipynb": b"C"}, "class.tar")
    packed = path.read_bytes()
    path.write_bytes(packed[:1024] + b"junk" * 128 + packed[1536:])
    assert contents(path) == {"a.ipynb": b"A"}
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "it is damaged or cut off"})]


@pytest.mark.parametrize("length", [512, 700, 1024, 1500])
def test_a_tar_that_is_cut_off_is_told_so(make_tar, length):
    path = make_tar({"a.ipynb": b"A" * 600, "b.ipynb": b"B"}, "class.tar")
    path.write_bytes(path.read_bytes()[:length])
    assert [message_id for message_id, _ in faults(path)] == ["source.bad_archive"]


def test_a_gzip_that_is_cut_off_keeps_what_came_before(make_tar):
    path = make_tar({"a.ipynb": b"A", "b.ipynb": random.Random(1).randbytes(100_000)})
    path.write_bytes(path.read_bytes()[:50_000])
    assert contents(path) == {"a.ipynb": b"A"}
    assert [message_id for message_id, _ in faults(path)] == ["source.bad_archive"]


def header(kind, size, name=b"x"):
    info = tarfile.TarInfo(name.decode())
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_an_extended_header_of_impossible_size_is_refused_unread(tmp_path, kind):
    path = tmp_path / "class.tar"
    path.write_bytes(header(kind, 5 << 20) + bytes(6 << 20))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "a header in it has an impossible size"})]


def test_a_negative_size_does_not_send_the_reader_round_in_circles(tmp_path):
    path = tmp_path / "class.tar"
    path.write_bytes(header(tarfile.REGTYPE, -1024, b"a.ipynb") + bytes(4096))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "a header in it has an impossible size"})]


def test_a_size_beyond_any_file_s_is_refused(tmp_path):
    path = tmp_path / "class.tar"
    path.write_bytes(header(tarfile.REGTYPE, 1 << 80, b"a.ipynb") + bytes(4096))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "a header in it has an impossible size"})]


def attributes(*records):
    content = b"".join(records)
    return (
        header(tarfile.XHDTYPE, len(content)) + content.ljust(-(-len(content) // 512) * 512, b"\0") + header(tarfile.REGTYPE, 1, b"a.ipynb")
    )


@pytest.mark.timeout(20)
@pytest.mark.parametrize("size", [b"9" * 400, b"-1024", b"x"])
def test_an_attribute_that_gives_an_impossible_size_is_refused(tmp_path, size):
    path = tmp_path / "class.tar"
    record = b" size=" + size + b"\n"
    path.write_bytes(attributes(b"%d%b" % (len(record) + len(str(len(record) + 2)), record)) + bytes(4096))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "a header in it has an impossible size"})]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("record", [b"a" * 40, b"0 a=b\n", b"1 a=b\n", b"000000000000000 a=b\n"])
def test_an_attribute_without_its_length_does_not_send_the_reader_round_in_circles(tmp_path, record):
    path = tmp_path / "class.tar"
    path.write_bytes(attributes(b"12 mtime=12\n", record) + bytes(4096))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "it is damaged or cut off"})]


def test_an_endless_chain_of_headers_is_a_fault(tmp_path):
    path = tmp_path / "class.tar"
    path.write_bytes((header(tarfile.GNUTYPE_LONGNAME, 5) + b"a.ipy".ljust(512, b"\0")) * 5000)
    assert [message_id for message_id, _ in faults(path)] == ["source.bad_archive"]


def record(key, value):
    """A record of an extended header, which begins with its own length."""
    rest = f" {key}={value}\n".encode()
    length = len(rest) + next(digits for digits in (1, 2, 3, 4) if len(str(len(rest) + digits)) == digits)
    return str(length).encode() + rest


def extended(content, kind=tarfile.XHDTYPE):
    return header(kind, len(content)) + content + bytes(-len(content) % 512)


def test_name_and_size_in_an_extended_header_count_for_one_entry_only(tmp_path):
    path = tmp_path / "class.tar"
    comment = extended(record("comment", "of all") + record("path", "z.ipynb"), tarfile.XGLTYPE)
    told = extended(record("mtime", "1.5") + record("path", "x/é.ipynb") + record("size", "3"))
    path.write_bytes(
        comment + told + header(tarfile.REGTYPE, 0) + b"abc".ljust(512, b"\0") + header(tarfile.REGTYPE, 1, b"b.ipynb") + b"B" + bytes(1535)
    )
    assert contents(path) == {"x/é.ipynb": b"abc", "b.ipynb": b"B"}


@pytest.mark.parametrize("content", [b"5 path=x\n", b"path=x\n", b"99999999999999999999 path=x\n", b"7" * 5000, b"9 path=x ", b" 9 a=b\n"])
def test_an_extended_header_that_lies_ends_the_archive(tmp_path, content):
    path = tmp_path / "class.tar"
    path.write_bytes(extended(content) + header(tarfile.REGTYPE, 0, b"a.ipynb") + bytes(1024))
    assert [message_id for message_id, _ in faults(path)] == ["source.bad_archive"]


def test_a_header_of_a_million_digits_takes_no_time(tmp_path):
    path = tmp_path / "class.tar"
    path.write_bytes(extended(b"7" * (1 << 20)) + bytes(1024))
    began = time.perf_counter()
    assert [message_id for message_id, _ in faults(path)] == ["source.bad_archive"]
    assert time.perf_counter() - began < 5


def test_extended_headers_are_counted_together_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tar_entries, "MAX_HEADERS_BYTES", 1000)
    path = tmp_path / "class.tar"
    path.write_bytes((extended(record("comment", "x" * 390)) + header(tarfile.REGTYPE, 0, b"a.txt")) * 3 + bytes(1024))
    assert faults(path) == [("source.bad_archive", {"name": "class.tar", "reason": "its headers hold more than 1000 bytes"})]


def test_the_map_of_a_sparse_file_is_passed_over(tmp_path):
    path = tmp_path / "class.tar"
    keys = record("GNU.sparse.major", 1) + record("GNU.sparse.minor", 0) + record("GNU.sparse.name", "s.ipynb")
    numbers = b"1000000\n" + b"0\n" * 2_000_000
    sparse = extended(keys) + header(tarfile.REGTYPE, len(numbers)) + numbers + bytes(-len(numbers) % 512)
    older = bytearray(header(tarfile.GNUTYPE_SPARSE, 0, b"t.ipynb"))
    older[482:483], older[148:156] = b"\1", b" " * 8
    older[148:156] = b"%06o\0 " % sum(older)
    blocks = bytes(504) + b"\1" + bytes(7) + bytes(512)
    path.write_bytes(sparse + older + blocks + header(tarfile.REGTYPE, 1, b"b.ipynb") + b"B" + bytes(1535))
    assert contents(path) == {"b.ipynb": b"B"}
    assert faults(path) == [("source.not_regular", {"name": "s.ipynb"}), ("source.not_regular", {"name": "t.ipynb"})]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "hostile", ["a/" * 20_000 + "x.ipynb", "a/" * 60 + "x.ipynb", "W" * 2000 + ".ipynb", "submitted/" + "a/" * 60 + "b.txt"]
)
def test_a_name_without_end_is_a_fault_of_one_line(make_archive, name, hostile):
    path = make_archive({hostile: b"H", "anna.ipynb": b"A"}, name)
    assert contents(path) == {"anna.ipynb": b"A"}
    for message_id, params in faults(path):
        assert (message_id, params["reason"]) == ("source.unreadable", "its name is longer than a file's can be")
        assert len(params["name"]) < 100
    assert len(faults(path)) == hostile.endswith(".ipynb")


def test_a_sparse_file_is_not_regular(tmp_path):
    path = tmp_path / "class.tar"
    path.write_bytes(header(tarfile.GNUTYPE_SPARSE, 0, b"a.ipynb") + bytes(1024))
    assert faults(path)[0] == ("source.not_regular", {"name": "a.ipynb"})


def packed_as(name, entries):
    buffer = io.BytesIO()
    if name == "class.zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in entries.items():
                archive.writestr(zipfile.ZipInfo(entry), content)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry, content in entries.items():
            info = tarfile.TarInfo(entry)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0) if name.endswith("gz") else buffer.getvalue()


HONEST = {name: packed_as(name, {"é" * 60 + ".ipynb": b"A" * 40, "x/b.ipynb": b"B"}) for name in ("class.zip", "class.tar", "class.tar.gz")}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(sorted(HONEST)))
def test_no_damage_to_an_archive_is_ever_an_exception(data, name, tmp_path):
    packed = bytearray(HONEST[name])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(packed) - 1))
        packed[at] = data.draw(st.integers(0, 255))
    path = tmp_path / name
    path.write_bytes(packed[: data.draw(st.integers(1, len(packed)))] if data.draw(st.booleans()) else packed)
    assert collect([path])
