"""Enums of the standard library: their members by value, and by name as Python 3.10 and older pickled some."""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, Use, value

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = ()

_CLASSES: Final = {
    "calendar": "Day Month",
    "http": "HTTPMethod HTTPStatus",
    "inspect": "BufferFlags _ParameterKind",
    "plistlib": "PlistFormat",
    "pstats": "SortKey",
    "py_compile": "PycInvalidationMode",
    "re": "RegexFlag",
    "signal": "Handlers Sigmasks Signals",
    "socket": "AddressFamily AddressInfo MsgFlag SocketKind",
    "ssl": "AlertDescription Options SSLErrorNumber TLSVersion VerifyFlags VerifyMode _SSLMethod",
    "symtable": "SymbolTableType",
    "uuid": "SafeUUID",
}

_MEMBERS: Final = {
    "signal": "SIGABRT SIGALRM SIGBREAK SIGBUS SIGCHLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGKILL SIGPIPE "
    "SIGPOLL SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG "
    "SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIG_BLOCK SIG_DFL SIG_IGN SIG_SETMASK SIG_UNBLOCK",
    "socket": "AF_APPLETALK AF_BLUETOOTH AF_CAN AF_INET AF_INET6 AF_IPX AF_NETLINK AF_PACKET AF_UNIX AF_UNSPEC "
    "AF_VSOCK SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_STREAM AI_ADDRCONFIG AI_ALL AI_CANONNAME "
    "AI_NUMERICHOST AI_NUMERICSERV AI_PASSIVE AI_V4MAPPED MSG_CTRUNC MSG_DONTROUTE MSG_DONTWAIT MSG_EOR "
    "MSG_NOSIGNAL MSG_OOB MSG_PEEK MSG_TRUNC MSG_WAITALL",
    "ssl": "CERT_NONE CERT_OPTIONAL CERT_REQUIRED OP_ALL OP_NO_COMPRESSION OP_NO_SSLv2 OP_NO_SSLv3 OP_NO_TICKET "
    "OP_NO_TLSv1 OP_NO_TLSv1_1 OP_NO_TLSv1_2 OP_NO_TLSv1_3 OP_SINGLE_DH_USE OP_SINGLE_ECDH_USE PROTOCOL_TLS "
    "PROTOCOL_TLS_CLIENT PROTOCOL_TLS_SERVER PROTOCOL_TLSv1 PROTOCOL_TLSv1_1 PROTOCOL_TLSv1_2 "
    "VERIFY_CRL_CHECK_CHAIN VERIFY_CRL_CHECK_LEAF VERIFY_DEFAULT VERIFY_X509_STRICT VERIFY_X509_TRUSTED_FIRST",
}

_MEMBER: Final = Rule(
    Use.VALUE | Use.CALL,
    "called with one plain value of at most 64 bits, an enum only looks up its member; more arguments are refused",
    call="stdlib:member_of_enum",
    returns="enum.Enum",
)

ROWS: Final[dict[str, Rule]] = {
    **{f"{module}.{name}": _MEMBER for module, names in _CLASSES.items() for name in names.split()},
    **{
        f"{module}.{name}": value("a constant that is a member of an enum")
        for module, names in _MEMBERS.items()
        for name in names.split()
    },
    **dict.fromkeys(
        (f"enum.{name}" for name in ("Enum", "Flag", "IntEnum", "IntFlag", "ReprEnum", "StrEnum", "auto")),
        value("the base class of enums, as an annotation; calling it would make an enum, so that is not granted"),
    ),
}
