namespace Slipway.LocalHosting.TestHost;

/// <summary>One resource of the application under test: LocalHosting.TestApp, with this environment.</summary>
internal sealed record ResourceModel(string Name)
{
    public bool HealthCheck { get; init; } = true;

    public bool External { get; init; }

    public Dictionary<string, string> Environment { get; init; } = [];

    public string[] WaitFor { get; init; } = [];

    public string[] References { get; init; } = [];
}
