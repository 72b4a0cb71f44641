using Aspire.Hosting.Local;

namespace Slipway.LocalHosting.Tests.Units;

public sealed class ResourceNotificationTests
{
    private static ResourceSnapshot Snapshot(string name, ResourceState state) => new(name, state, state == ResourceState.Healthy, null, null, 0, [], null);

    [Fact]
    public async Task A_late_watcher_sees_the_list_and_then_the_changes()
    {
        var service = new ResourceNotificationService();
        service.Publish(Snapshot("one", ResourceState.Starting));
        service.Publish(Snapshot("one", ResourceState.Running));
        await using var watcher = service.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await watcher.MoveNextAsync());
        Assert.Equal(ResourceState.Running, watcher.Current.State);
        service.Publish(Snapshot("one", ResourceState.Healthy));
        Assert.True(await watcher.MoveNextAsync());
        Assert.Equal(ResourceState.Healthy, watcher.Current.State);
        Assert.Equal(ResourceState.Healthy, Assert.Single(service.Current).State);
    }

    [Fact]
    public async Task Ready_means_all_at_the_same_time()
    {
        var service = new ResourceNotificationService();
        var ready = service.WaitUntilReadyAsync(["one", "two"], TestContext.Current.CancellationToken);
        service.Publish(Snapshot("one", ResourceState.Healthy));
        service.Publish(Snapshot("one", ResourceState.Exited));
        service.Publish(Snapshot("two", ResourceState.Healthy));
        Assert.False(ready.IsCompleted);
        service.Publish(Snapshot("one", ResourceState.Healthy));
        await ready;
    }
}
