# -*- coding: utf-8 -*-
"""Text and bytes."""

from __future__ import absolute_import, print_function, unicode_literals

from frozen_values.registry import value


@value()
def str_empty():
    return ""


@value()
def str_ascii():
    return "spam and eggs"


@value()
def str_escapes():
    return "tab\t newline\n return\r quote' double\" backslash\\ nul\0 delete\x7f \\u0041 \\n"


@value()
def str_latin():
    return "café übergrößen ÿ"


@value()
def str_korean():
    return "옹기 독 항아리"


@value()
def str_astral():
    return "\U0001f40d and \U00010000 \U0010ffff"


@value()
def str_lone_surrogates():
    return "\ud800 middle \udfff"


@value()
def str_line_separators():
    return "a\x1cb\x1db\x1ec\x85d\u2028e\u2029f\x0bg\x0ch"


@value()
def str_255():
    return "x" * 255


@value()
def str_256():
    return "x" * 256


@value()
def str_256_bytes_of_utf8():
    return "é" * 128


@value()
def str_longer_than_a_frame():
    return "0123456789abcdef" * 4100


@value()
def str_repeated():
    return ["again", "again", "and", "again"]


@value()
def native_str_ascii():
    return str("native")


@value()
def native_str_escapes():
    return str("quote' double\" backslash\\ newline\n tab\t nul\0")


@value()
def native_str_long():
    return str("y" * 300)


@value()
def native_str_in_dict():
    return {str("key"): str("item")}


@value()
def bytes_empty():
    return b""


@value()
def bytes_ascii():
    return b"spam and eggs"


@value()
def bytes_utf8():
    return "옹기".encode("utf-8")


@value()
def bytes_all():
    return bytes(bytearray(range(256)))


@value()
def bytes_255():
    return b"\xff" * 255


@value()
def bytes_256():
    return b"\xfe" * 256


@value()
def bytes_longer_than_a_frame():
    return b"\x00\x01\x02\xff" * 16500


@value()
def bytes_repeated():
    one = b"same \x80 bytes"
    return [one, one, b"other"]


@value()
def bytearray_empty():
    return bytearray()


@value()
def bytearray_all():
    return bytearray(range(256))


@value()
def bytearray_long():
    return bytearray(b"\x07\xf0" * 33000)


@value()
def bytearray_shared():
    one = bytearray(b"shared")
    return [one, one, bytearray(b"shared")]


@value()
def unicode_and_native():
    return ["unicode", str("native"), "ünïcode"]


@value()
def interned_keys():
    return [{"name": number, "value": None} for number in range(5)]


@value((3, 8))
def buffer_readonly():
    from pickle import PickleBuffer

    return PickleBuffer(b"read-only content")


@value((3, 8))
def buffer_writable():
    from pickle import PickleBuffer

    return [PickleBuffer(bytearray(b"writable content")), PickleBuffer(b"")]


@value((3, 8))
def buffer_shared():
    from pickle import PickleBuffer

    one = PickleBuffer(bytearray(b"shared content"))
    return {"first": one, "second": one, "other": PickleBuffer(memoryview(bytearray(b"0123456789"))[2:5])}
