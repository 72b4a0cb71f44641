using Microsoft.Extensions.Time.Testing;
using Slipway.ServiceDefaults.Telemetry.Export;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed class SoonTests
{
    private readonly FakeTimeProvider _time = new();
    private int _exports;

    [Fact]
    public void Items_are_exported_together_a_while_after_the_first_of_them_and_nothing_is_done_without_any()
    {
        using var soon = New();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _exports);

        soon.Come();
        _time.Advance(TimeSpan.FromSeconds(0.9));
        soon.Come();
        Assert.Equal(0, _exports);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, _exports);

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, _exports);
        soon.Come();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _exports);
    }

    [Fact]
    public void What_is_more_than_a_batch_is_exported_in_turns()
    {
        var waiting = 3;
        using var soon = new Soon(
            () =>
            {
                _exports++;
                return waiting-- == 0;
            },
            TimeSpan.FromSeconds(1),
            _time);
        soon.Come();
        for (var i = 0; i < 10; i++) _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(4, _exports);
    }

    [Fact]
    public void What_comes_during_an_export_has_another()
    {
        Soon? soon = null;
        soon = new Soon(
            () =>
            {
                if (++_exports == 1) soon!.Come();
                return true;
            },
            TimeSpan.FromSeconds(1),
            _time);
        using var _ = soon;
        soon.Come();
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _exports);
    }

    [Fact]
    public void After_the_end_nothing_is_exported()
    {
        var soon = New();
        soon.Come();
        soon.Dispose();
        soon.Come();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _exports);
    }

    private Soon New() => new(() => ++_exports > 0, TimeSpan.FromSeconds(1), _time);
}
