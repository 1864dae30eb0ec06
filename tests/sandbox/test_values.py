import math
import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.sandbox.inside import values
from autograder.sandbox.inside.values import (
    DTYPES,
    MAX_BUFFER_BYTES,
    MAX_NODES,
    MAX_TEXT,
    Device,
    DType,
    Function,
    Handle,
    Opaque,
    Rng,
    Room,
    Tensor,
    WireError,
    buffer_sizes,
    decode,
    encode,
)

DTYPE = st.sampled_from(sorted(DTYPES))
ARRAY = DTYPE.flatmap(lambda name: arrays.arrays(DTYPES[name], arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
WRITABLE_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=True, allow_infinity=True),
    WRITABLE_TEXT,
    ARRAY,
    st.integers(0, 2**64 - 1).map(Handle),
    st.integers(0, 2**64 - 1).map(Rng),
    WRITABLE_TEXT.map(DType),
    WRITABLE_TEXT.map(Device),
    WRITABLE_TEXT.map(Function),
)


def nest(items):
    return st.one_of(st.lists(items, max_size=3), st.lists(items, max_size=3).map(tuple), st.dictionaries(WRITABLE_TEXT, items, max_size=3))


VALUE = LEAF
for _ in range(values.MAX_DEPTH):
    VALUE = st.one_of(LEAF, nest(VALUE))


def travelled(value, *, inward=True):
    """The value as the other side gets it, with the sizes checked as `frames` does."""
    buffers = []
    tree = encode(value, buffers)
    raw = [np.frombuffer(bytearray(buffer), np.uint8) for buffer in buffers]
    assert [one.nbytes for one in raw] == list(buffer_sizes(tree))
    rest = iter(raw)
    came = decode(tree, rest, inward=inward)
    assert next(rest, None) is None
    return came


