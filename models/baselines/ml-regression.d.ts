/** The part of ml-regression that is used here; the package ships no types. */
declare module 'ml-regression' {
  import type { AbstractMatrix, Matrix } from 'ml-matrix';

  export class MultivariateLinearRegression {
    /** One row per input, then the intercept. */
    weights: number[][];
    constructor(x: AbstractMatrix, y: AbstractMatrix, options?: { intercept?: boolean; statistics?: boolean });
    predict(x: AbstractMatrix): Matrix;
  }
}
