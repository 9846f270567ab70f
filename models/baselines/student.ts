/**
 * The probability that Student's t is at most `t`, for whole degrees of freedom.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
 */
export function studentBelow(t: number, degrees: number): number {
  const cosine2 = 1 / (1 + (t * t) / degrees);
  const sine = t / Math.sqrt(degrees + t * t);
  const odd = degrees % 2 === 1;
  let term = odd ? Math.sqrt(cosine2) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine2 * (k - 1)) / k;
    sum += term;
  }
  const within = odd ? (2 / Math.PI) * (Math.atan(t / Math.sqrt(degrees)) + sine * sum) : sine * sum;
  return (1 + within) / 2;
}
