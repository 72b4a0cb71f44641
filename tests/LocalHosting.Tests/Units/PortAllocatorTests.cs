using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.Local;
using Slipway.Testing;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class PortAllocatorTests
{
    [Fact]
    public void Two_applications_that_start_together_get_different_ports()
    {
        using var claims = new TempFolder();
        using var first = new PortAllocator(claims.Path);
        using var second = new PortAllocator(claims.Path);
        var ports = Enumerable.Range(0, 80).SelectMany(_ => new[] { first.Next(), second.Next() }).ToList();
        Assert.Equal(ports.Count, ports.Distinct().Count());
    }

    [Fact]
    public void A_port_below_the_ephemeral_range_is_chosen()
    {
        using var claims = new TempFolder();
        using var ports = new PortAllocator(claims.Path);
        Assert.InRange(ports.Next(), 1024, 32767);
    }

    [Fact]
    public void A_port_on_which_somebody_listens_is_passed_over()
    {
        using var claims = new TempFolder();
        int taken;
        using (var before = new PortAllocator(claims.Path)) taken = before.Next();

        using var listener = new TcpListener(IPAddress.Loopback, taken);
        listener.Start();
        Assert.False(PortAllocator.IsFree(taken));
        using var after = new PortAllocator(claims.Path);
        Assert.NotEqual(taken, after.Next());
    }
}
