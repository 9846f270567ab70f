"""Times scikit-learn's random forest at the settings of ours, or predicts out of fold with it.

Reads its order from stdin as JSON:
    file, features    the rows, see data.py
    target, classes   the column to predict, and of how many classes it is (null: a regression)
    settings          trees, depth, min_leaf, features_per_split
    jobs              processor cores
    fit_rows          how many of the first rows a timed fit takes
    folds             instead of a timed fit: [[train_from, train_until, test_from, test_until], …]
    predictions       file for the out-of-fold predictions, float64, row after row

Prints one JSON document: `seconds` of the fit, or of all fits; `cpu_seconds` of a timed fit; `predict_ms`, the median of predictions of the last 36
rows; `rss_mib`, the peak of this process; `version`.
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import sklearn
from data import load
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor


def main() -> None:
    order = json.load(sys.stdin)
    x, columns = load(Path(order["file"]), order["features"])
    y = columns[order["target"]]
    said = {"version": sklearn.__version__}
    if order.get("folds"):
        said["seconds"] = out_of_fold(order, x, y)
    else:
        rows = order["fit_rows"]
        forest = make(order)
        began, cpu_began = time.perf_counter(), time.process_time()
        forest.fit(x[:rows], y[:rows])
        said["seconds"] = time.perf_counter() - began
        said["cpu_seconds"] = time.process_time() - cpu_began
        said["predict_ms"] = batch_ms(forest, x[-36:])
    said["rss_mib"] = peak_mib()
    json.dump(said, sys.stdout)


def peak_mib() -> float:
    """As app/bench/peak_memory.ts has it."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def make(order: dict) -> RandomForestClassifier | RandomForestRegressor:
    kind = RandomForestRegressor if order["classes"] is None else RandomForestClassifier
    settings = order["settings"]
    return kind(
        n_estimators=settings["trees"],
        max_depth=settings["depth"],
        min_samples_leaf=settings["min_leaf"],
        max_features=min(settings["features_per_split"], len(order["features"])),
        n_jobs=order["jobs"],
        random_state=1,
    )


def answer(forest: RandomForestClassifier | RandomForestRegressor, x: np.ndarray) -> np.ndarray:
    return forest.predict_proba(x) if isinstance(forest, RandomForestClassifier) else forest.predict(x)


def out_of_fold(order: dict, x: np.ndarray, y: np.ndarray) -> float:
    seconds = 0.0
    with open(order["predictions"], "wb") as file:
        for train_from, train_until, test_from, test_until in order["folds"]:
            forest = make(order)
            began = time.perf_counter()
            forest.fit(x[train_from:train_until], y[train_from:train_until])
            seconds += time.perf_counter() - began
            file.write(np.ascontiguousarray(answer(forest, x[test_from:test_until]), dtype="<f8").tobytes())
    return seconds


def batch_ms(forest: RandomForestClassifier | RandomForestRegressor, rows: np.ndarray) -> float:
    took = []
    for _ in range(15):
        began = time.perf_counter()
        answer(forest, rows)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took[5:])


if __name__ == "__main__":
    main()
