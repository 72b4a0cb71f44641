using Microsoft.Extensions.Time.Testing;
using Slipway.ServiceDefaults.Telemetry;

namespace Slipway.ServiceDefaults.Tests.Telemetry;

public sealed class TopTenantsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Ten_thousand_tenants_are_named_by_no_more_labels_than_allowed()
    {
        var tenants = new TopTenants(_time, most: 50, mostEver: 200);
        var labels = new HashSet<string>();
        for (var minute = 0; minute < 20; minute++)
        {
            for (var i = 0; i < 10_000; i++) labels.Add(tenants.Label($"t{(i * 7) + minute}"));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Contains(TopTenants.Other, labels);
        Assert.InRange(labels.Count, 51, 201);
    }

    [Fact]
    public void A_tenant_that_grows_is_named_from_the_next_minute_on_and_one_that_went_quiet_makes_room()
    {
        var tenants = new TopTenants(_time, most: 2);
        Assert.Equal("a", tenants.Label("a"));
        Assert.Equal("b", tenants.Label("b"));
        for (var i = 0; i < 10; i++) Assert.Equal(TopTenants.Other, tenants.Label("c"));
        for (var i = 0; i < 5; i++) tenants.Label("b");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("c", tenants.Label("c"));
        Assert.Equal("b", tenants.Label("b"));
        Assert.Equal(TopTenants.Other, tenants.Label("a"));
    }
}
