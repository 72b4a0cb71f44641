using Slipway.Assistant.Tests.Fakes;
using Slipway.Assistant.Tests.Hosting;
using Slipway.Flags;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Costs;

public sealed class FlagsAtStartTests
{
    [Fact]
    public async Task Mistakes_of_the_flags_stop_the_start()
    {
        using var folder = new TempFolder();
        await using var peers = new FakePeers();
        await peers.StartAsync();
        Directory.CreateDirectory(folder.File("assets"));
        await File.WriteAllTextAsync(folder.File("assets/flags.json"), """{ "flags": 7 }""", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => AssistantHost.StartAsync(peers, folder, ready: false));
        Assert.IsType<FlagFileException>(refused.GetBaseException());
    }
}
