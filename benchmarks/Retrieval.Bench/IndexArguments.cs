using System.Globalization;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Bench;

/// <summary>What the benchmark of the vector index is told: sizes, and what differs from the defaults.</summary>
/// <param name="Counts">How many vectors, one run each.</param>
/// <param name="Options">How sets are built.</param>
/// <param name="SearchEfs">The exploration factors that are searched with, one row each.</param>
/// <param name="Environment">More for the environment of the vectors process.</param>
/// <param name="Restarts">Whether the vectors process is killed and ended, and measured again.</param>
internal sealed record IndexArguments(IReadOnlyList<int> Counts, VectorOptions Options, IReadOnlyList<int> SearchEfs, IReadOnlyList<(string Name, string Value)> Environment, bool Restarts)
{
    public const string Usage =
        "usage: Retrieval.Bench index [SearchEf=N,N...] [BuildEf=N] [Links=N] [Restarts=no] [NAME=VALUE ...] [COUNT ...]   (NAME=VALUE: the environment of the vectors process)";

    /// <returns>Null when they cannot be understood; the usage was told.</returns>
    public static IndexArguments? Read(IReadOnlyList<string> arguments)
    {
        var counts = new List<int>();
        var options = new VectorOptions();
        IReadOnlyList<int> searchEfs = [options.SearchEf];
        var environment = new List<(string, string)>();
        var restarts = true;
        foreach (var argument in arguments)
        {
            var (name, value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : ("", argument);
            var numbers = value.Split(',').Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToList();
            if (name is "" or "SearchEf" or "BuildEf" or "Links" && numbers.Contains(0))
            {
                Console.Error.WriteLine(Usage);
                return null;
            }

            switch (name)
            {
                case "": counts.AddRange(numbers); break;
                case "SearchEf": searchEfs = numbers; break;
                case "BuildEf": options = options with { BuildEf = numbers[0] }; break;
                case "Links": options = options with { Links = numbers[0] }; break;
                case "Restarts": restarts = value != "no"; break;
                default: environment.Add((name, value)); break;
            }
        }

        return new IndexArguments(counts.Count > 0 ? counts : [10_000], options, searchEfs, environment, restarts);
    }
}
