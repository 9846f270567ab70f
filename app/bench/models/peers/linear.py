"""Fits by statsmodels and scikit-learn what our linear models fit, on the same rows.

Reads its order from stdin as JSON:
    columns, logs     the raw columns, and whether each enters as its logarithm
    clip              deviations at which a standardised value is cut
    target            0 or more, with zeros among them
    ridge             penalty on a weight, as a share of the rows
    quantiles, levels n rows of predicted quantiles of the target, and their levels

Prints one JSON document, of each model its predictions for the rows:
    gamma             statsmodels' gamma GLM with log link, without a penalty
    penalised_gamma   scikit-learn's GammaRegressor, on the rows whose target is above 0, for these rows
    ridge             scikit-learn's Ridge
    pinball           the mean of mean_pinball_loss over the levels
"""

import json
import sys

import numpy as np
import statsmodels.api as sm
from sklearn.linear_model import GammaRegressor, Ridge
from sklearn.metrics import mean_pinball_loss


def main() -> None:
    order = json.load(sys.stdin)
    z = standardised(order["columns"], order["logs"], order["clip"])
    y = np.array(order["target"])
    share = order["ridge"]

    family = sm.families.Gamma(link=sm.families.links.Log())
    gamma = sm.GLM(y, sm.add_constant(z), family=family).fit(maxiter=500, tol=1e-14, tol_criterion="params")

    # Its objective is the mean of half the deviances + alpha / 2 × |w|², and it takes no zeros.
    some = y > 0
    penalised = GammaRegressor(alpha=share, solver="newton-cholesky", tol=1e-12, max_iter=500)
    z_some = standardised([np.array(values)[some] for values in order["columns"]], order["logs"], order["clip"])
    penalised.fit(z_some, y[some])

    # Its objective is a sum over the rows, not their mean.
    ridge = Ridge(alpha=share * len(y), solver="cholesky").fit(z, y)

    quantiles = np.array(order["quantiles"])
    losses = [mean_pinball_loss(y, quantiles[:, k], alpha=level) for k, level in enumerate(order["levels"])]
    said = {
        "gamma": gamma.fittedvalues.tolist(),
        "penalised_gamma": penalised.predict(z_some).tolist(),
        "ridge": ridge.predict(z).tolist(),
        "pinball": float(np.mean(losses)),
    }
    json.dump(said, sys.stdout)


def standardised(columns: list, logs: list[bool], clip: float) -> np.ndarray:
    """As models/linear/scaler.ts does it: a column a column."""
    raw = [np.log(values) if log else np.array(values) for values, log in zip(columns, logs)]
    return np.column_stack([np.clip((x - x.mean()) / x.std(), -clip, clip) for x in raw])


if __name__ == "__main__":
    main()
