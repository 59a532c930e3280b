"""The numbers that the walker, the judge and the dispatcher of patched opcodes share.

`kinds.pxd` holds the same numbers as C constants; the tests compare them.
"""

from __future__ import annotations

# What an abstract value is: the low bits of a value on the stack or in the memo. Where HAS_NODE is set, the other bits
# are a node.
DATA = 0  # None, a bool, a number, bytes: inert and cheap to hash; of short bytes the index of their opcode, or 0
SAFE_STR = 1  # a string that nothing calls; the other bits are the index of its opcode
STR = 2  # any other string; likewise
KEPT_STR = 3  # a string of an earlier pickle that shares the memo
BIGINT = 4  # an integer that can share its hash with others; up to here a value is plain
GLOBAL = 5  # a global; the other bits are its number
PERSISTENT = 6  # what the reader's persistent_load returns
BUFFER = 7  # an out-of-band buffer
SIMPLE = 8  # a tuple of plain values; the other bits are its hash cost
RAW = 9  # a tuple of short bytes alone, of hash cost 2; the other bits are the index of their opcode
TUPLE = 16
LIST = 17
DICT = 18
SET = 19
FROZENSET = 20
OBJECT = 21  # what a call of a global returned
KIND_BITS = 5
KIND_MASK = 31
HAS_NODE = 16

# Uses of a global, as in `onggi.proof.rules.Use`.
VALUE = 1
CALL = 2
NEW = 4
STATE = 8
APPEND = 16
SETITEM = 32
ADD = 64

# No uses, but what else a row's GUARDED column says of a global.
ITERATES = 128  # its objects give more items than they hold
PARTIAL = 256  # it is functools.partial
MAKES = 512  # it is the `__new__` of a class
DATE = 1024  # a call with bytes that are a right date, a right time, or both, needs no guard
DATETIME = 2048
TIME = 4096

# What a CALL of a global makes; from 0 on it is an object of the global of that number.
RETURNS_SELF = -1
RETURNS_ARG0 = -2
RETURNS_ATTRIBUTE = -3  # builtins.getattr of a class: the attribute is a global itself

# Columns of a global's row.
ALLOWED = 0
GUARDED = 1
RETURNS = 2
USES = 3
COUNT = 4
REFUSED = 5
ROW = 6  # columns of a row

# What is known of a node, packed into one number, which is all that is read of most nodes: its depth, two flags, and
# from COST_SHIFT on its hash cost.
DEPTH_MASK = 4194303
HEADED = 4194304  # a tuple whose first item is a global
CONTAINED = 8388608  # an object that was put into something
COST_SHIFT = 24
MAX_COST = 268435456  # costs are saturated, so that a chain of shared tuples can't overflow them

# A cost is what hashing may visit, counting shared parts each time. OPEN in it says that a part lies inside of an
# object: whether its class hashes what it holds, only building shows. Up to FEW such parts are not worth a look.
OPEN = 536870912
COST_MASK = 536870911
FEW = 32
WEIGHED = 268435456  # in the B column: there was a key with more

# A call whose arguments cost more, or which comes after a text or buffer of so many bytes, may copy much.
MANY = 1024
LARGE_BYTES = 65536

# Where the B column of an object holds the node of its state, if it is a partial.
STATE_SHIFT = 31

# Columns of what else a node keeps. A is the first item of a tuple, the global of an object, the flags of a dict; B is
# the second item of a tuple, else the hash cost of the keys. A list has neither.
A = 0
B = 1
NODE = 2  # columns of a node

# Flags of a dict.
RISKY_KEYS = 1  # it has a key that would be called, or is dunder
UNKNOWN_KEYS = 2  # it has keys that only building shows
IS_STATE = 4  # it was given to BUILD
COUNT_SHIFT = 3  # the other bits are the number of its items

# How a patch rewrites an opcode; the stack effect in comments is what the dispatcher of `codec.decode` gets.
DROP = 0  # a frame header
PAIR = 1  # (a, b, action)
ITEMS = 2  # (a, (items…), action)
TWO = 3  # (a, (b, c), action)
ONE = 4  # (a, (b,), action)
MARKED = 5  # ((items…), action)
PUSH = 6  # action
INSTEAD = 7  # action, for the two values on top
PERSISTENT_ID = 8  # (id,)
PERSISTENT_TEXT = 9  # (id,)
NO_PATCH = 10  # a vetted function stands in the place of the global
CUT = 11  # a large payload, or a buffer among such; the action is the opcode
ACTION_MASK = 31

# Actions: what the dispatcher does; the other bits are the number of the global.
DO_CALL = 0
DO_NEW = 1
DO_NEW_EX = 2
DO_STATE = 3
DO_APPEND = 4
DO_SETITEM = 5
DO_ADD = 6
DO_GLOBAL = 7
DO_INST = 8
DO_OBJ = 9
DO_SCREENED_STATE = 10
DO_COUNTED_SETITEM = 11
DO_COUNTED_ADD = 12
DO_FROZENSET = 13
DO_DICT = 14
DO_SLOT_STATE = 15
DO_PARTIAL_CALL = 16
DO_PARTIAL_NEW = 17
ACTION_BITS = 5

# Above this sum of hash costs of keys that can collide, the keys of a container are counted while it is filled.
HASH_WEIGHT = 4096

# How the fast loop takes an opcode; below FAST_GET it is a literal of so many bytes.
FAST_GET = 10
FAST_LONG_GET = 11
FAST_STRING = 12
FAST_BYTES = 13
FAST_MEMOIZE = 14
FAST_MARK = 15
FAST_EMPTY_TUPLE = 16
FAST_EMPTY_DICT = 17
FAST_EMPTY_LIST = 18
FAST_CONTAINER = 19
FAST_CALL = 20

# Strings and bytes from this length on are left where they are when opcodes are rewritten.
CUT_BYTES = 65536

# Estimates: an opcode's object, an item of a state dict that an object copies, and what is never too much.
BYTES_AN_OPCODE = 28
STATE_ITEM_BYTES = 48
BUILT_BYTES_FLOOR = 536870912
