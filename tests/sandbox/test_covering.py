"""What a box may not show is found at its known places, and covered wherever a bind would show it."""

import os

import pytest

from autograder.sandbox import covering, policy
from autograder.sandbox.covering import Bind, differentiating, seen_at
from autograder.sandbox.inside.hidden import is_hidden


def make(root, *paths):
    """Files below `root`, and folders where a path ends in a slash."""
    for path in paths:
        place = root / path
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("")


@pytest.fixture
def found(monkeypatch):
    """Return a function: prefix, sites -> what is found, as paths relative to the prefix; nothing of this machine's /usr."""
    monkeypatch.setattr(covering.glob, "glob", lambda pattern, glob=covering.glob.glob: [] if pattern.startswith("/usr") else glob(pattern))

    def find(prefix, *sites):
        return {os.path.relpath(path, prefix) for path in differentiating(str(prefix), [str(site) for site in sites])} - {"envs", "pkgs"}

    return find


def test_what_is_hidden_is_covered_at_each_place_where_a_bind_would_show_it(tmp_path):
    site = tmp_path / "prefix" / "lib" / "site-packages"
    make(site, "autograder/", "torch/lib/libtorch.so", "autograd.py")
    binds = [Bind(str(tmp_path / "prefix"), "/prefix"), Bind(str(site), "/site/0"), Bind(str(tmp_path / "other"), "/other")]
    assert seen_at([f"{site}/autograder"], binds) == {
        "/prefix/lib/site-packages/autograder": f"{site}/autograder",
        "/site/0/autograder": f"{site}/autograder",
    }
    assert seen_at([f"{site}/absent"], binds) == {}
    assert list(seen_at([f"{site}/torch", f"{site}/torch/lib", f"{site}/autograd.py"], binds[1:])) == [
        "/site/0/torch",
        "/site/0/autograd.py",
    ]
    assert list(seen_at([f"{site}/torch", str(site)], binds)) == ["/prefix/lib/site-packages", "/site/0"]


def test_a_package_is_found_in_each_of_its_forms(tmp_path, found):
    make(
        tmp_path,
        *("site/torch/nn/__init__.py", "site/torch.libs/libgomp.so", "site/torch_xla/", "site/autograd.py", "site/sympy-1.0-py3.11.egg/"),
        *(
            "site/mygrad.cpython-311-x86_64-linux-gnu.so",
            "site/__pycache__/autograd.cpython-311.pyc",
            "site/__pycache__/six.cpython-311.pyc",
        ),
        *("site/torch-2.0.dist-info/RECORD", "site/jax-1.egg-info/", "site/numpy/", "site/torchy/", "site/numpy.libs/", "site/six.py"),
    )
    assert found(tmp_path / "prefix", tmp_path / "site") == {
        f"../site/{name}"
        for name in (
            *("torch", "torch.libs", "torch_xla", "autograd.py", "sympy-1.0-py3.11.egg"),
            *("mygrad.cpython-311-x86_64-linux-gnu.so", "__pycache__/autograd.cpython-311.pyc"),
        )
    }


def test_folders_of_packages_that_no_box_asks_for_are_covered_whole(tmp_path, found):
    make(tmp_path, "lib/python3.11/site-packages/numpy/", "lib/python3/dist-packages/sympy/", "lib64/python3.9/site-packages/")
    asked_for = tmp_path / "lib/python3.11/site-packages"
    assert found(tmp_path, asked_for) == {"lib/python3/dist-packages", "lib64/python3.9/site-packages"}
    assert found(tmp_path) == {"lib/python3.11/site-packages", "lib/python3/dist-packages", "lib64/python3.9/site-packages"}


def test_libraries_are_found_where_the_linker_looks(tmp_path, found):
    make(
        tmp_path,
        *("lib/libtorch.so.1.13", "lib/libtorch_cpu.so", "lib/x86_64-linux-gnu/libc10.so", "lib/aarch64-linux-gnu/libcasadi.so.3"),
        *("lib/libc.so.6", "lib/libtorchlight.so", "lib/x86_64-linux-gnu/libm.so", "lib/torch.txt"),
    )
    assert found(tmp_path) == {
        *("lib/libtorch.so.1.13", "lib/libtorch_cpu.so", "lib/x86_64-linux-gnu/libc10.so", "lib/aarch64-linux-gnu/libcasadi.so.3")
    }


def test_what_a_link_leads_to_is_covered_in_its_place(tmp_path, found):
    make(tmp_path, "elsewhere/torch/", "site/")
    (tmp_path / "site" / "torch").symlink_to(tmp_path / "elsewhere" / "torch")
    (tmp_path / "site" / "jax").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path, tmp_path / "site") >= {"elsewhere/torch"}
    assert seen_at([f"{tmp_path}/elsewhere/torch", f"{tmp_path}/nowhere"], [Bind(str(tmp_path), "/x")]) == {
        "/x/elsewhere/torch": f"{tmp_path}/elsewhere/torch"
    }


def test_environments_and_archives_below_the_prefix_are_covered_whole_but_not_the_grader_s_own_packages(tmp_path):
    """pyenv and conda keep all environments below one prefix, the grader's among them; the box has its packages at a place of their own."""
    site = tmp_path / "envs" / "grader" / "lib" / "python3.11" / "site-packages"
    make(tmp_path, "pkgs/torch-2.0/", "envs/other/")
    make(site, "torch/", "numpy/")
    binds = [Bind(str(tmp_path), str(tmp_path)), Bind(str(site), "/site/0")]
    covered = seen_at(differentiating(str(tmp_path), [str(site)]), binds)
    ours = {place for place in covered if not place.startswith("/usr")}
    assert ours == {f"{tmp_path}/envs", f"{tmp_path}/pkgs", "/site/0/torch"}


def test_an_interpreter_in_a_covered_folder_is_not_chosen(monkeypatch, tmp_path):
    copied, original = tmp_path / "envs" / "x" / "bin" / "python", tmp_path / "bin" / "python"
    make(tmp_path, "envs/x/bin/python", "bin/python")
    monkeypatch.setattr(policy.sys, "executable", str(copied))
    monkeypatch.setattr(policy.sys, "_base_executable", str(original))
    binds = [Bind(str(tmp_path), str(tmp_path))]
    assert policy._python(binds) == str(copied)
    assert policy._python(binds, [f"{tmp_path}/envs"]) == str(original)


def test_a_box_for_torch_covers_nothing_but_ourselves():
    covered = [os.path.basename(place) for place in policy.runtime("torch").hidden]
    assert all(name == "autograder" or name.startswith("gradient_autograder-") for name in covered)
    assert policy.runtime("torch").hidden_files == ()
    assert any(is_hidden(os.path.basename(place)) for place in policy.runtime("numpy").hidden)