def same(one, other):
    """Equal in type and bits, NaN and the sign of zero included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return one == other


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of VALUE, when a draw is rejected
@given(VALUE)
@example([[[[1]]]])
@example([float("nan"), float("inf"), float("-inf"), -0.0])
@example([np.float64("nan"), np.array(-0.0), np.zeros((0, 5)), np.array([], bool)])
@example([-(2**63), 2**63 - 1, "\0"])
def test_every_value_comes_through_bit_for_bit(value):
    def plain(item):
        match item:
            case np.generic():
                return np.asarray(item)
            case list():
                return [plain(one) for one in item]
            case tuple():
                return tuple(plain(one) for one in item)
            case dict():
                return {key: plain(one) for key, one in item.items()}
        return item

    assert same(travelled(value), plain(value))


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_every_dtype_comes_through_in_any_byte_order_and_layout(name):
    plain = np.arange(24).reshape(2, 3, 4).astype(DTYPES[name])
    for array in (plain, plain.T, plain[:, ::-2], np.asfortranarray(plain), plain.astype(plain.dtype.newbyteorder(">")), plain[1, 1, 1]):
        came = travelled(array)
        assert came.dtype == plain.dtype
        assert came.dtype.isnative
        assert np.array_equal(came, array)
        assert came.flags.writeable
        assert came.flags.c_contiguous


def test_a_long_double_travels_as_the_float64_nearest_to_it():
    got = travelled(np.array([1, 2.5], np.longdouble) / 3)
    assert got.dtype == np.float64
    assert np.array_equal(got, np.array([1, 2.5]) / 3)


def test_a_view_that_repeats_one_number_is_sent_at_full_length():
    assert np.array_equal(travelled(np.broadcast_to(np.float64(3), (2, 5))), np.full((2, 5), 3.0))


@pytest.mark.parametrize(
    ("value", "type_name"),
    [
        (2**63, "int beyond 64 bits"),
        (-(2**63) - 1, "int beyond 64 bits"),
        ({1, 2}, "set"),
        (1 + 2j, "complex"),
        (b"bytes", "bytes"),
        (np.array([None]), "array of dtype object"),
        (np.array(["text"]), "array of dtype str128"),
        (np.array([(1, 2)], dtype="i4,i4"), "array of dtype void64"),
        (np.array(["2026-01-01"], "M8[D]"), "array of dtype datetime64[D]"),
        (np.clongdouble(1), "array of dtype complex256"),
        ({1: 2}, "dict with keys that are not short strings"),
        ({"k" * 257: 2}, "dict with keys that are not short strings"),
        (dict.fromkeys(["\ud800", "\udfff"], 1), "dict with keys that are not short strings"),
        ("x" * (MAX_TEXT + 1), f"str of more than {MAX_TEXT} characters"),
        (np.zeros((1,) * 33), "array with 33 axes and 1 entries"),
        (np.zeros((0, 2**27)), "array with 2 axes and 0 entries"),
        (np.broadcast_to(np.uint8(0), (2**40,)), f"array with 1 axes and {2**40} entries"),
        (np.zeros(MAX_BUFFER_BYTES // 8 + 1), "more than 64 MiB of values"),
        ([np.zeros(MAX_BUFFER_BYTES // 16), np.zeros(MAX_BUFFER_BYTES // 16), 1.0], "more than 64 MiB of values"),
        ([0] * MAX_NODES, f"a collection of more than {MAX_NODES} values"),
        ([[0] * 200] * 200, f"a collection of more than {MAX_NODES} values"),
        (["x" * MAX_TEXT] * 20, "more text or structure than can travel"),
        (Handle(-1), "h beyond 64 bits"),
        (Rng(2**64), "rng beyond 64 bits"),
        (Tensor("float128", np.zeros(2)), "tensor of dtype float128"),
        (int, "type"),
        (type("Real", (float,), {})(1.0), "Real"),
        (type("Whole", (int,), {})(1), "Whole"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 80 else "",
)
def test_what_can_not_travel_says_what_it_is(value, type_name):
    assert travelled(value) == Opaque(type_name)


def test_deeper_than_four_is_cut_off_there():
    assert travelled([[[[[1]]]]]) == [[[[Opaque("list nested too deep")]]]]
    endless = []
    endless.append(endless)
    assert travelled(endless) == [[[[Opaque("list nested too deep")]]]]


def test_a_list_that_holds_itself_often_is_refused_and_not_unfolded():
    endless = []
    endless += [endless] * 5000
    assert travelled(endless) == Opaque("more text or structure than can travel")


def test_what_was_refused_leaves_neither_buffers_nor_a_smaller_room():
    buffers, room = [], Room()
    encode([np.zeros(3), [0.0] * MAX_NODES], buffers, room)
    assert buffers == []
    assert (room.nodes, room.buffer_bytes) == (MAX_NODES, MAX_BUFFER_BYTES)


def test_values_of_one_message_share_its_room():
    buffers, room = [], Room()
    half = np.zeros(MAX_BUFFER_BYTES // 2, np.uint8)
    trees = [encode(half, buffers, room) for _ in range(3)]
    assert [tree[0] for tree in trees] == ["a", "a", "x"]
    list(buffer_sizes(*trees))


def test_a_lone_surrogate_becomes_a_question_mark():
    assert travelled("a\ud800b") == "a?b"


class Liar(np.ndarray):
    """A subclass that tells everybody something else."""

    shape = property(lambda self: (7, 7))
    dtype = property(lambda self: np.dtype(np.int8))
    nbytes = property(lambda self: 1)

    def __array__(self, *_args, **_options):
        return np.zeros((9, 9))

    def __array_finalize__(self, _other):
        pass

    def __array_function__(self, *_):
        return np.zeros((8, 8))

    def tobytes(self, *_):
        return b"lies"

    __len__ = __iter__ = __getitem__ = view = astype = tobytes


def test_an_array_that_lies_is_sent_as_the_bytes_it_holds():
    plain = np.arange(6.0).reshape(2, 3)
    assert same(travelled(plain.view(Liar)), plain)


def test_a_masked_array_is_sent_as_the_numbers_below_the_mask():
    assert same(travelled(np.ma.array([1.0, 2.0], mask=[True, False])), np.array([1.0, 2.0]))


def test_collections_that_lie_are_sent_as_what_they_hold():
    class Endless(list):
        def __iter__(self):
            while True:
                yield 1

        def __len__(self):
            return 0

    class Changing(dict):
        def items(self):
            return {"other": 1}.items()

    assert travelled(Endless([1, 2])) == [1, 2]
    assert travelled(Changing(a=1)) == {"a": 1}


def test_a_class_that_claims_to_be_another_is_told_by_its_own_name():
    class Claims:
        __module__ = "torch"
        __class__ = np.ndarray

        def detach(self):
            raise AssertionError

    assert travelled(Claims()) == Opaque("Claims")


# ---- torch


@pytest.fixture(scope="module")
def torch():
    import torch

    return torch


@pytest.mark.parametrize("name", [*sorted(set(DTYPES)), "bfloat16"])
def test_tensors_come_through_with_their_dtype(torch, name):
    dtype = getattr(torch, name)
    plain = torch.arange(6).reshape(2, 3).to(dtype)
    for tensor in (plain, plain.T, plain[:, 1:], plain[1, 1], plain[:0]):
        came = travelled(tensor)
        assert came.dtype == name
        wanted = tensor.to(torch.float32) if name == "bfloat16" else tensor
        assert same(came.array, np.array(wanted.numpy(), order="C"))


def test_bfloat16_keeps_what_is_not_finite(torch):
    came = travelled(torch.tensor([math.nan, math.inf, -math.inf, -0.0, 1.0], dtype=torch.bfloat16)).array
    assert math.isnan(came[0])
    assert came[1:].tobytes() == np.array([np.inf, -np.inf, -0.0, 1.0], np.float32).tobytes()


def test_parameters_conjugates_and_negatives_are_sent_as_what_they_stand_for(torch):
    parameter = torch.nn.Parameter(torch.ones(2))
    assert travelled(parameter).array.tolist() == [1.0, 1.0]
    number = torch.tensor([1 + 2j])
    assert travelled(number.conj()).array.tolist() == [1 - 2j]
    assert travelled(number.conj().imag).array.tolist() == [-2.0]


def test_tensors_without_plain_memory_are_opaque(torch):
    assert travelled(torch.eye(2).to_sparse()) == Opaque("sparse_coo tensor of dtype float32")
    assert travelled(torch.zeros(2, dtype=torch.float8_e5m2)) == Opaque("strided tensor of dtype float8_e5m2")


def test_a_tensor_subclass_is_sent_as_the_bytes_it_holds(torch):
    class Lying(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, arguments=(), options=None):
            return super().__torch_function__(function, types, arguments, options or {})

        def detach(self):
            return torch.zeros(9)

    assert travelled(torch.ones(2).as_subclass(Lying)).array.tolist() == [1.0, 1.0]


@given(arrays.arrays(np.float32, 8, elements=st.floats(width=32)))
def test_a_tensor_from_outside_is_rounded_to_bfloat16_as_torch_does(numbers):
    import torch

    came = travelled(Tensor("bfloat16", numbers))
    wanted = torch.from_numpy(numbers).to(torch.bfloat16).to(torch.float32).numpy()
    assert np.array_equal(came.array, wanted, equal_nan=True)
    assert np.array_equal(travelled(came).array, came.array, equal_nan=True)


def test_a_tensor_from_outside_keeps_its_dtype():
    assert travelled(Tensor("float16", np.array([0.5]))).array.dtype == np.float16


# ---- what a box may send instead

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["a", "t", "l", "d", "f", "float64"])
    ),
    lambda items: st.one_of(st.lists(items, max_size=4), st.dictionaries(st.text(max_size=4), items, max_size=3)),
    max_leaves=20,
)
TAGGED = st.recursive(
    st.one_of(
        JSON,
        st.tuples(st.sampled_from(["a", "t"]), DTYPE, st.lists(st.integers(-2, 2**27), max_size=34)).map(list),
        st.tuples(st.sampled_from("bishx"), JSON).map(list),
    ),
    lambda items: st.tuples(st.sampled_from(["l", "u"]), st.lists(items, max_size=4)).map(list),
    max_leaves=10,
)


@given(TAGGED)
@settings(max_examples=400)
@example(["a", "float64", [0, 2**26, 2**26, 2**26]])
@example(["a", "float64", [2**26] * 32])
@example(["a", "int8", [True]])
@example(["a", "int8", [1.0]])
@example(["a", "object", [1]])
@example(["a", "bfloat16", [1]])
@example(["a", "V2147483647", [1]])
@example(["b", 1])
@example(["i", True])
@example(["i", 2**63])
@example(["l", {}])
@example(["d", [["k", None]]])
@example(["f", 1.0])
@example([])
@example([["l"]])
def test_an_arbitrary_tree_is_decoded_or_refused_and_nothing_else(tree):
    try:
        sizes = list(buffer_sizes(tree))
    except WireError:
        return
    if sum(sizes) < 1 << 20:
        decode(tree, iter([np.zeros(size, np.uint8) for size in sizes]))


def nested(depth):
    tree = None
    for _ in range(depth):
        tree = ["l", [tree]]
    return tree


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (nested(11), "values nested too deep"),
        (nested(900), "values nested too deep"),
        (["l", [None] * (2 * MAX_NODES)], "too many values"),
        (["a", "float64", [MAX_BUFFER_BYTES // 8 + 1]], f"more than {MAX_BUFFER_BYTES} bytes of values"),
        (["l", [["a", "int8", [MAX_BUFFER_BYTES]], ["f"]]], f"more than {MAX_BUFFER_BYTES} bytes of values"),
        (["a", "int8", [1] * 33], "impossible shape"),
        (["a", "int8", [-1]], "impossible shape"),
        (["a", "int8", [-1, -1]], "impossible shape"),
        (["a", "int8", [2**64]], "impossible shape"),
        (["a", "int8", [0, 2**26, 2**26]], "impossible shape"),
        (["a", "complex256", [1]], "unknown dtype"),
        (["a", "O", [1]], "unknown dtype"),
        (["s", "x" * (MAX_TEXT + 1)], "a value is not described by a known tag"),
        (["d", {"k" * 257: None}], "a key is too long"),
        (["pickle", "x"], "a value is not described by a known tag"),
        (["h", -1], "a value is not described by a known tag"),
        ("f", "a value is not described as a tagged list"),
        ({"a": 1}, "a value is not described as a tagged list"),
        ([1, 2], "a value is not described as a tagged list"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 80 else "",
)
def test_a_tree_beyond_the_format_is_refused_by_name(tree, words):
    with pytest.raises(WireError, match=words):
        list(buffer_sizes(tree))


def test_the_trees_of_a_message_share_one_budget():
    with pytest.raises(WireError, match="more than 67108864 bytes of values"):
        list(buffer_sizes(["a", "int8", [MAX_BUFFER_BYTES]], ["f"]))


@pytest.mark.parametrize("noun", [Rng(5), DType("load"), Device("cuda:7"), Function("__builtins__")])
def test_what_is_for_the_box_alone_never_comes_out_of_it(noun):
    """A check may hand an answer on to trusted code, where a name would be looked up."""
    assert travelled([noun, {"k": (noun,)}], inward=False) == [Opaque(type(noun).__name__), {"k": (Opaque(type(noun).__name__),)}]


def test_a_bool_is_made_of_zero_and_one_whatever_the_byte():
    assert decode(["a", "bool", [3]], iter([np.array([0, 2, 255], np.uint8)])).view(np.uint8).tolist() == [0, 1, 1]
