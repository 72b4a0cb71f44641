using System.Globalization;
using Slipway.Retrieval.Vectors;

namespace Slipway.Retrieval.Bench;

/// <summary>What the benchmark of the vector index is told: sizes, and what differs from the defaults.</summary>
internal sealed record IndexArguments(IReadOnlyList<int> Counts, VectorOptions Options, IReadOnlyList<(string Name, string Value)> Environment, bool Restarts)
{
    public const string Usage = "usage: Retrieval.Bench index [SearchEf=N] [BuildEf=N] [Links=N] [Restarts=no] [NAME=VALUE ...] [COUNT ...]   (NAME=VALUE: the environment of the vectors process)";

    /// <returns>Null when they cannot be understood; the usage was told.</returns>
    public static IndexArguments? Read(IReadOnlyList<string> arguments)
    {
        var counts = new List<int>();
        var options = new VectorOptions();
        var environment = new List<(string, string)>();
        var restarts = true;
        foreach (var argument in arguments)
        {
            var (name, value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : ("", argument);
            var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
            if (name is "" or "SearchEf" or "BuildEf" or "Links" && !isNumber)
            {
                Console.Error.WriteLine(Usage);
                return null;
            }

            switch (name)
            {
                case "": counts.Add(number); break;
                case "SearchEf": options = options with { SearchEf = number }; break;
                case "BuildEf": options = options with { BuildEf = number }; break;
                case "Links": options = options with { Links = number }; break;
                case "Restarts": restarts = value != "no"; break;
                default: environment.Add((name, value)); break;
            }
        }

        return new IndexArguments(counts.Count > 0 ? counts : [10_000], options, environment, restarts);
    }
}
