using Slipway.Retrieval.Embedding;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

public sealed class SvdTests
{
    [Fact]
    public void Eigenvalues_of_a_matrix_known_in_closed_form()
    {
        // The second-difference matrix: 2 − 2 cos(kπ / (n + 1)), vectors sin(ikπ / (n + 1)).
        const int N = 50;
        var matrix = new double[N * N];
        for (var i = 0; i < N; i++)
        {
            matrix[(i * N) + i] = 2;
            if (i > 0) matrix[(i * N) + i - 1] = matrix[((i - 1) * N) + i] = -1;
        }

        var (values, _) = SymmetricEigen.Decompose(matrix, N);
        for (var k = 1; k <= N; k++) Assert.Equal(2 - (2 * Math.Cos(k * Math.PI / (N + 1))), values[N - k], 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(80)]
    public void Eigenvectors_are_orthonormal_and_rebuild_the_matrix(int n)
    {
        var random = new Random(n);
        var matrix = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++) matrix[(i * n) + j] = matrix[(j * n) + i] = random.NextDouble() - 0.5;
        }

        var (values, vectors) = SymmetricEigen.Decompose([.. matrix], n);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                double dot = 0, rebuilt = 0;
                for (var k = 0; k < n; k++)
                {
                    dot += vectors[(i * n) + k] * vectors[(j * n) + k];
                    rebuilt += values[k] * vectors[(k * n) + i] * vectors[(k * n) + j];
                }

                Assert.Equal(i == j ? 1 : 0, dot, 9);
                Assert.Equal(matrix[(i * n) + j], rebuilt, 9);
            }
        }
    }

    [Fact]
    public void Repeated_and_zero_eigenvalues_do_no_harm()
    {
        var (values, vectors) = SymmetricEigen.Decompose([1, 0, 0, 0, 1, 0, 0, 0, 0], 3);
        Assert.Equal([1, 1, 0], values);
        Assert.All(vectors, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void Singular_values_and_space_of_a_matrix_that_was_built_from_them()
    {
        // A = Σ σᵢ uᵢ vᵢᵀ with cosine bases, which are orthonormal.
        const int Rows = 60, Columns = 40, Rank = 5;
        float[] sigma = [10, 6, 3, 2, 1];
        var dense = new float[Rows * Columns];
        for (var i = 0; i < Rows; i++)
        {
            for (var j = 0; j < Columns; j++)
            {
                for (var k = 0; k < Rank; k++) dense[(i * Columns) + j] += sigma[k] * Cosine(Rows, i, k) * Cosine(Columns, j, k);
            }
        }

        var (singular, v) = RandomizedSvd.Compute(ToSparse(dense, Rows, Columns), 8, 8, 3, seed: 1, threads: 2, TestContext.Current.CancellationToken);
        // The matrix has rank 5: the other three directions are dropped.
        Assert.Equal(Rank, singular.Length);
        for (var k = 0; k < Rank; k++)
        {
            Assert.Equal(sigma[k], singular[k], 3);
            float dot = 0;
            for (var j = 0; j < Columns; j++) dot += v[(j * Rank) + k] * Cosine(Columns, j, k);
            Assert.Equal(1, Math.Abs(dot), 3);
        }
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        var random = new Random(7);
        var dense = new float[500 * 300];
        for (var i = 0; i < dense.Length; i++) dense[i] = random.Next(20) == 0 ? random.NextSingle() : 0;
        var matrix = ToSparse(dense, 500, 300);
        var one = RandomizedSvd.Compute(matrix, 20, 8, 3, 1, threads: 1, TestContext.Current.CancellationToken);
        var four = RandomizedSvd.Compute(matrix, 20, 8, 3, 1, threads: 4, TestContext.Current.CancellationToken);
        Assert.Equal(one.Singular, four.Singular);
        Assert.Equal(one.V, four.V);
    }

    [Fact]
    public void An_empty_matrix_has_no_singular_values()
    {
        Assert.Empty(RandomizedSvd.Compute(ToSparse(new float[12], 4, 3), 2, 2, 2, 1, 1, TestContext.Current.CancellationToken).Singular);
    }

    private static float Cosine(int n, int i, int k) =>
        MathF.Sqrt((k == 0 ? 1f : 2f) / n) * MathF.Cos(MathF.PI * (i + 0.5f) * k / n);

    private static SparseMatrix ToSparse(float[] dense, int rows, int columns)
    {
        var starts = new int[rows + 1];
        var at = new List<int>();
        var values = new List<float>();
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                if (dense[(i * columns) + j] == 0) continue;
                at.Add(j);
                values.Add(dense[(i * columns) + j]);
            }

            starts[i + 1] = at.Count;
        }

        return new SparseMatrix(rows, columns, starts, [.. at], [.. values]);
    }
}
