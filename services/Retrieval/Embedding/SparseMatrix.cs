using System.Numerics;
using System.Runtime.CompilerServices;

namespace Slipway.Retrieval.Embedding;

/// <summary>A sparse matrix by rows: row r holds <c>Columns[Starts[r]..Starts[r + 1]]</c> with their <c>Values</c>.</summary>
internal sealed class SparseMatrix(int rows, int columns, int[] starts, int[] columnsOf, float[] values)
{
    /// <summary>Rows of one parallel piece of work: large enough to pay for its scheduling.</summary>
    private const int BlockRows = 128;

    public int Rows => rows;

    public int Columns => columns;

    /// <summary>The transposed matrix; within its rows, columns ascend.</summary>
    public SparseMatrix Transpose()
    {
        var start = new int[columns + 1];
        foreach (var column in columnsOf.AsSpan(0, starts[rows])) start[column + 1]++;
        for (var i = 0; i < columns; i++) start[i + 1] += start[i];
        var next = start.AsSpan(0, columns).ToArray();
        var rowOf = new int[starts[rows]];
        var value = new float[starts[rows]];
        for (var row = 0; row < rows; row++)
        {
            for (var i = starts[row]; i < starts[row + 1]; i++)
            {
                var at = next[columnsOf[i]]++;
                rowOf[at] = row;
                value[at] = values[i];
            }
        }

        return new SparseMatrix(columns, rows, start, rowOf, value);
    }

    /// <summary>
    /// This × <paramref name="dense"/> (row-major, <paramref name="width"/> columns). Each row of the result is summed by one thread in the order of the columns,
    /// so that the bits do not depend on the number of threads.
    /// </summary>
    public float[] Multiply(float[] dense, int width, int threads)
    {
        var result = new float[(long)rows * width];
        var blocks = (rows + BlockRows - 1) / BlockRows;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, [MethodImpl(MethodImplOptions.AggressiveOptimization)] (block) =>
        {
            var end = Math.Min(rows, (block + 1) * BlockRows);
            for (var row = block * BlockRows; row < end; row++)
            {
                var sum = result.AsSpan(row * width, width);
                var (i, stop) = (starts[row], starts[row + 1]);
                for (; i <= stop - 4; i += 4)
                {
                    Dense.AddScaled(
                        dense.AsSpan(columnsOf[i] * width, width), dense.AsSpan(columnsOf[i + 1] * width, width), dense.AsSpan(columnsOf[i + 2] * width, width),
                        dense.AsSpan(columnsOf[i + 3] * width, width), new Vector4(values[i], values[i + 1], values[i + 2], values[i + 3]), sum);
                }

                for (; i < stop; i++) Dense.AddScaled(dense.AsSpan(columnsOf[i] * width, width), values[i], sum);
            }
        });
        return result;
    }
}
