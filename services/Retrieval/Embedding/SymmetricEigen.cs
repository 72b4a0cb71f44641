using System.Runtime.CompilerServices;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// Eigenvalues and eigenvectors of a small symmetric matrix: Householder reduction to tridiagonal form, then the QL algorithm with implicit shifts
/// (Bowdler, Martin, Reinsch and Wilkinson 1968, "The QR and QL algorithms for symmetric matrices"; Golub and Van Loan, Matrix Computations, §8.3).
/// A 266 × 266 matrix takes about 60 ms where cyclic Jacobi takes about a second.
/// </summary>
internal static class SymmetricEigen
{
    private const int MostIterations = 60;

    /// <summary>
    /// Decomposes <paramref name="matrix"/> (n × n, row-major, overwritten). Row i of the returned vectors is the unit eigenvector of value i; values descend.
    /// The sign of each vector is fixed (its largest component is positive), so that equal input gives equal output.
    /// </summary>
    public static (double[] Values, double[] Vectors) Decompose(double[] matrix, int n)
    {
        var diagonal = new double[n];
        var off = new double[n];
        // V holds vectors by rows throughout, so that every inner loop below runs along memory.
        var vectors = Tridiagonalize(matrix, n, diagonal, off);
        Diagonalize(vectors, n, diagonal, off);
        return Sort(vectors, n, diagonal);
    }

    /// <summary>A = Qᵀ T Q with Q's rows returned; <paramref name="off"/>[i] couples i and i + 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double[] Tridiagonalize(double[] a, int n, double[] diagonal, double[] off)
    {
        var q = new double[n * n];
        for (var i = 0; i < n; i++) q[(i * n) + i] = 1;
        var v = new double[n];
        var p = new double[n];
        for (var k = 0; k < n - 2; k++)
        {
            // The reflector that clears column k below the subdiagonal.
            double norm = 0;
            for (var i = k + 1; i < n; i++) norm += a[(i * n) + k] * a[(i * n) + k];
            norm = Math.Sqrt(norm);
            if (norm == 0) continue;
            var alpha = a[((k + 1) * n) + k] > 0 ? -norm : norm;
            double vv = 0;
            for (var i = k + 1; i < n; i++)
            {
                v[i] = a[(i * n) + k] - (i == k + 1 ? alpha : 0);
                vv += v[i] * v[i];
            }

            if (vv == 0) continue;
            var beta = 2 / vv;
            var tail = v.AsSpan(k + 1);

            // A ← H A H by the rank-two update A − v wᵀ − w vᵀ, with p = β A v and w = p − (β pᵀv / 2) v.
            for (var i = k; i < n; i++) p[i] = beta * Dense.Dot(a.AsSpan((i * n) + k + 1, n - k - 1), tail);
            double pv = 0;
            for (var i = k + 1; i < n; i++) pv += p[i] * v[i];
            var half = beta * pv / 2;
            for (var i = k + 1; i < n; i++) p[i] -= half * v[i];
            for (var i = k + 1; i < n; i++)
            {
                var row = a.AsSpan((i * n) + k + 1, n - k - 1);
                Dense.AddScaled(p.AsSpan(k + 1), -v[i], row);
                Dense.AddScaled(tail, -p[i], row);
            }

            for (var i = k + 1; i < n; i++)
            {
                a[(i * n) + k] = i == k + 1 ? alpha : 0;
                a[(k * n) + i] = a[(i * n) + k];
            }

            // Q ← H Q, by rows: u = β vᵀ Q, then Q − v u.
            Array.Clear(p);
            for (var i = k + 1; i < n; i++) Dense.AddScaled(q.AsSpan(i * n, n), beta * v[i], p);
            for (var i = k + 1; i < n; i++) Dense.AddScaled(p, -v[i], q.AsSpan(i * n, n));
        }

        for (var i = 0; i < n; i++)
        {
            diagonal[i] = a[(i * n) + i];
            off[i] = i < n - 1 ? a[((i + 1) * n) + i] : 0;
        }

        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Diagonalize(double[] q, int n, double[] d, double[] e)
    {
        for (var l = 0; l < n; l++)
        {
            for (var iteration = 0; ; iteration++)
            {
                // The first negligible coupling splits the matrix.
                var m = l;
                for (; m < n - 1; m++)
                {
                    var scale = Math.Abs(d[m]) + Math.Abs(d[m + 1]);
                    if (Math.Abs(e[m]) <= double.Epsilon + (1e-15 * scale)) break;
                }

                if (m == l) break;
                if (iteration == MostIterations) throw new InvalidOperationException("The eigenvalues did not converge: the matrix is not finite.");

                // Wilkinson's shift, then one implicit QL sweep of rotations from m down to l.
                var g = (d[l + 1] - d[l]) / (2 * e[l]);
                var r = double.Hypot(g, 1);
                g = d[m] - d[l] + (e[l] / (g + Math.CopySign(r, g)));
                double s = 1, c = 1, shift = 0;
                var i = m - 1;
                for (; i >= l; i--)
                {
                    var f = s * e[i];
                    var b = c * e[i];
                    r = double.Hypot(f, g);
                    e[i + 1] = r;
                    if (r == 0)
                    {
                        d[i + 1] -= shift;
                        e[m] = 0;
                        break;
                    }

                    s = f / r;
                    c = g / r;
                    g = d[i + 1] - shift;
                    r = ((d[i] - g) * s) + (2 * c * b);
                    shift = s * r;
                    d[i + 1] = g + shift;
                    g = (c * r) - b;
                    Dense.Rotate(q.AsSpan(i * n, n), q.AsSpan((i + 1) * n, n), c, s);
                }

                if (r == 0 && i >= l) continue;
                d[l] -= shift;
                e[l] = g;
                e[m] = 0;
            }
        }
    }

    private static (double[] Values, double[] Vectors) Sort(double[] q, int n, double[] d)
    {
        var order = Enumerable.Range(0, n).OrderByDescending(i => d[i]).ThenBy(i => i).ToArray();
        var values = new double[n];
        var vectors = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            values[i] = d[order[i]];
            var from = q.AsSpan(order[i] * n, n);
            var to = vectors.AsSpan(i * n, n);
            var largest = 0;
            for (var k = 1; k < n; k++)
            {
                if (Math.Abs(from[k]) > Math.Abs(from[largest]) * (1 + 1e-9)) largest = k;
            }

            var sign = from[largest] < 0 ? -1.0 : 1.0;
            for (var k = 0; k < n; k++) to[k] = sign * from[k];
        }

        return (values, vectors);
    }
}
