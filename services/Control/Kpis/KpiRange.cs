using System.Globalization;
using Slipway.Control.Admin;

namespace Slipway.Control.Kpis;

/// <summary>Which minutes (since 1970) are asked for.</summary>
/// <param name="First">The first.</param>
/// <param name="End">The one after the last.</param>
/// <param name="Step">Minutes of a step of the series; null: no series.</param>
/// <param name="Minutes">What was asked for: a window of 5 minutes begins and ends within minutes, and takes six of them.</param>
internal sealed record KpiRange(long First, long End, int? Step, int Minutes)
{
    /// <summary>30 days, in minutes.</summary>
    internal const int MaxMinutes = 30 * 24 * 60;

    /// <summary>Steps of a series at most.</summary>
    internal const int MaxSteps = 1500;

    /// <summary>Ranges longer than this many minutes begin with a whole hour: what is older than two hours is kept by the hour as well, which is sixty times less to read.</summary>
    internal const int MinutesWithoutHours = 6 * 60;

    private static readonly int[] Windows = [1, 5, 60];

    /// <summary>A window of the last minutes, or a range of time.</summary>
    internal static KpiRange Parse(int? window, string? from, string? to, int? step, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(from))
        {
            if (!string.IsNullOrEmpty(to)) throw Validation.Invalid("from", "'to' needs 'from'.", "missing_required_parameter");
            var minutes = window ?? 5;
            if (!Windows.Contains(minutes)) throw Validation.Invalid("window", $"'window' must be 1, 5 or 60 (minutes); it is {minutes}.");
            var last = MinuteOf(now);
            return WithStep(last - minutes, last + 1, step) with { Minutes = minutes };
        }

        if (window is not null) throw Validation.Invalid("window", "'window' and 'from' exclude each other.");
        var (begin, end) = (Time(from, "from"), string.IsNullOrEmpty(to) ? now : Time(to, "to"));
        if (end > now) end = now;
        if (begin >= end) throw Validation.Invalid("from", "'from' must be before 'to' and before now.");
        if ((end - begin).TotalMinutes > MaxMinutes) throw Validation.Invalid("from", "'from' and 'to' must be at most 30 days apart.");
        return WithStep(MinuteOf(begin), MinuteOf(end.AddMinutes(1).AddTicks(-1)), step);
    }

    private static KpiRange WithStep(long first, long end, int? step)
    {
        if (step is { } minutes)
        {
            Validation.Range(minutes, "step", 1, 7 * 24 * 60);
            if (end - first > 24 * 60 && minutes % 60 != 0) throw Validation.Invalid("step", "'step' must be whole hours (60, 120, …) for more than 24 hours.");
            if ((end - first) / minutes > MaxSteps) throw Validation.Invalid("step", $"'step' must be at least {(end - first) / MaxSteps + 1}: a series has at most {MaxSteps} steps.");
            return new KpiRange(first - first % minutes, end, minutes, (int)(end - first));
        }

        return new KpiRange(end - first > MinutesWithoutHours ? first - first % 60 : first, end, null, (int)(end - first));
    }

    private static DateTimeOffset Time(string text, string field) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year is > 1970 and < 9000
            ? time
            : throw Validation.Invalid(field, $"'{field}' must be a time such as 2027-01-15T08:00:00Z.");

    private static long MinuteOf(DateTimeOffset time) => KpiAggregator.MinuteOf(time.ToUnixTimeMilliseconds());
}
