# -*- coding: utf-8 -*-
"""Instances of the user classes of `frozen_shapes`."""

from __future__ import absolute_import, print_function, unicode_literals

import frozen_shapes as shapes
from frozen_values.registry import value


def with_attribute(one):
    one.note = "kept"
    return one


@value()
def old_style():
    return shapes.OldStyle()


@value()
def old_style_init_args():
    return shapes.OldStyleInitArgs(3, 4)


@value()
def old_style_state():
    return shapes.OldStyleState()


@value()
def old_style_class():
    return shapes.OldStyle


@value()
def plain():
    return shapes.Plain(a=1, text="two", items=[3])


@value()
def plain_many():
    return [shapes.Plain(index=index) for index in range(90)]


@value()
def plain_recursive():
    one = shapes.Plain()
    one.me = one
    return one


@value()
def plain_sharing():
    shared = shapes.Plain(value=1)
    return [shared, {"again": shared}, (shared,)]


@value()
def empty():
    return shapes.Empty()


@value()
def slotted():
    return shapes.Slotted(1, [2])


@value()
def slotted_half():
    one = shapes.Slotted(1, 2)
    del one.y
    return one


@value()
def slotted_and_dict():
    return shapes.SlottedAndDict(1, 2, "three")


@value()
def with_state():
    return shapes.WithState(36.6)


@value()
def with_false_state():
    return shapes.WithFalseState()


@value()
def reduced():
    return shapes.Reduced("some text")


@value()
def reduced_all():
    return with_attribute(shapes.ReducedAll([1, 2, 3]))


@value()
def reduced_map():
    one = shapes.make_reduced_map("made")
    one.update({"a": 1, "b": 2})
    return one


@value()
def reduced_by_protocol():
    return shapes.ReducedByProtocol(-1)


@value()
def singleton():
    return shapes.THE_SINGLETON


@value()
def new_args():
    return shapes.NewArgs(5)


@value((3, 6))
def new_args_ex():
    return shapes.NewArgsEx(5, unit="cm")


@value((3, 6))
def new_args_keywords_only():
    from frozen_shapes.modern import KeywordOnlyNew

    return KeywordOnlyNew(size=7)


@value()
def list_of():
    return with_attribute(shapes.ListOf([1, 2]))


@value()
def dict_of():
    return with_attribute(shapes.DictOf(a=1))


@value()
def set_of():
    return with_attribute(shapes.SetOf([1, 2]))


@value()
def frozenset_of():
    return with_attribute(shapes.FrozenSetOf([1, 2]))


@value()
def tuple_of():
    return with_attribute(shapes.TupleOf((1, 2)))


@value()
def int_of():
    return with_attribute(shapes.IntOf(5))


@value()
def float_of():
    return with_attribute(shapes.FloatOf(0.5))


@value()
def str_of():
    return with_attribute(shapes.StrOf("text"))


@value()
def bytes_of():
    return with_attribute(shapes.BytesOf(b"raw"))


@value()
def bytearray_of():
    return with_attribute(shapes.ByteArrayOf(b"raw"))


@value()
def ordered_of():
    return with_attribute(shapes.OrderedOf([("z", 1), ("a", 2)]))


@value()
def deque_of():
    return with_attribute(shapes.DequeOf([1, 2], 5))


@value()
def default_of():
    return shapes.DefaultOf(shapes.Empty, {"a": 1})


@value()
def stamp_of():
    return shapes.StampOf(2026, 11, 22, 20, 24)


@value()
def amount_of():
    return shapes.AmountOf("3.50")


@value()
def user_named_tuple():
    return shapes.Point(1, y=[2])


@value()
def user_named_tuple_with_methods():
    return shapes.PointWithMethods(1, 2)


@value()
def outer():
    return shapes.Outer()


@value((3, 4))
def inner():
    return shapes.Outer.Inner()


@value((3, 4))
def innermost():
    return shapes.Outer.Inner.Innermost()


@value((3, 4))
def inner_classes():
    return [shapes.Outer, shapes.Outer.Inner, shapes.Outer.Inner.Innermost]


@value((3, 4))
def bound_methods():
    one = shapes.Outer()
    return [one.method, shapes.Outer.made, one]


@value((3, 4))
def static_and_plain_methods():
    return [shapes.Outer.nothing, shapes.Outer.method]


@value()
def metaclassed():
    one = shapes.Metaclassed()
    one.a = 1
    return [one, shapes.Metaclassed]


@value()
def user_error():
    return shapes.PlainError("message", 2)


@value()
def user_error_detailed():
    return shapes.DetailedError("message", code=5)


@value()
def user_error_reduced():
    return shapes.ReducedError("key", 5)


@value()
def ring():
    first, second = shapes.Node("first"), shapes.Node("second")
    first.peers.append(second)
    second.peers.append(first)
    return first


@value()
def node_in_its_own_set():
    one = shapes.Node("member")
    one.peers = {one}
    return one


@value()
def user_function():
    return [shapes.function, shapes.make_reduced_map]


@value()
def user_classes():
    return [shapes.Plain, shapes.Point, shapes.ListOf]


@value()
def callable_instance():
    return shapes.Caller()


@value()
def user_objects_as_keys():
    return {shapes.Offset(5): "five"}


@value((3, 6))
def user_enum():
    from frozen_shapes.modern import Colour

    return [Colour.RED, Colour.GREEN, Colour.BLUE, Colour.RED]


@value((3, 6))
def user_int_enum():
    from frozen_shapes.modern import Level

    return {Level.LOW: Level.HIGH}


@value((3, 6))
def user_flag():
    from frozen_shapes.modern import Access

    return [Access.READ, Access.READ | Access.WRITE, Access.ALL, Access(0)]


@value((3, 6))
def user_int_flag():
    from frozen_shapes.modern import Bits

    return [Bits.A | Bits.C, Bits(0)]


@value((3, 6))
def user_text_enum():
    from frozen_shapes.modern import TextChoice

    return TextChoice.YES


@value((3, 6))
def user_enum_nested():
    from frozen_shapes.modern import Holder

    return Holder.Mode.ON


@value((3, 6))
def user_enum_class():
    from frozen_shapes.modern import Colour

    return Colour


@value((3, 6))
def typed_named_tuple():
    from frozen_shapes.modern import Record

    return [Record("a"), Record("b", count=2)]


@value((3, 7))
def generic_instance():
    from frozen_shapes.modern import Box

    return Box([1])


@value((3, 6))
def user_buffer():
    from frozen_shapes.modern import ReducesToBuffer

    return ReducesToBuffer(b"raw content")


@value((3, 8))
def state_setter():
    from frozen_shapes.modern import StateSetter

    one = StateSetter()
    one.level = 9
    return one


@value((3, 7))
def dataclass():
    from frozen_shapes.modern import Card

    return Card("hearts", 12, ["queen"])


@value((3, 7))
def dataclass_frozen():
    from frozen_shapes.modern import FrozenCard

    return FrozenCard("spades", 1)


@value((3, 7))
def dataclass_nested():
    from frozen_shapes.modern import Card, Deck

    return Deck("Kim", [Card("a"), Card("b", 2)])


@value((3, 10))
def dataclass_slotted():
    from frozen_shapes.modern import SlottedCard

    return SlottedCard("clubs", 3)


@value((3, 10))
def dataclass_frozen_slotted():
    from frozen_shapes.modern import FrozenSlottedCard

    return FrozenSlottedCard(suit="clubs", rank=4)


@value((3, 11))
def user_str_enum():
    from frozen_shapes.modern import Shout

    return [Shout.HEY, Shout.HO]
