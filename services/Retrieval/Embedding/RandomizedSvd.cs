using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// The leading right singular vectors of a sparse matrix A (n × m): Halko, Martinsson and Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.1,
/// applied to Aᵀ, of which only the range is needed here.
/// <list type="number">
/// <item>Draw a Gaussian Ω (m × l), l = rank + oversampling, from the seed.</item>
/// <item>Power iterations: Ω ← orth(Aᵀ(A Ω)), which sharpens the decay of the spectrum (text matrices decay slowly).</item>
/// <item>Rayleigh-Ritz: B = A Ω; the eigenvectors W of BᵀB give V = Ω W and the singular values.</item>
/// </list>
/// Orthonormalisation is SVQB (Stathopoulos and Wu 2002): through the eigenvectors of the Gram matrix, twice at the end. Unlike Cholesky it does not break down on
/// rank-deficient input: the lost directions are dropped.
/// </summary>
internal static class RandomizedSvd
{
    /// <summary>Directions weaker than this against the strongest, squared, are rounding noise of float32 sums.</summary>
    private const double RankTolerance = 1e-7;

    private const int GramRows = 1024;

    /// <summary>Computes at most <paramref name="rank"/> right singular vectors; fewer where the matrix has fewer.</summary>
    /// <param name="a">The matrix, n × m.</param>
    /// <param name="rank">How many are wanted.</param>
    /// <param name="oversampling">Extra random directions that make the wanted ones exact.</param>
    /// <param name="iterations">Power iterations.</param>
    /// <param name="seed">The seed of Ω: the same seed gives the same bits.</param>
    /// <param name="threads">How many threads may work; the result does not depend on it.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <returns>The singular values, descending, and V by rows of m (row-major m × rank).</returns>
    public static (float[] Singular, float[] V) Compute(
        SparseMatrix a, int rank, int oversampling, int iterations, int seed, int threads, CancellationToken cancellationToken = default)
    {
        var m = a.Columns;
        var width = Math.Min(rank + oversampling, Math.Min(m, a.Rows));
        var transposed = a.Transpose();
        var omega = Gaussian(m, width, seed);

        for (var i = 0; i < iterations && width > 0; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var y = a.Multiply(omega, width, threads);
            (omega, width) = Orthonormalize(transposed.Multiply(y, width, threads), m, width, threads);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (width > 0) (omega, width) = Orthonormalize(omega, m, width, threads);
        if (width == 0) return ([], []);

        var b = a.Multiply(omega, width, threads);
        var (values, vectors) = SymmetricEigen.Decompose(Gram(b, a.Rows, width, threads), width);
        var kept = 0;
        while (kept < Math.Min(rank, width) && values[kept] > values[0] * RankTolerance) kept++;
        var singular = new float[kept];
        var rotation = new float[width * kept];
        for (var j = 0; j < kept; j++)
        {
            singular[j] = (float)Math.Sqrt(values[j]);
            for (var i = 0; i < width; i++) rotation[(i * kept) + j] = (float)vectors[(j * width) + i];
        }

        return (singular, Multiply(omega, m, width, rotation, kept, threads));
    }

    /// <summary>Standard normal values by Box-Muller from a generator whose sequence is written here, so that no runtime version changes it.</summary>
    private static float[] Gaussian(int rows, int columns, int seed)
    {
        var result = new float[(long)rows * columns];
        var state = (ulong)seed;
        for (var i = 0; i < result.Length; i += 2)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - NextUnit(ref state)));
            var (sin, cos) = Math.SinCos(2 * Math.PI * NextUnit(ref state));
            result[i] = (float)(radius * cos);
            if (i + 1 < result.Length) result[i + 1] = (float)(radius * sin);
        }

        return result;
    }

    /// <summary>SplitMix64 (Steele, Lea and Flood 2014), upper 53 bits, in [0, 1).</summary>
    private static double NextUnit(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private static (float[] Q, int Width) Orthonormalize(float[] z, int rows, int width, int threads)
    {
        var (values, vectors) = SymmetricEigen.Decompose(Gram(z, rows, width, threads), width);
        var kept = 0;
        while (kept < width && values[kept] > values[0] * RankTolerance && values[kept] > 0) kept++;
        var rotation = new float[width * kept];
        for (var j = 0; j < kept; j++)
        {
            var scale = 1 / Math.Sqrt(values[j]);
            for (var i = 0; i < width; i++) rotation[(i * kept) + j] = (float)(vectors[(j * width) + i] * scale);
        }

        return (Multiply(z, rows, width, rotation, kept, threads), kept);
    }

    /// <summary>zᵀz in double: blocks of fixed size are summed in float32, then added in their order, whatever the number of threads.</summary>
    private static double[] Gram(float[] z, int rows, int width, int threads)
    {
        var blocks = Math.Max(1, (rows + GramRows - 1) / GramRows);
        var result = new double[width * width];
        // Rounds of a few blocks bound the memory for partial sums.
        for (var first = 0; first < blocks; first += 8)
        {
            var partials = new float[Math.Min(8, blocks - first)][];
            Parallel.For(0, partials.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (block) =>
            {
                var partial = new float[width * width];
                var end = Math.Min(rows, (first + block + 1) * GramRows);
                var row = (first + block) * GramRows;
                for (; row <= end - 4; row += 4)
                {
                    ReadOnlySpan<float> r0 = z.AsSpan(row * width, width), r1 = z.AsSpan((row + 1) * width, width);
                    ReadOnlySpan<float> r2 = z.AsSpan((row + 2) * width, width), r3 = z.AsSpan((row + 3) * width, width);
                    for (var i = 0; i < width; i++)
                    {
                        Dense.AddScaled(r0[i..], r1[i..], r2[i..], r3[i..], new Vector4(r0[i], r1[i], r2[i], r3[i]), partial.AsSpan((i * width) + i, width - i));
                    }
                }

                for (; row < end; row++)
                {
                    var values = z.AsSpan(row * width, width);
                    for (var i = 0; i < width; i++) Dense.AddScaled(values[i..], values[i], partial.AsSpan((i * width) + i, width - i));
                }

                partials[block] = partial;
            });
            foreach (var partial in partials)
            {
                for (var i = 0; i < result.Length; i++) result[i] += partial[i];
            }
        }

        for (var i = 0; i < width; i++)
        {
            for (var j = 0; j < i; j++) result[(i * width) + j] = result[(j * width) + i];
        }

        return result;
    }

    private static float[] Multiply(float[] left, int rows, int inner, float[] right, int columns, int threads)
    {
        var result = new float[(long)rows * columns];
        var blocks = (rows + 255) / 256;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (block) =>
        {
            var end = Math.Min(rows, (block + 1) * 256);
            for (var row = block * 256; row < end; row++)
            {
                var sum = result.AsSpan(row * columns, columns);
                var factors = left.AsSpan(row * inner, inner);
                var i = 0;
                for (; i <= inner - 4; i += 4)
                {
                    Dense.AddScaled(
                        right.AsSpan(i * columns, columns), right.AsSpan((i + 1) * columns, columns), right.AsSpan((i + 2) * columns, columns), right.AsSpan((i + 3) * columns, columns),
                        new Vector4(factors.Slice(i, 4)), sum);
                }

                for (; i < inner; i++) Dense.AddScaled(right.AsSpan(i * columns, columns), factors[i], sum);
            }
        });
        return result;
    }
}
