using Slipway.Assistant.Tests.Fakes;
using Slipway.Testing;

namespace Slipway.Assistant.Tests.Hosting;

/// <summary>One assistant with generous budgets for the tests of a class, which run one after another.</summary>
public class AssistantFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    public FakePeers Peers { get; } = new();

    public AssistantHost Host { get; private set; } = null!;

    protected virtual string Slo => SloJson.With();

    /// <summary>The content of <c>flags.json</c>; null: there is none.</summary>
    protected virtual string? Flags => null;

    protected virtual int HotAnswerMilliseconds => 0;

    public async ValueTask InitializeAsync()
    {
        await Peers.StartAsync();
        if (Flags is { } flags)
        {
            Directory.CreateDirectory(_folder.File("assets"));
            await File.WriteAllTextAsync(Path.Combine(_folder.File("assets"), "flags.json"), flags);
        }

        Host = await AssistantHost.StartAsync(Peers, _folder, Slo, hotAnswerMilliseconds: HotAnswerMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Peers.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
