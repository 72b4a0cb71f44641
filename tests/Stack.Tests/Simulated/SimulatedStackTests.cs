namespace Slipway.Stack.Tests.Simulated;

/// <summary>One stack whose provider is the simulator, which bills as a provider does.</summary>
[Collection("One stack at a time")]
[Trait("Category", "Slow")]
public sealed partial class SimulatedStackTests(PatientStack fixture) : IClassFixture<PatientStack>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<AppHostProcess> StackAsync() => fixture.GetWithModelSimAsync();
}
