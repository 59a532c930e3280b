"""CPython's own tests of pickle, run against onggi under a policy that trusts everything.

The exceptions are listed with their reasons in docs/reference/compatibility.md; a test there checks that both agree.
"""

from __future__ import annotations

import io
import pickle
import unittest

import pytest

import onggi
from onggi.proof import TRUST_ALL

pickletester = pytest.importorskip("test.pickletester", reason="this Python comes without its own tests")


class TrustingUnpickler(onggi.Unpickler):
    """`onggi.Unpickler` with pickle's own trust."""

    def __init__(self, file, **options):
        super().__init__(file, policy=TRUST_ALL, **options)


def trusting_loads(data, /, **options):
    return onggi.loads(data, policy=TRUST_ALL, **options)


def trusting_load(file, **options):
    return onggi.load(file, policy=TRUST_ALL, **options)


class TestModule(pickletester.AbstractPickleModuleTests, unittest.TestCase):
    dump = staticmethod(onggi.dump)
    dumps = staticmethod(onggi.dumps)
    load = staticmethod(trusting_load)
    loads = staticmethod(trusting_loads)
    Pickler = onggi.Pickler
    Unpickler = TrustingUnpickler


class TestUnpickler(pickletester.AbstractUnpickleTests, unittest.TestCase):
    unpickler = TrustingUnpickler
    bad_stack_errors = (pickle.UnpicklingError,)
    truncated_errors = (pickle.UnpicklingError, EOFError)

    def loads(self, buf, **options):
        return self.unpickler(io.BytesIO(buf), **options).load()


class TestPickler(pickletester.AbstractPickleTests, unittest.TestCase):
    pickler = onggi.Pickler
    unpickler = TrustingUnpickler

    def dumps(self, obj, proto=None, **options):
        file = io.BytesIO()
        self.pickler(file, proto, **options).dump(obj)
        return file.getvalue()

    def loads(self, buf, **options):
        return self.unpickler(io.BytesIO(buf), **options).load()


class TestInMemory(
    pickletester.AbstractPickleTests,
    pickletester.AbstractUnpickleTests,
    getattr(pickletester, "BigmemPickleTests", object),
    unittest.TestCase,
):
    # Tests of `find_class`, which Python 3.13 brings, make one of these.
    unpickler = TrustingUnpickler
    bad_stack_errors = (pickle.UnpicklingError,)
    truncated_errors = (pickle.UnpicklingError, EOFError)

    # It counts the calls of `write`, which a pickle in memory does not have; TestPickler runs it.
    test_framed_write_sizes_with_delayed_writer = None

    def dumps(self, obj, protocol=None, **options):
        return onggi.dumps(obj, protocol, **options)

    def loads(self, buf, **options):
        return trusting_loads(buf, **options)


class WithPersistentIds:
    def dumps(self, obj, proto=None):
        class PersistentPickler(onggi.Pickler):
            def persistent_id(subself, item):
                return self.persistent_id(item)

        file = io.BytesIO()
        PersistentPickler(file, proto).dump(obj)
        return file.getvalue()

    def loads(self, buf, **options):
        class PersistentUnpickler(TrustingUnpickler):
            def persistent_load(subself, pid):
                return self.persistent_load(pid)

        return PersistentUnpickler(io.BytesIO(buf), **options).load()


class TestPersistentIds(WithPersistentIds, pickletester.AbstractPersistentPicklerTests, unittest.TestCase):
    pass


class TestIdentityPersistentIds(
    WithPersistentIds, pickletester.AbstractIdentityPersistentPicklerTests, unittest.TestCase
):
    def test_protocol0_is_ascii_only(self):
        """As CPython's own, which compares the whole text: ours says the place as well."""
        text = "persistent IDs in protocol 0 must be ASCII strings"
        with pytest.raises(pickle.PicklingError, match=text):
            self.dumps("\N{EMPTY SET}", 0)
        with pytest.raises(pickle.UnpicklingError, match=text):
            self.loads(pickle.PERSID + "\N{EMPTY SET}".encode() + b"\n.")


class TestObjects(pickletester.AbstractPicklerUnpicklerObjectTests, unittest.TestCase):
    pickler_class = onggi.Pickler
    unpickler_class = TrustingUnpickler


class TestDispatchTable(pickletester.AbstractDispatchTableTests, unittest.TestCase):
    pickler_class = onggi.Pickler

    def get_dispatch_table(self):
        return pickle.dispatch_table.copy()


class CustomPickler(onggi.Pickler, pickletester.AbstractCustomPicklerClass):
    """Overrides `reducer_override`."""


class TestHooks(pickletester.AbstractHookTests, unittest.TestCase):
    pickler_class = CustomPickler
