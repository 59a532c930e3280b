"""What the frozen files hold; runs on every Python since 3.6."""


def arrays():
    """Return the values that are in the files of joblib."""
    import numpy as np

    return {
        "numbers": np.arange(6.0),
        "table": np.arange(12, dtype="i4").reshape(3, 4),
        "columns": np.asfortranarray(np.arange(6, dtype="i2").reshape(2, 3)),
        "text": np.array(["soy", "garlic"]),
        "records": np.array([(1, 2.5), (3, 4.5)], dtype=[("a", "<i4"), ("b", "<f8")]),
        "objects": np.array([1, "two", None], dtype=object),
        "empty": np.zeros((0, 3)),
        "single": np.array(7.5),
        "times": np.array(["2026-11-22"], dtype="M8[D]"),
        "large": np.arange(5000.0),
        "words": ["a", "b"],
    }


def tensors(torch):
    """Return the values that are in the files of PyTorch."""
    from collections import OrderedDict

    base = torch.arange(6.0)
    weights = OrderedDict([("weight", torch.ones(2, 3)), ("bias", torch.zeros(2))])
    return {
        "numbers": base,
        "table": base.reshape(2, 3),
        "turned": base.reshape(2, 3).t(),
        "part": base[2:4],
        "bytes": torch.tensor([1, 2, 3], dtype=torch.uint8),
        "flags": torch.tensor([True, False]),
        "half": torch.ones(3, dtype=torch.float16),
        "brain": torch.ones(3, dtype=torch.bfloat16),
        "complex": torch.ones(2, dtype=torch.complex64),
        "empty": torch.zeros(0, 2),
        "single": torch.tensor(7.5),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "state": weights,
        "epoch": 3,
    }
