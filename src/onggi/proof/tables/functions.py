"""Functions that only compute, as values: a callback in a pipeline, a key function, the function of a partial.

None of them is ever called while a pickle is built. Whoever calls them later with whatever arguments gets a result or
an exception: they reach no files, no network, no import and no attribute that is not public, and call at most what they
are given, which can only be of this list again. What a call costs is up to its arguments.
"""

from __future__ import annotations

from typing import Final

from onggi.proof.rules import Rule, value

__all__ = ["RENAMES", "ROWS"]

RENAMES: Final[tuple[tuple[str, str], ...]] = (
    ("ntpath.", "posixpath."),
    ("_bisect.", "bisect."),
    ("_heapq.", "heapq."),
)

_OPERATORS: Final = (
    "abs add and_ concat contains countOf eq floordiv ge gt iadd iand iconcat ifloordiv ilshift imatmul imod imul "
    "index indexOf inv invert ior ipow irshift is_ is_not isub itruediv ixor le length_hint lshift lt matmul mod "
    "mul ne neg not_ pos pow rshift sub truediv truth xor"
)

_FUNCTIONS: Final = {
    "builtins": "abs all any ascii bin callable chr divmod format hash hex isinstance issubclass len max min oct "
    "ord pow repr round sorted sum",
    "base64": "a85decode a85encode b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode "
    "standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode",
    "binascii": "a2b_base64 a2b_hex b2a_base64 b2a_hex crc32 hexlify unhexlify",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "calendar": "isleap leapdays monthrange timegm weekday",
    "cmath": "acos acosh asin asinh atan atanh cos cosh exp isclose isfinite isinf isnan log log10 phase polar rect "
    "sin sinh sqrt tan tanh",
    "colorsys": "hls_to_rgb hsv_to_rgb rgb_to_hls rgb_to_hsv rgb_to_yiq yiq_to_rgb",
    "difflib": "get_close_matches",
    "fnmatch": "fnmatch fnmatchcase",
    "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
    "html": "escape unescape",
    "ipaddress": "ip_address ip_interface ip_network",
    "json": "dumps loads",
    "keyword": "iskeyword",
    "math": "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist erf erfc exp exp2 "
    "expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp "
    "lgamma log log10 log1p log2 modf nextafter perm pow prod radians remainder sin sinh sqrt sumprod tan tanh "
    "trunc ulp",
    "operator": _OPERATORS,
    "posixpath": "basename commonpath commonprefix dirname isabs join normcase normpath split splitext",
    "re": "compile escape findall finditer fullmatch match search split sub subn",
    "statistics": "correlation covariance fmean geometric_mean harmonic_mean linear_regression mean median "
    "median_grouped median_high median_low mode multimode pstdev pvariance quantiles stdev variance",
    "string": "capwords",
    "textwrap": "dedent fill indent shorten wrap",
    "time": "gmtime localtime mktime monotonic perf_counter process_time strftime strptime time time_ns",
    "unicodedata": "bidirectional category combining decimal digit east_asian_width is_normalized lookup mirrored name "
    "normalize numeric",
    "urllib.parse": "parse_qs parse_qsl quote quote_plus unquote unquote_plus urldefrag urlencode urljoin urlparse "
    "urlsplit urlunparse urlunsplit",
    "uuid": "uuid3 uuid4 uuid5",
    "xml.etree.ElementTree": "Comment ProcessingInstruction",
    "xml.sax.saxutils": "escape quoteattr unescape",
    "zlib": "adler32 crc32",
}

_WHY: Final = "only computes, whatever it is called with; the pickle itself cannot call it"

ROWS: Final[dict[str, Rule]] = {
    f"{module}.{name}": value(_WHY) for module, names in _FUNCTIONS.items() for name in names.split()
}
