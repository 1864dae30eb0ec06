"""Changes a JSON document in a place or two, with knowledge of what readers of JSON stumble over."""

import copy
import json

EDGES = (
    *(None, True, False, 0, -1, 1, 2, 255, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**999, -(10**999)),
    *(0.5, 4.0, -0.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf")),
    *(
        "",
        "\0",
        "\ud800",
        "\udfff\ud800",
        "é",
        "e\u0301",
        "\u2028",
        "\u202e",
        "\x1b[2J",
        "\U0001d4b3",
        "<script>",
        "=1+1",
        "../x",
        "x" * 300,
        "x" * 70_000,
    ),
    *([], {}, [[]], [None], {"": None}),
)
MOST_NODES = 20_000


def changed(document, rng, words=(), times=None):
    """A copy of `document` with one to four changes.

    Args:
        document: of JSON values.
        rng: a random.Random; it alone decides.
        words: values of the format at hand, to put in beside those above.
        times: how many changes.
    """
    root = [copy.deepcopy(document)]
    for _ in range(times or rng.choice((1, 1, 1, 2, 4))):
        places = _places(root)
        holder, key = rng.choice(places)
        rng.choice(_CHANGES)(holder, key, rng, words, places)
    return root[0] if root else None


def written(document, rng):
    """The document as bytes, in one of the ways of writing JSON; lone surrogates come as escapes or as they are."""
    text = json.dumps(document, ensure_ascii=rng.random() < 0.6, indent=rng.choice((None, None, 1)))
    return text.encode("utf-8", "surrogatepass")


def bits(data, rng, most=8):
    """`data` with a few of its bytes changed, put in, taken out or copied elsewhere, or cut off."""
    data = bytearray(data)
    for _ in range(rng.randint(1, most)):
        at = rng.randrange(len(data) + 1)
        how = rng.randrange(6)
        if how == 0 and at < len(data):
            data[at] = rng.choice((0, 1, 0x22, 0x2C, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x7F, 0x80, 0xC3, 0xED, 0xFF, rng.randrange(256)))
        elif how == 1 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif how == 2:
            del data[at : at + rng.choice((1, 1, 2, 4, 100))]
        elif how == 3:
            data[at:at] = bytes([rng.randrange(256)]) * rng.choice((1, 1, 2, 4, 8))
        elif how == 4 and rng.randrange(3) == 0:
            del data[at:]
        else:
            start = rng.randrange(len(data) + 1)
            data[at:at] = data[start : start + rng.choice((1, 4, 16, 200))]
    return bytes(data)


def _places(root):
    """Every place in the document as (what holds it, key or index), down to the first MOST_NODES."""
    places, pending = [], [root]
    while pending and len(places) < MOST_NODES:
        holder = pending.pop()
        for key, value in list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder)):
            places.append((holder, key))
            if isinstance(value, dict | list):
                pending.append(value)
    return places


def _is_there(holder, key):
    """An earlier change may have taken it away."""
    return key in holder if isinstance(holder, dict) else key < len(holder)


def _replace(holder, key, rng, words, _places):
    if _is_there(holder, key):
        holder[key] = copy.deepcopy(rng.choice((*EDGES, *words) if rng.random() < 0.5 or not words else words))


def _remove(holder, key, _rng, _words, places):
    if _is_there(holder, key) and holder is not places[0][0]:
        del holder[key]


def _double(holder, key, rng, _words, _places):
    if not _is_there(holder, key):
        return
    if isinstance(holder, dict):
        holder[f"{key}{rng.choice(('', '2', ' '))}"] = copy.deepcopy(holder[key])
    else:
        for _ in range(rng.choice((1, 1, 2, 40))):
            holder.insert(rng.randrange(len(holder) + 1), copy.deepcopy(holder[key]))


def _copy_over(holder, key, rng, _words, places):
    other, its = rng.choice(places)
    if _is_there(holder, key) and _is_there(other, its):
        holder[key] = copy.deepcopy(other[its])


def _swap(holder, key, rng, _words, _places):
    if not _is_there(holder, key):
        return
    other = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _rename(holder, key, rng, words, _places):
    if isinstance(holder, dict) and key in holder:
        names = [word for word in words if isinstance(word, str)] or ["", "x", "id"]
        holder[rng.choice((*names, key + "\0", "\ud800", "k" * 300))] = holder.pop(key)


def _deepen(holder, key, rng, _words, _places):
    if _is_there(holder, key):
        for _ in range(rng.choice((1, 1, 2, 12, 60))):
            holder[key] = [holder[key]]


def _nudge(holder, key, rng, words, places):
    """A number by a little, a text by a few characters."""
    if not _is_there(holder, key):
        return
    value = holder[key]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        _replace(holder, key, rng, words, places)
    elif isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        texts = [word for word in (*EDGES, *words) if isinstance(word, str) and len(word) < 400]
        holder[key] = rng.choice((value[:at], value[at:], value[:at] + rng.choice(texts) + value[at:], value * 2, value.upper()))
    else:
        holder[key] = rng.choice((value + 1, value - 1, -value, value * 2, value * 0))


_CHANGES = (_replace, _replace, _remove, _double, _copy_over, _swap, _rename, _deepen, _nudge, _nudge)
