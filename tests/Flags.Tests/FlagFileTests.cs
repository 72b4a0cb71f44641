using Microsoft.Extensions.Time.Testing;
using Slipway.Testing;

namespace Slipway.Flags.Tests;

public sealed class FlagFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _refused = [];
    private int _changes;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_changed_file_counts_within_a_second_and_a_broken_one_leaves_the_flags_as_they_were()
    {
        Write("on");
        using var file = Open();
        Assert.True(IsOn(file));

        Write("off");
        _time.Advance(FlagFile.Interval);
        Assert.False(IsOn(file));
        Assert.Equal(1, _changes);

        File.WriteAllText(_folder.File("flags.json"), """{ "flags": { "f": { "state": "MAYBE" } } }""");
        _time.Advance(FlagFile.Interval);
        _time.Advance(FlagFile.Interval);
        Assert.False(IsOn(file));
        Assert.Contains("flags.f.state is 'MAYBE'", Assert.Single(_refused), StringComparison.Ordinal);
        Assert.Contains("flags.f.variants", _refused[0], StringComparison.Ordinal);

        Write("on");
        _time.Advance(FlagFile.Interval);
        Assert.True(IsOn(file));
        Assert.Equal(2, _changes);
    }

    [Fact]
    public void A_file_that_is_gone_leaves_the_flags_as_they_were()
    {
        Write("on");
        using var file = Open();
        File.Delete(_folder.File("flags.json"));
        _time.Advance(FlagFile.Interval);
        Assert.True(IsOn(file));
    }

    [Fact]
    public void A_file_that_was_never_there_holds_no_flags_until_it_is()
    {
        using var file = Open();
        Assert.Empty(file.Flags.Keys);
        Write("on");
        _time.Advance(FlagFile.Interval);
        Assert.True(IsOn(file));
    }

    [Fact]
    public void A_broken_file_ends_the_start()
    {
        File.WriteAllText(_folder.File("flags.json"), "{ \"flags\": 3 }");
        Assert.Throws<FlagFileException>(Open);
    }

    private FlagFile Open() => new(_folder.File("flags.json"), _time, _ => _changes++, _refused.Add);

    private void Write(string variant) => File.WriteAllText(
        _folder.File("flags.json"), $$"""{ "flags": { "f": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "{{variant}}" } } }""");

    private static bool IsOn(FlagFile file) => file.Flags.Evaluate("f", new Dictionary<string, object?>()).AsBoolean(false);
}
