"""Reads the rows of the benchmark from the file that our own side reads, see models/packed.ts."""

import json
from pathlib import Path

import numpy as np


def load(file: Path, features: list[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The features as scikit-learn likes them best (float32, column by column in memory), and every column by its name."""
    content = file.read_bytes()
    body = 16 + int.from_bytes(content[12:16], "little")
    columns = {
        array["name"]: np.frombuffer(content, "<f8", array["length"], body + array["offset"])
        for array in json.loads(content[16:body])["arrays"]
    }
    return np.array([columns[name] for name in features], dtype=np.float32).T, columns
