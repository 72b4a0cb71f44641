using System.Numerics;
using Slipway.Retrieval.Embedding;
using Xunit;

namespace Slipway.Retrieval.Tests.Embedding;

public sealed class DenseTests
{
    public static TheoryData<int> Lengths => [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 255, 257];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_vector_loops_do_what_the_scalar_ones_do(int length)
    {
        var random = new Random(length);
        float[][] x = [.. Enumerable.Range(0, 4).Select(_ => Floats())];
        float[] y = Floats(), one = [.. y], four = [.. y];
        Dense.AddScaled(x[0], 0.7f, one);
        Dense.AddScaled(x[0], x[1], x[2], x[3], new Vector4(0.7f, -1.3f, 2.1f, 0.4f), four);
        double[] p = [.. Floats()], q = [.. Floats()], sum = [.. q], low = [.. p], high = [.. q];
        Dense.AddScaled(p, -0.3, sum);
        Dense.Rotate(low, high, 0.6, 0.8);
        double dot = 0;
        for (var i = 0; i < length; i++)
        {
            Assert.Equal(y[i] + (0.7f * x[0][i]), one[i], 1e-5f);
            Assert.Equal(y[i] + (0.7f * x[0][i]) - (1.3f * x[1][i]) + (2.1f * x[2][i]) + (0.4f * x[3][i]), four[i], 1e-5f);
            Assert.Equal(q[i] - (0.3 * p[i]), sum[i], 12);
            Assert.Equal((0.6 * p[i]) - (0.8 * q[i]), low[i], 12);
            Assert.Equal((0.8 * p[i]) + (0.6 * q[i]), high[i], 12);
            dot += p[i] * q[i];
        }

        Assert.Equal(dot, Dense.Dot(p, q), 9);

        float[] Floats() => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }
}
