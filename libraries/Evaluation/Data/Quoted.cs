namespace Slipway.Evaluation;

/// <summary>Values as messages show them: short, on one line.</summary>
internal static class Quoted
{
    private const int Longest = 60;

    public static string Short(ReadOnlySpan<char> value)
    {
        var cut = value.Length > Longest;
        var shown = cut ? value[..Longest] : value;
        var text = string.Create(shown.Length, shown, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++) target[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '\uFFFD' : source[i];
        });
        return cut ? text + "…" : text;
    }
}
