namespace Slipway.ServiceDefaults.Tests.Hosting;

[Trait("Category", "Slow")]
public sealed class LifelineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_ends_within_5_seconds_of_its_parent()
    {
        using var service = new ServiceProcess();
        await service.StartedAsync(Token);

        service.CloseInput();

        Assert.Equal(0, await service.ExitedAsync(TimeSpan.FromSeconds(5), Token));
    }

    [Fact]
    public async Task A_service_that_is_told_to_stop_ends_in_good_order()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no SIGTERM.");
        using var service = new ServiceProcess();
        await service.StartedAsync(Token);

        service.SendSigterm();

        Assert.Equal(0, await service.ExitedAsync(TimeSpan.FromSeconds(8), Token));
    }
}
