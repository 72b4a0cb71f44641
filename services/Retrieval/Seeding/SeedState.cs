using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Slipway.Retrieval.Seeding;

/// <summary>
/// The health check <c>seed</c>: healthy once the stored corpora are open and the folder is indexed, embedded and, unless the vector index is away, in the vector index.
/// </summary>
internal sealed class SeedState : IHealthCheck
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when seeding has; fails when it failed.</summary>
    public Task Done => _done.Task;

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _done.Task.IsCompletedSuccessfully ? HealthCheckResult.Healthy()
        : _done.Task.IsFaulted ? HealthCheckResult.Unhealthy("seeding failed")
        : HealthCheckResult.Unhealthy("seeding"));

    internal void Complete() => _done.TrySetResult();

    internal void Fail(Exception exception)
    {
        _done.TrySetException(exception);
        // Whoever awaits hears of it; when nobody does it is no unobserved exception.
        _ = _done.Task.Exception;
    }
}
