using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slipway.Retrieval.Embedding;

/// <summary>
/// The inner loops of fitting and embedding. TensorPrimitives would serve, but its code starts unoptimised like any other, and the first fit runs while the whole
/// process is still being compiled: on 725 chunks it took 7.4 s that way (1.1 s with tiered compilation off). <c>AggressiveOptimization</c> compiles these few
/// methods for speed at once. Sums are made in a fixed order, so that equal input gives equal bits on one machine.
/// </summary>
internal static class Dense
{
    /// <summary>y += a x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<float> x, float a, Span<float> y)
    {
        var length = Math.Min(x.Length, y.Length);
        var factor = new Vector<float>(a);
        var i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(y[i..]) + (factor * new Vector<float>(x[i..]))).CopyTo(y[i..]);
        }

        for (; i < length; i++) y[i] += a * x[i];
    }

    /// <summary>y += a·(x₀, x₁, x₂, x₃): four at a time, because reading and writing y is what one at a time spends its time on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(
        ReadOnlySpan<float> x0, ReadOnlySpan<float> x1, ReadOnlySpan<float> x2, ReadOnlySpan<float> x3, Vector4 a, Span<float> y)
    {
        var length = y.Length;
        x0 = x0[..length];
        x1 = x1[..length];
        x2 = x2[..length];
        x3 = x3[..length];
        Vector<float> a0 = new(a.X), a1 = new(a.Y), a2 = new(a.Z), a3 = new(a.W);
        var i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var low = (a0 * new Vector<float>(x0[i..])) + (a1 * new Vector<float>(x1[i..]));
            var high = (a2 * new Vector<float>(x2[i..])) + (a3 * new Vector<float>(x3[i..]));
            (new Vector<float>(y[i..]) + (low + high)).CopyTo(y[i..]);
        }

        for (; i < length; i++) y[i] += ((a.X * x0[i]) + (a.Y * x1[i])) + ((a.Z * x2[i]) + (a.W * x3[i]));
    }

    /// <summary>y += a x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(ReadOnlySpan<double> x, double a, Span<double> y)
    {
        var length = Math.Min(x.Length, y.Length);
        var factor = new Vector<double>(a);
        var i = 0;
        for (; i <= length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        }

        for (; i < length; i++) y[i] += a * x[i];
    }

    /// <summary>The dot product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var length = Math.Min(x.Length, y.Length);
        var sums = Vector<double>.Zero;
        var i = 0;
        for (; i <= length - Vector<double>.Count; i += Vector<double>.Count) sums += new Vector<double>(x[i..]) * new Vector<double>(y[i..]);
        var sum = Vector.Sum(sums);
        for (; i < length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>Turns the plane of two vectors: low ← c low − s high, high ← s low + c high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(Span<double> low, Span<double> high, double c, double s)
    {
        var length = Math.Min(low.Length, high.Length);
        Vector<double> cosine = new(c), sine = new(s);
        var i = 0;
        for (; i <= length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> l = new(low[i..]), h = new(high[i..]);
            ((cosine * l) - (sine * h)).CopyTo(low[i..]);
            ((sine * l) + (cosine * h)).CopyTo(high[i..]);
        }

        for (; i < length; i++)
        {
            var (l, h) = (low[i], high[i]);
            low[i] = (c * l) - (s * h);
            high[i] = (s * l) + (c * h);
        }
    }
}
